package token

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token/jwttest"
)

func principal() Principal {
	return Principal{
		Org: "312222221", Consumer: "311111116",
		ClientID:     "6f0c0a0e-0000-4000-8000-000000000001",
		SystemUserID: "33a0911a-0000-4000-8000-00000000016c", SystemID: "311111116_demo",
		Scopes: []string{"skatteetaten:a", "skatteetaten:b"}, Issuer: "http://localhost:8080/maskinporten/",
		ExpiresAt: now.Add(119 * time.Second),
	}
}

func TestGoodTokens(t *testing.T) {
	t.Parallel()
	plain := func(change func(*Principal)) Principal {
		p := principal()
		p.Org, p.SystemUserID, p.SystemID = "", "", ""
		change(&p)
		return p
	}
	but := func(change func(*Principal)) Principal {
		p := principal()
		change(&p)
		return p
	}
	const noDetails = "authorization_details is missing: the token was asked for without a system user"
	detail := func(old, new string) string {
		return payload("authorization_details=[" + strings.Replace(goodDetail, old, new, 1) + "]")
	}
	for _, test := range []struct {
		name, header, payload string
		want                  Principal
	}{
		{"system user", goodHeader, payload(), principal()},
		{"RS384", `{"alg":"RS384"}`, payload(), principal()},
		{"RS512", `{"alg":"RS512","typ":"JWT"}`, payload(), principal()},
		{"kid is null", `{"alg":"RS256","kid":null}`, payload(), principal()},
		{"details are one object", goodHeader, payload("authorization_details=" + goodDetail), principal()},
		{
			"details begin with a consent", goodHeader,
			payload(`authorization_details=[{"type":"urn:altinn:consent"},7,` + goodDetail + `]`), principal(),
		},
		{"exp has parts of a second", goodHeader, payload("exp=1924992120.999"), principal()},
		{"exp has an exponent", goodHeader, payload("exp=1.92499212e9"), principal()},
		{"iat and nbf within the skew", goodHeader, payload("iat=1924992011", "nbf=1924992011"), principal()},
		{"no iat", goodHeader, payload("iat"), principal()},
		{"any aud", goodHeader, payload(`aud=["x",5]`), principal()},
		{
			"issuer under a session", goodHeader, payload(`iss="https://sandkasse/_session/a/maskinporten/"`),
			but(func(p *Principal) { p.Issuer = "https://sandkasse/_session/a/maskinporten/" }),
		},
		{
			"check digits are not looked at", goodHeader, payload(`consumer={"ID":"0192:987654321"}`),
			but(func(p *Principal) { p.Consumer = "987654321" }),
		},
		{
			"supplier", goodHeader, payload(`supplier={"ID":"0192:310000006"}`),
			but(func(p *Principal) { p.Supplier = "310000006" }),
		},
		{
			"nothing optional", goodHeader, payload("scope", "client_id", "iat", "authorization_details"),
			plain(func(p *Principal) { p.Scopes, p.ClientID, p.NoSystemUser = []string{}, "", noDetails }),
		},
		{
			"no details", goodHeader, payload("authorization_details"),
			plain(func(p *Principal) { p.NoSystemUser = noDetails }),
		},
		{
			"details are null", goodHeader, payload("authorization_details=null"),
			plain(func(p *Principal) { p.NoSystemUser = noDetails }),
		},
		{
			"details are empty", goodHeader, payload("authorization_details=[]"),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details has no object with the type "urn:altinn:systemuser"`
			}),
		},
		{
			"details are text", goodHeader, payload(`authorization_details="x"`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details has no object with the type "urn:altinn:systemuser"`
			}),
		},
		{
			"id in lower case", goodHeader, detail(`"ID"`, `"id"`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].systemuser_org.ID is missing, must be "0192:" and nine ` +
					`digits (spelled ID, not id)`
			}),
		},
		{
			"no prefix", goodHeader, detail(`0192:312222221`, `312222221`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].systemuser_org.ID is "312222221", must be "0192:" and ` +
					`nine digits`
			}),
		},
		{
			"no organisation", goodHeader, detail(`systemuser_org`, `org`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].systemuser_org is missing, must be the organisation ` +
					`that the system user belongs to`
			}),
		},
		{
			"system user id is no list", goodHeader, detail(`["33a0911a-0000-4000-8000-00000000016c"]`,
				`"33a0911a-0000-4000-8000-00000000016c"`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].systemuser_id is missing or wrong, must be a list of one id`
			}),
		},
		{
			"no system user id", goodHeader, detail(`["33a0911a-0000-4000-8000-00000000016c"]`, `[]`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].systemuser_id is missing or wrong, must be a list of one id`
			}),
		},
		{
			"system id is a number", goodHeader, detail(`"311111116_demo"`, `5`),
			plain(func(p *Principal) {
				p.NoSystemUser = `authorization_details[0].system_id is 5, must be a string`
			}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			verifier := NewVerifier(testKey(t), Strict)
			for _, scheme := range []string{"Bearer ", "bearer   ", "  BEARER "} {
				got, err := verifier.Verify(scheme+signed(t, test.header, test.payload), now)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("principal (-want +got):\n%s", diff)
				}
				if got.HasSystemUser() != (test.want.Org != "") {
					t.Errorf("HasSystemUser is %v, Org is %q", got.HasSystemUser(), got.Org)
				}
			}
		})
	}
}

func TestHasScopeIsToTheLetter(t *testing.T) {
	t.Parallel()
	p := principal()
	for scope, want := range map[string]bool{
		"skatteetaten:a": true, "skatteetaten:b": true, "skatteetaten:A": false,
		"skatteetaten": false, "": false, "skatteetaten:a skatteetaten:b": false,
	} {
		if got := p.HasScope(scope); got != want {
			t.Errorf("HasScope(%q) is %v", scope, got)
		}
	}
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	const must = ", must be: Bearer TOKEN"
	for header, want := range map[string]string{
		"":                  "no token: the Authorization header is missing or empty" + must,
		"  \t":              "no token: the Authorization header is missing or empty" + must,
		"Basic dXNlcjpwYXM": "no token: the Authorization header has another scheme than Bearer" + must,
		"Bearertoken":       "no token: the Authorization header has another scheme than Bearer" + must,
		"eyJ.eyJ.abc":       "no token: the Authorization header has a token without the word Bearer before it" + must,
		"Bearer":            "no token: the Authorization header has nothing after Bearer" + must,
		"bearer  ":          "no token: the Authorization header has nothing after Bearer" + must,
	} {
		for _, mode := range []Mode{Strict, Lenient} {
			p, err := NewVerifier(testKey(t), mode).Verify(header, now)
			if !errors.Is(err, ErrNoToken) || err.Error() != want {
				t.Errorf("%s, %q: error\n%v, want\n%s", mode, header, err, want)
			}
			if diff := cmp.Diff(Principal{}, p); diff != "" {
				t.Errorf("%s, %q: principal (-want +got):\n%s", mode, header, diff)
			}
		}
	}
}

func TestParseMode(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"strict", "lenient", "off"} {
		if mode, err := ParseMode(name); err != nil || string(mode) != name {
			t.Errorf("ParseMode(%q) is %q, %v", name, mode, err)
		}
	}
	for _, name := range []string{"", "Strict", "none"} {
		mode, err := ParseMode(name)
		if err == nil || mode != "" || !strings.HasSuffix(err.Error(), "must be strict, lenient or off") {
			t.Errorf("ParseMode(%q) is %q, %v", name, mode, err)
		}
	}
}

// TestRealIssuers: a token that the sandbox gave under a real host is good, and one of the real
// issuer is named as such.
func TestRealIssuers(t *testing.T) {
	t.Parallel()
	verifier := NewVerifier(testKey(t), Strict, "https://maskinporten.no/", "https://test.maskinporten.no/",
		"https://test.sky.maskinporten.no")
	for issuer, good := range map[string]bool{
		"https://test.maskinporten.no/": true, "https://maskinporten.no/": true, "https://maskinporten.no:8443/": true,
		"https://maskinporten.no/_session/a/": true, "https://maskinporten.no/_scenario/slow;ms=1/_session/a/": true,
		"http://maskinporten.no/": false, "https://maskinporten.no": false, "https://maskinporten.no/x/": false,
		"https://maskinporten.no/_session/":  false,
		"https://maskinporten.no/_session/a": false, "https://maskinporten.no/_session//": false,
		"https://maskinporten.no/?a":       false,
		"https://test.sky.maskinporten.no": true, "https://test.sky.maskinporten.no:8443/_session/a": true,
		"https://test.sky.maskinporten.no/": false, "https://test.sky.maskinporten.no/_session/a/": false,
		"https://sky.maskinporten.no/": false, "https://maskinporten.no.example.com/": false,
		"https://example.com/": false,
	} {
		claims := payload(`iss="` + issuer + `"`)
		_, err := verifier.Verify("Bearer "+signed(t, goodHeader, claims), now)
		if good != (err == nil) {
			t.Errorf("%s: %v, want it to be good: %v", issuer, err, good)
		}
		if !good {
			continue
		}
		_, err = verifier.Verify("Bearer "+jwttest.Sign(t, jwttest.OtherKey(), `{"alg":"RS256","kid":"x"}`, claims),
			now)
		if err == nil || !strings.Contains(err.Error(), "iss is that of the real Maskinporten") {
			t.Errorf("%s, by another key: %v", issuer, err)
		}
	}
}
