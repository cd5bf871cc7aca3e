package maskinporten

import (
	"crypto/x509"
	"fmt"
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
	key, g := testKey(b), grant()
	for b.Loop() {
		if _, err := Mint(key, g); err != nil {
			b.Fatal(err)
		}
	}
}

// What start-up pays, and what the first Mint pays once.
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
			if _, err := testKeyBlock("PRIVATE KEY", x509.ParsePKCS8PrivateKey); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What a client waits for: a grant is read, proved and used up, and a token made.
func BenchmarkToken(b *testing.B) {
	run := func(b *testing.B, issuer *remembering, header string) {
		b.ReportAllocs()
		var grants []string
		for n := range 256 {
			grants = append(grants, ask(b, header, fmt.Sprintf(`jti="%d"`, n), details(customer)))
		}
		n := 0
		for b.Loop() {
			if n%len(grants) == 0 {
				issuer.forget()
			}
			if _, err := give(issuer, grants[n%len(grants)], now); err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	issuer, _ := registered(b)
	b.Run("open", func(b *testing.B) { run(b, openIssuer(b), kidHeader) })
	b.Run("registered", func(b *testing.B) { run(b, issuer, kidHeader) })
	b.Run("x5c", func(b *testing.B) { run(b, openIssuer(b), x5c("", certificate(b, clientKeyOnce(), unchanged))) })
}
