package sessions

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// live is an open stream of calls.
type live struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
	id     string // of the last event that had one
}

func openLive(t *testing.T, client *http.Client, base, query string) *live {
	t.Helper()
	return resumeLive(t, client, base, query, "")
}

// resumeLive opens a stream that goes on after an event; one from now on where last is empty.
func resumeLive(t *testing.T, client *http.Client, base, query, last string) *live {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_sandkasse/calls/live"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
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

// next returns the next event, without its id; empty at the end of the stream.
func (l *live) next() (event, data string) {
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch {
		case name == "id":
			l.id = value
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

// call reads the next event, which must be a call, and returns its number.
func (l *live) call() int64 {
	l.t.Helper()
	event, data := l.next()
	var call struct{ Number int64 }
	if err := json.Unmarshal([]byte(data), &call); err != nil || event != "call" {
		l.t.Fatalf("the stream has %q %q", event, data)
	}
	return call.Number
}

// TestLive: calls arrive as they happen, those that fit and in their order, in their own session
// only.
func TestLive(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w, other := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b")
	all, good := openLive(t, http.DefaultClient, w.URL(""), ""),
		openLive(t, http.DefaultClient, w.URL(""), "?api=bsu&status=200&since=1")
	other.Delivered(1)
	w.MakeCalls()
	for want := int64(1); want <= 6; want++ {
		if got := all.call(); got != want {
			t.Errorf("call %d comes as %d", want, got)
		}
	}
	if got := good.call(); got != 2 {
		t.Errorf("of those that fit %d comes", got)
	}
	// A client that leaves is forgotten: what it held is let go, and the server closes at once
	// (TestCloseWithOpenStreams).
	all.cancel()
	w.Delivered(2)
	if got := good.call(); got != 7 {
		t.Errorf("after another has left comes %d", got)
	}
}

// TestLiveResumes: a stream that names the event it got last goes on after it, whatever happened to
// the session meanwhile.
func TestLiveResumes(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for name, test := range map[string]struct {
		meanwhile func(testkit.Client)
		query     string
		last      string // instead of the ID of the first call
		want      []int64
		missed    string // in an event before them
	}{
		"nothing":   {want: []int64{}},
		"two calls": {meanwhile: func(w testkit.Client) { w.Delivered(2); w.Delivered(3) }, want: []int64{2, 3}},
		"calls that fit": {
			meanwhile: func(w testkit.Client) { w.Call("GET", w.URL("")+"/nowhere", ""); w.Delivered(3) },
			query:     "?api=bsu", want: []int64{3},
		},
		"all from the start": {meanwhile: func(w testkit.Client) { w.Delivered(2) }, last: "0", want: []int64{1, 2}},
		"cleared": {meanwhile: func(w testkit.Client) {
			w.Delivered(2)
			w.Control("DELETE", "calls", "", nil)
			w.Delivered(3)
		}, want: []int64{3}},
		"reset": {meanwhile: func(w testkit.Client) {
			w.Control("POST", "reset", "", nil)
			w.Delivered(2)
			w.Delivered(3)
		}, want: []int64{1, 2}},
		"from another server": {last: "4711", want: []int64{1}, missed: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.NewClient(t, s, strings.ReplaceAll(name, " ", "-"))
			first := openLive(t, http.DefaultClient, w.URL(""), test.query)
			w.Delivered(1)
			if first.call() != 1 || first.id == "" {
				t.Fatalf("the first call has the ID %q", first.id)
			}
			first.cancel()
			if test.meanwhile != nil {
				test.meanwhile(w)
			}
			resumed := resumeLive(t, http.DefaultClient, w.URL(""), test.query, cmp.Or(test.last, first.id))
			if test.missed != "" {
				if event, data := resumed.next(); event != "missed" || data != test.missed {
					t.Errorf("the stream begins with %q %q, want missed %q", event, data, test.missed)
				}
			}
			for _, want := range test.want {
				if got := resumed.call(); got != want {
					t.Errorf("call %d comes, want %d", got, want)
				}
			}
			w.Call("GET", w.URL("bsu")+"/nowhere", "") // what comes after is live
			if _, data := resumed.next(); !strings.Contains(data, "nowhere") {
				t.Errorf("after what was missed comes %s", data)
			}
		})
	}
	for _, wrong := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		w := testkit.NewClient(t, s, "wrong")
		got := w.Call("GET", w.URL("")+"/_sandkasse/calls/live", "", "Last-Event-ID", wrong)
		if why := got.Header.Get("Sandkasse-Feil"); got.Status != 400 ||
			!strings.Contains(why, "Last-Event-ID is \""+wrong+"\"") {
			t.Errorf("%q is answered %d %s", wrong, got.Status, why)
		}
	}
}

// TestLiveResumesAfterOne: of two IDs of the last event none wins.
func TestLiveResumesAfterOne(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	r := httptest.NewRequest(http.MethodGet, "/_sandkasse/calls/live", nil)
	r.Header["Last-Event-Id"] = []string{"0", "1"}
	recorder := httptest.NewRecorder()
	s.Server().ServeHTTP(recorder, r)
	if recorder.Code != http.StatusBadRequest || !strings.Contains(recorder.Header().Get("Sandkasse-Feil"),
		"given 2 times") {
		t.Errorf("two are answered %d %s", recorder.Code, recorder.Body)
	}
}

// TestLiveResumesUnderLoad: a reader that breaks off and resumes while calls are made gets each of
// them once.
func TestLiveResumesUnderLoad(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	const callers, each = 4, 100
	stream := openLive(t, http.DefaultClient, w.URL(""), "")
	var calling sync.WaitGroup
	defer calling.Wait()
	for range callers {
		calling.Go(func() {
			for range each {
				w.Call("GET", w.URL("")+"/nowhere", "")
			}
		})
	}
	got := map[int64]bool{}
	for len(got) < callers*each {
		n := stream.call()
		if got[n] {
			t.Fatalf("call %d comes twice", n)
		}
		got[n] = true
		if len(got)%37 == 0 {
			stream.cancel()
			stream = resumeLive(t, http.DefaultClient, w.URL(""), "", stream.id)
		}
	}
}

// TestLiveMisses: a reader that does not keep up slows nobody down, gets what the journal still
// has, and learns how many calls it missed. So does one that resumes beyond the reach of the
// journal.
func TestLiveMisses(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	narrow := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				conn.(*net.TCPConn).SetReadBuffer(256 << 10)
			}
			return conn, err
		},
	}}
	defer narrow.CloseIdleConnections()
	slow := openLive(t, narrow, w.URL(""), "")
	const made = 3200 // more than the journal has room for, and what lies on the way to the reader
	long := strings.Repeat("x", 15<<10)
	for range made {
		w.Call("POST", w.URL("")+"/nowhere", long)
	}
	received, missed := slow.count(made)
	if missed == 0 || received+missed != made {
		t.Errorf("%d calls came and %d were missed, of %d", received, missed, made)
	}
	w.Delivered(1)
	if got := slow.call(); got != made+1 {
		t.Errorf("the next call is %d", got)
	}
	late := resumeLive(t, http.DefaultClient, w.URL(""), "", "1")
	received, missed = late.count(made)
	if missed == 0 || received+missed != made { // all but the first
		t.Errorf("to the one that resumes %d calls came and %d were missed, of %d", received, missed, made)
	}
}

