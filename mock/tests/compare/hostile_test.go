package compare

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// bsuCall returns an entry of a call to BSU.
func bsuCall(method, path, body, answer string, headers ...pair) entry {
	e := entry{
		Started: start.Format(time.RFC3339),
		Request: recordedRequest{
			Method: method, URL: "https://innrapporteringbsu.api.skatteetaten-test.no" + path, Headers: headers,
			BodySize: len(body),
		},
		Response: recordedResponse{Status: 200, Content: content{len(answer), "application/json", answer}},
	}
	if body != "" {
		e.Request.PostData = &postData{"application/json", body}
	}
	return e
}

func zipped(t *testing.T, size int) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(bytes.Repeat([]byte("[1],"), size/4)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// smallRecording is the size in bytes up to which a recording is compared where tests use fewer data.
const smallRecording = 500_000

// TestHostileRecordings: no recording takes long, whatever is in it.
func TestHostileRecordings(t *testing.T) {
	t.Parallel()
	scripts, err := testkit.Catalog(t).Scenarios(nil)
	if err != nil {
		t.Fatal(err)
	}
	slow := ""
	for _, script := range scripts {
		if script.Name == "slow" {
			slow = script.Organisation
		}
	}
	example := string(testkit.Example(t))
	many := func(text string, count int) []byte {
		return []byte(`{"log":{"entries":[` + strings.TrimSuffix(strings.Repeat(text+",", count), ",") + `]}}`)
	}
	const other = `{"request":{"method":"GET","url":"https://cdn.example.no/a.js"},"response":{"status":200}}`
	bomb := bsuCall("GET", "/v1/2023", "", "")
	for name, test := range map[string]struct {
		har  []byte
		want string // the error; empty for none
	}{
		"many entries":     {many(other, 100_000), "has no call to an imitated API"},
		"too many entries": {many(other, 100_001), "more than 100000 entries"},
		"too many calls": {
			many(`{"request":{"method":"GET","url":"https://a.no/kobo/kobobolig/x"},"response":{"status":404}}`,
				20_001),
			"more than 20000 calls",
		},
		"deep file":   {[]byte(strings.Repeat("[", 5_000_000)), "the most that is read"},
		"deep member": {[]byte(`{"log":` + strings.Repeat(`{"log":`, 1_000_000)), "cannot be compared"},
		"deep bodies": {harFile(t, []entry{
			bsuCall("POST", "/v1/2023", strings.Repeat("[", 1_000_000), strings.Repeat(`{"a":`, 1_000_000)),
			bsuCall("POST", "/v1/2023", strings.Repeat("[", 9000)+strings.Repeat("]", 9000),
				strings.Repeat("[", 9000)+strings.Repeat("]", 9000)),
			bsuCall("GET", "/v1/2023", "", strings.Repeat("<a>", 1_000_000)),
		}), ""},
		"large bodies": {harFile(t, []entry{
			bsuCall("POST", "/v1/2023", strings.Repeat("*", 2<<20), "["+strings.Repeat("1,", 1<<20)+"1]"),
			bsuCall("POST", "/v1/2023", strings.Repeat(`{"a":"***"}`, 1<<18), strings.Repeat("0199bdcb ", 1<<18)),
		}), ""},
		"a slow organisation": {harFile(t, []entry{
			bsuCall("POST", "/v1/2023", strings.ReplaceAll(example, "987654321", slow), "{}", pair{
				"Authorization",
				"Bearer ***",
			},
				pair{"Content-Type", "application/json"}, pair{"idempotencyKey", testkit.UUID(1)}),
			bsuCall("GET", "/v1/2023", "", "{}", pair{"Sandkasse-Scenario", "slow;ms=60000"}),
			bsuCall("GET", "/_scenario/slow/v1/2023", "", "{}"),
		}), ""},
		"sessions": {func() []byte {
			var entries []entry
			for n := range 2000 {
				entries = append(entries, bsuCall("GET", "/v1/2023", "", "{}", pair{
					"Sandkasse-Session",
					fmt.Sprint("s", n),
				}))
			}
			return harFile(t, entries)
		}(), ""},
		"bombs": {func() []byte {
			bomb.Response.Headers = []pair{{"Content-Encoding", "gzip"}}
			text := string(harFile(t, []entry{bomb}))
			text = strings.Replace(text, `"text":""`, `"encoding":"base64","text":"`+zipped(t, 15<<20)+`"`, 1)
			one := strings.TrimSuffix(text[strings.Index(text, `{"startedDateTime"`):], `],"version":"1.2"}}`)
			return many(one, 100)
		}(), ""},
		"odd addresses": {harFile(t, []entry{
			bsuCall("GET", "/%2e%2e/%00/v1", "", ""), bsuCall("G T", "/v1/2023", "", ""), bsuCall("GET",
				"/v1/%ff?%ff=%zz&&=", "", ""),
			bsuCall("OPTIONS", "*", "", ""), bsuCall("CONNECT", "", "", ""), bsuCall("GET", "/"+strings.Repeat("a/",
				50_000), "", ""),
		}), ""},
		"odd headers": {harFile(t, []entry{
			bsuCall("GET", "/v1/2023", "", "", pair{"a b\r\n", "c\r\nd"}, pair{"Authorization", "\x00"},
				pair{"Expect", "100-continue"},
				pair{"Sandkasse-Session", "no/session"}, pair{"Forwarded", "for=\"x"}, pair{
					"Accept",
					strings.Repeat("*/*,", 100_000),
				}),
		}), ""},
	} {
		if testkit.FewerData() && len(test.har) > smallRecording {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testkit.Catalog(t).Compare(t.Context(), "hostile.har", test.har)
			switch {
			case test.want == "" && err != nil,
				test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %q", err, test.want)
			case err != nil && !errors.As(err, new(*mock.ArgumentError)):
				t.Errorf("%T", err)
			}
		})
	}
}
