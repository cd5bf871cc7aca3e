package catalogue

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/testkit"
)

// TestFailureInside: the client gets the agency's words without detail, the log gets the cause, and
// the key stays free.
func TestFailureInside(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := mock.New(mock.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	api := backend.Of(s).Catalog.ByName("bsu")
	good := backend.Of(s).Gateway
	for _, fail := range []func() error{
		func() error { return fmt.Errorf("the disk is on fire") },
		func() error { panic("the disk is on fire") },
	} {
		log.Reset()
		failBehaviours(s, fail)
		answer := testkit.GoodCall(t, s, api, api.Routes[0]).Do(s)
		if answer.Code != http.StatusInternalServerError ||
			strings.Contains(answer.Body.String()+answer.Header().Get("Sandkasse-Feil"), "fire") {
			t.Errorf("answered %d %v %s", answer.Code, answer.Header(), answer.Body)
		}
		if !strings.Contains(log.String(), "the disk is on fire") || !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("the log has %s", log.String())
		}
	}
	backend.Of(s).Gateway = good
	if answer := testkit.GoodCall(t, s, api, api.Routes[0]).Do(s); answer.Code != http.StatusOK {
		t.Errorf("the key is not free: %d %s", answer.Code, answer.Body)
	}
}

// TestNoTokenInLog: a credential that strayed into the path is in neither journal nor log.
func TestNoTokenInLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := mock.New(mock.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	api := backend.Of(s).Catalog.ByName("bsu")
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	token := strings.TrimPrefix(c.Header.Get("Authorization"), "Bearer ")
	c.Path += "/" + token
	c.Do(s)
	journal := fmt.Sprintf("%+v", s.Calls(mock.CallQuery{}))
	if strings.Contains(log.String(), token) || strings.Contains(journal, token) || log.Len() == 0 {
		t.Errorf("the token is in %s or the journal", log.String())
	}
	if !strings.Contains(log.String(), `why="the API has nothing at this path`) {
		t.Errorf("the log does not say why: %s", log.String())
	}
}

// TestManyViolations: of very many, the first 10,000 are reported in order, and the last entry says
// that there are more (K014).
func TestManyViolations(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("bsu")
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	c.Edit(t, api.Felter.Oppgave, make([]any, 20_000))
	var body feil.Body
	testkit.Decode(t, c.Do(s), &body)
	last := body.Spesifisering[len(body.Spesifisering)-1]
	if len(body.Spesifisering) != 10_000 || body.Spesifisering[0].Sti != "/leveranse/oppgave/0" || last.Sti != "" ||
		!strings.Contains(last.Melding, "til") {
		t.Errorf("%d reported, the first %+v, the last %+v", len(body.Spesifisering), body.Spesifisering[0], last)
	}
}

// TestYearTurnsInUTC: which years are open does not depend on where the machine stands.
func TestYearTurnsInUTC(t *testing.T) {
	t.Parallel()
	// 31 December in UTC, 1 January there
	east := time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC).In(time.FixedZone("east", 2*60*60))
	if east.Year() != 2027 || east.UTC().Year() != 2026 {
		t.Fatal(east)
	}
	s := testkit.ServerAt(t, east)
	api := backend.Of(s).Catalog.ByName("bsu")
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	c.Year("2027")
	var body feil.Body
	if testkit.Decode(t, c.Do(s), &body); body.Spesifisering[0].Kode != "GLD_1027" {
		t.Errorf("answered %+v", body)
	}
}
