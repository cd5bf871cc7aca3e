package hosts

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// kind is a way to reach the server, with the public address that it must have there.
type kind struct {
	name     string
	options  mock.Options
	asked    string   // base address that is asked for
	remote   string   // of the caller; loopback where it is empty
	headers  []string // names and values in turn
	public   string
	redirect string // the Location of the root, without modifiers; empty where it is public and the control API
}

const (
	loopback = "127.0.0.1:54321"
	corp     = "https://sandkasse.corp.no"
)

func kinds() []kind {
	own := mock.Options{BaseURL: corp + "/test/", Hosts: []string{"plain.corp.no"}}
	proxied := mock.Options{BehindProxy: []string{"loopback", "172.16.0.0/12"}, Hosts: []string{"plain.corp.no"}}
	both := mock.Options{BaseURL: own.BaseURL, BehindProxy: proxied.BehindProxy}
	x := []string{
		"X-Forwarded-Proto", "https", "X-Forwarded-Host", "sandkasse.corp.no", "X-Forwarded-Port", "8443",
		"X-Forwarded-Prefix", "/test/",
	}
	const local, relative = "http://127.0.0.1:8080", "/_sandkasse/"
	return []kind{
		{name: "asked", asked: local, public: local, redirect: relative},
		{name: "asked with TLS", asked: "https://localhost:8443", public: "https://localhost:8443", redirect: relative},
		{name: "asked by IPv6", asked: "http://[::1]:8080", public: "http://[::1]:8080", redirect: relative},
		{name: "base address", options: own, asked: local, public: corp + "/test"},
		{name: "base address, other host", options: own, asked: "http://plain.corp.no", public: corp + "/test"},
		{name: "X-Forwarded", options: proxied, asked: local, headers: x, public: corp + ":8443/test"},
		{
			name: "X-Forwarded from a network", options: proxied, asked: "http://sandkasse:8080",
			remote: "172.17.0.1:1", headers: x, public: corp + ":8443/test",
		},
		{
			name: "X-Forwarded of a stranger", options: proxied, asked: local, remote: "192.0.2.1:1", headers: x,
			public: local, redirect: relative,
		},
		{name: "X-Forwarded without a proxy", asked: local, headers: x, public: local, redirect: relative},
		{
			name: "X-Forwarded-Proto alone", options: proxied, asked: "http://plain.corp.no",
			headers: []string{"X-Forwarded-Proto", "https, http"}, public: "https://plain.corp.no",
		},
		{
			name: "X-Forwarded-Prefix alone", options: proxied, asked: local,
			headers: []string{"X-Forwarded-Prefix", "/a", "X-Forwarded-For", "192.0.2.9"}, public: local + "/a",
			redirect: "/a/_sandkasse/",
		},
		{
			name: "the port in the host", options: proxied, asked: local,
			headers: []string{
				"X-Forwarded-Proto", "https", "X-Forwarded-Host", "sandkasse.corp.no:9443, inner",
				"X-Forwarded-Port", "443",
			},
			public: corp + ":9443",
		},
		{
			name: "default port", options: proxied, asked: local,
			headers: []string{
				"X-Forwarded-Proto", "HTTPS", "X-Forwarded-Host", "sandkasse.corp.no:443",
			},
			public: corp,
		},
		{
			name: "Forwarded", options: proxied, asked: local,
			headers: []string{
				"Forwarded", `for=192.0.2.60;proto=https;host="sandkasse.corp.no:8443", for=172.17.0.2;host=inner`,
			},
			public: corp + ":8443",
		},
		{
			name: "Forwarded before X-Forwarded", options: proxied, asked: local,
			headers: append([]string{"Forwarded", `HOST=other.corp.no;Proto=HTTP`}, x...),
			public:  "http://other.corp.no:8443/test",
		},
		{name: "base address before X-Forwarded", options: both, asked: local, headers: x, public: corp + "/test"},
	}
}

