package maskinporten

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// now is the time in these tests; grant's token is one second old and lives
// for 119 more.
var now = time.Date(2031, 1, 1, 0, 0, 1, 0, time.UTC)

func grant() Grant {
	return Grant{
		Issuer:       "http://127.0.0.1:8080/maskinporten/",
		Scope:        "skatteetaten:innrapporteringboligsparingungdom",
		Vendor:       "311111116",
		Org:          "312222221",
		IssuedAt:     now.Add(-time.Second),
		TTL:          120 * time.Second,
		ID:           "kq3wq0cV2o8oC1w2y4bG5d6e7f8h9i0jkLmNoPqRsTu",
		ClientID:     "6f0c0a0e-0000-4000-8000-000000000001",
		SystemUserID: "33a0911a-0000-4000-8000-00000000016c",
	}
}

func plainGrant() Grant {
	g := grant()
	g.Org, g.SystemUserID = "", ""
	return g
}

func mint(t testing.TB, g Grant) string {
	t.Helper()
	token, err := Mint(testKey(t), g)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// part decodes one of a token's three parts: 0 header, 1 payload, 2 signature.
func part(t testing.TB, token string, n int) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestClaimsAreAsMaskinportenWritesThem(t *testing.T) {
	t.Parallel()
	derived := Grant{Vendor: "311111116", Org: "312222221", IssuedAt: now, TTL: time.Second, Resource: "https://api.example/"}
	delegated := plainGrant()
	delegated.ConsumerOrg, delegated.ClientAMR, delegated.Resource, delegated.PID = "313333337", "CForESeal", " a  b ", "01810099999"
	for name, g := range map[string]Grant{"systemuser": grant(), "plain": plainGrant(), "derived": derived, "delegated": delegated} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "claims-"+name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, part(t, mint(t, g), 1), "", "  "); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), got.String()); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeaderHasAlgorithmAndKeyOnly(t *testing.T) {
	t.Parallel()
	want := `{"alg":"RS256","kid":"sandkasse-test-1"}`
	if got := string(part(t, mint(t, grant()), 0)); got != want {
		t.Errorf("header is %s, want %s", got, want)
	}
}

func TestSignatureIsGoodForPlainRSA(t *testing.T) {
	t.Parallel()
	token := mint(t, grant())
	end := strings.LastIndex(token, ".")
	sum := sha256.Sum256([]byte(token[:end]))
	if err := rsa.VerifyPKCS1v15(testKey(t).Public, crypto.SHA256, sum[:], part(t, token, 2)); err != nil {
		t.Error(err)
	}
}

func TestTheSameGrantMakesTheSameBytes(t *testing.T) {
	t.Parallel()
	here, there := grant(), grant()
	there.IssuedAt = there.IssuedAt.In(time.FixedZone("elsewhere", 3600)).Add(time.Millisecond)
	if first, second := mint(t, here), mint(t, there); first != second {
		t.Errorf("two tokens:\n%s\n%s", first, second)
	}
	here.ID, there.ID = "", ""
	if first, second := mint(t, here), mint(t, there); first != second {
		t.Errorf("two tokens with a derived ID:\n%s\n%s", first, second)
	}
	there.Scope += " digdir:dialogporten"
	if string(part(t, mint(t, here), 1)) == string(part(t, mint(t, there), 1)) {
		t.Error("another scope made the same token")
	}
}

func TestDerivedIDDependsOnAllThatIsSaid(t *testing.T) {
	t.Parallel()
	jti := func(g Grant) string {
		g.ID = ""
		return g.claims().ID
	}
	seen := map[string]string{jti(grant()): "grant"}
	for name, change := range map[string]func(*Grant){
		"scope":    func(g *Grant) { g.Scope = "a" },
		"vendor":   func(g *Grant) { g.Vendor = "310000006" },
		"org":      func(g *Grant) { g.Org = "310000006" },
		"issued":   func(g *Grant) { g.IssuedAt = g.IssuedAt.Add(time.Second) },
		"ttl":      func(g *Grant) { g.TTL += time.Second },
		"client":   func(g *Grant) { g.ClientID = "x" },
		"user":     func(g *Grant) { g.SystemUserID = "x" },
		"system":   func(g *Grant) { g.SystemID = "x" },
		"issuer":   func(g *Grant) { g.Issuer = "x" },
		"resource": func(g *Grant) { g.Resource = "x" },
		"amr":      func(g *Grant) { g.ClientAMR = "QCForESeal" },
		"customer": func(g *Grant) { g.ConsumerOrg = "310000006" },
		"pid":      func(g *Grant) { g.PID = "x" },
	} {
		g := grant()
		change(&g)
		id := jti(g)
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have one ID", name, other)
		}
		if len(id) != 43 {
			t.Errorf("%s: the ID has %d characters, want 43", name, len(id))
		}
		seen[id] = name
	}
}

