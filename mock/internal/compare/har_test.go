package compare

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// readAll reads a recording of calls to anywhere.
func readAll(text string) (Recording, error) {
	return Read([]byte(text), func(c *Call) (*url.URL, string) { return c.URL, "" })
}

// one returns the call of a recording with one entry.
func one(t *testing.T, entry string) Call {
	t.Helper()
	r, err := readAll(`{"log":{"entries":[` + entry + `]}}`)
	if err != nil || len(r.Calls) != 1 {
		t.Fatalf("%d calls, %v: %s", len(r.Calls), err, entry)
	}
	return r.Calls[0]
}

func compressed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func deflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestBodies reads bodies as tools write them: a proxy, browsers, HTTP tools and Sandkasse.
func TestBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		entry                      string // the members of the request, then those of the response
		request, answer            string
		requestLacks, answerLacks  string
		requestHeader, requestName string
	}{
		"text": {
			entry: `"postData":{"mimeType":"application/json","text":"{\"a\":1}"},"bodySize":7|` +
				`"content":{"size":7,"mimeType":"application/json","text":"{\"b\":2}"}`,
			request: `{"a":1}`, answer: `{"b":2}`,
		},
		"nothing": {entry: `"bodySize":0|"content":{"size":0,"mimeType":"x-unknown"}`},
		"unknown sizes": {
			entry:  `"bodySize":-1,"postData":null|"content":{"size":-1,"mimeType":"","text":"x"}`,
			answer: "x",
		},
		"no content": {entry: `"bodySize":0|"bodySize":3`, answerLacks: bodyMissing},
		"no text": {
			entry: `"bodySize":3|"content":{"size":3}`, requestLacks: bodyMissing,
			answerLacks: bodyMissing,
		},
		"length in a header": {
			entry:        `"headers":[{"name":"content-length","value":"3"}]|"content":{}`,
			requestLacks: bodyMissing,
		},
		"HEAD": {entry: `"method":"HEAD"|"content":{"size":10}`},
		"204":  {entry: `"bodySize":0|"status":204,"content":{"size":10}`},
		"base64 of a proxy": {
			entry:  `"bodySize":0|"content":{"size":4,"encoding":"base64","text":"` + "w7j/AA==" + `"}`,
			answer: "ø\xff\x00",
		},
		"base64 of a request": {
			entry:   `"postData":{"text":"w7g=","_encoding":"base64"}|"content":{}`,
			request: "ø",
		},
		"Sandkasse's base64": {
			entry: `"postData":{"text":"w7j/","comment":"the text is base64,` +
				` since the body is not UTF-8"}|"content":{}`,
			request: "ø\xff",
		},
		"broken base64": {
			entry:       `"bodySize":0|"content":{"size":4,"encoding":"base64","text":"?"}`,
			answerLacks: "is said to be base64, and is not",
		},
		"cut by Sandkasse": {
			entry: `"bodySize":9,"postData":{"text":"{\"a\"","comment":"cut after 4 of 9 bytes"}|` +
				`"content":{"size":9,"text":"{\"a\"","comment":"cut after 4 of 9 bytes"}`,
			requestLacks: bodyCut, answerLacks: bodyCut,
		},
		"cut without a word": {
			entry:        `"bodySize":9,"postData":{"text":"{\"a\""}|"content":{"size":9,"text":"{\"a\""}`,
			requestLacks: bodyCut, answerLacks: bodyCut,
		},
		"truncated": {
			entry:       `"bodySize":0|"content":{"size":9,"text":"abcd","comment":"Response body was truncated"}`,
			answerLacks: bodyCut,
		},
		"in a file":  {entry: `"bodySize":0|"content":{"_file":"a.json"}`, answerLacks: bodyMissing},
		"size of it": {entry: `"bodySize":0|"content":{"size":400,"text":"{}"}`, answer: "{}"},
		"size of UTF-16": {
			entry:  `"bodySize":0|"content":{"size":6,"text":"abc"}`,
			answer: "abc",
		},
		"gzip removed by the tool": {
			entry: `"bodySize":0|"headers":[{"name":"content-encoding","value":"gzip"}],` +
				`"content":{"size":30,"text":"{}"}`,
			answer: "{}",
		},
		"gzip": {
			entry: `"bodySize":0|"headers":[{"name":"content-encoding","value":"gzip"}],"content":{"size":30,` +
				`"encoding":"base64","text":"` + compressed(t, `{"a":"ø"}`) + `"}`,
			answer: `{"a":"ø"}`,
		},
		"deflate": {
			entry: `"bodySize":0|"headers":[{"name":"Content-Encoding","value":"deflate"}],"content":{"size":30,` +
				`"encoding":"base64","text":"` + deflated(t, `{"a":"ø"}`) + `"}`,
			answer: `{"a":"ø"}`,
		},
		"br": {
			entry: `"bodySize":0|"headers":[{"name":"content-encoding","value":"br"}],"content":{"size":30,` +
				`"encoding":"base64","text":"/wD/"}`,
			answerLacks: "is compressed with br",
		},
		"damaged gzip": {
			entry: `"bodySize":0|"headers":[{"name":"content-encoding","value":"gzip"}],"content":{"size":30,` +
				`"encoding":"base64","text":"H4sIAA=="}`,
			answerLacks: "is compressed, and damaged",
		},
		"a gzip bomb": {
			entry: `"bodySize":0|"content":{"size":30,"encoding":"base64","text":"` +
				compressed(t, strings.Repeat("a", maxAnswer+1)) + `"}`,
			answerLacks: tooLarge,
		},
		"a form by its parameters": {
			entry: `"bodySize":20,"postData":{"mimeType":"application/x-www-form-urlencoded","params":` +
				`[{"name":"a b","value":"&"},{"name":"c","value":"ø"}]}|"content":{}`,
			request: "a+b=%26&c=%C3%B8",
		},
		"an upload by its parameters": {
			entry: `"bodySize":20,"postData":{"mimeType":"multipart/form-data","params":[{"name":"a",` +
				`"fileName":"b"}]}|` +
				`"content":{}`,
			requestLacks: bodyMissing,
		},
		"a byte order mark": {
			entry:  `"bodySize":0|"content":{"size":5,"text":"\ufeff{}"}`,
			answer: "{}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent, answered, _ := strings.Cut(test.entry, "|")
			c := one(
				t,
				`{"startedDateTime":"2026-01-15T12:00:00Z","request":{"method":"POST","url":"https://a.no/b",`+sent+
					`},"response":{"status":200,`+answered+`}}`,
			)
			body, lacks := c.Request()
			if string(body) != test.request || lacks != test.requestLacks {
				t.Errorf("the request is %q, %q", body, lacks)
			}
			body, lacks = c.Answer()
			if string(body) != test.answer || lacks != test.answerLacks {
				t.Errorf("the answer is %.100q, %q", body, lacks)
			}
		})
	}
}

