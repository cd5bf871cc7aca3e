package maskinporten

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/token/jwttest"
)

// TestRefusals holds every reason for which no token is given, with the exact answer.
func TestRefusals(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	seen := map[string]bool{}
	refuse := func(name string, issuer *issuerInSession, assertion string, at time.Time) {
		response, err := give(issuer, assertion, at)
		if err == nil {
			t.Errorf("%s: a token was given", name)
			return
		}
		if response.AccessToken != "" {
			t.Errorf("%s: there is a response beside the error", name)
		}
		writeRefusal(t, &got, seen, name, err)
	}

	for _, form := range []struct{ name, grantType, assertion string }{
		{"no grant_type", "", ask(t, kidHeader)},
		{"another grant_type", "client_credentials", ask(t, kidHeader)},
		{"no assertion", jwtBearer, ""},
	} {
		request := tokenRequest(form.assertion, now)
		request.GrantType = form.grantType
		_, err := openIssuer(t).Token(request)
		writeRefusal(t, &got, seen, form.name, err)
	}

	repeated := tokenRequest(ask(t, kidHeader), now)
	repeated.Repeated = "assertion"
	_, err := openIssuer(t).Token(repeated)
	writeRefusal(t, &got, seen, "a parameter twice", err)

	good := ask(t, kidHeader)
	fmt.Fprint(&got, "\n#### The grant, to an issuer without a register\n")
	for _, test := range []struct{ name, assertion string }{
		{"one word", "undefined"},
		{"four parts", good + "."},
		{"encrypted", "a.b.c.d.e"},
		{"JSON", "{}"},
		{"a line break", strings.Replace(good, ".", ".\n", 1)},
		{"padding", strings.Replace(good, ".", "=.", 1)},
		{"signature cut off", good[:len(good)-1]},
		{"no signature", good[:strings.LastIndex(good, ".")+1]},
		{"too long", good + strings.Repeat("A", 1<<16)},
		{"payload is a list", jwttest.Sign(t, jwttest.ClientKey(), kidHeader, "[]")},
		{"iss twice", ask(t, kidHeader, `x=5,"iss":"x"`)},
		{"a member of a member twice", ask(t, kidHeader,
			details(strings.Replace(customer, `"ID"`, `"ID":"0192:310000006","ID"`, 1)))},
		{"a member of a header's member twice", ask(t,
			x5c(`,"jwk":{"kty":"RSA","kty":"EC"}`, certificate(t, jwttest.ClientKey(), unchanged)))},
		{"an escaped name twice", ask(t, kidHeader, `x=5,"\u0069ss":"x"`)},
		{"typ is a number", ask(t, `{"alg":"RS256","kid":"my-key","typ":1}`)},
		{"no alg", ask(t, `{"kid":"my-key"}`)},
		{"alg none", ask(t, `{"alg":"none","kid":"my-key"}`)},
		{"alg HS256", ask(t, `{"alg":"HS256","kid":"my-key"}`)},
		{"alg PS256", ask(t, `{"alg":"PS256","kid":"my-key"}`)},
		{"crit", ask(t, `{"alg":"RS256","kid":"my-key","crit":["b64"],"b64":false}`)},
		{"b64", ask(t, `{"alg":"RS256","kid":"my-key","b64":false}`)},
		{"neither kid nor x5c", ask(t, `{"alg":"RS256","typ":"JWT"}`)},
		{"kid is empty", ask(t, `{"alg":"RS256","kid":""}`)},
		{"kid is a number", ask(t, `{"alg":"RS256","kid":1}`)},
		{"unknown claims", ask(t, kidHeader, `prn="x"`, `client_id="x"`)},
		{"iss missing", ask(t, kidHeader, "iss")},
		{"iss is a number", ask(t, kidHeader, "iss=1")},
		{"scope missing", ask(t, kidHeader, "scope")},
		{"scope is blank", ask(t, kidHeader, `scope="  "`)},
		{"scope is a list", ask(t, kidHeader, `scope=["skatteetaten:a"]`)},
		{"scope has a comma", ask(t, kidHeader, `scope="skatteetaten:a,skatteetaten:b"`)},
		{"scope has a line break", ask(t, kidHeader, `scope="skatteetaten:a\nskatteetaten:b"`)},
		{"scope has a letter of Norwegian", ask(t, kidHeader, `scope="skatteetaten:bolig-på-land"`)},
		{"iat missing", ask(t, kidHeader, "iat")},
		{"iat is text", ask(t, kidHeader, `iat="1924992000"`)},
		{"iat in milliseconds", ask(t, kidHeader, `iat=1924992000000`)},
		{"exp missing", ask(t, kidHeader, "exp")},
		{"exp 181 s after iat", ask(t, kidHeader, "exp=1924992181")},
		{"exp an hour after iat", ask(t, kidHeader, "exp=1924995600")},
		{"sub is a number", ask(t, kidHeader, "sub=1")},
		{"jti is a number", ask(t, kidHeader, "jti=1")},
		{"nbf is text", ask(t, kidHeader, `nbf="x"`)},
		{"nbf 11 s ahead", ask(t, kidHeader, `nbf=1924992012`)},
		{"pid is a number", ask(t, kidHeader, `pid=12`)},
		{"resource has white space", ask(t, kidHeader, `resource=["https://api.example/ x"]`)},
		{"resource is empty", ask(t, kidHeader, `resource=[""]`)},
		{"consumer_org has the prefix", ask(t, kidHeader, `consumer_org="0192:312222221"`)},
		{"consumer_org and iss_onbehalfof", ask(t, kidHeader, `consumer_org="312222221"`, `iss_onbehalfof="x"`)},
		{"consumer_org is the client's own", ask(t, kidHeader, `consumer_org="319000003"`)},
		{"the token would be too long", ask(t, kidHeader, `scope="`+strings.Repeat("<", 6000)+`"`)},

		{"aud missing", ask(t, kidHeader, "aud")},
		{"aud is another", ask(t, kidHeader, `aud="https://test.maskinporten.no/"`)},
		{"aud without the slash", ask(t, kidHeader, `aud="http://127.0.0.1:8080/maskinporten"`)},
		{"aud with two slashes", ask(t, kidHeader, `aud="http://127.0.0.1:8080/maskinporten//"`)},
		{"aud is the token endpoint", ask(t, kidHeader, `aud="http://127.0.0.1:8080/maskinporten/token"`)},
		{"aud in upper case", ask(t, kidHeader, `aud="HTTP://127.0.0.1:8080/maskinporten/"`)},
		{"aud has two values", ask(t, kidHeader, `aud=["`+testIssuer+`","`+testIssuer+`"]`)},
		{"aud is an empty list", ask(t, kidHeader, `aud=[]`)},
		{"aud is a number", ask(t, kidHeader, `aud=5`)},

		{"iat 11 s ahead", ask(t, kidHeader, "iat=1924992012", "exp=1924992100")},
		{"expired more than 10 s ago", ask(t, kidHeader, "iat=1924991890", "exp=1924991990")},
		{"expired long ago", ask(t, kidHeader, "iat=0", "exp=120")},

		{"details are an object", ask(t, kidHeader, "authorization_details={"+customer+"}")},
		{"details are empty", ask(t, kidHeader, "authorization_details=[]")},
		{"details are two", ask(t, kidHeader, "authorization_details=[{"+customer+"},{"+customer+"}]")},
		{"details are null in a list", ask(t, kidHeader, "authorization_details=[null]")},
		{"details without type", ask(t, kidHeader, details(""))},
		{"details are a consent", ask(t, kidHeader, details(`"type":"urn:altinn:consent"`))},
		{"details with another member", ask(t, kidHeader, details(customer+`,"systemuser_id":["x"]`))},
		{"externalRef is a number", ask(t, kidHeader, details(customer+`,"externalRef":7`))},
		{"systemuser_org missing", ask(t, kidHeader, details(`"type":"urn:altinn:systemuser"`))},
		{"systemuser_org is text", ask(t, kidHeader,
			details(`"type":"urn:altinn:systemuser","systemuser_org":"0192:312222221"`))},
		{"systemuser_org has id", ask(t, kidHeader, details(strings.Replace(customer, "ID", "id", 1)))},
		{"systemuser_org with another member", ask(t, kidHeader,
			details(strings.Replace(customer, `"ID"`, `"name":"x","ID"`, 1)))},
		{
			"no authority",
			ask(t, kidHeader, details(`"type":"urn:altinn:systemuser","systemuser_org":{"ID":"0192:312222221"}`)),
		},
		{"ID without prefix", ask(t, kidHeader, details(strings.Replace(customer, "0192:", "", 1)))},
		{
			"ID missing",
			ask(t, kidHeader,
				details(`"type":"urn:altinn:systemuser","systemuser_org":{"authority":"iso6523-actorid-upis"}`)),
		},

		{"jwk is text", ask(t, `{"alg":"RS256","kid":"my-key","jwk":"x"}`)},
		{"jwk is of another kind", ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"EC"}}`)},
		{"jwk has no n", ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","e":"AQAB"}}`)},
		{"jwk has a bad e", ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","n":"AQAB","e":"AQ"}}`)},
		{"jwk is too small", ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}`)},
		{"jwk has a number for e", ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","n":"AQAB","e":65537}}`)},
		{
			"jwk is private",
			ask(t, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}}`),
		},
		{"signed by another key than jwk", jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"my-key","jwk":`+
			jwkOf(jwttest.ClientKey())+`}`, grantPayload())},
		{
			"signed as RS512, says RS256",
			strings.Join([]string{
				jwttest.Base64(x5c("", certificate(t, jwttest.ClientKey(), unchanged))),
				jwttest.Base64(grantPayload()),
				strings.Split(ask(t, `{"alg":"RS512"}`), ".")[2],
			}, "."),
		},

		{"x5c is text", ask(t, `{"alg":"RS256","x5c":"MIIB"}`)},
		{"x5c is empty", ask(t, `{"alg":"RS256","x5c":[]}`)},
		{"x5c is base64url", ask(t, `{"alg":"RS256","x5c":["_-_-"]}`)},
		{"x5c is no certificate", ask(t, `{"alg":"RS256","x5c":["AAAA"]}`)},
		{"second in x5c is no certificate", ask(t,
			strings.Replace(x5c("", certificate(t, jwttest.ClientKey(), unchanged)), "]", `,"AAAA"]`, 1))},
		{
			"certificate expired",
			ask(t, x5c("", certificate(t, jwttest.ClientKey(),
				func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }))),
		},
		{
			"certificate not valid yet",
			ask(t, x5c("", certificate(t, jwttest.ClientKey(),
				func(c *x509.Certificate) { c.NotBefore = now.Add(time.Second) }))),
		},
		{"certificate of an elliptic key", ask(t, x5c("", ecCertificate(t)))},
		{
			"signed by another key than the certificate's",
			jwttest.Sign(t, jwttest.OtherKey(), x5c("", certificate(t, jwttest.ClientKey(), unchanged)),
				grantPayload()),
		},
		{"consumer_org is the certificate's", ask(t, x5c("", certificate(t, jwttest.ClientKey(), unchanged)),
			`consumer_org="311111116"`)},
	} {
		refuse(test.name, openIssuer(t), test.assertion, now)
	}

	fmt.Fprint(&got, "\n#### The grant, to an issuer that goes by the documentation\n")
	for _, test := range []struct{ name, assertion string }{
		{"exp 121 s after iat", ask(t, kidHeader, "exp=1924992121")},
		{"exp before iat", ask(t, kidHeader, "exp=1924991999")},
		{"exp at iat", ask(t, kidHeader, "exp=1924992000")},
		{"resource is text", ask(t, kidHeader, `resource="https://api.example/"`)},
		{"iat 11 s ago", ask(t, kidHeader, "iat=1924991990", "exp=1924992110")},
		{"expired", ask(t, kidHeader, "iat=1924991992", "exp=1924992000")},
		{"expires now", ask(t, kidHeader, "exp=1924992001")},
		{"iat 11 s ahead", ask(t, kidHeader, "iat=1924992012", "exp=1924992100")},
	} {
		refuse(test.name, newIssuerInSession(testKey(t), nil, testVendor, Documented), test.assertion, now)
	}

	fmt.Fprint(&got, "\n#### The same grant again\n")
	used := openIssuer(t)
	mustGive(t, used, ask(t, kidHeader))
	refuse("the jti again", used, ask(t, kidHeader, `scope="skatteetaten:b"`), now)
	mustGive(t, used, ask(t, kidHeader, "jti"))
	refuse("the grant again, without jti", used, ask(t, kidHeader, "jti"), now.Add(8*time.Second))
	mustGive(t, used, ask(t, `{"alg":"RS256","kid":"k","jwk":`+jwkOf(jwttest.ClientKey())+`}`, `jti="3"`))
	refuse("another key than the first", used, jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"k"}`,
		grantPayload(`jti="4"`)), now)
	refuse("another jwk than the first", used, jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"k","jwk":`+
		jwkOf(jwttest.OtherKey())+`}`, grantPayload(`jti="4"`)), now)

	fmt.Fprint(&got, "\n#### The grant, to an issuer with a register\n")
	issuer, listed := registered(t)
	cert := certificate(t, jwttest.OtherKey(), unchanged)
	byCertificate := func(client string, c *x509.Certificate) string {
		return jwttest.Sign(t, jwttest.OtherKey(), x5c("", c), grantPayload(`iss="`+client+`"`))
	}
	for _, test := range []struct{ name, assertion string }{
		{"unknown client", ask(t, kidHeader, `iss="x"`)},
		{"iss is the kid", ask(t, kidHeader, `iss="my-key"`)},
		{"unknown kid", ask(t, `{"alg":"RS256","kid":"your-key"}`)},
		{"no kid", ask(t, `{"alg":"RS256"}`)},
		{"x5c and no kid", jwttest.Sign(t, jwttest.OtherKey(), x5c("", cert), grantPayload())},
		{"expired key", ask(t, `{"alg":"RS256","kid":"old-key"}`)},
		{"signed by another key", jwttest.Sign(t, jwttest.OtherKey(), kidHeader, grantPayload())},
		{
			"signed by another key, which is in jwk",
			jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"my-key","jwk":`+jwkOf(jwttest.OtherKey())+`}`,
				grantPayload()),
		},
		{
			"signed by another key, which is in x5c",
			jwttest.Sign(t, jwttest.OtherKey(), x5c(`,"kid":"my-key"`, cert), grantPayload()),
		},
		{"kid of a client with certificates", ask(t, kidHeader, `iss="by-certificate"`)},
		{"no kid and no x5c of a client with certificates", ask(t, `{"alg":"RS256"}`, `iss="by-certificate"`)},
		{"certificate of another organisation", byCertificate("by-certificate",
			certificate(t, jwttest.OtherKey(), func(c *x509.Certificate) {
				c.Subject.ExtraNames[0].Value = "NTRNO-312222221"
			}))},
		{"certificate of nobody", byCertificate("by-certificate", listed)},
		{"certificate that is not listed", byCertificate("by-listed-certificate", cert)},
		{"scope not on the client", ask(t, kidHeader, `scope="skatteetaten:a skatteetaten:x skatteetaten:y"`)},
		{"scope not granted", ask(t, kidHeader, `scope="skatteetaten:a skatteetaten:c"`)},
		{"another integration", jwttest.Sign(t, jwttest.OtherKey(), x5c("", cert),
			grantPayload(`iss="for-login"`, `scope="openid"`))},
		{"nothing delegated", ask(t, kidHeader, `consumer_org="310000006"`)},
		{"another scope delegated", ask(t, kidHeader, `consumer_org="312222221"`,
			`scope="skatteetaten:a skatteetaten:b"`)},
		{"consumer_org is the owner of the client", ask(t, kidHeader, `consumer_org="311111116"`)},
		{"no system user", ask(t, kidHeader, details(strings.Replace(customer, "312222221", "313333337", 1)))},
		{"no system user for this client", byCertificateWith(t, cert, "by-certificate", details(customer))},
		{"externalRef missing", ask(t, kidHeader, details(strings.Replace(customer, "312222221", "310000006", 1)))},
		{"another externalRef", ask(t, kidHeader, details(customer+`,"externalRef":"avdeling-7"`))},
	} {
		refuse(test.name, issuer, test.assertion, now)
	}
	refuse("key expires now", issuer, ask(t, `{"alg":"RS256","kid":"new-key"}`), now.Add(time.Second))

	golden.Compare(t, "testdata/refusals.txt", []byte(got.String()))
	for _, page := range Explanations() {
		if !seen[page.Page] {
			t.Errorf("no grant here is refused for %s", page.Page)
		}
	}
}

func byCertificateWith(t testing.TB, c *x509.Certificate, client, change string) string {
	return jwttest.Sign(t, jwttest.OtherKey(), x5c("", c), grantPayload(`iss="`+client+`"`, change))
}

// writeRefusal writes an answer as a page of the golden file has it.
func writeRefusal(t *testing.T, w *strings.Builder, seen map[string]bool, name string, err error) {
	t.Helper()
	refused := refusedFor(t, err)
	seen[refused.Page] = true
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(refused); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, "\n## %s\n%d %s%s: %s\n", name, refused.Status, &body, refused.Page, refused.Why)
}

func ecCertificate(t testing.TB) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
