package kobo

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestKoboWebhook goes from the registration to the receiver: it fails twice and then accepts, the
// key is changed meanwhile, and what the case worker does to a home arrives in order, with the
// newest key, while the vendor's own acts are not echoed.
func TestKoboWebhook(t *testing.T) {
	t.Parallel()
	type message struct{ key, hendelse, home string }
	got := make(chan message, 20)
	var calls atomic.Int32
	firstRefused, again := make(chan struct{}), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if n := calls.Add(1); n <= 2 {
			if n == 1 {
				close(firstRefused)
				<-again
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var sent struct{ Hendelse, KoboBoligID string }
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		got <- message{r.Header.Get("x-api-key"), sent.Hendelse, sent.KoboBoligID}
	}))
	defer receiver.Close()

	now := atomic.Int64{}
	now.Store(testkit.Noon.UnixNano())
	s, err := mock.New(mock.Options{Clock: func() time.Time { return time.Unix(0, now.Load()).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := testkit.NewFDVU(t, s)
	id, sak := f.NewBolig("A"), f.NewSak()
	home := "/kobobolig/" + id
	f.OK("POST", "/fdvusystem/", `{"apiKey":"gammel","webhookUrl":"`+receiver.URL+`"}`)
	f.Admin("PUT", home+"/sak/"+sak+"/reservasjon", "", 200, nil)
	<-firstRefused
	f.OK("POST", "/fdvusystem/", `{"apiKey":"ny"}`)
	close(again)
	f.Admin("POST", home+"/tildeling", withSak(testkit.Tildeling, sak), 200, nil)
	f.Admin("POST", home+"/leieforhold", withSak(testkit.Leieforhold, sak), 200, nil)
	for i, want := range []string{"RESERVASJON_OPPRETTET", "TILDELING_OPPRETTET", "LEIEFORHOLD_OPPRETTET"} {
		for deadline := time.Now().Add(20 * time.Second); ; {
			now.Add(int64(time.Second)) // retries wait on the sandbox's clock
			select {
			case m := <-got:
				if m != (message{"ny", want, id}) {
					t.Errorf("message %d is %+v, want %s of %s with the new key", i, m, want, id)
				}
			case <-time.After(20 * time.Millisecond):
				if time.Now().After(deadline) {
					t.Fatalf("message %d does not arrive", i)
				}
				continue
			}
			break
		}
	}
	if n := calls.Load(); n != 5 {
		t.Errorf("the receiver was called %d times, want two failures and three messages", n)
	}
}
