package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/store"
)

// TestAPIKeyIsNotShown: however a key, or what holds one, is printed, logged or written as JSON,
// the key is not in it.
func TestAPIKeyIsNotShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[!-~]{8,60}`).Draw(t, "key")
		key := NewAPIKey(text)
		system := System{ID: "fdvu-1", URL: "http://127.0.0.1/", APIKey: key}
		type hidden struct{ key APIKey }
		var shown bytes.Buffer
		for _, value := range []any{
			key, &key, system, &system,
			[]System{system},
			map[string]APIKey{"k": key},
			hidden{key},
			&hidden{key},
			map[string]any{"s": system},
		} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
				fmt.Fprintf(&shown, verb+"\n", value)
			}
			fmt.Fprintln(&shown, value)
			if err := json.NewEncoder(&shown).Encode(value); err != nil {
				t.Fatal(err)
			}
			slog.New(slog.NewTextHandler(&shown, nil)).Info("log", "value", value)
			slog.New(slog.NewJSONHandler(&shown, nil)).Info("log", "value", value)
		}
		for _, form := range []string{
			text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprintf("%q", text),
			fmt.Sprint([]byte(text)),
		} {
			if strings.Contains(shown.String(), form) {
				t.Fatalf("%q is shown as %q", text, form)
			}
		}
		if got := fmt.Sprintf("%v %#v %x %d", key, key, key, key); got != "*** *** *** ***" {
			t.Fatalf("a key is printed as %s", got)
		}
		if !strings.Contains(shown.String(), Mask) || key.Reveal() != text || !key.Set() {
			t.Fatalf("the key %q is %q, %t", text, key.Reveal(), key.Set())
		}
		var back System
		if err := json.Unmarshal(fmt.Appendf(nil, `{"apiKey":%q}`, "x"+text[1:]), &back); err == nil &&
			back.APIKey.Reveal() == "" {
			t.Fatal("a key that is given as JSON is lost")
		}
	})
	if none := NewAPIKey(""); none.Set() || none.Reveal() != "" || fmt.Sprint(none) != "" {
		t.Errorf("no key is shown as %q", fmt.Sprint(none))
	}
}

// lines is a log that many may write.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

// TestReceiverThatTellsTheKey: a receiver that answers with the key, in whatever place, does not
// get it into the log or what can be listed.
func TestReceiverThatTellsTheKey(t *testing.T) {
	t.Parallel()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("x-api-key")
		switch r.URL.Path {
		case "/header":
			w.Header().Set("X-Key", key)
			http.Error(w, key, 500)
		case "/redirect":
			http.Redirect(w, r, "http://127.0.0.1:1/"+key, http.StatusTemporaryRedirect)
		case "/status":
			hijack(w, "HTTP/1.1 500 "+key+"\r\n\r\n")
		case "/line":
			hijack(w, key+"\r\n\r\n")
		case "/version":
			hijack(w, "HTTP/"+key+" 200 OK\r\n\r\n")
		case "/name":
			hijack(w, "HTTP/1.1 200 OK\r\n"+key+"\r\n\r\n")
		case "/length":
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: "+key+"\r\n\r\n")
		case "/coding":
			hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: "+key+"\r\n\r\n")
		case "/location":
			hijack(w, "HTTP/1.1 307 OK\r\nLocation: http://%zz"+key+"\r\n\r\n")
		}
	}))
	defer echo.Close()
	const key = `hemmelig"\ord`
	for _, path := range []string{
		"/header", "/redirect", "/status", "/line", "/version", "/name", "/length", "/coding",
		"/location",
	} {
		t.Run(path, func(t *testing.T) {
			log := &lines{}
			w := newTestOutbox(t, always(200))
			w.log = slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
			w.settings.Attempts = 1
			w.update(func(tx *store.Tx) error {
				return SetSystem(tx, System{ID: "fdvu-1", URL: echo.URL + path, APIKey: NewAPIKey(key)})
			})
			d := w.deliver()
			w.enqueue("home", "1")
			r := w.untilTries("1", 1)
			d.Close()
			shown := log.String() + fmt.Sprintf("%+v", r) + string(r.Body)
			if strings.Contains(shown, "hemmelig") || !strings.Contains(log.String(), "fdvu-1") {
				t.Errorf("shown is %s", shown)
			}
		})
	}
}
