package token

import (
	"crypto/x509"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	header := "Bearer " + mint(b, grant())
	key := testKey(b)
	verify := func(b *testing.B, verifier *Verifier) {
		if _, err := verifier.Verify(header, now); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			verify(b, NewVerifier(key, Strict))
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		verifier := NewVerifier(key, Strict)
		for b.Loop() {
			verify(b, verifier)
		}
	})
	b.Run("again-parallel", func(b *testing.B) {
		b.ReportAllocs()
		verifier := NewVerifier(key, Strict)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				verify(b, verifier)
			}
		})
	})
	b.Run("lenient-first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			verify(b, NewVerifier(key, Lenient))
		}
	})
}

func BenchmarkMint(b *testing.B) {
	b.ReportAllocs()
	key, spec := testKey(b), grant()
	for b.Loop() {
		if _, err := Mint(key, spec); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTestKey reads the public key, which each start does, and the private key, which the
// first Mint does.
func BenchmarkTestKey(b *testing.B) {
	b.Run("public", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := TestKey(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("private", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keyBlock(testKeyPEM, "PRIVATE KEY", x509.ParsePKCS8PrivateKey); err != nil {
				b.Fatal(err)
			}
		}
	})
}
