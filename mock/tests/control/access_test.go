package control

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// operations returns the method and path of every operation of the control API, as its index lists
// them, with x for what stands in braces.
func operations(t *testing.T, w testkit.Client) (list [][2]string) {
	t.Helper()
	for line := range strings.Lines(w.Control("GET", "", "", nil)) {
		method, url, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, isControl := strings.CutPrefix(strings.TrimSpace(url), w.URL("")+"/_sandkasse/")
		path, _, _ = strings.Cut(path, "?")
		if isControl {
			list = append(list, [2]string{method, regexp.MustCompile(`\{[a-zA-Z]+\}`).ReplaceAllString(path, "x")})
		}
	}
	if len(list) < 40 {
		t.Fatalf("the index lists %d operations", len(list))
	}
	return list
}

// TestNoWebSiteUsesControl: whatever the operation and however it is addressed, a page of another
// site can change nothing, a host that a web site could have gets nothing, and neither makes a
// session. No answer lets a browser read it.
func TestNoWebSiteUsesControl(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	root, _, _ := strings.Cut(w.URL(""), "/_session/")
	request := func(method, address string, headers ...string) testkit.Response {
		r := httptest.NewRequest(method, address, strings.NewReader(`{"name": "x"}`))
		r.Host = strings.TrimPrefix(root, "http://")
		for i := 0; i < len(headers); i += 2 {
			if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
				r.Host = headers[i+1]
			}
		}
		recorder := httptest.NewRecorder()
		s.Server().ServeHTTP(recorder, r)
		for name := range recorder.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s %s: an answer has the header %s", method, address, name)
			}
		}
		return testkit.Response{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.String()}
	}
	pages := [][]string{
		{"Origin", "http://evil.example"},
		{"Origin", "null"},
		{"Origin", "http://127.0.0.1:1"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", root},
	}
	for _, operation := range operations(t, w) {
		method, path := operation[0], operation[1]
		if path == "calls/live" {
			continue // which does not end
		}
		for _, modifiers := range []string{
			"", "/_session/made-by-a-page",
			"/_scenario/slow;ms=1/_session/made-by-a-page",
		} {
			address := modifiers + "/_sandkasse/" + path
			for _, page := range pages {
				got := request(method, address, page...)
				refused := got.Status == http.StatusForbidden &&
					strings.Contains(got.Header.Get("Sandkasse-Feil"), "a page of another web site")
				if refused != (method != http.MethodGet) {
					t.Errorf("%s %s of a page with %q is answered %d %s", method, address, page, got.Status, got.Body)
				}
			}
			for _, host := range []string{
				"evil.example", "evil.example:8080", "innrapporteringbsu.api.skatteetaten-test.no",
				"test.maskinporten.no",
			} {
				if strings.HasSuffix(host, ".no") && strings.HasPrefix(path, "forsendelser/") {
					continue // which an agency's host has (K648)
				}
				got := request(method, address, "Host", host, "Origin", "http://"+host)
				name, _, _ := strings.Cut(host, ":")
				if got.Status != http.StatusMisdirectedRequest ||
					!strings.Contains(got.Header.Get("Sandkasse-Feil"), "--hosts "+name) {
					t.Errorf("%s %s under %s is answered %d %s", method, address, host, got.Status, got.Body)
				}
			}
		}
	}
	for _, host := range []string{"evil.example", "innrapporteringbsu.api.skatteetaten-test.no", "maskinporten.no"} {
		if got := request("GET", "/_sandkasse", "Host", host); got.Status != http.StatusMisdirectedRequest ||
			got.Header.Get("Sandkasse-Feil") == "" {
			t.Errorf("/_sandkasse under %s is answered %d %s", host, got.Status, got.Header)
		}
	}
	for _, method := range []string{http.MethodHead, http.MethodOptions} {
		request(method, "/_session/made-by-a-page/_sandkasse/reset", "Origin", "http://evil.example")
	}
	for address, header := range map[string]string{
		"/_session/a%20b/_sandkasse/reset": "X", "/_session/a/_session/b/_sandkasse/reset": "X",
		"/_scenario//_sandkasse/plays": "X",
		"/_sandkasse":                  "Sandkasse-Anything", "/_session/a/_sandkasse": "Sandkasse-Call",
		"/_sandkasse/plays":                         "Sandkasse-Anything",
		"/_session/made-by-a-page/_sandkasse/plays": "Sandkasse-Call",
	} {
		got := request("POST", address, header, "x", "Origin", "null")
		if got.Status != http.StatusForbidden {
			t.Errorf("%s of a page with %s is answered %d %s", address, header, got.Status, got.Body)
		}
		got = request("POST", address, header, "x", "Host", "evil.example")
		if got.Status != http.StatusMisdirectedRequest {
			t.Errorf("%s under evil.example with %s is answered %d %s", address, header, got.Status, got.Body)
		}
		got = request("POST", address, header, "x")
		if got.Status != http.StatusBadRequest || got.Header.Get("Sandkasse-Feil") == "" ||
			got.Header.Get("Sandkasse-Call") != "" {
			t.Errorf("%s with %s is answered %d %s %s", address, header, got.Status, got.Header, got.Body)
		}
	}
	if sessions := w.Control("GET", "sessions", "", nil); strings.Contains(sessions, "made-by-a-page") {
		t.Errorf("a page has made a session: %s", sessions)
	}
}

