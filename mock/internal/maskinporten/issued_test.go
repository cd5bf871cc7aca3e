package maskinporten

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/token/jwttest"
)

// TestIssued holds what the tokens say, for every kind of grant.
func TestIssued(t *testing.T) {
	t.Parallel()
	cert := certificate(t, jwttest.ClientKey(), unchanged)
	bySerial := certificate(t, jwttest.ClientKey(), func(c *x509.Certificate) {
		c.Subject.ExtraNames = nil
		c.Subject.SerialNumber = "312222221"
	})
	anonymous := certificate(t, jwttest.ClientKey(),
		func(c *x509.Certificate) { c.Subject.ExtraNames[0].Value = "311111116" })
	issuer, listed := registered(t)
	var got strings.Builder
	for _, test := range []struct {
		name, assertion string
		issuer          *issuerInSession
	}{
		{"kid that nobody gave a key for", ask(t, kidHeader), openIssuer(t)},
		{"jwk", ask(t, `{"alg":"RS256","kid":"my-key","jwk":`+jwkOf(jwttest.ClientKey())+`}`), openIssuer(t)},
		{"certificate with organizationIdentifier", ask(t, x5c("", cert)), openIssuer(t)},
		{"certificate with serialNumber", ask(t, x5c(`,"kid":"x"`, bySerial, cert)), openIssuer(t)},
		{"certificate of nobody", ask(t, x5c("", anonymous)), openIssuer(t)},
		{"system user", ask(t, kidHeader, details(customer)), openIssuer(t)},
		{
			"system user of a certificate's owner", ask(t, x5c("", cert), details(customer+`,"externalRef":"any"`)),
			openIssuer(t),
		},
		{"delegated", ask(t, kidHeader, `consumer_org="312222221"`), openIssuer(t)},
		{
			"delegated, with a system user", ask(t, kidHeader, `consumer_org="312222221"`, details(customer)),
			openIssuer(t),
		},
		{
			"resource and pid", ask(t, kidHeader, `resource=["https://api.example/"]`, `pid="01810099999"`),
			openIssuer(t),
		},
		{"resource as a text", ask(t, kidHeader, `resource="https://api.example/"`), openIssuer(t)},
		{"two resources", ask(t, kidHeader, `resource=["https://a.example/","https://b.example/"]`), openIssuer(t)},
		{"registered key", ask(t, kidHeader, `scope="skatteetaten:a  skatteetaten:b"`), issuer},
		{"registered key, beside x5c", ask(t, x5c(`,"kid":"my-key"`, cert), `jti="2"`), issuer},
		{"registered key that expires in a second", ask(t, `{"alg":"RS256","kid":"new-key"}`, `jti="3"`), issuer},
		{"registered client's system user", ask(t, kidHeader, `jti="4"`, details(customer)), issuer},
		{
			"externalRef said though it is the default",
			ask(t, kidHeader, `jti="5"`, details(customer+`,"externalRef":"312222221"`)), issuer,
		},
		{"system user with externalRef", ask(t, kidHeader, `jti="6"`,
			details(strings.Replace(customer, "312222221", "310000006", 1)+`,"externalRef":"avdeling-7"`)), issuer},
		{"another externalRef", ask(t, kidHeader, `jti="7"`,
			details(strings.Replace(customer, "312222221", "310000006", 1)+`,"externalRef":"avdeling-8"`)), issuer},
		{"registered delegation", ask(t, kidHeader, `jti="8"`, `consumer_org="312222221"`), issuer},
		{"registered owner's certificate", ask(t, x5c("", cert), `iss="by-certificate"`), issuer},
		{"listed certificate", jwttest.Sign(t, jwttest.OtherKey(), x5c("", listed),
			grantPayload(`iss="by-listed-certificate"`)), issuer},
	} {
		var claims bytes.Buffer
		if err := json.Indent(&claims, []byte(mustGive(t, test.issuer, test.assertion)), "", "  "); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "## %s\n%s\n\n", test.name, &claims)
	}
	golden.Compare(t, "testdata/issued.txt", []byte(got.String()))
}

