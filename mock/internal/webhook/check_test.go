package webhook

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/store"
)

// TestChecks: what is wrong is refused with what would be right, and nothing of it is stored.
func TestChecks(t *testing.T) {
	t.Parallel()
	key := NewAPIKey
	long := strings.Repeat("x", 3000)
	w := newTestOutbox(t, always(200))
	w.enqueue("home", "taken")
	good := Event{ID: "i", System: "s", Key: "k", Type: "t", Body: json.RawMessage(`{}`)}
	with := func(change func(*Event)) Event { e := good; change(&e); return e }
	for _, test := range []struct {
		what any
		want string // of the error; empty for none
	}{
		{System{ID: "fdvu-0"}, ""},
		{System{ID: "fdvu 1"}, "x-kobo-systemid"},
		{System{ID: strings.Repeat("x", 100)}, ""},
		{System{ID: strings.Repeat("x", 101)}, "1 to 100"},
		{System{ID: "fdvu-1", URL: "https://example.com/x?y=z", Header: "X-Kobo-Key", APIKey: key("a~!\"")}, ""},
		{System{}, "1 to 200"},
		{System{ID: long}, "1 to 200"},
		{System{ID: "bø"}, "printable ASCII"},
		{System{ID: "a\r\nb: c"}, "printable ASCII"},
		{System{ID: " a"}, "blank"},
		{System{ID: "a", URL: "ftp://127.0.0.1/"}, "http://"},
		{System{ID: "a", URL: "http://"}, "such as"},
		{System{ID: "a", URL: "http://:80/"}, "such as"},
		{System{ID: "a", URL: "127.0.0.1:80"}, "such as"},
		{System{ID: "a", URL: "http://127.0.0.1/" + long}, "2000"},
		{System{ID: "a", URL: "http://hemmelig:ord@127.0.0.1/"}, "user"},
		{System{ID: "a", Header: "x key"}, "name of a header"},
		{System{ID: "a", Header: "Content-Type"}, "meaning of its own"},
		{System{ID: "a", Header: "X-Kobo-SystemId"}, "meaning of its own"},
		{System{ID: "a", Header: long}, "200"},
		{System{ID: "a", APIKey: key(Mask)}, "not shown"},
		{System{ID: "a", APIKey: key(long)}, "1 to 1000"},
		{System{ID: "a", APIKey: key("hemmelig ord")}, "visible ASCII"},
		{System{ID: "a", APIKey: key("hemmelig\n")}, "visible ASCII"},
		{System{ID: "a", APIKey: key("hemmelég")}, "visible ASCII"},
		{good, ""},
		{with(func(e *Event) { e.ID = "" }), "event's id"},
		{with(func(e *Event) { e.ID = "taken" }), "an id of its own"},
		{with(func(e *Event) { e.System = "\n" }), "event's system id"},
		{with(func(e *Event) { e.Key = "" }), "event's key"},
		{with(func(e *Event) { e.Type = long }), "event's type"},
		{with(func(e *Event) { e.Body = nil }), "not JSON"},
		{with(func(e *Event) { e.Body = json.RawMessage(`{`) }), "not JSON"},
		{with(func(e *Event) { e.Body = json.RawMessage(`"` + strings.Repeat("x", 70_000) + `"`) }), "65536"},
	} {
		err := w.db.Session("checks").Update(time.Now(), func(tx *store.Tx) error {
			switch what := test.what.(type) {
			case System:
				return SetSystem(tx, what)
			case Event:
				if what.ID == "taken" {
					if err := Enqueue(tx, what, ""); err != nil {
						return err
					}
				}
				return Enqueue(tx, what, "")
			}
			return nil
		})
		if (err != nil) != (test.want != "") || err != nil &&
			(!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hemmel")) {
			t.Errorf("%+v: %v; want %q", test.what, err, test.want)
		}
	}
	err := w.db.Session("checks").View(context.Background(), time.Now(), func(tx *store.Tx) error {
		systems, _ := Systems(tx)
		events, _ := List(tx, Query{})
		if len(systems) != 3 || len(events) != 1 || systems[0].Header != DefaultHeader {
			t.Errorf("stored are %+v, %+v", systems, events)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
