package address

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/splice"
)

func noRealHost(string) bool { return false }

// TestOf: modifiers come off an address in any order, and the headers say the same.
func TestOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path                string
		session, scenario         string // headers
		want                      string // session
		scenarios                 []string
		root, left, leftUnescaped string
	}{
		{name: "plain", path: "/innrapporteringbsu/v1/2024?a=b", want: "default", left: "/innrapporteringbsu/v1/2024"},
		{name: "session", path: "/_session/a/bsu/v1", want: "a", root: "/_session/a", left: "/bsu/v1"},
		{
			name: "both", path: "/_scenario/slow;ms=1/_session/a/bsu", want: "a", scenarios: []string{"slow;ms=1"},
			root: "/_scenario/slow;ms=1/_session/a", left: "/bsu",
		},
		{
			name: "several scenarios", path: "/_scenario/a/_scenario/b/x", scenario: "c, d", want: "default",
			scenarios: []string{"a", "b", "c", "d"},
			root:      "/_scenario/a/_scenario/b", left: "/x",
		},
		{name: "header", path: "/x", session: "s.1", want: "s.1", left: "/x"},
		{
			name: "header and address agree", path: "/_session/s/x", session: "s", want: "s", root: "/_session/s",
			left: "/x",
		},
		{name: "nothing left", path: "/_session/s", want: "s", root: "/_session/s", left: "/"},
		{
			name: "escapes are kept", path: "/_session/s/a%2Fb", want: "s", root: "/_session/s", left: "/a%2Fb",
			leftUnescaped: "/a/b",
		},
		{
			name: "metadata in front", path: "/.well-known/oauth-authorization-server/_session/s/maskinporten",
			want: "s",
			root: "/_session/s",
			left: "/maskinporten/.well-known/oauth-authorization-server",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+test.path, nil)
			if test.session != "" {
				r.Header.Set(SessionHeader, test.session)
			}
			if test.scenario != "" {
				r.Header.Set(ScenarioHeader, test.scenario)
			}
			a, err := Of(r, noRealHost)
			if err != nil {
				t.Fatal(err)
			}
			if a.Session != test.want || a.Root != "http://localhost:8080"+test.root {
				t.Errorf("session %q at %q, want %q at %q", a.Session, a.Root, test.want, test.root)
			}
			root := strings.Builder{}
			for segment := range strings.SplitAfterSeq(test.root, "/_") {
				if strings.HasPrefix(segment, "session/") {
					root.WriteString("/_" + strings.TrimSuffix(segment, "/_"))
				}
			}
			if want := "http://localhost:8080" + root.String(); a.SessionRoot != want {
				t.Errorf("without scenarios it is at %q, want %q", a.SessionRoot, want)
			}
			if diff := cmp.Diff(test.scenarios, a.Scenarios); diff != "" {
				t.Errorf("scenarios (-want +got):\n%s", diff)
			}
			if a.URL.EscapedPath() != test.left || test.leftUnescaped != "" && a.URL.Path != test.leftUnescaped {
				t.Errorf("left is %q (%q), want %q", a.URL.EscapedPath(), a.URL.Path, test.left)
			}
			if a.URL.RawQuery != r.URL.RawQuery {
				t.Errorf("the query became %q", a.URL.RawQuery)
			}
		})
	}
}

