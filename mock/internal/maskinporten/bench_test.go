package maskinporten

import (
	"fmt"
	"testing"

	"sandkasse/mock/internal/token/jwttest"
)

// BenchmarkToken reads and verifies a grant, records it as used and makes a token: all that a
// client waits for.
func BenchmarkToken(b *testing.B) {
	run := func(b *testing.B, issuer *issuerInSession, header string) {
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
	b.Run("x5c", func(b *testing.B) { run(b, openIssuer(b), x5c("", certificate(b, jwttest.ClientKey(), unchanged))) })
}
