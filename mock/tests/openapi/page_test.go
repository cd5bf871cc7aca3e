package openapi

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// TestDocsPage: each document has a page, the list has all of them, and what a page loads is there, at addresses of
// the server and session alone.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	server := testkit.NewServer(t, mock.Options{APIs: mock.Dir(testkit.OwnAPI(t))})
	names := append(backend.Of(server).Catalog.Names(), "control", "all", "")
	for _, prefix := range []string{"/_sandkasse/docs", "/_session/suite-1/_sandkasse/docs"} {
		for _, name := range names {
			w := get(t, server, strings.TrimSuffix(prefix+"/"+name, "/"))
			policy := w.Header().Get("Content-Security-Policy")
			if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") ||
				!strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: answered %d with the policy %q", name, w.Code, policy)
			}
			for _, match := range regexp.MustCompile(`(?:src|href|data-\w+)="([^"]*)"`).
				FindAllStringSubmatch(w.Body.String(), -1) {
				if strings.Contains(match[1], ":") || strings.HasPrefix(match[1], "/") {
					t.Errorf("%s leads to %s", name, match[1])
				}
			}
			inline := regexp.MustCompile(`https?:|<style|style=|\bon\w+=|<script>`)
			if found := inline.FindString(w.Body.String()); found != "" {
				t.Errorf("%s has %s", name, found)
			}
			for _, other := range names[:len(names)-1] {
				if !strings.Contains(w.Body.String(), `docs/`+other+`"`) {
					t.Errorf("%s does not lead to %s", name, other)
				}
			}
		}
	}
	for path, want := range map[string]int{
		"docs/": 200, "docs/assets/docs.js": 200, "docs/assets/docs.css": 200, "docs/assets/swagger-ui.css": 200,
		"docs/assets/swagger-ui-bundle.js": 200, "docs/assets/favicon-32x32.png": 200, "docs/assets/page.html": 404,
		"docs/assets/oauth2-redirect.html": 404, "docs/nothing": 404, "docs/assets/../../calls": 404,
	} {
		w := get(t, server, "/_sandkasse/"+path)
		if w.Code != want || w.Body.Len() == 0 || want == 404 && w.Header().Get("Sandkasse-Feil") == "" {
			t.Errorf("%s: answered %d with %d bytes", path, w.Code, w.Body.Len())
		}
	}
	for _, refused := range []struct {
		method, host, origin string
		want                 int
	}{
		{"POST", "example.com", "", 405},
		{"GET", "elsewhere.no", "", 421},
		{"POST", "example.com", "https://elsewhere.no", 403},
	} {
		r := httptest.NewRequest(refused.method, "/_sandkasse/docs/bsu", nil)
		r.Host = refused.host
		if refused.origin != "" {
			r.Header.Set("Origin", refused.origin)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != refused.want {
			t.Errorf("%+v: answered %d %s", refused, w.Code, w.Body)
		}
	}
}