// count reads events until so many calls have come or been missed.
func (l *live) count(all int) (received, missed int) {
	l.t.Helper()
	for received+missed < all {
		switch event, data := l.next(); event {
		case "call":
			received++
		case "missed":
			var err error
			if missed, err = strconv.Atoi(data); err != nil {
				l.t.Fatal(err)
			}
		default:
			l.t.Fatalf("after %d calls and %d missed ones the stream has ended with %q %q", received, missed, event,
				data)
		}
	}
	return received, missed
}

// TestLiveLasts: a stream outlives the limits that the listener has for calls, also while nothing
// happens.
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

// TestLiveHeartbeats: a stream in which nothing happens sends a comment every quarter of a minute,
// also one that was resumed with a filter that no call fits.
func TestLiveHeartbeats(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"", "0"} {
		synctest.Test(t, func(t *testing.T) {
			s, err := mock.New(mock.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			client := s.Client()
			defer client.CloseIdleConnections()
			response, err := client.Get(s.URL("") + "/nowhere")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			stream := resumeLive(t, client, s.URL(""), "?status=200", last)
			defer stream.cancel()
			began := time.Now() // of the bubble
			for range 4 {
				for stream.lines.Scan() && stream.lines.Text() != ":" {
				}
			}
			if took := time.Since(began); took != time.Minute {
				t.Errorf("four heartbeats of the stream resumed after %q took %s", last, took)
			}
		})
	}
}

// TestCloseWithOpenStreams: a server closes at once though streams are open, one of them to a
// reader that does not read, calls are waited for, and a scenario delays an answer. Whoever waits
// gets an answer or the end of the stream.
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
	s := mocktest.DefaultSession(t, server)
	w := testkit.NewClient(t, s, "a")
	reads, stalls := openLive(t, http.DefaultClient, w.URL(""), ""), openLive(t, http.DefaultClient, w.URL(""), "")
	long := strings.Repeat("x", 15<<10)
	go func() { // so that the one that reads does not stall
		for event, _ := reads.next(); event != ""; event, _ = reads.next() {
		}
		reads.cancel()
	}()
	for range 800 { // more than the one that does not read can hold
		w.Call("POST", w.URL("")+"/nowhere", long)
	}
	var waiting sync.WaitGroup
	answers := make(chan testkit.Response, 2)
	begun := callsOf(w, "a")
	sent := make(chan struct{})
	traced := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) },
	})
	asks, err := http.NewRequestWithContext(traced, "GET", w.URL("")+"/_sandkasse/calls?api=kobo&wait=2m", nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting.Go(func() {
		response, text := testkit.Send(t, &http.Client{Transport: &http.Transport{}}, asks)
		answers <- testkit.Response{Status: response.StatusCode, Header: response.Header, Body: text}
	})
	<-sent
	waiting.Go(func() { answers <- w.Deliver(1, "Sandkasse-Scenario", "slow;ms=120000") })
	for callsOf(w, "a") == begun {
	}
	began := time.Now()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > time.Minute {
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