// TestControlIsUsedAsBefore: programs, and sandkasse's own pages, may use the control API under
// every name that is ours.
func TestControlIsUsedAsBefore(t *testing.T) {
	t.Parallel()
	server, err := mock.New(mock.Options{Hosts: []string{"Sandkasse.Corp.no.", " other.corp.no"}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, host := range []string{
		"", "127.0.0.1:8080", "[::1]:8080", "sandkasse_1:8080", "localhost", "LOCALHOST.:80", "host.docker.internal",
		"example.com", "a.localhost", "a.local",
		"a.internal", "a.test", "a.home.arpa", "a.ns.svc", "a.ns.svc.cluster.local:80", "sandkasse.corp.no",
		"SANDKASSE.corp.no.:8080", "other.corp.no",
	} {
		for _, headers := range [][]string{
			nil,
			{"Origin", "http://" + host},
			{"Sec-Fetch-Site", "same-origin"},
			{"Sec-Fetch-Site", "none"},
		} {
			r := httptest.NewRequest(http.MethodPost, "/_session/s/_sandkasse/reset", nil)
			r.Host = host
			if headers != nil && host != "" {
				r.Header.Set(headers[0], headers[1])
			}
			recorder := httptest.NewRecorder()
			if server.ServeHTTP(recorder, r); recorder.Code != http.StatusOK {
				t.Errorf("under %q with %q: %d %s", host, headers, recorder.Code, recorder.Body)
			}
		}
	}
	for _, host := range []string{
		"", ",", "corp.no:80", "http://corp.no", "corp.no/x", "=bsu", "corp.no:80=bsu", "blå.no",
		"*.corp.no",
	} {
		if _, err := mock.New(mock.Options{Hosts: []string{host}}); err == nil ||
			!strings.Contains(err.Error(), "such as sandkasse.corp.no") {
			t.Errorf("the host %q is taken: %v", host, err)
		}
	}
	s := mocktest.Start(t)
	got := testkit.NewClient(t, s, "a").Call("GET", s.URL("")+"/_sandkasse/health", "", "Sandkasse-Sesion", "b")
	if got.Status != http.StatusBadRequest {
		t.Errorf("a misspelt header is answered %d %s", got.Status, got.Body)
	}
}

// TestUnknownHeadersAreRefused: a misspelt header of sandkasse's own is reported, wherever the call
// goes; before, the call went to another session.
func TestUnknownHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	for _, address := range []string{
		"/innrapporteringbsu/v1/2023", "/boligsameie/v1/2023", "/kobo/kobobolig", "/maskinporten/token",
		"/dialogporten/api/v1/enduser/dialogs",
		"/nowhere", "/_sandkasse/calls", "/_sandkasse/plays",
	} {
		for name, known := range map[string]string{
			"Sandkasse-Sesion": "Sandkasse-Session", "sandkasse-SCENARIOS": "Sandkasse-Scenario",
			"Sandkasse-Call": "answers only", "SANDKASSE-FEIL": "answers only",
		} {
			got := w.Call("POST", w.URL("")+address, "{}", name, "x")
			if got.Status != http.StatusBadRequest || !strings.Contains(got.Header.Get("Sandkasse-Feil"), known) {
				t.Errorf("%s at %s is answered %d %s", name, address, got.Status, got.Body)
			}
		}
	}
}
