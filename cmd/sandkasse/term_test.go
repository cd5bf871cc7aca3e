package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// termLimit bounds the time that the program takes to end: the five seconds of Close, and what a slow
// machine needs beside them.
const termLimit = 8 * time.Second

// TestSIGTERMUnderLongCalls: SIGTERM ends the program whatever it is doing: for callers
// who have gone, and for callers who do not read what they are sent.
func TestSIGTERMUnderLongCalls(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	begin := func(t *testing.T) *process {
		return start(t, "sandkasse", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data, "--durability",
			"async", "--log-level", "error")
	}
	large, err := exec.Command("sandkasse", "generate", "bsu", "--oppgaver", "max", "--org", "987654321", "--year",
		"2023").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := begin(t)
	for range 6 {
		if _, err := deliver(http.DefaultClient, p.url, "", uuid.New(), large); err != nil {
			t.Fatal(err)
		}
	}
	var document string
	kinds := 13
	if testing.Short() {
		kinds = 4
	}
	const party = "?party=urn:altinn:organization:identifier-no:987654321"
	for _, c := range []struct{ name, method, path, body string }{
		{"holdings", "GET", "/_sandkasse/holdings", ""},
		{"wait for calls", "GET", "/_sandkasse/calls?wait=120s&count=1000", ""},
		{"live calls", "GET", "/_sandkasse/calls/live", ""},
		{"generation", "POST", "/_sandkasse/generate/bsu", `{"count": 1000000}`},
		{"archive", "GET", "/_sandkasse/calls.har", ""},
		{"calls", "GET", "/_sandkasse/calls", ""},
		{"broken calls", "POST", "/_sandkasse/generate/bsu", `{"broken": true}`},
		{"search", "GET", "/_sandkasse/testdata/personer?kql=visningnavn:*a*b*c*", ""},
		{"slow scenario", "GET", "/_scenario/very-slow-then-ok/innrapporteringbsu/v1/2023", ""},
		{"large document", "GET", "DOCUMENT", ""},
		{"dialogs", "GET", "/dialogporten/api/v1/enduser/dialogs" + party, ""},
		{"unfinished body", "POST", "/innrapporteringbsu/v1/2023", "UNFINISHED"},
		{"compaction", "POST", "/_sandkasse/reset", ""},
	}[:kinds] {
		t.Run(c.name, func(t *testing.T) {
			if p == nil {
				p = begin(t)
			}
			if document == "" { // of this process, for the journal too
				answer, err := deliver(http.DefaultClient, p.url, "", uuid.New(), large)
				if err != nil {
					t.Fatal(err)
				}
				_, id, _ := strings.Cut(answer, `"forsendelseId":"`)
				id, _, _ = strings.Cut(id, `"`)
				document = "/innrapporteringbsu/v1/2023/forsendelser/" + id + "/dokumenter/" + id
			}
			c.path = strings.Replace(c.path, "DOCUMENT", document, 1)
			for range 2 { // who stay, and read nothing
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				conn.SetWriteDeadline(time.Now().Add(limit))
				length := len(c.body)
				if c.body == "UNFINISHED" {
					length += 1000
				}
				fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"+
					"Accept: */*\r\nContent-Length: %d\r\n\r\n%s", c.method, c.path, length, c.body)
			}
			var leaving sync.WaitGroup
			for range 16 { // who leave
				leaving.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
					defer cancel()
					r, err := http.NewRequestWithContext(ctx, c.method, p.url+c.path, strings.NewReader(c.body))
					if err != nil {
						t.Error(err)
						return
					}
					r.Header.Set("Content-Type", "application/json")
					if answer, err := http.DefaultClient.Do(r); err == nil {
						io.Copy(io.Discard, answer.Body)
						answer.Body.Close()
					}
				})
			}
			leaving.Wait()
			begun := time.Now()
			if err := p.stop(t, syscall.SIGTERM); err != nil {
				t.Errorf("ended with %v: %s", err, p.stderr)
			}
			took := time.Since(begun)
			t.Logf("ended after %v", took.Round(time.Millisecond))
			if took > termLimit {
				t.Errorf("ended after %v, which may be %v", took, termLimit)
			}
			p = nil
		})
	}
}
