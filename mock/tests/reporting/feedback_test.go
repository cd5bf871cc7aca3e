package reporting

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestFeedback: a delivery of the page's example is processed after the delay, by the clock, also
// on a server that is started later; its feedback is 404 as the table has it until then, and stays
// the same from then on.
func TestFeedback(t *testing.T) {
	t.Parallel()
	now := testkit.Noon
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	open := func(control mock.FeedbackLevel, delay time.Duration) *mock.Server {
		s, err := mock.New(mock.Options{
			Data: data, Feedback: control, ProcessingDelay: delay,
			Clock: func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := open(mock.FeedbackModulus, time.Minute)
	f := testkit.DeliverExample(t, s, testkit.FirstKey)
	documents := func(id string) []string {
		return []string{id + "/dokumenter/" + f.TilbakemeldingID, id + "/dokumenter/" + f.Tilbakemelding[1].DokumentID}
	}
	early := func() {
		t.Helper()
		for id, code := range map[string]string{f.ForsendelseID: "GLD_1050", f.TilbakemeldingID: "GLD_1061"} {
			for _, path := range documents(id) {
				if w := get(t, s, "/innrapporteringbsu/v1/2023/forsendelser/"+path); w.Code != http.StatusNotFound ||
					!strings.Contains(w.Body.String(), code) {
					t.Errorf("%s at %s: %d %s, want %s", path, now, w.Code, w.Body, code)
				}
			}
		}
		if got := standing(t, s, ""); got != "987654321 bsu 2023: 0" {
			t.Errorf("at %s there stands %s", now, got)
		}
	}
	early()
	now = testkit.Noon.Add(time.Minute - time.Nanosecond)
	early()
	now = testkit.Noon.Add(time.Minute)
	answers := map[string]string{}
	for range 2 {
		for _, id := range []string{f.ForsendelseID, f.TilbakemeldingID} {
			for i, path := range documents(id) {
				w := get(t, s, "/innrapporteringbsu/v1/2023/forsendelser/"+path)
				contentType := []string{"application/json", "application/xml"}[i]
				if w.Code != http.StatusOK || w.Header().Get("Content-Type") != contentType ||
					strings.Count(w.Body.String(), "leveranseavvik") == 0 {
					t.Errorf("%s: %d %s %s", path, w.Code, w.Header(), w.Body)
				}
				if before, again := answers[contentType]; again && before != w.Body.String() {
					t.Errorf("%s was %s and is %s", path, before, w.Body)
				}
				answers[contentType] = w.Body.String()
			}
		}
		// A server with other options, later: what was settled stays as it was.
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(mock.FeedbackFormat, time.Hour)
	}
	if !strings.Contains(answers["application/json"], `"leveransestatus": "avvist"`) {
		t.Errorf("the feedback is %s", answers["application/json"])
	}

	// It was refused, so nothing stands; the same delivery, only warned about, does once it is
	// processed.
	g := testkit.DeliverExample(t, s, "7c9e6679-7425-40de-944b-e07fc1f90ae8")
	if got := standing(t, s, ""); got != "987654321 bsu 2023: 0" {
		t.Errorf("there stands %s", got)
	}
	now = now.Add(time.Hour)
	for query, want := range map[string]string{
		"": "987654321 bsu 2023: 5 " + g.ForsendelseID, "?api=bsu&year=2023&org=987654321": "987654321 bsu 2023: 5 " +
			g.ForsendelseID,
		"?year=2022": "", "?org=319000003": "",
	} {
		if got := standing(t, s, query); got != want {
			t.Errorf("holdings%s: %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"?api=nope": "there are aandsverk", "?year=23": "four digits", "?year=0000": "four digits",
		"?org=12": "nine digits", "?foo=1": "api, year, org",
	} {
		w := get(t, s, "/_sandkasse/holdings"+query)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Header().Get("Sandkasse-Feil"), want) {
			t.Errorf("holdings%s: %d %s", query, w.Code, w.Body)
		}
	}
}

// TestProcessingOptions: an option that cannot be is refused, with what would be right.
func TestProcessingOptions(t *testing.T) {
	t.Parallel()
	for want, options := range map[string]mock.Options{
		`feedback is "hard"; it must be format, modulus or strict`: {Feedback: "hard"},
		"the processing delay is -1s; it must not be negative":     {ProcessingDelay: -time.Second},
	} {
		if s, err := mock.New(options); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, %v", options, s, err)
		}
	}
}

func get(t *testing.T, s *mock.Server, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	bearer := testkit.Mint(t, s, backend.Of(s).Catalog.ByName("bsu"), func(*token.Spec) {})
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Accept", "application/xml, application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// standing returns the holdings, each with the forsendelser that its oppgaver come from.
func standing(t *testing.T, s *mock.Server, query string) string {
	t.Helper()
	w := get(t, s, "/_sandkasse/holdings"+query)
	var answer struct {
		Holdings []struct {
			Organisasjon, API string
			Inntektsaar       int
			AntallOppgaver    int
			Oppgaver          []struct {
				ForsendelseID string
				Oppgave       struct{ Kontonummer string }
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("holdings: %d %s", w.Code, w.Body)
	}
	var lines []string
	for _, h := range answer.Holdings {
		line := fmt.Sprintf("%s %s %d: %d", h.Organisasjon, h.API, h.Inntektsaar, h.AntallOppgaver)
		last := ""
		for _, o := range h.Oppgaver {
			if o.Oppgave.Kontonummer == "" {
				t.Errorf("an oppgave is shown without its kontonummer: %s", w.Body)
			}
			if o.ForsendelseID != last {
				last = o.ForsendelseID
				line += " " + last
			}
		}
		if h.AntallOppgaver != len(h.Oppgaver) {
			t.Errorf("antallOppgaver is %d with %d oppgaver", h.AntallOppgaver, len(h.Oppgaver))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
