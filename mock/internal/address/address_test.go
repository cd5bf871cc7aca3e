package address

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/splice"
)

// of reads the address of a call to a server without a base address and proxies.
func of(r *http.Request, real func(string) bool) (Address, error) {
	return Public{IsReal: real, Own: func() string { return "http://127.0.0.1:8080" }}.Of(r)
}

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
			a, err := of(r, noRealHost)
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
			if _, err := of(r, noRealHost); err == nil || !strings.Contains(err.Error(), test.want) {
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
		a, err := of(r, real)
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
		a, err := of(r, noRealHost)
		if err == nil && CheckSession(a.Session) != nil {
			t.Errorf("%q is read as the session %q", path, a.Session)
		}
		if err == nil && !strings.HasPrefix(a.URL.Path, "/") {
			t.Errorf("%q leaves %q", path, a.URL.Path)
		}
	})
}

// FuzzForwarded: whatever a trusted proxy sends, it is refused, or makes a base address that a URL
// can begin with and that leads to no other host.
func FuzzForwarded(f *testing.F) {
	f.Add(`for=1;proto=https;host="a.no:1"`, "http", "b.no", "8443", "/a")
	f.Add(`host="a\"`, "", "[::1]:80", "", "/a,/b/")
	f.Add("", "https", "a.no:443", "443", "//a")
	f.Fuzz(func(t *testing.T, standard, proto, host, port, prefix string) {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/x", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header = http.Header{
			"Forwarded": {standard}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {host},
			"X-Forwarded-Port": {port}, "X-Forwarded-Prefix": {prefix},
		}
		networks, err := ParseProxies([]string{"loopback"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := Public{Proxies: networks, IsReal: noRealHost}.Of(r)
		if err != nil {
			if a.Server != "http://localhost:8080" {
				t.Errorf("with %v the address is %s", err, a.Server)
			}
			return
		}
		u, err := url.Parse(a.Server)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.HasSuffix(a.Server, "/") {
			t.Errorf("the address is %s (%v)", a.Server, err)
		}
		if _, err := CheckBase(a.Server); err != nil {
			t.Error(err)
		}
		if location := a.Location("/_sandkasse/"); strings.HasPrefix(location, "//") {
			t.Errorf("a redirect leads to %s", location)
		}
	})
}

// TestCheckBase: a base address has a scheme and a host, and perhaps a port and a path.
func TestCheckBase(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://sandkasse.corp.no": "https://sandkasse.corp.no", " HTTP://localhost:8080/ ": "http://localhost:8080",
		"https://sandkasse.corp.no/test/a//": "https://sandkasse.corp.no/test/a",
		"http://[::1]:8080":                  "http://[::1]:8080", "https://a.no:/b": "https://a.no/b",
		"http://::1": "", "http://[::1": "", "": "", "sandkasse.corp.no": "", "localhost:8080": "", "ftp://a.no": "",
		"https://": "", "https:///a": "", "https://a.no?b": "", "https://a.no/#b": "", "https://user@a.no": "",
		"https://a.no:0": "", "https://a.no:x": "", "https://a.no/_session/a": "", "https://a.no/a//b": "",
		"https://a.no/../b": "", "https://a b.no": "", "https://blå.no": "", "https://a.no/b c": "",
	} {
		got, err := CheckBase(given)
		if got != want || (want == "") != (err != nil) {
			t.Errorf("%q is the base address %q (%v), want %q", given, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "such as https://sandkasse.corp.no/test") {
			t.Errorf("%q: %v", given, err)
		}
	}
}
