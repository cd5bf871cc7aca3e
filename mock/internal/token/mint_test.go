package token

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/token/jwttest"
)

// now is the time in these tests; grant's token is one second old and valid for 119 more.
var now = time.Date(2031, 1, 1, 0, 0, 1, 0, time.UTC)

func grant() Spec {
	return Spec{
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

func plainGrant() Spec {
	spec := grant()
	spec.Org, spec.SystemUserID = "", ""
	return spec
}

func mint(t testing.TB, spec Spec) string {
	t.Helper()
	token, err := Mint(testKey(t), spec)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestClaimsAreAsMaskinportenWritesThem(t *testing.T) {
	t.Parallel()
	derived := Spec{
		Vendor: "311111116", Org: "312222221", IssuedAt: now, TTL: time.Second,
		Resource: "https://api.example/",
	}
	delegated := plainGrant()
	delegated.ConsumerOrg, delegated.ClientAMR, delegated.Resource, delegated.PID = "313333337", "CForESeal", " a  b ",
		"01810099999"
	for name, spec := range map[string]Spec{
		"systemuser": grant(), "plain": plainGrant(), "derived": derived,
		"delegated": delegated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "claims-"+name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, jwttest.Part(t, mint(t, spec), 1), "", "  "); err != nil {
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
	if got := string(jwttest.Part(t, mint(t, grant()), 0)); got != want {
		t.Errorf("header is %s, want %s", got, want)
	}
}

func TestSignatureIsGoodForPlainRSA(t *testing.T) {
	t.Parallel()
	token := mint(t, grant())
	end := strings.LastIndex(token, ".")
	sum := sha256.Sum256([]byte(token[:end]))
	if err := rsa.VerifyPKCS1v15(testKey(t).Public, crypto.SHA256, sum[:], jwttest.Part(t, token, 2)); err != nil {
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
	if string(jwttest.Part(t, mint(t, here), 1)) == string(jwttest.Part(t, mint(t, there), 1)) {
		t.Error("another scope made the same token")
	}
}

func TestDerivedIDDependsOnAllThatIsSaid(t *testing.T) {
	t.Parallel()
	jti := func(spec Spec) string {
		spec.ID = ""
		return spec.tokenClaims().ID
	}
	seen := map[string]string{jti(grant()): "grant"}
	for name, change := range map[string]func(*Spec){
		"scope":    func(spec *Spec) { spec.Scope = "a" },
		"vendor":   func(spec *Spec) { spec.Vendor = "310000006" },
		"org":      func(spec *Spec) { spec.Org = "310000006" },
		"issued":   func(spec *Spec) { spec.IssuedAt = spec.IssuedAt.Add(time.Second) },
		"ttl":      func(spec *Spec) { spec.TTL += time.Second },
		"client":   func(spec *Spec) { spec.ClientID = "x" },
		"user":     func(spec *Spec) { spec.SystemUserID = "x" },
		"system":   func(spec *Spec) { spec.SystemID = "x" },
		"issuer":   func(spec *Spec) { spec.Issuer = "x" },
		"resource": func(spec *Spec) { spec.Resource = "x" },
		"amr":      func(spec *Spec) { spec.ClientAMR = "QCForESeal" },
		"customer": func(spec *Spec) { spec.ConsumerOrg = "310000006" },
		"pid":      func(spec *Spec) { spec.PID = "x" },
	} {
		spec := grant()
		change(&spec)
		id := jti(spec)
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
		change func(*Spec)
		want   string
	}{
		{func(spec *Spec) { spec.Vendor = "" }, `mint a token: the vendor is "", must be nine digits`},
		{
			func(spec *Spec) { spec.Vendor = "0192:311111116" },
			`mint a token: the vendor is "0192:311111116", must be nine digits`,
		},
		{
			func(spec *Spec) { spec.Org = "31222222" },
			`mint a token: the org is "31222222", must be nine digits, or empty for a token without system user`,
		},
		{
			func(spec *Spec) { spec.Org = "31222222x" },
			`mint a token: the org is "31222222x", must be nine digits, or empty for a token without system user`,
		},
		{
			func(spec *Spec) { spec.Org = "" },
			`mint a token: SystemUserID or SystemID is given without Org, must come with the organisation that the system user belongs to`,
		},
		{
			func(spec *Spec) { spec.ConsumerOrg = "0192:312222221" },
			`mint a token: the consumer org is "0192:312222221", must be nine digits, or empty for a token without supplier`,
		},
		{
			func(spec *Spec) { spec.IssuedAt = time.Time{} },
			`mint a token: IssuedAt is 0001-01-01 00:00:00 +0000 UTC and TTL 2m0s, must lie within 1970 and 9999`,
		},
		{
			func(spec *Spec) { spec.IssuedAt = time.Unix(lastSecond, 0).UTC() },
			`mint a token: IssuedAt is 9999-12-31 23:59:59 +0000 UTC and TTL 2m0s, must lie within 1970 and 9999`,
		},
		{
			func(spec *Spec) { spec.TTL = -time.Minute },
			`mint a token: TTL is -1m0s, must be at least 1s (an expired token has an earlier IssuedAt)`,
		},
	} {
		spec := grant()
		test.change(&spec)
		token, err := Mint(testKey(t), spec)
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
		spec := Spec{
			Issuer: rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme") + "://" +
				rapid.StringMatching(`[a-z][a-z0-9.-]{0,20}(:[0-9]{1,5})?(/_session/[a-zA-Z0-9]{1,9})?`).Draw(t,
					"host") + "/maskinporten/",
			Scope:    strings.Join(scopes, " "),
			Vendor:   org.Draw(t, "vendor"),
			Org:      org.Draw(t, "org"),
			IssuedAt: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "issued"), 0),
			TTL:      time.Duration(rapid.IntRange(1, 1e6).Draw(t, "ttl")) * time.Second,
			SystemID: rapid.String().Draw(t, "system"),

			ConsumerOrg: rapid.StringMatching(`([0-9]{9})?`).Draw(t, "customer"),
			Resource:    rapid.StringMatching(`[a-z /]{0,9}`).Draw(t, "resource"),
		}
		spec.SystemID = strings.ToValidUTF8(spec.SystemID, "")
		token, err := Mint(key, spec)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NewVerifier(key, Strict).Verify("Bearer "+token, spec.IssuedAt)
		if err != nil {
			t.Fatal(err)
		}
		said := spec.tokenClaims()
		want := Principal{
			Org: spec.Org, Consumer: spec.Vendor, ClientID: said.ClientID, Scopes: scopes, Issuer: spec.Issuer,
			SystemUserID: said.AuthorizationDetails[0].IDs[0], SystemID: said.AuthorizationDetails[0].SystemID,
			ExpiresAt: spec.IssuedAt.Add(spec.TTL).UTC(),
		}
		if spec.ConsumerOrg != "" {
			want.Consumer, want.Supplier = spec.ConsumerOrg, spec.Vendor
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("principal (-want +got):\n%s", diff)
		}
	})
}
