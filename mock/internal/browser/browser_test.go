//go:build chromium

package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPage: a page's script runs, its requests are counted, another host cannot be reached by name or
// by address, and a refusal of the content security policy is a complaint.
func TestPage(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, `<!doctype html><title>t</title><link rel="icon" href="data:,">
				<script src="page.js"></script><script>document.title = "inline"</script>`)
		case "/page.js":
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, `window.answers = Promise.all(["http://elsewhere.example/a", "http://192.0.2.1/b"].map(
				(url) => fetch(url).then(() => "answered", () => "failed")))`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	page := Open(t)
	page.Do(chromedp.Navigate(server.URL))
	answers, title := Eval[[]string](page, "window.answers"), Eval[string](page, "document.title")
	if title != "t" || !slices.Equal(answers, []string{"failed", "failed"}) {
		t.Errorf("title %q, answers %q", title, answers)
	}
	want := []string{"GET http://elsewhere.example/a", "GET http://192.0.2.1/b"}
	if outside := page.Outside(); !slices.Equal(outside, want) {
		t.Errorf("outside %q, want %q", outside, want)
	}
	if requests := page.Requests(); !slices.Contains(requests, "GET "+server.URL+"/page.js") {
		t.Errorf("requests %q", requests)
	}
	if complaints := strings.Join(page.Complaints(), "\n"); !strings.Contains(complaints, "Content Security Policy") {
		t.Errorf("complaints %q", complaints)
	}
}
