package mock_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// live is an open stream of calls.
type live struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func openLive(t *testing.T, client *http.Client, base, query string) *live {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_sandkasse/calls/live"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("answered %s, %s", response.Status, response.Header)
	}
	l := &live{t: t, lines: bufio.NewScanner(response.Body), cancel: cancel}
	l.lines.Buffer(nil, 1<<20)
	if l.lines.Scan(); !strings.HasPrefix(l.lines.Text(), ": calls of the session") { // now it is subscribed
		t.Fatalf("the stream begins with %q", l.lines.Text())
	}
	return l
}

// next is the next event, without its id; empty at the end of the stream.
func (l *live) next() (event, data string) {
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name == "data":
			data = value
		case l.lines.Text() == "" && event != "":
			return event, data
		}
	}
	return "", ""
}

// call is the next event, which must be a call; it gives its number.
func (l *live) call() int64 {
	l.t.Helper()
	event, data := l.next()
	var call struct{ Number int64 }
	if err := json.Unmarshal([]byte(data), &call); err != nil || event != "call" {
		l.t.Fatalf("the stream has %q %q", event, data)
	}
	return call.Number
}

// TestLive: calls arrive as they happen, those that fit and in their order, in their own session only.
func TestLive(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w, other := worldOf(t, s, "a"), worldOf(t, s, "b")
	all, good := openLive(t, http.DefaultClient, w.URL(""), ""), openLive(t, http.DefaultClient, w.URL(""), "?api=bsu&status=200&since=1")
	other.delivered(1)
	w.several()
	for want := int64(1); want <= 6; want++ {
		if got := all.call(); got != want {
			t.Errorf("call %d comes as %d", want, got)
		}
	}
	if got := good.call(); got != 2 {
		t.Errorf("of those that fit %d comes", got)
	}
	// A client that leaves is forgotten: what it held is let go, and the server closes at once (TestCloseWithOpenStreams).
	all.cancel()
	w.delivered(2)
	if got := good.call(); got != 7 {
		t.Errorf("after another has left comes %d", got)
	}
}

// TestLiveMisses: a reader that does not keep up is told how many calls it missed, and slows nobody down.
func TestLiveMisses(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := worldOf(t, s, "a")
	narrow := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			conn.(*net.TCPConn).SetReadBuffer(256 << 10)
		}
		return conn, err
	}}}
	defer narrow.CloseIdleConnections()
	slow := openLive(t, narrow, w.URL(""), "")
	const made = 1200
	long := strings.Repeat("x", 15<<10)
	for range made {
		w.call("POST", w.URL("")+"/nowhere", long)
	}
	received, missed := 0, 0
	for received+missed < made {
		switch event, data := slow.next(); event {
		case "call":
			received++
		case "missed":
			var err error
			if missed, err = strconv.Atoi(data); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("after %d calls and %d missed ones the stream has ended with %q %q", received, missed, event, data)
		}
	}
	if missed == 0 || received+missed != made {
		t.Errorf("%d calls came and %d were missed, of %d", received, missed, made)
	}
	w.delivered(1)
	if got := slow.call(); got != made+1 {
		t.Errorf("the next call is %d", got)
	}
}

// TestLiveLasts: a stream outlives the limits that the listener has for calls, also while nothing happens.
func TestLiveLasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := mock.New(mock.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		client := s.Client()
		defer client.CloseIdleConnections()
		stream := openLive(t, client, s.URL(""), "")
		defer stream.cancel()
		got := make(chan int64)
		go func() { got <- stream.call() }()
		time.Sleep(time.Hour) // of the bubble
		response, err := client.Get(s.URL("") + "/nowhere")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := <-got; got != 1 {
			t.Errorf("after an hour comes call %d", got)
		}
	})
}

// TestCloseWithOpenStreams: a server closes at once though streams are open, one of them to a reader that does not read, calls are waited for,
// and a scenario delays an answer. Whoever waits gets an answer or the end of the stream.
func TestCloseWithOpenStreams(t *testing.T) {
	t.Parallel()
	server, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s := &mocktest.Server{Server: server}
	w := worldOf(t, s, "a")
	reads, stalls := openLive(t, http.DefaultClient, w.URL(""), ""), openLive(t, http.DefaultClient, w.URL(""), "")
	long := strings.Repeat("x", 15<<10)
	go func() { // so that the one that reads does not stall
		for event, _ := reads.next(); event != ""; event, _ = reads.next() {
		}
		reads.cancel()
	}()
	for range 800 { // more than the one that does not read can hold
		w.call("POST", w.URL("")+"/nowhere", long)
	}
	var waiting sync.WaitGroup
	answers := make(chan answer, 2)
	begun := callsOf(w, "a")
	waiting.Go(func() { answers <- w.call("GET", w.URL("")+"/_sandkasse/calls?api=kobo&wait=2m", "") })
	waiting.Go(func() { answers <- w.post(1, "Sandkasse-Scenario", "slow;ms=120000") })
	for callsOf(w, "a") == begun {
	}
	began := time.Now()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Close took %s", took)
	}
	waiting.Wait()
	for range 2 {
		if got := <-answers; got.Status != http.StatusOK {
			t.Errorf("who waited is answered %d %s", got.Status, got.Body)
		}
	}
	for event, _ := stalls.next(); event != ""; event, _ = stalls.next() { // to its end
	}
}