// TestHeaders reads headers of any case, without what belongs to the connection or to HTTP/2.
func TestHeaders(t *testing.T) {
	t.Parallel()
	c := one(t, `{"request":{"method":"GET","url":"https://a.no/b","headers":[{"name":":authority","value":"a.no"},
		{"name":"IDEMPOTENCYKEY","value":"k"},{"name":"accept","value":"a"},{"name":"Accept","value":"b"},
		{"name":"Host","value":"a.no"},{"name":"","value":"x"}]},
		"response":{"status":200,"content":{"mimeType":"application/json","text":"{}"}}}`)
	if got := fmt.Sprint(c.Header); got != "map[Accept:[a b] Idempotencykey:[k]]" {
		t.Errorf("the headers are %s", got)
	}
	if c.AnswerHeader.Get("Content-Type") != "application/json" || c.HasHeader {
		t.Errorf("the answer's headers are %v, %t", c.AnswerHeader, c.HasHeader)
	}
}

// TestTimes reads times as tools write them, and puts calls into the order in which they were made.
func TestTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 15, 12, 0, 0, 123000000, time.UTC)
	for _, text := range []string{
		"2026-01-15T12:00:00.123Z", "2026-01-15T13:00:00.123+01:00", "2026-01-15T13:00:00.123+0100",
		"2026-01-15T12:00:00.123000", "2026-01-15 12:00:00.123Z",
	} {
		if got := timeOf(text); !got.Equal(want) {
			t.Errorf("%s is %s", text, got)
		}
	}
	for _, text := range []string{
		"", "in the morning", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
		"1969-12-31T23:59:59Z",
	} {
		if got := timeOf(text); !got.IsZero() {
			t.Errorf("%s is %s", text, got)
		}
	}
	order := func(creator string, times ...string) (numbers string) {
		t.Helper()
		var entries []string
		for _, at := range times {
			entries = append(
				entries,
				`{"startedDateTime":"`+at+`","request":{"method":"GET","url":"http://a/"},"response":{}}`,
			)
		}
		r, err := readAll(
			`{"log":{"creator":{"name":"` + creator + `"},"entries":[` + strings.Join(entries, ",") + `]}}`,
		)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Calls {
			numbers += fmt.Sprint(c.Number)
		}
		return numbers
	}
	const first, second, third = "2026-01-15T12:00:01Z", "2026-01-15T12:00:02Z", "2026-01-15T12:00:03Z"
	for _, test := range []struct {
		creator string
		times   []string
		want    string
	}{
		{"a", []string{first, second, third}, "123"},
		{"a", []string{third, first, second}, "231"},
		{"a", []string{third, second, second, first}, "4321"},
		{"a", []string{second, "", first, third}, "3124"},
		{"a", []string{second, second, third, third}, "1234"},
		{"Sandkasse", []string{third, first, second}, "123"}, // whose clock was set back
	} {
		if got := order(test.creator, test.times...); got != test.want {
			t.Errorf("%s %v: %s, want %s", test.creator, test.times, got, test.want)
		}
	}
}

