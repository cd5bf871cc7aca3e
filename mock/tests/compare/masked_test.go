package compare

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestMaskedByOthers: a recording is the same where somebody else has masked it: identity numbers with all their
// digits or without the last ones, and tokens.
func TestMaskedByOthers(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	number := regexp.MustCompile(`\b([0-7][0-9][0-9]{4})([0-9]{5})\b`)
	for name, mask := range map[string]func(string) string{
		"all digits":       func(string) string { return "***********" },
		"the last as X":    func(n string) string { return n[:6] + "XXXXX" },
		"with bullets":     func(n string) string { return n[:6] + "•••••" },
		"nothing is left":  func(string) string { return "***" },
		"by what they are": func(string) string { return "[MASKERT]" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			masked := clone(t, entries)
			for i := range masked {
				sent, answered := &masked[i].Request, &masked[i].Response
				if sent.PostData != nil {
					sent.PostData.Text = number.ReplaceAllStringFunc(sent.PostData.Text, mask)
					sent.BodySize = len(sent.PostData.Text)
				}
				answered.Content.Text = number.ReplaceAllStringFunc(answered.Content.Text, mask)
				answered.Content.Size = len(answered.Content.Text)
				for n, header := range sent.Headers {
					if header.Name == "Authorization" {
						sent.Headers[n].Value = "Bearer ***"
					}
				}
			}
			found := compared(t, harFile(t, masked))
			if len(found.Differences) > 0 || found.Compared < len(entries)-3 {
				t.Errorf("%d of %d compared, %v%s", found.Compared, len(entries), found.NotCompared, explain(found))
			}
		})
	}
}

// prefixed passes calls below a prefix on, as a reverse proxy does that removes it.
type prefixed struct{ through http.RoundTripper }

func (p prefixed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = strings.TrimPrefix(r.URL.Path, "/test"), ""
	return p.through.RoundTrip(r)
}

// TestBehindPrefix: a recording of a Sandkasse behind a reverse proxy with a prefix is the same, and its links are
// followed.
func TestBehindPrefix(t *testing.T) {
	t.Parallel()
	known := testkit.Catalog(t)
	base := func(name string) string {
		api, err := known.API(name, start)
		if err != nil {
			t.Fatal(err)
		}
		return "https://sandkasse.corp.example/test/" + api.Label
	}
	entries := record(t, base, mock.Options{BaseURL: "https://sandkasse.corp.example/test"})
	found := compared(t, harFile(t, entries))
	if len(found.Differences) > 0 || found.Compared != len(entries) || len(found.NotCompared) > 0 {
		t.Errorf("%d of %d compared, %v%s", found.Compared, len(entries), found.NotCompared, explain(found))
	}
}
