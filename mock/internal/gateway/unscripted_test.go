package gateway_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
)

// BenchmarkUnscripted measures what scenarios cost a delivery that plays none, as a share of the
// whole call inside the server, without a network (share-%). It must stay under two per cent.
func BenchmarkUnscripted(b *testing.B) {
	server, err := mock.New(mock.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	example, err := os.ReadFile("../../../fixtures/examples/bsu.json")
	if err != nil {
		b.Fatal(err)
	}
	token, err := server.Token(mock.TokenRequest{API: "bsu", Org: "987654321", TTL: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/innrapporteringbsu/v1/2023", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	machinery := gateway.Unscripted(library(b), openSession(b), r, example)

	var whole, scripted time.Duration
	for b.Loop() {
		call := r.Clone(b.Context())
		call.Header.Set("idempotencyKey", uuid.NewString())
		call.Body, call.ContentLength = readCloser{bytes.NewReader(example)}, int64(len(example))
		w := httptest.NewRecorder()
		began := time.Now()
		server.ServeHTTP(w, call)
		between := time.Now()
		err := machinery()
		scripted += time.Since(between)
		whole += between.Sub(began)
		if err != nil || w.Code != http.StatusOK {
			b.Fatal(err, w.Body)
		}
	}
	b.ReportMetric(float64(scripted.Nanoseconds())/float64(b.N), "scenario-ns/op")
	b.ReportMetric(100*float64(scripted)/float64(whole), "share-%")
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func library(b *testing.B) *scenario.Library {
	b.Helper()
	l, err := scenario.Load(nil, "", scenario.Known{
		APIs:     []string{"bsu"},
		Families: []string{"innrapportering", "boligsameie", "kobo", "dialogporten", "maskinporten"},
		Offences: []string{"backend-failure"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func openSession(b *testing.B) *session.Session {
	b.Helper()
	db, err := store.OpenTemporary()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	all, err := session.New(session.Config{
		Store: db, Journal: journal.New(journal.Options{}), Default: "default",
		Clock: func() time.Time { return time.Unix(1_772_452_800, 0) },
	})
	if err != nil {
		b.Fatal(err)
	}
	s, err := all.Open("default")
	if err != nil {
		b.Fatal(err)
	}
	return s
}