// TestTimesLeftOut: a call without a time of its own has that of its answer's header Date, or of the first
// call that has one.
func TestTimesLeftOut(t *testing.T) {
	t.Parallel()
	r, err := readAll(`{"log":{"entries":[{"request":{"method":"GET","url":"http://a/"},"response":{}},
		{"request":{"method":"GET","url":"http://a/"},"response":{"headers":[
			{"name":"date","value":"Thu, 15 Jan 2026 12:00:00 GMT"}]}}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Calls {
		if want := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC); !c.Time.Equal(want) {
			t.Errorf("call %d is at %s", c.Number, c.Time)
		}
	}
}

// TestWrongFiles: the error says what is wrong and where.
func TestWrongFiles(t *testing.T) {
	t.Parallel()
	entry := func(text string) string {
		return `{"log":{"entries":[{"request":{"method":"GET","url":"http://a/"}},` + text + `]}}`
	}
	for text, want := range map[string]string{
		``:                                    "its JSON ends too early: the file is cut off",
		`[]`:                                  "it must be an object of JSON",
		`{"log":[]}`:                          "log must be an object of JSON",
		`{"log":{"entries":{}}}`:              "log.entries must be a list",
		`{"log":{}}`:                          "it has no log.entries, the list of calls of a HAR",
		`{}`:                                  "it has no log.entries, the list of calls of a HAR",
		`{"log":{"entries":[{`:                "its JSON ends too early: the file is cut off",
		`{"log":{"entries":[}]}}`:             "its JSON is broken at byte 19",
		`{"log":{"creator":"x"}}`:             "log.creator is a string; it must be an object",
		entry(`{}`):                           "log.entries[1] has no request",
		entry(`{"request":{}}`):               "log.entries[1].request has no method",
		entry(`{"request":5}`):                "log.entries[1].request is a number; it must be an object",
		entry(`5`):                            "log.entries[1] is a number; it must be an object",
		entry(`{"request":"x`):                "its JSON ends too early: the file is cut off",
		entry(`{"request":{"method":"GET"}}`): "log.entries[1].request has no url",
		entry(`{"request":{"method":1}}`):     "log.entries[1].request.method is a number; it must be a text",
		entry(`{"request":{"headers":{}}}`):   "log.entries[1].request.headers is an object; it must be a list",
		entry(`{"request":{"method":"GET","url":"http://a/"},` +
			`"response":{"status":"200"}}`): "log.entries[1].response.status is a string; it must be a number",
		entry(`{"request":{"method":"GET","url":"http://a/"},` +
			`"response":{"status":20.5}}`): "log.entries[1].response.status is 20.5; it must be an HTTP " +
			"status, or 0 for none",
	} {
		if _, err := readAll(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestLeftOut: what is no call to HTTP, or not wanted, is counted by its reason, and the first few are named.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	var entries []string
	for _, address := range []string{"data:text/plain,x", "http://%zz/", "http://a/1", "http://a/2"} {
		entries = append(entries, `{"request":{"method":"GET","url":"`+address+`"}}`)
	}
	text := `{"log":{"entries":[` + strings.Join(
		entries,
		",",
	) + strings.Repeat(
		`,{"request":{"method":"GET","url":"http://b/"}}`,
		10,
	) + `]}}`
	r, err := Read([]byte(text), func(c *Call) (*url.URL, string) {
		if c.URL.Host == "b" {
			return nil, "elsewhere"
		}
		return c.URL, ""
	})
	want := `[{"Reason":"no address of HTTP","Count":1,"First":[1]},` +
		`{"Reason":"an address that cannot be read","Count":1,"First":[2]},` +
		`{"Reason":"elsewhere","Count":10,"First":[5,6,7,8,9]}]`
	got, _ := json.Marshal(r.LeftOut)
	if err != nil || len(r.Calls) != 2 || string(got) != want {
		t.Errorf("%d calls, %s (%v)", len(r.Calls), got, err)
	}
}

// TestTooMany: a recording has an end.
func TestTooMany(t *testing.T) {
	t.Parallel()
	const entry = `{"request":{"method":"GET","url":"http://a/"}},`
	calls := `{"log":{"entries":[` + strings.TrimSuffix(strings.Repeat(entry, MaxEntries+1), ",") + `]}}`
	if _, err := readAll(calls); err == nil || !strings.Contains(err.Error(), "more than 20000 calls") {
		t.Errorf("%d calls: %v", MaxEntries+1, err)
	}
	_, err := Read([]byte(calls), func(*Call) (*url.URL, string) { return nil, "elsewhere" })
	if err == nil || !strings.Contains(err.Error(), "more than 100000 entries") {
		t.Errorf("%d entries: %v", MaxEntries+1, err)
	}
}
