package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// leaving is the context of a caller who goes away once it has been asked so many times.
type leaving struct {
	context.Context
	asked, after atomic.Int64
}

func newLeaving(after int64) *leaving {
	c := &leaving{Context: context.Background()}
	c.after.Store(after)
	return c
}

func (c *leaving) Err() error {
	if c.asked.Add(1) > c.after.Load() {
		return context.Canceled
	}
	return nil
}

// stocked returns a server with thirty deliveries, homes and cases, a dialog and messages.
func stocked(t *testing.T) *mock.Server {
	t.Helper()
	s := testkit.NewServer(t, mock.Options{Auth: mock.Off})
	for key := range 30 {
		r := httptest.NewRequest("POST", "/innrapporteringbsu/v1/2023", strings.NewReader(string(testkit.Example(t))))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("idempotencyKey", testkit.UUID(key))
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
	}
	f := testkit.NewFDVU(t, s)
	for n := range 30 {
		f.Admin("PUT", "/kobobolig/"+f.NewBolig(fmt.Sprint("FDV-", n))+"/sak/"+f.NewSak()+"/reservasjon", "",
			http.StatusOK, nil) // makes a message
	}
	return s
}

// TestAReadEndsWithItsCaller: every call that reads much stops once its caller is gone. Nothing is
// answered, and the journal says so of a call to an API.
func TestAReadEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	s := stocked(t)
	handler := backend.Of(s) // which asks the context itself, not one derived from it
	get := func(ctx context.Context, path string) (w *httptest.ResponseRecorder, answered bool) {
		defer func() {
			if problem := recover(); problem != nil {
				if err, ok := problem.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					t.Error(path, problem)
				}
			}
		}()
		w = httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
		r.Header.Set("x-kobo-systemid", "fdvu-1")
		handler.ServeHTTP(w, r)
		return w, true
	}
	var shown struct {
		Holdings []any
		Items    []struct{ ID string }
	}
	const party = "?party=urn:altinn:organization:identifier-no:987654321"
	found, _ := get(context.Background(), "/dialogporten/api/v1/enduser/dialogs"+party)
	testkit.Decode(t, found, &shown)
	if len(shown.Items) != 1 {
		t.Fatal(found.Body)
	}
	dialog := "/dialogporten/api/v1/enduser/dialogs/" + shown.Items[0].ID
	for path, minimum := range map[string]int64{
		"/_sandkasse/holdings":                         60,
		"/_sandkasse/kobo/kobobolig":                   30,
		"/_sandkasse/kobo/saker":                       30,
		"/_sandkasse/kobo/events":                      30,
		dialog:                                         30,
		dialog + "/activities":                         30,
		dialog + "/transmissions":                      30,
		"/dialogporten/api/v1/enduser/dialogs" + party: 3,
	} {
		whole := newLeaving(1 << 40)
		w, answered := get(whole, path)
		if !answered || w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
			continue
		}
		if asked := whole.asked.Load(); asked < minimum {
			t.Errorf("%s asks %d times whether its caller is there, want %d", path, asked, minimum)
		}
		half := newLeaving(whole.asked.Load() / 2)
		if w, answered = get(half, path); answered {
			t.Errorf("%s answers a caller who has gone: %d %s", path, w.Code, w.Body)
		}
		if more := half.asked.Load() - half.after.Load(); more > 10 {
			t.Errorf("%s goes on for %d steps after its caller has gone", path, more)
		}
		if strings.HasPrefix(path, "/_sandkasse") {
			continue
		}
		calls := s.Calls(mock.CallQuery{Status: 499})
		last := calls[len(calls)-1]
		if !strings.HasPrefix(path, last.Path) && last.Path != path || last.Why !=
			"the caller went away before the answer was ready; nothing was sent" || len(last.Answer.Header) > 0 {
			t.Errorf("the journal says of %s: %+v", path, last)
		}
	}
}
