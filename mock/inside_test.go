package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/feil"
)

// TestFailureInside: the client gets the agency's words without detail, the log gets the cause, and
// the key stays free.
func TestFailureInside(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	api := s.backend.Catalog.ByName("bsu")
	good := s.backend.Gateway
	for _, fail := range []func() error{
		func() error { return fmt.Errorf("the disk is on fire") },
		func() error { panic("the disk is on fire") },
	} {
		log.Reset()
		s.failBehaviours(fail)
		answer := goodCall(t, s, api, api.Routes[0]).do(s)
		if answer.Code != http.StatusInternalServerError ||
			strings.Contains(answer.Body.String()+answer.Header().Get("Sandkasse-Feil"), "fire") {
			t.Errorf("answered %d %v %s", answer.Code, answer.Header(), answer.Body)
		}
		if !strings.Contains(log.String(), "the disk is on fire") || !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("the log has %s", log.String())
		}
	}
	s.backend.Gateway = good
	if answer := goodCall(t, s, api, api.Routes[0]).do(s); answer.Code != http.StatusOK {
		t.Errorf("the key is not free: %d %s", answer.Code, answer.Body)
	}
}

// TestNoTokenInLog: a credential that strayed into the path is in neither journal nor log.
func TestNoTokenInLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	api := s.backend.Catalog.ByName("bsu")
	c := goodCall(t, s, api, api.Routes[0])
	token := strings.TrimPrefix(c.header.Get("Authorization"), "Bearer ")
	c.path += "/" + token
	c.do(s)
	if strings.Contains(log.String(), token) || strings.Contains(fmt.Sprintf("%+v", s.Calls(CallQuery{})), token) ||
		log.Len() == 0 {
		t.Errorf("the token is in %s or the journal", log.String())
	}
	if !strings.Contains(log.String(), `why="the API has nothing at this path`) {
		t.Errorf("the log does not say why: %s", log.String())
	}
}

// TestManyViolations: of very many, the first 10,000 are told in order, and the last entry says
// that there are more (K014).
func TestManyViolations(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	api := s.backend.Catalog.ByName("bsu")
	c := goodCall(t, s, api, api.Routes[0])
	c.edit(t, api.Felter.Oppgave, make([]any, 20_000))
	var told feil.Body
	decode(t, c.do(s), &told)
	last := told.Spesifisering[len(told.Spesifisering)-1]
	if len(told.Spesifisering) != 10_000 || told.Spesifisering[0].Sti != "/leveranse/oppgave/0" || last.Sti != "" ||
		!strings.Contains(last.Melding, "til") {
		t.Errorf("%d told, the first %+v, the last %+v", len(told.Spesifisering), told.Spesifisering[0], last)
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
	s := startAt(t, east)
	api := s.backend.Catalog.ByName("bsu")
	c := goodCall(t, s, api, api.Routes[0])
	c.year("2027")
	var told feil.Body
	if decode(t, c.do(s), &told); told.Spesifisering[0].Kode != "GLD_1027" {
		t.Errorf("told %+v", told)
	}
}

func decode(t *testing.T, answer *httptest.ResponseRecorder, into any) {
	t.Helper()
	if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
}
