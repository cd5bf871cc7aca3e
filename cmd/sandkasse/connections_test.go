package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestFewFiles: where a process may have few files open, idle connections make place for a new
// client, the longest idle first, whether they have never sent anything or were answered before.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no limit of open files to set on Windows")
	}
	program, err := exec.LookPath("sandkasse")
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"", "GET /_sandkasse/health HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		p := start(t, "sh", "-c", `ulimit -n 128; exec "$0" "$@"`, program, "--addr", "127.0.0.1:0", "--log-level",
			"error")
		busy := open(t, p) // in the middle of a request, and older than all others
		busy.SetDeadline(time.Now().Add(limit))
		io.WriteString(busy, "GET /_sandkasse/health HTTP/1.1\r\n")
		ready, err := http.Get(p.url + "/_sandkasse/health") // so the server has read what came before
		if err != nil {
			t.Fatal(err)
		}
		ready.Body.Close()
		for range 200 {
			conn := open(t, p)
			if io.WriteString(conn, request); request != "" {
				conn.SetDeadline(time.Now().Add(limit))
				if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
					t.Fatalf("a client beside idle ones: %v", err)
				}
			}
		}
		token := tokenFor(t)
		for range 10 {
			mustDeliver(t, p, token)
		}
		io.WriteString(busy, "Host: localhost\r\n\r\n")
		if answer, err := http.ReadResponse(bufio.NewReader(busy), nil); err != nil || answer.StatusCode != 200 {
			t.Errorf("the request that had begun is not answered: %v", err)
		}
		if err := p.stop(t, syscall.SIGTERM); err != nil {
			t.Errorf("ended with %v: %s", err, p.stderr)
		}
	}
}

// TestSlowClients: clients who send nothing, or their header or body byte by byte, hardly slow a
// good one down. Some hundred of them; with SANDKASSE_TEST_LONG 9,000 idle ones, 2,000 slow headers
// and 2,000 slow bodies, which need 14,000 files.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	idle, headers, bodies, calls := 200, 100, 100, 200
	if long() {
		idle, headers, bodies, calls = 9000, 2000, 2000, 2000
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
	token := tokenFor(t)
	alone := percentiles(t, p, token, calls)
	address := strings.TrimPrefix(p.url, "http://")
	ended := make(chan struct{})
	var clients sync.WaitGroup
	var connected atomic.Int64
	slow := func(n int, begin, more string) {
		for range n {
			clients.Go(func() {
				for {
					conn, err := net.Dial("tcp", address)
					if err != nil {
						t.Error(err)
						return
					}
					connected.Add(1)
					io.WriteString(conn, begin)
					for err == nil { // until the server has enough of it
						select {
						case <-ended:
							conn.Close()
							return
						case <-time.After(500 * time.Millisecond):
							_, err = io.WriteString(conn, more)
						}
					}
					conn.Close()
				}
			})
		}
	}
	slow(idle, "", "")
	slow(headers, "POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "x")
	slow(bodies, fmt.Sprintf("POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: localhost\r\n"+
		"Authorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{", token), " ")
	waitFor(t, func() bool { return connected.Load() >= int64(idle+headers+bodies) })
	beside := percentiles(t, p, token, calls)
	memory := anon(t, p)
	close(ended)
	clients.Wait()
	t.Logf("alone p50 %s, p99 %s; beside %d slow clients p50 %s, p99 %s; %d MiB are taken",
		alone[0], alone[1], idle+headers+bodies, beside[0], beside[1], memory)
	if beside[1] > limit/6 {
		t.Errorf("a good client waits %s beside slow ones, and %s alone", beside[1], alone[1])
	}
	if memory >= maxAnon {
		t.Errorf("%d MiB are taken", memory)
	}
}

// percentiles delivers so often, and returns the time that half and all but a hundredth of the
// deliveries took at most.
func percentiles(t *testing.T, p *process, token string, calls int) [2]time.Duration {
	var times []time.Duration
	for range calls {
		began := time.Now()
		mustDeliver(t, p, token)
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return [2]time.Duration{times[len(times)/2], times[len(times)*99/100]}
}
