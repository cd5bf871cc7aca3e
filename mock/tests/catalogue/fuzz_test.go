package catalogue

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/splice"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// FuzzBody sends bodies and parameters through the whole handler: no panic, no failure inside, only
// codes of the API's page, and valid JSON out.
func FuzzBody(f *testing.F) {
	example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		f.Fatal(err)
	}
	const key = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	f.Add("2023", key, "application/json", "*/*", true, uint16(0), uint16(0), "")
	f.Add("2023", key, "application/json", "*/*", true, uint16(500), uint16(3), `"x":1,`)
	f.Add("2023", key, "application/json", "", false, uint16(0), uint16(0), `{"leveranse":{"oppgave":[{},1,null]}}`)
	f.Add("20 3", "x", "text/plain", "text/html;q=2", false, uint16(0), uint16(0), "\xef\xbb\xbf{}")
	f.Add("", "", "", "", false, uint16(0), uint16(0), "")
	s, err := mock.New(mock.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	api := backend.Of(s).Catalog.ByName("bsu")
	token := testkit.Mint(f, s, api, func(g *token.Spec) { g.TTL = 24 * time.Hour })
	f.Fuzz(func(t *testing.T, year, key, contentType, accept string, whole bool, at, length uint16, put string) {
		base := ""
		if whole {
			base = string(example)
		}
		body, ok := splice.At(base, at, length, put)
		if !ok || len(year)+len(key)+len(contentType)+len(accept) > 2*splice.MaxText {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "/innrapporteringbsu/v1/2023", strings.NewReader(body))
		r.URL.Path = "/innrapporteringbsu/v1/" + year
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("idempotencyKey", key)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("accepted with %q", w.Body)
			}
			return
		}
		var answer feil.Body
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%d with %q: %v", w.Code, w.Body, err)
		}
		if !documented(api.Feil, w.Code, answer) || w.Code >= 500 {
			t.Errorf("%d %s stands in no table of the API, or is a failure inside", w.Code, w.Body)
		}
	})
}

// documented reports whether an error body is one that the API's page has.
func documented(table feil.Table, status int, body feil.Body) bool {
	for _, row := range table {
		if row.Kode == body.Kode && row.Status == status && row.Melding == body.Melding &&
			!slices.ContainsFunc(body.Spesifisering,
				func(s feil.Spesifisering) bool { return s.Kode != row.Spesifisering }) {
			return true
		}
	}
	return false
}
