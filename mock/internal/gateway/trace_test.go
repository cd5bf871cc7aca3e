package gateway

import (
	"net/http"
	"strings"
	"testing"
)

func TestTraceID(t *testing.T) {
	t.Parallel()
	const id, right = "4bf92f3577b34da6a3ce929d0e0e4736", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, value := range []string{
		right, "00-" + id + "-00f067aa0ba902b7-00", "01-" + id + "-00f067aa0ba902b7-01",
		"cc-" + id + "-00f067aa0ba902b7-01-what-the-future-brings", "01-" + id + "-00f067aa0ba902b7-09-",
	} {
		if got := traceID(http.Header{"Traceparent": {value}}); got != id {
			t.Errorf("%q gives %q", value, got)
		}
	}
	wrong := [][]string{
		nil,
		{},
		{""},
		{right, right},
		{right + "-"},
		{right + "-more"},
		{right[:54]},
		{" " + right},
		{right + " "},
		{"ff-" + id + "-00f067aa0ba902b7-01"},
		{"0-" + id + "-00f067aa0ba902b7-01"},
		{"0x" + right[2:]},
		{"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01"},
		{"00-" + id + "-0000000000000000-01"},
		{strings.ToUpper(right)},
		{"00-" + strings.ToUpper(id) + "-00f067aa0ba902b7-01"},
		{"01-" + id + "-00f067aa0ba902b7-01.more"},
		{"01-" + id + "-00f067aa0ba902b7-011"},
		{strings.ReplaceAll(right, "-", "_")},
		{"00-" + id[:31] + "-00f067aa0ba902b7-01-"},
		{"00-" + id + "-00f067aa0ba902bg-01"},
		{right + ", " + right},
	}
	for at := range right { // one character that is another
		for _, other := range []string{"g", "-", "A", "\x00", "é"} {
			if changed := right[:at] + other + right[at+1:]; changed != right {
				wrong = append(wrong, []string{changed})
			}
		}
	}
	for _, values := range wrong {
		if got := traceID(http.Header{"Traceparent": values}); got != "" {
			t.Errorf("%q gives %q", values, got)
		}
	}
}

func FuzzTraceID(f *testing.F) {
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Fuzz(func(t *testing.T, value string) {
		id := traceID(http.Header{"Traceparent": {value}})
		if id != "" &&
			(len(id) != 32 || !strings.Contains(value, "-"+id+"-") || strings.Trim(id, "0123456789abcdef") != "") {
			t.Errorf("%q gives %q", value, id)
		}
	})
}