// request returns a request to the server in this way.
func (k kind) request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, k.asked+path, strings.NewReader(body))
	if r.RemoteAddr = k.remote; k.remote == "" {
		r.RemoteAddr = loopback
	}
	for _, list := range [][]string{k.headers, headers} {
		for i := 0; i < len(list); i += 2 {
			r.Header.Add(list[i], list[i+1])
		}
	}
	return r
}

var (
	addresses = regexp.MustCompile(`https?:(?://|\\/\\/)[^\s"'<>\\,]+`)
	jwts      = regexp.MustCompile(`eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]*`)
	// Addresses that are no places of the sandbox.
	names = regexp.MustCompile(`^https?://(datatracker\.ietf\.org|sandkasse\.corp\.no/test\)|127\.0\.0\.1:(9000|1)/)`)
)

// written returns the addresses in an answer: in its header and body, and in JWTs there.
func written(w *httptest.ResponseRecorder) (list []string) {
	text := w.Body.String()
	for name, values := range w.Header() {
		text += "\n" + name + ": " + strings.Join(values, "\n")
	}
	for _, jwt := range jwts.FindAllStringSubmatch(text, -1) {
		claims, _ := base64.RawURLEncoding.DecodeString(jwt[1])
		text += "\n" + string(claims)
	}
	for _, found := range addresses.FindAllString(text, -1) {
		if !names.MatchString(found) {
			list = append(list, found)
		}
	}
	return list
}

// TestEveryPlace: whatever writes an address writes the public one of the call, with its modifiers:
// metadata, tokens, pages of errors, dialogs, redirects, hints, curl lines, the index, OpenAPI
// documents.
func TestEveryPlace(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		for _, modify := range modifiers() {
			t.Run(k.name+modify, func(t *testing.T) {
				t.Parallel()
				k.everyPlace(t, modify)
			})
		}
	}
}

