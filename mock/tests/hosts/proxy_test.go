package hosts

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestMalformedForwarding: a header of a trusted proxy that cannot be read is refused in
// sandkasse's own words, wherever the call goes, with what would be right; from elsewhere nobody
// looks at it (K640).
func TestMalformedForwarding(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{BehindProxy: []string{"10.0.0.1"}})
	for _, test := range []struct{ name, value, want string }{
		{"X-Forwarded-Proto", "ftp", "must be http or https"},
		{"X-Forwarded-Proto", "https://", "must be http or https"},
		{"X-Forwarded-Host", "a b", "must be a host such as"},
		{"X-Forwarded-Host", "http://sandkasse.corp.no", "must be a host such as"},
		{"X-Forwarded-Host", "sandkasse.corp.no/a", "must be a host such as"},
		{"X-Forwarded-Host", "sandkasse.corp.no:99999", "must be a host such as"},
		{"X-Forwarded-Host", "user@sandkasse.corp.no", "must be a host such as"},
		{"X-Forwarded-Host", "::1", "must be a host such as"},
		{"X-Forwarded-Port", "https", "must be a number"},
		{"X-Forwarded-Port", "0", "must be a number"},
		{"X-Forwarded-Port", "65536", "must be a number"},
		{"X-Forwarded-Prefix", "test", "must be a path"},
		{"X-Forwarded-Prefix", "//evil.example", "must be a path"},
		{"X-Forwarded-Prefix", "/a/../b", "must be a path"},
		{"X-Forwarded-Prefix", "/a?b", "must be a path"},
		{"X-Forwarded-Prefix", "/_session/a", "must be a path"},
		{"X-Forwarded-Prefix", `/a"b`, "must be a path"},
		{"Forwarded", "proto=ftp", "must be http or https"},
		{"Forwarded", "host=a/b", "must be a host such as"},
		{"Forwarded", "https", "RFC 7239"},
		{"Forwarded", "proto=", "RFC 7239"},
		{"Forwarded", `host="a`, "RFC 7239"},
		{"Forwarded", "proto=https;proto=http", "RFC 7239"},
		{"Forwarded", "for=1.2.3.4, =x", "RFC 7239"},
	} {
		for _, path := range []string{
			"/innrapporteringbsu/v1/2023", "/nothing", "/", "/_sandkasse/health", "/_session/a/_sandkasse",
		} {
			for remote, trusted := range map[string]bool{
				"127.0.0.1:1": true, "[::1]:1": true, "10.0.0.1:1": true, "[::ffff:10.0.0.1]:1": true,
				"10.0.0.2:1": false, "192.0.2.1:1": false, "pipe": false, "": false,
			} {
				r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, nil)
				r.RemoteAddr = remote
				r.Header.Set(test.name, test.value)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				refused := w.Code == http.StatusBadRequest && strings.Contains(w.Body.String(), test.want) &&
					strings.Contains(w.Body.String(), "the header "+test.name) &&
					strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") &&
					strings.Contains(w.Header().Get("Sandkasse-Feil"), "reverse proxy")
				if refused != trusted {
					t.Errorf("%s: %s at %s from %q is answered %d %s", test.name, test.value, path, remote, w.Code,
						w.Body)
				}
			}
		}
	}
}

// TestForwardedForms: the header Forwarded is read in all the forms that RFC 7239 allows.
func TestForwardedForms(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{BehindProxy: []string{"loopback"}})
	for value, want := range map[string]string{
		"proto=https;host=a.corp.no":                          "https://a.corp.no",
		` For="[2001:db8::1]:4711" ; Proto = "https"`:         "", // a blank before the equals sign
		`For="[2001:db8::1]:4711" ; PROTO="https";by=_hidden`: "https://localhost:8080",
		`host="a.corp.no:8443";proto=https`:                   "https://a.corp.no:8443",
		`host="[::1]:8443";proto=https`:                       "https://[::1]:8443",
		`host="a\.corp.no"`:                                   "http://a.corp.no",
		`secret="a,b;c=\"d\"";host=a.corp.no, host=b.corp.no`: "http://a.corp.no",
		`,, ;;host=a.corp.no`:                                 "http://a.corp.no",
		`for=unknown`:                                         "http://localhost:8080",
		"":                                                    "http://localhost:8080",
	} {
		if want == "" {
			if got := get(s, "http://localhost:8080/maskinporten/jwk", "Forwarded", value); got.Code == http.StatusOK {
				t.Errorf("%s is read", value)
			}
			continue
		}
		got := metadataOf(t, s, "http://localhost:8080/maskinporten", "Forwarded", value)
		if got != want+"/maskinporten/" {
			t.Errorf("%s makes it %s, want %s", value, got, want)
		}
	}
	several := kind{asked: "http://localhost:8080", headers: []string{
		"X-Forwarded-Prefix", "/outer", "X-Forwarded-Prefix", "/inner/",
		"Forwarded", "host=a.corp.no", "Forwarded", "host=b.corp.no",
	}}
	if got := metadataOf(t, s, several.asked+"/maskinporten", several.headers...); got !=
		"http://a.corp.no/outer/inner/maskinporten/" {
		t.Errorf("several headers make it %s", got)
	}
}

// TestControlBehindProxy: what a proxy says makes no host sandkasse's own, since a page could send
// such a header too (K641); what it says is the address of its pages.
func TestControlBehindProxy(t *testing.T) {
	t.Parallel()
	behind := mock.Options{BehindProxy: []string{"loopback"}}
	named := mock.Options{BehindProxy: behind.BehindProxy, Hosts: []string{"sandkasse.corp.no"}}
	based := mock.Options{BaseURL: corp + "/test"}
	forwarded := []string{"X-Forwarded-Host", "sandkasse.corp.no", "X-Forwarded-Proto", "https"}
	from := func(origin string, headers ...string) []string { return append(headers, "Origin", origin) }
	const local, foreign = "127.0.0.1:8080", "evil.example"
	for _, test := range []struct {
		name    string
		options mock.Options
		host    string
		headers []string
		want    int
	}{
		{"a proxy with a name of its own for the server", behind, local, forwarded, 200},
		{"a proxy that keeps the host", behind, "sandkasse.corp.no", forwarded, 421},
		{"a host that is named", named, "sandkasse.corp.no", forwarded, 200},
		{"a page that claims a local host", behind, foreign, []string{"X-Forwarded-Host", "localhost"}, 421},
		{"a page that claims itself", behind, foreign, []string{"Forwarded", "host=evil.example"}, 421},
		{"a header without a proxy", mock.Options{}, foreign, []string{"X-Forwarded-Host", "127.0.0.1"}, 421},
		{"a page of the public address", behind, local, from(corp, forwarded...), 200},
		{"a page of another site", behind, local, from("https://evil.example", forwarded...), 403},
		{
			"a page that claims its own address, without a proxy",
			mock.Options{},
			local,
			from("https://evil.example", "X-Forwarded-Host", "evil.example"), 403,
		},
		{"a page of the base address", based, local, from(corp), 200},
		{"a cross-site page of the base address", based, local, from(corp, "Sec-Fetch-Site", "cross-site"), 403},
	} {
		s := testkit.NewServer(t, test.options)
		w := httptest.NewRecorder()
		r := kind{asked: "http://" + test.host}.request(http.MethodPost, "/_sandkasse/reset", "", test.headers...)
		if s.ServeHTTP(w, r); w.Code != test.want {
			t.Errorf("%s is answered %d %s, want %d", test.name, w.Code, w.Body, test.want)
		}
	}
}
