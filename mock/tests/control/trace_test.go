package control

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestTrace: a call is found by the trace id of its traceparent, in the journal, the log and an
// expectation; one that is not of W3C's form is passed over.
func TestTrace(t *testing.T) {
	t.Parallel()
	const id, other = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"
	log := &lockedBuffer{}
	s := mocktest.StartWith(t, mock.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	c := testkit.NewClient(t, s, "a")
	c.Deliver(1, "traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	c.Deliver(2, "traceparent", "00-"+other+"-b7ad6b7169203331-00")
	c.Deliver(3, "traceparent", "00-"+strings.ToUpper(id)+"-00f067aa0ba902b7-01")
	c.Deliver(4)
	c.Call("GET", c.URL("")+"/nowhere", "", "traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	for query, want := range map[string]string{
		"trace=" + id: "[1 5]", "trace=" + other: "[2]", "trace=" + strings.ToUpper(id): "[1 5]",
		"trace=" + id + "&api=bsu": "[1]", "trace=" + strings.Repeat("1", 32): "[]",
	} {
		var list struct{ Calls []struct{ Number int64 } }
		c.Control("GET", "calls?"+query, "", &list)
		numbers := []int64{}
		for _, call := range list.Calls {
			numbers = append(numbers, call.Number)
		}
		if got := fmt.Sprint(numbers); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	calls := c.Calls(mock.CallQuery{Trace: id})
	if len(calls) != 2 || calls[0].Trace != id || calls[0].Number != 1 {
		t.Errorf("%+v", calls)
	}
	if all := c.Calls(mock.CallQuery{}); len(all) != 5 || all[2].Trace != "" || all[3].Trace != "" {
		t.Errorf("%+v", all)
	}
	var verdict struct{ OK bool }
	c.Control(
		"POST",
		"verify",
		`{"calls": [{"trace": "`+id+`", "times": 2}, {"trace": "`+other+`", "times": 1}]}`,
		&verdict,
	)
	if !verdict.OK {
		t.Error("the expectation is not met")
	}
	for _, wrong := range []string{"", "x", id[:31], id + "0", "00-" + id + "-00f067aa0ba902b7-01"} {
		got := c.Call("GET", c.URL("")+"/_sandkasse/calls?trace="+wrong, "")
		if got.Status != 400 || !strings.Contains(got.Header.Get("Sandkasse-Feil"), "trace") {
			t.Errorf("%q: %d %s", wrong, got.Status, got.Body)
		}
	}
	if text := log.String(); strings.Count(text, "trace="+id) != 2 || strings.Count(text, "trace="+other) != 1 ||
		strings.Count(text, " trace=") != 3 {
		t.Errorf("the log is %s", text)
	}
}
