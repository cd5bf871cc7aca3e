package mock

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/maskinporten"
)

// TestOnlyDocumentedCodes: whatever is sent to a reporting API, it answers with a code of its own page, in that code's status and words, or
// with a 200; never with a failure inside.
func TestOnlyDocumentedCodes(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	for _, api := range s.catalog.APIs {
		if api.Schema == nil {
			continue
		}
		token := mint(t, s, api, func(g *maskinporten.Grant) { g.TTL = 24 * time.Hour })
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := randomCall(t, api, token)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if w.Code == http.StatusOK {
					return
				}
				var told struct {
					Kode          string `xml:"kode"`
					Melding       string `xml:"melding"`
					Spesifisering []feil.Spesifisering
				}
				unmarshal := json.Unmarshal
				if w.Header().Get("Content-Type") == "application/xml" && api.ErrorBody == "feil" {
					unmarshal = xml.Unmarshal
				}
				if err := unmarshal(w.Body.Bytes(), &told); err != nil {
					t.Fatalf("%s %s: %d %s: %v", r.Method, r.URL, w.Code, w.Body, err)
				}
				if w.Code >= 500 || !documentedBy(api, w.Code, feil.Body{Kode: told.Kode, Melding: told.Melding, Spesifisering: told.Spesifisering}) {
					t.Fatalf("%s %s: %d %s stands in no table of %s, or is a failure inside", r.Method, r.URL, w.Code, w.Body, api.Name)
				}
			})
		})
	}
}

// documentedBy is documented for both forms of an error body; the plain form may say more after the table's text.
func documentedBy(api *catalog.API, status int, told feil.Body) bool {
	if api.ErrorBody != "feil" {
		return documented(api.Feil, status, told)
	}
	for _, row := range api.Feil {
		if row.Kode == told.Kode && row.Status == status && strings.HasPrefix(told.Melding, row.Melding) && told.Spesifisering == nil {
			return true
		}
	}
	return false
}

// randomCall is a call that is right in most parts, so that it gets far.
func randomCall(t *rapid.T, api *catalog.API, token string) *http.Request {
	mostly := func(name, right string, others ...string) string {
		if rapid.IntRange(0, 3).Draw(t, name+" right") > 0 {
			return right
		}
		return rapid.OneOf(rapid.SampledFrom(append(others, "")), rapid.StringOfN(rapid.RuneFrom([]rune("aZ09-_/.,;= æ\"*")), 0, 40, -1)).Draw(t, name)
	}
	year := mostly("year", "2024", "2023", "1999", "2031", "20245")
	path := mostly("path", "/v1/"+year, "/v1", "/v1/"+year+"/forsendelser/x/dokumenter/y", "/v1/forsendelser/x/dokumenter/y", "/")
	method := mostly("method", http.MethodPost, http.MethodGet, http.MethodPut, http.MethodHead+"X", http.MethodOptions)
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || method == "" {
		method = http.MethodGet
	}
	body := bytes.Clone(api.Example)
	switch rapid.IntRange(0, 5).Draw(t, "body") {
	case 0:
		body = rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "bytes")
	case 1:
		body = body[:rapid.IntRange(0, len(body)).Draw(t, "cut")]
	case 2:
		i := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		body[i] = rapid.SampledFrom([]byte(`0x"{}[],:`)).Draw(t, "byte")
	}
	r := httptest.NewRequest(method, "/", bytes.NewReader(body))
	r.URL.Path = "/" + api.Label + "/" + strings.TrimPrefix(path, "/")
	for name, value := range map[string]string{
		"Authorization":  mostly("token", "Bearer "+token, "Bearer x.y.z", "Basic eDp5"),
		"Content-Type":   mostly("type", "application/json", "text/xml", "application/json;charset=latin1"),
		"Accept":         mostly("accept", "application/json", "*/*", "application/xml", "text/*;q=1"),
		"Idempotencykey": mostly("key", firstKey, "7C9E6679-7425-40DE-944B-E07FC1F90AE7", "{"+firstKey+"}"),
	} {
		if value != "" {
			r.Header[name] = []string{value}
		}
	}
	return r
}