func TestGrantsThatCannotBeMinted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change func(*Grant)
		want   string
	}{
		{func(g *Grant) { g.Vendor = "" }, `mint a token: the vendor is "", must be nine digits`},
		{func(g *Grant) { g.Vendor = "0192:311111116" }, `mint a token: the vendor is "0192:311111116", must be nine digits`},
		{func(g *Grant) { g.Org = "31222222" }, `mint a token: the org is "31222222", must be nine digits, or empty for a token without system user`},
		{func(g *Grant) { g.Org = "31222222x" }, `mint a token: the org is "31222222x", must be nine digits, or empty for a token without system user`},
		{func(g *Grant) { g.Org = "" }, `mint a token: SystemUserID or SystemID is given without Org, must come with the organisation that the system user belongs to`},
		{func(g *Grant) { g.ConsumerOrg = "0192:312222221" }, `mint a token: the consumer org is "0192:312222221", must be nine digits, or empty for a token without supplier`},
		{func(g *Grant) { g.IssuedAt = time.Time{} }, `mint a token: IssuedAt is 0001-01-01 00:00:00 +0000 UTC and TTL 2m0s, must lie within 1970 and 9999`},
		{func(g *Grant) { g.IssuedAt = time.Unix(lastSecond, 0).UTC() }, `mint a token: IssuedAt is 9999-12-31 23:59:59 +0000 UTC and TTL 2m0s, must lie within 1970 and 9999`},
		{func(g *Grant) { g.TTL = -time.Minute }, `mint a token: TTL is -1m0s, must be at least 1s (an expired token has an earlier IssuedAt)`},
	} {
		g := grant()
		test.change(&g)
		token, err := Mint(testKey(t), g)
		if err == nil || err.Error() != test.want || token != "" {
			t.Errorf("Mint: token %q, error\n%v, want\n%s", token, err, test.want)
		}
	}
}

func TestWhatIsMintedIsVerified(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z:/.-]{1,20}`)
		org := rapid.StringMatching(`[0-9]{9}`)
		scopes := rapid.SliceOfN(word, 1, 4).Draw(t, "scopes")
		g := Grant{
			Issuer:   rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme") + "://" + rapid.StringMatching(`[a-z][a-z0-9.-]{0,20}(:[0-9]{1,5})?(/_session/[a-zA-Z0-9]{1,9})?`).Draw(t, "host") + "/maskinporten/",
			Scope:    strings.Join(scopes, " "),
			Vendor:   org.Draw(t, "vendor"),
			Org:      org.Draw(t, "org"),
			IssuedAt: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "issued"), 0),
			TTL:      time.Duration(rapid.IntRange(1, 1e6).Draw(t, "ttl")) * time.Second,
			SystemID: rapid.String().Draw(t, "system"),

			ConsumerOrg: rapid.StringMatching(`([0-9]{9})?`).Draw(t, "customer"),
			Resource:    rapid.StringMatching(`[a-z /]{0,9}`).Draw(t, "resource"),
		}
		g.SystemID = strings.ToValidUTF8(g.SystemID, "")
		token, err := Mint(key, g)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewVerifier(key, Strict).Verify("Bearer "+token, g.IssuedAt)
		if err != nil {
			t.Fatal(err)
		}
		said := g.claims()
		want := Principal{
			Org: g.Org, Consumer: g.Vendor, ClientID: said.ClientID, Scopes: scopes, Issuer: g.Issuer,
			SystemUserID: said.AuthorizationDetails[0].IDs[0], SystemID: said.AuthorizationDetails[0].SystemID,
			ExpiresAt: g.IssuedAt.Add(g.TTL).UTC(),
		}
		if g.ConsumerOrg != "" {
			want.Consumer, want.Supplier = g.ConsumerOrg, g.Vendor
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("principal (-want +got):\n%s", diff)
		}
	})
}
