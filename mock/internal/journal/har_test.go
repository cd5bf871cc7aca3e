package journal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"sandkasse/mock/internal/golden"

	"pgregory.net/rapid"
)

func TestHARIsTheGoldenFile(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	j.Add(refused())
	moved := Entry{
		Number: 8, Session: "default", Time: time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC), Method: "GET",
		Scheme: "https", Host: "api.example.no",
		Path: "/a?q=%22x%22&empty=&only&bad=%zz", Status: 303, DurationMs: 12.5, Why: "It stands elsewhere.",
		Answer: Message{Header: http.Header{"Location": {"/b"}}},
	}
	j.Add(moved)
	cut := Entry{
		Number: 9, Session: "default", Method: "POST", Host: "127.0.0.1:8080", Path: "/", Status: 200,
		Request: Message{
			Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: []byte("\xff\x01"),
			BodyBytes: 5,
		},
		Answer: Message{
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   []byte(`{"fnr":"10836096911"}`), BodyBytes: 400,
		},
	}
	j.Add(cut)
	calls := j.Calls(in{"default", Query{}})
	cookies := moved // as a raw journal has it
	cookies.Request.Header = http.Header{"Cookie": {"a=b; c=d", "e=f"}}
	cookies.Answer.Header = http.Header{"Set-Cookie": {
		"s=1; Path=/x; Domain=example.no; Expires=Mon, 15 Jan 2024 13:00:00 GMT; HttpOnly; Secure", "t=2",
	}}

	isGolden(t, "testdata/calls.har", har(append(calls, cookies), "1.2.3"))
}

// isGolden compares JSON with a golden file.
func isGolden(t *testing.T, file string, text []byte) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	golden.Compare(t, file, got.Bytes())
}

func TestHARWithoutCalls(t *testing.T) {
	t.Parallel()
	want := `{"log":{"version":"1.2","creator":{"name":"Sandkasse","version":"dev"},"entries":[]}}`
	if got := string(har(nil, "dev")); got != want {
		t.Errorf("HAR of nothing is %s, want %s", got, want)
	}
}

// What HAR 1.2 demands of every entry is there whatever the call holds, and the bodies can be read
// back from it.
func TestEveryHARHasWhatItMust(t *testing.T) {
	t.Parallel()
	must := map[string][]string{
		"":        {"startedDateTime", "time", "request", "response", "cache", "timings"},
		"request": {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
		"response": {
			"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
			"headersSize", "bodySize",
		},
		"timings": {"send", "wait", "receive"},
	}
	rapid.Check(t, func(t *rapid.T) {
		body := anyBody()
		header := rapid.MapOf(rapid.SampledFrom([]string{"Content-Type", "Cookie", "Set-Cookie", "Location", "X"}),
			rapid.SliceOfN(rapid.String(), 0, 3))
		j := newByName(Options{Raw: true})
		e := Entry{
			Number: 1, Method: rapid.String().Draw(t, "method"), Host: rapid.String().Draw(t, "host"),
			Path:       rapid.String().Draw(t, "path"),
			Status:     rapid.IntRange(0, 999).Draw(t, "status"),
			DurationMs: rapid.SampledFrom([]float64{0, 1.5, -1, math.NaN(), math.Inf(1)}).Draw(t, "duration"),
			Request:    Message{Header: header.Draw(t, "asked"), Body: body.Draw(t, "request")},
			Answer:     Message{Header: header.Draw(t, "answered"), Body: body.Draw(t, "answer")},
		}
		j.Add(e)
		var log struct {
			Log struct {
				Version string
				Entries []map[string]json.RawMessage
			}
		}
		if err := json.Unmarshal(har(j.Calls(in{}), "1"), &log); err != nil || len(log.Log.Entries) != 1 {
			t.Fatalf("%d entries: %v", len(log.Log.Entries), err)
		}
		for part, names := range must {
			fields := log.Log.Entries[0]
			if part != "" {
				fields = nil
				if err := json.Unmarshal(log.Log.Entries[0][part], &fields); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range names {
				if text := string(fields[name]); text == "" || text == "null" {
					t.Fatalf("%s.%s is %q", part, name, text)
				}
			}
		}
		var response struct {
			Content struct{ Text, Encoding string }
		}
		if err := json.Unmarshal(log.Log.Entries[0]["response"], &response); err != nil {
			t.Fatal(err)
		}
		text := []byte(response.Content.Text)
		if response.Content.Encoding == "base64" {
			text, _ = base64.StdEncoding.DecodeString(response.Content.Text)
		}
		if !bytes.Equal(text, e.Answer.Body) {
			t.Fatalf("the body %q is shown as %q", e.Answer.Body, text)
		}
	})
}

// har returns calls as an HTTP archive.
func har(calls []Entry, version string) []byte {
	var b bytes.Buffer
	WriteHAR(&b, slices.Values(calls), version)
	return b.Bytes()
}
