package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// maxAnon bounds the anonymous memory of a server, in MiB, whatever its callers do.
const maxAnon = 256

// anon returns the anonymous memory of a process in MiB. The test is skipped where there is no
// /proc to read it from.
func anon(t testing.TB, p *process) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Skipf("the memory of a process cannot be read here: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest + " x")[0])
	if err != nil {
		t.Skipf("/proc does not say RssAnon here: %v", err)
	}
	return kilobytes >> 10
}

// watchAnon measures a process until stop is called, which returns the greatest anonymous memory.
func watchAnon(t testing.TB, p *process) (stop func() int) {
	greatest := anon(t, p)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for ticker := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				ticker.Stop()
				return
			case <-ticker.C:
			}
			greatest = max(greatest, anon(t, p))
		}
	}()
	return func() int {
		close(done)
		<-stopped
		return greatest
	}
}

// open connects to a server.
func open(t testing.TB, p *process) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// tokenFor returns a token of the organisation of the example.
func tokenFor(t testing.TB) string {
	t.Helper()
	text, err := exec.Command("sandkasse", "token", "--api", "bsu", "--org", "987654321", "--ttl", "1h").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// mustDeliver delivers the example, and fails where that takes longer than limit.
func mustDeliver(t testing.TB, p *process, token string) {
	t.Helper()
	client := &http.Client{Timeout: limit, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	if _, err := deliver(client, p.url, token, uuid.New(), example(t)); err != nil {
		t.Errorf("a good client is not answered: %v", err)
	}
}

// largeDelivery returns a delivery of nearly ten megabytes.
func largeDelivery(t testing.TB) []byte {
	t.Helper()
	text, err := exec.Command("sandkasse", "generate", "bsu", "--year", "2023", "--org", "987654321", "--oppgaver",
		"max").Output()
	if err != nil || len(text) < 9<<20 || len(text) > 10<<20 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	return text
}

// TestLargeBodiesAtOnce: a hundred large bodies that nobody accounts for, all of them open at once,
// leave memory and good clients alone, and get their answers.
func TestLargeBodiesAtOnce(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	const clients = 100
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error")
	token, body := tokenFor(t), largeDelivery(t)
	stop := watchAnon(t, p)
	var sent, answered sync.WaitGroup
	finish, answers := make(chan struct{}), make(chan string, clients)
	for range clients {
		conn := open(t, p)
		conn.SetDeadline(time.Now().Add(3 * limit))
		sent.Add(1)
		answered.Go(func() {
			fmt.Fprintf(conn, "POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: sandkasse\r\nContent-Type: "+
				"application/json\r\nContent-Length: %d\r\n\r\n", len(body))
			conn.Write(body[:len(body)-1])
			sent.Done()
			<-finish
			conn.Write(body[len(body)-1:])
			line, err := bufio.NewReader(conn).ReadString('\n')
			answers <- fmt.Sprint(line, err)
		})
	}
	sent.Wait() // all but the last byte of each
	mustDeliver(t, p, token)
	close(finish)
	answered.Wait()
	isWithin(t, stop())
	close(answers)
	for answer := range answers {
		if !strings.HasPrefix(answer, "HTTP/1.1 401 ") {
			t.Errorf("answered %q", answer)
		}
	}
	isGivenBack(t, p)
}

// TestLargeDeliveriesAtOnce: a hundred large deliveries at once are delivered, or refused in
// sandkasse's own words.
func TestLargeDeliveriesAtOnce(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	clients := 20
	if long() {
		clients = 100
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
	token, body := tokenFor(t), largeDelivery(t)
	stop := watchAnon(t, p)
	var mu sync.Mutex
	var all sync.WaitGroup
	answers := map[string]int{}
	for range clients {
		all.Go(func() {
			client := &http.Client{Timeout: 4 * limit, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			_, err := deliver(client, p.url, token, uuid.New(), body)
			answer := "200"
			if err != nil {
				answer = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			answers[answer]++
		})
	}
	began := time.Now()
	mustDeliver(t, p, token)
	t.Logf("a good client is answered after %s", time.Since(began))
	all.Wait()
	if greatest := stop(); greatest >= maxAnon {
		t.Errorf("%d MiB are taken", greatest)
	} else {
		t.Logf("%d MiB are taken, and %d clients are answered in %s", greatest, clients, time.Since(began))
	}
	for answer, n := range answers {
		t.Logf("%d: %s", n, answer)
		if answer != "200" && !strings.HasPrefix(answer, "503 Service Unavailable: sandkasse holds") {
			t.Errorf("answered %s", answer)
		}
	}
	if answers["200"] == 0 {
		t.Error("nothing is delivered")
	}
	isGivenBack(t, p)
}

// long reports whether trials run long.
func long() bool { return os.Getenv("SANDKASSE_TEST_LONG") != "" }

// isGivenBack fails unless a server takes little memory again after a while.
func isGivenBack(t testing.TB, p *process) {
	t.Helper()
	now := 0
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		if now = anon(t, p); now < maxAnon/2 {
			t.Logf("%d MiB are taken in the end", now)
			return
		}
	}
	t.Errorf("%d MiB are still taken %s after the last call", now, limit)
}

// TestUnreadExports: three hundred readers who ask for all calls and never read leave memory and
// good clients alone.
func TestUnreadExports(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	readers := 300
	if testing.Short() {
		readers = 50
	}
	exports := []string{"calls.har"}
	if long() {
		exports = append(exports, "calls", "calls?wait=1s")
	}
	for _, export := range exports {
		t.Run(export, func(t *testing.T) {
			p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
			token := tokenFor(t)
			fill(t, p, token, 1500)
			stop := watchAnon(t, p)
			for range readers {
				fmt.Fprintf(open(t, p), "GET /_sandkasse/%s HTTP/1.1\r\nHost: localhost\r\n\r\n", export)
			}
			for range 20 {
				mustDeliver(t, p, token)
			}
			isWithin(t, stop())
		})
	}
}

// isWithin fails where the greatest memory that a server took, in MiB, is maxAnon or more.
func isWithin(t *testing.T, greatest int) {
	t.Helper()
	t.Logf("%d MiB are taken", greatest)
	if greatest >= maxAnon {
		t.Errorf("that is too much; it must be less than %d", maxAnon)
	}
}

// TestUnreadHoldings: large lists of the control API that nobody reads leave memory and good
// clients alone.
func TestUnreadHoldings(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	readers := 50
	if long() {
		readers = 300
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
	token := tokenFor(t)
	if _, err := deliver(http.DefaultClient, p.url, token, uuid.New(), largeDelivery(t)); err != nil {
		t.Fatal(err)
	}
	stop := watchAnon(t, p)
	for range readers {
		fmt.Fprint(open(t, p), "GET /_sandkasse/holdings HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	for range 20 {
		mustDeliver(t, p, token)
	}
	isWithin(t, stop())
}

// TestUnreadDocuments: large answers of an API that nobody reads leave memory and good clients
// alone.
func TestUnreadDocuments(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	const readers = 300
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
	token := tokenFor(t)
	answer, err := deliver(http.DefaultClient, p.url, token, uuid.New(), largeDelivery(t))
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(answer, `"forsendelseId":"`)
	id, _, _ = strings.Cut(id, `"`)
	stop := watchAnon(t, p)
	for range readers {
		fmt.Fprintf(open(t, p), "GET /innrapporteringbsu/v1/2023/forsendelser/%s/dokumenter/%s HTTP/1.1\r\n"+
			"Host: localhost\r\nAuthorization: Bearer %s\r\n\r\n", id, id, token)
	}
	for range 20 {
		mustDeliver(t, p, token)
	}
	isWithin(t, stop())
}

// TestManyCalls: the anonymous memory of a server does not grow with the number of its calls. Some
// thousand of them; SANDKASSE_TEST_CALLS=1000000 makes more, and then it must be flat from 100,000
// on.
func TestManyCalls(t *testing.T) {
	withoutRaceDetector(t)
	t.Parallel()
	const settled = 100_000
	calls := 8_000
	if more := os.Getenv("SANDKASSE_TEST_CALLS"); more != "" {
		var err error
		if calls, err = strconv.Atoi(more); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error", "--durability", "async")
	token, body := tokenFor(t), example(t)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: limit}
	defer client.CloseIdleConnections()
	known := uuid.New()
	var made atomic.Int64
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for n := made.Add(1); n <= int64(calls); n = made.Add(1) {
				key, with := known, token
				switch n % 10 {
				case 0:
					key = uuid.New() // a new delivery
				case 1:
					with = "none" // refused
				}
				if _, err := deliver(client, p.url, with, key, body); err != nil && with == token {
					t.Error(err)
					return
				}
			}
		})
	}
	greatest := map[bool]int{} // before and after it has settled
	began := time.Now()
	for last := int64(0); made.Load() < int64(calls); <-time.After(20 * time.Millisecond) {
		n := made.Load()
		greatest[n > settled] = max(greatest[n > settled], anon(t, p))
		if n/settled > last/settled {
			t.Logf("after %d calls %d MiB are taken, %s", n, anon(t, p), time.Since(began))
		}
		last = n
	}
	workers.Wait()
	t.Logf("%d calls in %s: up to %d MiB before %d calls, %d after, %d in the end", calls, time.Since(began),
		greatest[false], settled, greatest[true], anon(t, p))
	if greatest[false] >= maxAnon || greatest[true] > greatest[false]+greatest[false]/4 {
		t.Errorf("memory grows: %v", greatest)
	}
}

// fill delivers the example again and again.
func fill(t testing.TB, p *process, token string, calls int) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: limit}
	defer client.CloseIdleConnections()
	body := bytes.TrimSpace(example(t))
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range calls / 8 {
				if _, err := deliver(client, p.url, token, uuid.New(), body); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
}
