package maskinporten

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/token/jwttest"
)

const (
	testIssuer = "http://127.0.0.1:8080/maskinporten/"
	testVendor = "319000003"
	testClient = "6f0c0a0e-0000-4000-8000-000000000001"
	// kidHeader is the header of golang.org/x/oauth2/jwt.
	kidHeader = `{"alg":"RS256","typ":"JWT","kid":"my-key"}`
)

// grantPayload returns that of a valid grant, with changes as jwttest.Object takes them. Its
// members are those of golang.org/x/oauth2/jwt, in its order, with a jti; it is one second old and
// ends when it is 120.
func grantPayload(changes ...string) string {
	return jwttest.Object([]string{"iss", "scope", "aud", "exp", "iat", "jti"}, map[string]string{
		"iss":   `"` + testClient + `"`,
		"scope": `"skatteetaten:a"`,
		"aud":   `"` + testIssuer + `"`,
		"exp":   fmt.Sprint(now.Unix() + 119),
		"iat":   fmt.Sprint(now.Unix() - 1),
		"jti":   `"1"`,
	}, changes)
}

// ask makes a grant with the client's key.
func ask(t testing.TB, header string, changes ...string) string {
	t.Helper()
	return jwttest.Sign(t, jwttest.ClientKey(), header, grantPayload(changes...))
}

// now is the time in these tests.
var now = time.Date(2031, 1, 1, 0, 0, 1, 0, time.UTC)

func testKey(t testing.TB) token.Key {
	t.Helper()
	key, err := token.TestKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testIDs() string { return "kq3wq0cV2o8oC1w2y4bG5d6e7f8h9i0jkLmNoPqRsTu" }

func openIssuer(t testing.TB) *issuerInSession {
	t.Helper()
	return newIssuerInSession(testKey(t), nil, testVendor, Observed)
}

// issuerInSession is an issuer with what it remembers of one session.
type issuerInSession struct {
	*Issuer
	replays *token.ReplayCache
}

func newIssuerInSession(key token.Key, register *Register, vendor string, rules Rules) *issuerInSession {
	return &issuerInSession{NewIssuer(key, register, vendor, rules), token.NewReplayCache()}
}

// forget begins a new session.
func (r *issuerInSession) forget() { r.replays = token.NewReplayCache() }

// give asks an issuer for a token in its session.
func give(issuer *issuerInSession, assertion string, at time.Time) (TokenResponse, error) {
	return issuer.Token(issuer.request(assertion, at))
}

// request returns a call to the token endpoint in the issuer's session.
func (r *issuerInSession) request(assertion string, at time.Time) TokenRequest {
	request := tokenRequest(assertion, at)
	request.Replays = r.replays
	return request
}

// tokenRequest returns a call to the token endpoint in a new session.
func tokenRequest(assertion string, at time.Time) TokenRequest {
	return TokenRequest{
		Replays: token.NewReplayCache(), Issuer: testIssuer, Pages: testIssuer + "errors/",
		GrantType: jwtBearer, Assertion: assertion, Now: at, NewID: testIDs,
	}
}

// mustGive returns the claims of a token that must be given.
func mustGive(t testing.TB, issuer *issuerInSession, assertion string) string {
	t.Helper()
	response, err := give(issuer, assertion, now)
	if err != nil {
		t.Fatal(err)
	}
	return string(jwttest.Part(t, response.AccessToken, 1))
}

// refusedFor returns the error of a grant that must be refused, and checks the promises that every
// error keeps.
func refusedFor(t testing.TB, err error) *OAuthError {
	t.Helper()
	var refused *OAuthError
	if !errors.As(err, &refused) {
		t.Fatalf("error is %v, want an OAuthError", err)
	}
	page, known := Explain(refused.Page)
	if !known || page.Status != refused.Status || page.Error != refused.Code || page.MP != refused.MP {
		t.Errorf("%+v does not agree with its explanation %+v", refused, page)
	}
	if refused.Status != 400 && refused.Status != 403 {
		t.Errorf("status is %d", refused.Status)
	}
	if refused.Why == "" || refused.Why != token.Printable(refused.Why) {
		t.Errorf("why is %q", refused.Why)
	}
	return refused
}

// certificate makes a self-signed certificate of an organisation, valid for an hour before and
// after now.
func certificate(t testing.TB, key *rsa.PrivateKey, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject: pkix.Name{
			CommonName: "TESTSELSKAP",
			ExtraNames: []pkix.AttributeTypeAndValue{orgIdentifier("NTRNO-311111116")},
		},
		NotBefore: now.Add(-time.Hour),
		NotAfter:  now.Add(time.Hour),
	}
	change(template)
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

func unchanged(*x509.Certificate) {}

func orgIdentifier(text string) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: text}
}

// x5c returns a header with certificates, and other members if there are any.
func x5c(more string, chain ...*x509.Certificate) string {
	var texts []string
	for _, c := range chain {
		texts = append(texts, `"`+base64.StdEncoding.EncodeToString(c.Raw)+`"`)
	}
	return `{"alg":"RS256","x5c":[` + strings.Join(texts, ",") + `]` + more + `}`
}

// jwkOf returns a key as a JWK.
func jwkOf(key *rsa.PrivateKey) string {
	jwk := token.Key{Public: &key.PublicKey}.JWKS().Keys[0]
	return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, jwk.N, jwk.E)
}

func pemOf(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
