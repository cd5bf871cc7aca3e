package maskinporten

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/token/jwttest"
)

func TestExpiresInIsWhatIsLeft(t *testing.T) {
	t.Parallel()
	for part, want := range map[time.Duration]int{0: 120, time.Nanosecond: 119, 999 * time.Millisecond: 119} {
		response, err := give(openIssuer(t), ask(t, kidHeader), now.Add(part))
		if err != nil {
			t.Fatal(err)
		}
		if response.ExpiresIn != want {
			t.Errorf("%s into the second expires_in is %d, want %d", part, response.ExpiresIn, want)
		}
		body, err := json.Marshal(response)
		if err != nil {
			t.Fatal(err)
		}
		members := `{"access_token":"` + response.AccessToken + `","token_type":"Bearer","expires_in":` +
			fmt.Sprint(want) + `,"scope":"skatteetaten:a"}`
		if string(body) != members {
			t.Errorf("body is %s, want %s", body, members)
		}
	}
}

// TestIssuedTokensAreVerified shows a resource server's view: the published key fits by plain
// crypto/rsa, and our own verifier reads what was given.
func TestIssuedTokensAreVerified(t *testing.T) {
	t.Parallel()
	response, err := give(openIssuer(t), ask(t, kidHeader, `consumer_org="313333337"`,
		`resource=["https://a.example/","b"]`, details(customer)), now)
	if err != nil {
		t.Fatal(err)
	}
	published, err := json.Marshal(testKey(t).JWKS())
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct{ Kid, Use, Alg, Kty, N, E string }
	}
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("keys are %s: %v", published, err)
	}
	jwk := set.Keys[0]
	if want := `{"alg":"` + jwk.Alg + `","kid":"` + jwk.Kid +
		`"}`; string(jwttest.Part(t, response.AccessToken, 0)) != want || jwk.Kty != "RSA" || jwk.Use != "sig" {
		t.Errorf("key %+v does not go with header %s", jwk, jwttest.Part(t, response.AccessToken, 0))
	}
	number := func(text string) *big.Int {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(data)
	}
	key := &rsa.PublicKey{N: number(jwk.N), E: int(number(jwk.E).Int64())}
	end := strings.LastIndex(response.AccessToken, ".")
	sum := sha256.Sum256([]byte(response.AccessToken[:end]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], jwttest.Part(t, response.AccessToken, 2)); err != nil {
		t.Error(err)
	}

	got, err := token.NewVerifier(testKey(t), token.Strict).Verify("Bearer "+response.AccessToken, now)
	if err != nil {
		t.Fatal(err)
	}
	want := token.Principal{
		Org: "312222221", Consumer: "313333337", Supplier: testVendor, ClientID: testClient,
		SystemUserID: token.DerivedUUID("systemuser", testVendor, "312222221"), SystemID: testVendor + "_sandkasse",
		Scopes: []string{"skatteetaten:a"}, Issuer: testIssuer, ExpiresAt: now.Add(120 * time.Second),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("principal (-want +got):\n%s", diff)
	}
}

func TestGivenKeysBelongToSessionClientAndKid(t *testing.T) {
	t.Parallel()
	issuer := openIssuer(t)
	jwk := `{"alg":"RS256","kid":"k","jwk":` + jwkOf(jwttest.ClientKey()) + `}`
	other := func(header string, changes ...string) string {
		return jwttest.Sign(t, jwttest.OtherKey(), header, grantPayload(changes...))
	}
	mustGive(t, issuer, other(`{"alg":"RS256","kid":"k"}`, `jti="0"`)) // before there is a key
	mustGive(t, issuer, ask(t, jwk, `jti="1"`))
	mustGive(t, issuer, ask(t, jwk, `jti="2"`))
	mustGive(t, issuer, ask(t, `{"alg":"RS512","kid":"k"}`, `jti="3"`))
	mustGive(t, issuer, other(`{"alg":"RS256","kid":"k"}`, `jti="4"`, `iss="another"`))
	mustGive(t, issuer, other(`{"alg":"RS256","kid":"another"}`, `jti="5"`))
	if _, err := issuer.Token(tokenRequest(other(`{"alg":"RS256","kid":"k"}`), now)); err != nil {
		t.Errorf("another session: %v", err)
	}
	_, err := give(issuer, other(`{"alg":"RS256","kid":"k"}`, `jti="6"`), now)
	if refused := refusedFor(t, err); refused.MP != "MP-124" {
		t.Errorf("another key: %v", err)
	}
	issuer.forget()
	mustGive(t, issuer, other(`{"alg":"RS256","kid":"k"}`, `jti="6"`))
}

