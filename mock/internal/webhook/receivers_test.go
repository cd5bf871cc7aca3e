package webhook

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/store"
)

// TestUndeliverable: without a system, a URL or a key nothing is sent, and the event says what is
// missing. Once it is there, it can be redelivered.
func TestUndeliverable(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, always(200))
	w.deliver()
	dead := func(id, reason string) {
		t.Helper()
		w.enqueue("home", id)
		if r := w.untilState(id, Dead); !strings.Contains(r.Reason, reason) || len(r.Attempts) != 0 {
			t.Errorf("%s is %+v; want the reason to say %q", id, r, reason)
		}
	}
	dead("unknown", "no URL")
	w.update(func(tx *store.Tx) error { return SetSystem(tx, System{ID: "fdvu-1", APIKey: NewAPIKey("key")}) })
	dead("no URL", "no URL")
	w.update(func(tx *store.Tx) error { return SetSystem(tx, System{ID: "fdvu-1", URL: w.receiver.URL}) })
	dead("no key", "no API key")
	w.setSystem("key")
	w.update(func(tx *store.Tx) error { _, _, err := Redeliver(tx, "no key"); return err })
	w.untilState("no key", Delivered)
	if diff := cmp.Diff([]string{"no key"}, w.receiver.ids()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestReceivers: what each kind of receiver leads to.
func TestReceivers(t *testing.T) {
	t.Parallel()
	elsewhere := newReceiver(always(200))
	t.Cleanup(elsewhere.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	hang := make(chan struct{})
	for name, test := range map[string]struct {
		serve  http.HandlerFunc
		status int
		error  string
		is     State
	}{
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 307, "", Waiting},
		"299": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(299) }, 299, "", Delivered},
		"300": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(300) }, 300, "", Waiting},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for err := error(nil); err == nil; _, err = w.Write(make([]byte, 1<<16)) {
			}
		}, 200, "", Delivered},
		"hangs": {func(w http.ResponseWriter, r *http.Request) { <-hang }, 0, "no answer within", Waiting},
		"long header": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x", strings.Repeat("x", 1<<20))
		}, 0, "did not answer in HTTP", Waiting},
		"tears": {
			func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, 0,
			"closed the connection", Waiting,
		},
		"not HTTP": {func(w http.ResponseWriter, r *http.Request) {
			hijack(w, "nonsense, and "+r.Header.Get("x-api-key")+"\r\n\r\n")
		}, 0, "did not answer in HTTP", Waiting},
		"refuses": {nil, 0, "refused", Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestOutbox(t, always(200))
			url := closed.URL
			if test.serve != nil {
				server := httptest.NewServer(test.serve)
				t.Cleanup(server.Close)
				url = server.URL
			}
			w.settings.Timeout = time.Minute // far longer than the test waits
			if name == "hangs" {
				w.settings.Timeout = 100 * time.Millisecond
				t.Cleanup(func() { close(hang) }) // before the server closes, which waits for it
			}
			w.update(func(tx *store.Tx) error {
				return SetSystem(tx, System{ID: "fdvu-1", URL: url + "/", Header: "X-Key", APIKey: NewAPIKey("secret")})
			})
			w.deliver()
			w.enqueue("home", "1")
			r := w.untilTries("1", 1)
			if last := r.Attempts[0]; r.State != test.is || last.Status != test.status ||
				(last.Error != "") != (test.error != "") || !strings.Contains(last.Error, test.error) {
				t.Errorf("the event is %+v; want %s, %d, %q", r, test.is, test.status, test.error)
			}
		})
	}
	t.Cleanup(func() {
		if got := elsewhere.messages(); len(got) > 0 {
			t.Errorf("a redirect was followed: %+v", got)
		}
	})
}

func hijack(w http.ResponseWriter, answer string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	conn.Write([]byte(answer))
	conn.(*net.TCPConn).CloseWrite()
}
