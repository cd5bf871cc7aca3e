package innrapportering

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// testSession is a session of a store with a clock, in which deliveries are made.
type testSession struct {
	db      *store.DB
	session string
	now     time.Time
	calls   int64
}

type failer interface{ Fatal(...any) }

var sessions atomic.Int64

// newTestSession returns an empty session of a store, at noon on a day of March.
func newTestSession(db *store.DB) *testSession {
	return &testSession{
		db: db, session: fmt.Sprintf("session%d", sessions.Add(1)),
		now: time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC),
	}
}

func temporary(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// request returns a call by an organisation that has passed all checks.
func (w *testSession) request(api *catalog.API, org string, year int) *wire.Request {
	w.calls++
	return &wire.Request{
		API: api, Now: w.now, IDs: wire.NewIDs(0, 1, w.session, w.calls), Inntektsaar: year, Auth: token.Strict,
		Principal: token.Principal{Org: org},
	}
}

// deliver takes a document in, and gives its forsendelse.
func (w *testSession) deliver(
	t failer, p Processing, api *catalog.API, org string, year int, body []byte,
) (f Forsendelse) {
	r := w.request(api, org, year)
	var err error
	if r.Document, err = schema.Decode(body); err != nil {
		t.Fatal(err)
	}
	r.Body = body
	err = w.db.Session(w.session).Update(w.now, func(tx *store.Tx) error {
		prepared, err := p.verdict(r)
		if err != nil {
			return err
		}
		r.Prepared = prepared
		response, err := p.Innsending(tx, r)
		if err == nil {
			f, _, err = FindForsendelse(tx, response.Members["forsendelseId"].(string))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fetch gets a document, as the organisation.
func (w *testSession) fetch(api *catalog.API, org string, forsendelseID, dokumentID string) (response wire.Response,
	err error,
) {
	r := w.request(api, org, 0)
	r.Params = map[string]string{"forsendelseId": forsendelseID, "dokumentId": dokumentID}
	err = w.db.Session(w.session).View(context.Background(), w.now, func(tx *store.Tx) (err error) {
		response, err = ServeDokument(tx, r)
		return err
	})
	return response, err
}

func (w *testSession) holdings(t failer, known *catalog.Catalog, query HoldingsQuery) (list []Holding) {
	err := w.db.Session(w.session).View(context.Background(), w.now, func(tx *store.Tx) (err error) {
		list, err = Holdings(tx, known, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