// TestOfRefuses: the error of a wrong modifier says what would be right.
func TestOfRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, path, session, scenario, want string }{
		{"two sessions", "/_session/a/_session/b/x", "", "", "name one"},
		{"address against header", "/_session/a/x", "b", "", "name one"},
		{"bad character", "/_session/a%20b/x", "", "", "a letter of a to z"},
		{"letter beyond a to z", "/_session/bl%C3%A5/x", "", "", "the character 'å'"},
		{"slash in disguise", "/_session/a%2Fb/x", "", "", "a letter of a to z"},
		{"too long", "/_session/" + strings.Repeat("a", 65) + "/x", "", "", "1 to 64 characters"},
		{"empty", "/_session//x", "", "", "1 to 64 characters"},
		{"full stops", "/x", "...", "", "full stops"},
		{"no scenario", "/x", "", "a,,b", "names no scenario"},
		{"a list in the address", "/_scenario/GLD_017,slow/x", "", "", "a /_scenario/NAME of its own"},
		{"long scenario", "/_scenario/" + strings.Repeat("a", 201), "", "", "the longest may have 200"},
		{"many scenarios", "/x", "", "a,a,a,a,a,a,a,a,a", "more than 8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, test.path, nil)
			if test.session != "" {
				r.Header.Set(SessionHeader, test.session)
			}
			if test.scenario != "" {
				r.Header.Set(ScenarioHeader, test.scenario)
			}
			if _, err := Of(r, noRealHost); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want one with %q", err, test.want)
			}
		})
	}
}

// FuzzOf: whatever the address, it is read or refused, and a session it is read as has a good name.
// TestRealHost: under a real host the server is at that host's own address, whatever is in front of
// it.
func TestRealHost(t *testing.T) {
	t.Parallel()
	real := func(host string) bool { return host == "api.example.no" }
	for _, test := range []struct {
		host, name, root string
		tls              bool
	}{
		{host: "api.example.no", name: "api.example.no", root: "https://api.example.no"},
		{host: "API.Example.NO", name: "api.example.no", root: "https://api.example.no"},
		{host: "api.example.no.", name: "api.example.no", root: "https://api.example.no"},
		{host: "api.example.no:", name: "api.example.no", root: "https://api.example.no"},
		{host: "api.example.no:443", name: "api.example.no", root: "https://api.example.no"},
		{host: "api.example.no:80", name: "api.example.no", root: "https://api.example.no"},
		{host: "api.example.no:80", name: "api.example.no", root: "https://api.example.no:80", tls: true},
		{host: "api.example.no.:8443", name: "api.example.no", root: "https://api.example.no:8443"},
		{host: "api.example.no:8443", name: "api.example.no", root: "https://api.example.no:8443", tls: true},
		{host: "api.example.no..", root: "http://api.example.no.."},
		{host: "api.example.no:http", root: "http://api.example.no:http"},
		{host: "a.api.example.no", root: "http://a.api.example.no"},
		{host: "[::1]:8080", root: "http://[::1]:8080"},
		{host: "127.0.0.1:8080", root: "http://127.0.0.1:8080"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/_scenario/x/_session/s/token", nil)
		r.Host = test.host
		if test.tls {
			r.TLS = &tls.ConnectionState{}
		}
		a, err := Of(r, real)
		if err != nil || a.RealHost != test.name || a.Root != test.root+"/_scenario/x/_session/s" ||
			a.SessionRoot != test.root+"/_session/s" {
			t.Errorf("%s: %q at %q and %q (%v), want %q at %q", test.host, a.RealHost, a.Root, a.SessionRoot, err,
				test.name, test.root)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("/_session/a/_scenario/b/x", "a", "b;ms=1")
	f.Add("/.well-known/x/_session/a", "", ",")
	f.Fuzz(func(t *testing.T, path, session, scenario string) {
		if len(path)+len(session)+len(scenario) > splice.MaxText {
			return
		}
		r := &http.Request{Header: http.Header{SessionHeader: {session}, ScenarioHeader: {scenario}}}
		url, err := httptest.NewRequest(http.MethodGet, "/", nil).URL.Parse("/" + strings.TrimLeft(path, "/"))
		if err != nil {
			return
		}
		r.URL = url
		a, err := Of(r, noRealHost)
		if err == nil && CheckSession(a.Session) != nil {
			t.Errorf("%q is read as the session %q", path, a.Session)
		}
		if err == nil && !strings.HasPrefix(a.URL.Path, "/") {
			t.Errorf("%q leaves %q", path, a.URL.Path)
		}
	})
}