func (k kind) everyPlace(t *testing.T, modify string) {
	k.options.Clock = func() time.Time { return testkit.Noon }
	s := testkit.NewServer(t, k.options)
	plain := strings.TrimPrefix(modify, "/_scenario/slow;ms=1")
	// Each answer must have this many addresses at least, all below the public one.
	do := func(place string, minimum int, r *http.Request) string {
		t.Helper()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		found := written(w)
		if len(found) < minimum {
			t.Errorf("%s: %d %s has the addresses %q, want %d at least", place, w.Code, w.Body, found, minimum)
		}
		for _, address := range found {
			below, ok := strings.CutPrefix(address, k.public)
			if !ok || below != "" && below != modify && !strings.HasPrefix(below, modify+"/") &&
				!strings.HasPrefix(below, plain+"/") && !strings.HasPrefix(below, "/_sandkasse/") { // in a hint
				t.Errorf("%s has the address %s, want one below %s", place, address, k.public+modify)
			}
		}
		return w.Body.String()
	}
	bsu := backend.Of(s).Catalog.ByName("bsu")
	org := testkit.Oppgavegiver
	const json, form = "application/json", "application/x-www-form-urlencoded"
	issuer := k.public + modify + "/maskinporten/"
	do("metadata", 3, k.request("GET", modify+"/maskinporten/.well-known/oauth-authorization-server", ""))
	do("metadata (RFC 8414)", 3, k.request("GET", "/.well-known/oauth-authorization-server"+modify+"/maskinporten", ""))
	grantFor := func(scope string) string {
		return url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant(issuer, scope, org)},
		}.Encode()
	}
	token := func(scope string) string {
		var given struct {
			Token string `json:"access_token"`
		}
		call := k.request("POST", modify+"/maskinporten/token", grantFor(scope), "Content-Type", form)
		decode(t, do("token", 1, call), &given)
		return "Bearer " + given.Token
	}
	do("refusal", 1, k.request("POST", modify+"/maskinporten/token", "grant_type=x", "Content-Type", form))
	do("unknown address of Maskinporten", 1, k.request("GET", modify+"/maskinporten/nothing", ""))
	reporting, dialogs := token(bsu.Scope), token("digdir:dialogporten")
	var receipt testkit.Receipt
	decode(t, do("delivery", 0, k.request("POST", modify+"/innrapporteringbsu/v1/2023", string(bsu.Example),
		"Authorization", reporting, "Content-Type", json, "idempotencyKey", testkit.FirstKey)), &receipt)
	dialog := modify + "/dialogporten/api/v1/enduser/dialogs"
	party := "?party=urn:altinn:organization:identifier-no:" + org
	do("dialogs", 0, k.request("GET", dialog+party, "", "Authorization", dialogs))
	dialog += "/" + receipt.DialogID
	var shown dialogView
	decode(t, do("dialog", 4, k.request("GET", dialog, "", "Authorization", dialogs)), &shown)
	do("transmissions", 2, k.request("GET", dialog+"/transmissions", "", "Authorization", dialogs))
	transmission := dialog + "/transmissions/" + receipt.ForsendelseID
	do("transmission", 1, k.request("GET", transmission, "", "Authorization", dialogs))
	do("metadata of dialog tokens", 2,
		k.request("GET", modify+"/dialogporten/api/v1/.well-known/oauth-authorization-server", ""))
	for _, link := range shown.links() {
		do("document", 0, k.request("GET", strings.TrimPrefix(link, k.public), "", "Authorization", reporting))
	}

	// Sandkasse's own: a path is enough where the address that was asked for is the public one.
	hints := 0
	if k.public != k.asked {
		hints = 1
	}
	do("hint of no API", hints, k.request("GET", modify+"/nothing", ""))
	do("hint of no scenario", hints, k.request("GET", "/innrapporteringbsu/v1/2023", "", "Sandkasse-Scenario", ","))
	do("hint of the control API", hints, k.request("GET", modify+"/_sandkasse/nothing", ""))
	do("page of another site", 1, k.request("POST", modify+"/_sandkasse/reset", "", "Origin", "null"))
	do("index", 40, k.request("GET", modify+"/_sandkasse/", ""))
	do("token of the control API", 1, k.request("GET", modify+"/_sandkasse/token?api=bsu&org="+org, ""))
	for _, name := range []string{"bsu", "kobo", "maskinporten", "dialogporten", "control"} {
		do("OpenAPI of "+name, 1, k.request("GET", modify+"/_sandkasse/openapi/"+name+".json", ""))
	}
	do("OpenAPI in YAML", 1, k.request("GET", modify+"/_sandkasse/openapi/bsu.yaml", ""))
	do("curl", 1, k.request("GET", modify+"/_sandkasse/calls/1/curl", ""))
	do("HAR", 1, k.request("GET", modify+"/_sandkasse/calls.har?api=bsu", ""))
	for _, path := range []string{"", "/"} {
		k.redirects(t, s, modify+path, modify)
	}
	k.redirects(t, s, modify+"/_sandkasse", modify)

	session, err := s.Session("a")
	if err != nil {
		t.Fatal(err)
	}
	if minted, _ := session.Token(mock.TokenRequest{API: "bsu", Org: org}); k.options.BaseURL != "" {
		claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(minted, ".")[1])
		if want := `"iss":"` + k.public + `/_session/a/maskinporten/"`; !strings.Contains(string(claims), want) {
			t.Errorf("the claims of Session.Token are %s, want %s", claims, want)
		}
	}
}

// redirects calls a path that must lead to the control API.
func (k kind) redirects(t *testing.T, s http.Handler, path, modify string) {
	t.Helper()
	if path == "" {
		return // no request line has it
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, k.request("GET", path, ""))
	want := k.public + modify + "/_sandkasse/"
	if k.redirect != "" {
		want = strings.TrimSuffix(k.redirect, "/_sandkasse/") + modify + "/_sandkasse/"
	}
	if got := w.Header().Get("Location"); w.Code != http.StatusFound || got != want {
		t.Errorf("%s is answered %d to %q, want %q: %s", path, w.Code, got, want, w.Body)
	}
	io.Copy(io.Discard, w.Body)
}
