package report

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/testkit"
)

// racing is a server with clients that deliver in one session, each its own documents.
type racing struct {
	t        *testing.T
	server   *mock.Server
	example  []byte
	document atomic.Int64
}

// deliver delivers a document under a new key, and returns the forsendelseId; empty where the delivery was not
// answered with 200.
func (r *racing) deliver(document int64) string {
	call := httptest.NewRequest("POST", "/innrapporteringbsu/v1/2023",
		bytes.NewReader(bytes.Replace(r.example, []byte(": 22500"), []byte(": "+strconv.FormatInt(document, 10)), 1)))
	call.Header.Set("Content-Type", "application/json")
	call.Header.Set("idempotencyKey", uuid.NewString())
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, call)
	var got testkit.Receipt
	if w.Code == http.StatusOK && json.Unmarshal(w.Body.Bytes(), &got) != nil {
		r.t.Errorf("answered %s", w.Body)
	}
	return got.ForsendelseID
}

// stands reports whether a delivery is stored.
func (r *racing) stands(forsendelse string) bool {
	b := backend.Of(r.server)
	session := b.Sessions.Get(address.DefaultSession)
	found := false
	err := session.View(r.t.Context(), func(tx *store.Tx) (err error) {
		_, found, err = innrapportering.FindForsendelse(tx, forsendelse)
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
	return found
}

// TestRestoreWhileCalled: while fifty clients deliver, others read the report, and the session goes back to a
// checkpoint, or is reset. What was undone by that can be delivered again, and is not delivered twice (K770).
func TestRestoreWhileCalled(t *testing.T) {
	t.Parallel()
	const clients, rounds = 50, 10
	s := testkit.NewServer(t, mock.Options{Auth: mock.Off})
	r := racing{t: t, server: s, example: testkit.Example(t)}
	r.document.Store(100_000)
	restore, err := s.Checkpoint("before")
	if err != nil {
		t.Fatal(err)
	}
	undone := 0
	for round := range rounds {
		goBack := restore
		if round%2 == 1 {
			goBack = s.Reset
		}
		var running sync.WaitGroup
		documents, delivered := make([]int64, clients), make([]string, clients)
		answered := make(chan struct{}, clients)
		for i := range clients {
			documents[i] = r.document.Add(1)
			running.Go(func() {
				delivered[i] = r.deliver(documents[i])
				answered <- struct{}{}
			})
		}
		running.Go(func() {
			for range clients / 3 {
				<-answered
			}
			if err := goBack(); err != nil {
				t.Error(err)
			}
		})
		for range 2 {
			running.Go(func() {
				if _, err := s.Report(mock.ReportQuery{}); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		for i, forsendelse := range delivered {
			if forsendelse == "" || !r.stands(forsendelse) {
				undone++
				if r.deliver(documents[i]) == "" {
					t.Errorf("document %d is not taken again", documents[i])
				}
			}
		}
		shown, err := s.Report(mock.ReportQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range shown.Findings {
			if isTwice(one) {
				t.Errorf("the report finds %+v, and each document is there once", one)
			}
		}
	}
	t.Logf("%d of %d deliveries were undone", undone, clients*rounds)
	document := r.document.Add(1)
	r.deliver(document)
	r.deliver(document)
	if shown, err := s.Report(mock.ReportQuery{}); err != nil || !slices.ContainsFunc(shown.Findings, isTwice) {
		t.Errorf("after all that the report does not find what is delivered twice: %+v, %v", shown.Findings, err)
	}
}

// isTwice reports whether a finding is of a document that was delivered twice.
func isTwice(one mock.Finding) bool { return one.Rule == "delivered-twice" }
