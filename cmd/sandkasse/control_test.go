package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sandkasse/mock"
)

// sandbox returns a running server for the commands, with a frozen clock.
func sandbox(t *testing.T) *mock.Server {
	t.Helper()
	server, err := mock.New(mock.Options{Auth: mock.Off, Clock: func() time.Time {
		return time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return server
}

// deliverBSU delivers the example of BSU with a key, in a session; without a key it is refused.
func deliverBSU(t *testing.T, server *mock.Server, session, key string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, server.URL("bsu")+"/v1/2023", bytes.NewReader(example(t)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("idempotencyKey", key)
	}
	if session != "" {
		request.Header.Set("Sandkasse-Session", session)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

const firstKey = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

// TestControlCommands: what the commands print and with which status they end, in text and JSON.
func TestControlCommands(t *testing.T) {
	t.Parallel()
	server := sandbox(t)
	deliverBSU(t, server, "", firstKey)
	deliverBSU(t, server, "", "")
	deliverBSU(t, server, "", firstKey)
	deliverBSU(t, server, "mine", "")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"right.json": `{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2},
			{"status": "5xx", "times": 0}]}`,
		"wrong.json": `{"calls": [{"api": "bsu", "status": 409}, {"code": "GLD_1028", "times": 2}, {"status": 400},
			{"status": 200}], "inOrder": true, "nothingElse": true}`,
		"misspelt.json": `{"cals": []}`, "api.json": `{"calls": [{"api": "bus"}]}`, "text.json": `calls`,
		"empty.json": ` `,
	} {
		putFile(t, filepath.Join(dir, name), text)
	}
	first := "1  04:05:06.007  POST /innrapporteringbsu/v1/2023  200\n"
	second := "2  04:05:06.007  POST /innrapporteringbsu/v1/2023  400 GLD_006/GLD_1028, by the check idempotency-key: "
	for _, test := range []struct {
		line   string
		status int
		stdout []string // parts of it, in order
		stderr string   // a part of it
	}{
		{"calls", 0, []string{first, second, "\n3  ", "  200, by the check idempotency-key: ", "\n"}, ""},
		{"calls --status 4xx", 0, []string{second}, ""},
		{"calls --status 5xx", 0, nil, ""},
		{"calls --trace 4bf92f3577b34da6a3ce929d0e0e4736", 0, nil, ""},
		{"calls --api bsu --method post --route /v1/{inntektsaar} --since 1 --limit 1", 0, []string{"3  "}, ""},
		{"calls --code GLD_1028 --stopped-by idempotency-key", 0, []string{second}, ""},
		{"calls --key " + firstKey + " --limit 1", 0, []string{"3  "}, ""},
		{"calls --session mine", 0, []string{"1  04:05:06.007  POST"}, ""},
		{"calls --session nobody", 0, nil, ""},
		{"calls --api bus", 2, nil, "there is no API \"bus\"; there are aandsverk"},
		{"calls --scenario slaw", 2, nil, "slow"},
		{"calls --wait 1ms --count 2 --api bsu", 0, []string{first, "2  ", "\n3  "}, ""},
		{
			"calls --wait 2ms --count 4 --status 200", 1,
			[]string{first, "3  "},
			"there were 2 such calls within 2ms, and 4 were waited for",
		},
		{
			"calls 2", 0, []string{
				"call 2 of the session default, 2026-02-03T04:05:06.007Z, ", " ms\n\nPOST http://127.0.0.1:",
				"/innrapporteringbsu/v1/2023\n", "Content-Type: application/json\n", "\n\n{\n", "\n\nHTTP status 400\n",
				"Sandkasse-Call: 2\n", `"kode":"GLD_006"`, "\n400 GLD_006/GLD_1028, by the check idempotency-key: ",
			}, "",
		},
		{"calls 7", 1, nil, "the journal of the session default has no call 7"},
		{
			"why 2", 0, []string{
				"400 GLD_006/GLD_1028, by the check idempotency-key: ", "\nWhat a client should do: ",
				"\nidempotencyKey: GLD_1028 Header mangler\n",
			}, "",
		},
		{"why 1", 0, []string{"200: no check refused it\n"}, ""},
		{"why 7 --session mine", 1, nil, "the journal of the session mine has no call 7"},
		{"verify DIR/right.json", 0, []string{
			"ok    api bsu, method POST, status 200: wanted exactly 2, found 2\n",
			"ok    status 5xx: wanted exactly 0 (never), found 0\n",
		}, ""},
		{"verify DIR/wrong.json", 1, []string{
			"FAIL  api bsu, status 409: wanted at least 1, found 0; nearest is call ",
			`, POST /innrapporteringbsu/v1/2023, answered 200: status is "200", not "409"` + "\n",
			"FAIL  code GLD_1028: wanted exactly 2, found 1 (calls 2); nearest is call ",
			"ok    status 400: wanted at least 1, found 1\n",
			"FAIL  order: call 2 counts for an earlier one already, and calls[2] wants another after it\n",
		}, "the calls are not as expected"},
		{
			"verify DIR/right.json --session mine", 1,
			[]string{"FAIL  api bsu, method POST, status 200: wanted exactly 2"},
			"not",
		},
		{"verify DIR/misspelt.json", 2, nil, "misspelt.json: the body is not an expectation"},
		{"verify DIR/api.json", 2, nil, `api.json: calls[0]: there is no API "bus"`},
		{"verify DIR/text.json", 2, nil, "text.json: "},
		{"verify DIR/empty.json", 2, nil, "empty.json is empty"},
		{"play lost-answer", 0, []string{"lost-answer is armed, as play 1"}, ""},
		{
			"play slow;ms=5 --api bsu --method POST --route innsending --times always --probability 0.5 --seed 3 " +
				"--ttl 10m --organisation 313367002 --reference x", 0,
			[]string{"slow;ms=5 is armed, as play 2, for all calls that fit, for 10m\n"},
			"",
		},
		{"play slaw", 2, nil, "slow"},
		{"play GLD_1015 --api kobo", 2, nil, "GLD_1015"},
		{"play GLD_001 --times 2", 0, []string{"GLD_001 is armed, as play 3, times 2\n"}, ""},
		{"disarm 2", 0, []string{"disarmed: 1\n"}, ""},
		{"disarm 2", 1, nil, `there is no play "2"`},
		{"disarm two", 2, nil, `"two" is not the number of a play`},
		{"disarm 1 2", 2, nil, "the number of one play, or none for all"},
		{"disarm --session mine", 0, []string{"disarmed: 0\n"}, ""},
		{"disarm", 0, []string{"disarmed: 2\n"}, ""},
	} {
		args := strings.Fields(strings.ReplaceAll(test.line, "DIR", filepath.ToSlash(dir)))
		args = append(args, "--url", server.URL(""))
		got := runHere(t, "", args...)
		rest, all := got.stdout, true
		for _, part := range test.stdout {
			_, after, found := strings.Cut(rest, part)
			rest, all = after, all && found
		}
		if got.status != test.status || !all || len(test.stdout) == 0 && got.stdout != "" ||
			!strings.Contains(got.stderr, test.stderr) || (test.stderr == "") != (got.stderr == "") {
			t.Errorf("%s: status %d\n%s%s\nwant status %d, %q, %q", test.line, got.status, got.stdout, got.stderr,
				test.status, test.stdout, test.stderr)
		}
		if test.status == 2 && !got.isUsage() {
			t.Errorf("%s: %q", test.line, got.stderr)
		}
	}
	// from standard input, and what is wrong in the order or is not expected
	if got := runHere(t, `{"calls": [{"status": 400}, {"status": 200, "times": 2}], "inOrder": true}`, "verify", "-",
		"--url", server.URL("")); got.status != 1 ||
		!strings.Contains(got.stdout, "\nFAIL  order: call 1 came before call 2") {
		t.Errorf("%+v", got)
	}
	if got := runHere(t, `{"calls": [{"status": 200}], "nothingElse": true}`, "verify", "-", "--url",
		server.URL("")); got.status != 1 ||
		!strings.Contains(got.stdout, "\nFAIL  unexpected: 2  POST /innrapporteringbsu") {
		t.Errorf("%+v", got)
	}
	// JSON, as the control API has it
	for line, member := range map[string]string{
		"calls": "calls", "calls 2": "number", "why 2": "why", "verify DIR/right.json": "ok", "play slow": "id",
		"disarm": "disarmed", "calls --wait 1ms": "complete", "reset --session mine --seed 5": "seed",
	} {
		args := strings.Fields(strings.ReplaceAll(line, "DIR", filepath.ToSlash(dir)))
		got := runHere(t, "", append(args, "--format", "json", "--url", server.URL(""))...)
		var value map[string]any
		if json.Unmarshal([]byte(got.stdout), &value) != nil || value[member] == nil || got.status != 0 {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got := runHere(t, "", "reset", "--url",
		server.URL("")); got.stdout != "the session default is empty, with the seed 0\n" {
		t.Errorf("%+v", got)
	}
	if got := runHere(t, "", "reset", "--session", "mine", "--seed", "18446744073709551615", "--url",
		server.URL("")); got.stdout != "the session mine is empty, with the seed 18446744073709551615\n" {
		t.Errorf("%+v", got)
	}
	if calls := server.Calls(mock.CallQuery{}); len(calls) != 0 {
		t.Errorf("%d calls after a reset", len(calls))
	}
}

// signalled is a writer that tells of each write, for a test that waits for one.
type signalled struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (s *signalled) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(text)
}

func (s *signalled) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestFollow: calls are printed as they happen, in text or JSON, until it is interrupted, which is no
// failure, or the server ends, which is one.
func TestFollow(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		for _, serverEnds := range []bool{false, true} {
			server := sandbox(t)
			out := &signalled{more: make(chan struct{}, 1)}
			var stderr bytes.Buffer
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			p := program{stdin: strings.NewReader(""), stdout: out, stderr: &stderr, clock: time.Now}
			ended := make(chan int, 1)
			go func() {
				ended <- p.run(ctx, []string{
					"sandkasse", "calls", "--follow", "--status", "400", "--format", format, "--url", server.URL(""),
				})
			}()
			// the stream has begun when a call shows
			for n := 0; out.String() == ""; n++ {
				if n == 1000 {
					t.Fatal("no call shows")
				}
				deliverBSU(t, server, "", firstKey) // which is not followed
				deliverBSU(t, server, "", "")
				select {
				case <-out.more:
				case <-time.After(10 * time.Millisecond):
				}
			}
			if serverEnds {
				server.Close()
			} else {
				interrupt()
			}
			status := <-ended
			for line := range strings.Lines(out.String()) {
				isCall := strings.Contains(line, "  400 GLD_006/GLD_1028, by the check idempotency-key: ")
				if format == "json" {
					var call struct{ Status int }
					isCall = json.Unmarshal([]byte(line), &call) == nil && call.Status == 400
				}
				if !isCall {
					t.Errorf("%s: %s", format, line)
				}
			}
			want := 0
			if serverEnds {
				want = 1
			}
			if status != want || serverEnds != strings.Contains(stderr.String(), "has ended the stream of calls") {
				t.Errorf("%s, server ends %v: status %d, %s", format, serverEnds, status, stderr.String())
			}
		}
	}
}

// TestOtherPrograms: what answers and is not Sandkasse is reported as such, whatever it answers.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		status int
		text   string
	}{
		{200, "<html>"},
		{200, "{}"},
		{200, `{"calls": 7}`},
		{200, "[]"},
		{200, `{"calls": [`},
		{404, "no"},
		{302, ""},
		{200, ""},
		{400, "bad"},
	} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/")
			w.WriteHeader(answer.status)
			fmt.Fprint(w, answer.text)
		}))
		defer other.Close()
		for _, line := range []string{
			"calls --follow", "calls", "calls 1", "why 1", "play slow", "disarm", "disarm 1", "reset", "verify -",
			"report", "report --format md --fail-on error",
		} {
			if line == "calls" && answer.text == "{}" {
				continue // a server without calls may answer so
			}
			got := runHere(t, "{}", append(strings.Fields(line), "--url", other.URL)...)
			if got.status != 1 || !strings.Contains(got.stderr, " at "+other.URL) &&
				!strings.Contains(got.stderr, "of "+other.URL+" broke off") || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("%s: %+v", line, got)
			}
		}
	}
}