func TestARefusedGrantIsNotUsedUp(t *testing.T) {
	t.Parallel()
	issuer := openIssuer(t)
	assertion := ask(t, `{"alg":"RS256","kid":"k","jwk":`+jwkOf(jwttest.ClientKey())+`}`)
	for _, at := range []time.Duration{-time.Minute, time.Hour} {
		if _, err := give(issuer, assertion, now.Add(at)); err == nil {
			t.Errorf("a token was given at now%+v", at)
		}
	}
	// The key was not remembered either.
	mustGive(t, issuer, jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"k"}`, grantPayload(`jti="2"`)))
	mustGive(t, issuer, assertion)
}

// A grant that has expired is remembered a while, for a clock that is set back.
func TestAGrantIsRememberedTenSecondsAfterItsEnd(t *testing.T) {
	t.Parallel()
	issuer, assertion := openIssuer(t), ask(t, kidHeader, "exp=1924992003")
	mustGive(t, issuer, assertion)
	grants := func(at time.Time) {
		for n := range 70 { // enough for a sweep
			later := ask(t, kidHeader, fmt.Sprintf(`jti="%d.%d"`, n, at.Unix()), fmt.Sprintf("iat=%d", at.Unix()),
				fmt.Sprintf("exp=%d", at.Unix()+1))
			if _, err := give(issuer, later, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	grants(now.Add(11 * time.Second))
	if _, err := give(issuer, assertion, now); err == nil || refusedFor(t, err).MP != "MP-012" {
		t.Errorf("nine seconds after its end: %v", err)
	}
	grants(now.Add(13 * time.Second))
	if _, err := give(issuer, assertion, now); err != nil {
		t.Errorf("eleven seconds after its end: %v", err)
	}
}

func TestForgetLetsAGrantCountAgain(t *testing.T) {
	t.Parallel()
	issuer, assertion := openIssuer(t), ask(t, kidHeader)
	other := tokenRequest(assertion, now)
	first := mustGive(t, issuer, assertion)
	if _, err := issuer.Token(other); err != nil {
		t.Fatal(err)
	}
	issuer.forget()
	if again := mustGive(t, issuer, assertion); again != first {
		t.Errorf("the same grant at the same time says\n%s, first\n%s", again, first)
	}
	if _, err := issuer.Token(other); err == nil {
		t.Error("another session was forgotten")
	}
}

func TestOwnFaultsAreNoOAuthErrors(t *testing.T) {
	t.Parallel()
	for name, issuer := range map[string]*issuerInSession{
		"no private half": newIssuerInSession(token.Key{}, nil, testVendor, Observed),
		"no vendor":       newIssuerInSession(testKey(t), nil, "", Observed),
	} {
		response, err := give(issuer, ask(t, kidHeader), now)
		var refused *OAuthError
		if err == nil || errors.As(err, &refused) || response.AccessToken != "" {
			t.Errorf("%s: %+v, %v", name, response, err)
		}
	}
}

// Sixty-four clients send the same few grants. Each grant gives one token, and of two keys for one
// kid only one gets through.
func TestManyGrantsAtOnce(t *testing.T) {
	t.Parallel()
	issuer := openIssuer(t)
	keys := [2]*rsa.PrivateKey{jwttest.ClientKey(), jwttest.OtherKey()}
	var grants [8][2]string
	for n := range grants {
		for k, key := range keys {
			grants[n][k] = jwttest.Sign(t, key, `{"alg":"RS256","kid":"k","jwk":`+jwkOf(key)+`}`,
				grantPayload(fmt.Sprintf(`jti="%d"`, n)))
		}
	}
	var tokens [8][2]atomic.Int32
	var callers sync.WaitGroup
	for caller := range 64 {
		callers.Go(func() {
			for i := range grants {
				n, k := (caller+i)%len(grants), (caller/2)%2
				_, err := give(issuer, grants[n][k], now)
				var refused *OAuthError
				switch {
				case err == nil:
					tokens[n][k].Add(1)
				case !errors.As(err, &refused) || !slices.Contains([]string{"MP-012", "MP-124"}, refused.MP):
					t.Errorf("grant %d: %v", n, err)
				}
			}
		})
	}
	callers.Wait()
	var sums [2]int32
	for n := range tokens {
		for k := range keys {
			sums[k] += tokens[n][k].Load()
		}
	}
	if slices.Sort(sums[:]); sums != [2]int32{0, 8} {
		t.Errorf("the two keys got %d tokens, want 0 and 8", sums)
	}
}