// TestLeniencies holds what the documentation does not promise, and real clients need.
func TestLeniencies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, assertion string
		at              time.Duration
	}{
		{"sub", ask(t, kidHeader, `sub="`+testClient+`"`), 0},
		{"nbf", ask(t, kidHeader, `nbf=1924992000`), 0},
		{"nbf 10 s ahead", ask(t, kidHeader, `nbf=1924992011`), 0},
		{"aud is a list of one", ask(t, kidHeader, `aud=["`+testIssuer+`"]`), 0},
		{"no jti", ask(t, kidHeader, "jti"), 0},
		{"jti is null", ask(t, kidHeader, "jti=null"), 0},
		{"iss_onbehalfof", ask(t, kidHeader, `iss_onbehalfof="x"`), 0},
		{"no typ", ask(t, `{"alg":"RS256","kid":"my-key"}`), 0},
		{"RS384", ask(t, `{"alg":"RS384","kid":"my-key","jwk":`+jwkOf(jwttest.ClientKey())+`}`), 0},
		{"RS512", ask(t, x5c("", certificate(t, jwttest.ClientKey(), unchanged))[:7]+`"RS512"`+
			x5c("", certificate(t, jwttest.ClientKey(), unchanged))[14:]), 0},
		{"iat 10 s ago", ask(t, kidHeader, "iat=1924991991", "exp=1924992111"), 0},
		{
			"iat 10 s ago, late in the second", ask(t, kidHeader, "iat=1924991991", "exp=1924992111"),
			999 * time.Millisecond,
		},
		{
			"iat 11 s ago, since the second turned on the way", ask(t, kidHeader, "iat=1924991990", "exp=1924992110"),
			20 * time.Millisecond,
		},
		{"iat 10 s ahead", ask(t, kidHeader, "iat=1924992011", "exp=1924992131"), 0},
		{"exp 120 s after iat", ask(t, kidHeader, "exp=1924992120"), 0},
		{"iat and exp with parts of a second", ask(t, kidHeader, "iat=1924992000.25", "exp=1924992120.75"), 0},
		{"exp in a second", ask(t, kidHeader, "exp=1924992002"), 999 * time.Millisecond},
	} {
		for _, rules := range []Rules{Observed, Documented} {
			response, err := give(newIssuerInSession(testKey(t), nil, testVendor, rules), test.assertion,
				now.Add(test.at))
			if err != nil {
				t.Errorf("%s, %s: %v", test.name, rules, err)
				continue
			}
			if response.TokenType != "Bearer" || response.Scope != "skatteetaten:a" || len(response.Remarks) > 0 {
				t.Errorf("%s, %s: response is %+v", test.name, rules, response)
			}
		}
	}
	for _, late := range []time.Duration{0, 250 * time.Millisecond, 900 * time.Millisecond} {
		_, err := give(newIssuerInSession(testKey(t), nil, testVendor, Documented),
			ask(t, kidHeader, "iat=1924991990", "exp=1924992110"), now.Add(late))
		if refused := refusedFor(t, err); refused.MP != "MP-130" {
			t.Errorf("iat 11 s ago, %s into the second: %v", late, err)
		}
	}
}

// TestAsXOAuth2Asks asks as golang.org/x/oauth2/jwt does: iat ten seconds back, exp by the clock
// itself, no jti; and again a second later.
func TestAsXOAuth2Asks(t *testing.T) {
	t.Parallel()
	issuer := openIssuer(t)
	for at := now; at.Before(now.Add(5 * time.Second)); at = at.Add(1100 * time.Millisecond) {
		back := at.Add(-10 * time.Second)
		assertion := ask(t, kidHeader, "jti", fmt.Sprintf("iat=%d", back.Unix()),
			fmt.Sprintf("exp=%d", at.Add(110*time.Second).Unix()))
		if _, err := give(issuer, assertion, at.Add(3*time.Millisecond)); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
}
