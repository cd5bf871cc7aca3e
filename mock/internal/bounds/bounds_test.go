package bounds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// limit bounds every wait of a test.
const limit = 30 * time.Second

// budgets returns budgets of a size each, with patience and waits that never end unless they are
// set.
func budgets(size int64) *Memory {
	m := &Memory{Limits: Limits{Wait: limit, Patience: time.Hour, Stall: limit}}
	m.Bodies, m.SmallBodies = newBudget(size, &m.Limits, &m.large), newBudget(size, &m.Limits, nil)
	m.Work, m.SmallWork = newBudget(size, &m.Limits, &m.large), newBudget(size, &m.Limits, nil)
	m.Answers = newBudget(size, &m.Limits, &m.large)
	m.Lists, m.Reads = newBudget(2, &m.Limits, nil), newBudget(4, &m.Limits, nil)
	return m
}

// isFree fails unless nothing is held of any budget.
func isFree(t *testing.T, m *Memory) {
	t.Helper()
	for _, b := range []*Budget{m.Bodies, m.SmallBodies, m.Work, m.SmallWork, m.Answers} {
		all, ok := b.TryReserve(b.size)
		if !ok {
			t.Errorf("not all of a budget of %d bytes is free", b.size)
		}
		all.Release()
	}
	if m.large.count != 0 {
		t.Errorf("%d large calls are under way", m.large.count)
	}
}

// TestBudget: what is held is not given out again, waits end, and more than everything is
// everything.
func TestBudget(t *testing.T) {
	t.Parallel()
	m := budgets(100)
	first, ok := m.Bodies.TryReserve(60)
	if !ok || !first.Held() {
		t.Fatal("there is no room in an empty budget")
	}
	if _, ok := m.Bodies.TryReserve(60); ok {
		t.Error("the same room is given out twice")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Bodies.Reserve(ended, 60); !errors.Is(err, ErrExhausted) {
		t.Errorf("who has gone gets %v", err)
	}
	second := make(chan Reservation)
	go func() {
		r, err := m.Bodies.Reserve(t.Context(), 1000)
		if err != nil {
			t.Error(err)
		}
		second <- r
	}()
	first.Release()
	first.Release()
	all := <-second
	if _, ok := m.Bodies.TryReserve(1); ok {
		t.Error("there is room beside everything")
	}
	m.Limits.Wait = time.Millisecond
	if _, err := m.Bodies.Reserve(t.Context(), 1); !errors.Is(err, ErrExhausted) {
		t.Errorf("who waited in vain gets %v", err)
	}
	all.Release()
	isFree(t, m)
}

// TestSlowCallers: a caller who is slow keeps its room until another call waits for it, whichever
// of the two comes first.
func TestSlowCallers(t *testing.T) {
	t.Parallel()
	for _, patience := range []time.Duration{0, 50 * time.Millisecond} {
		m := budgets(100)
		m.Limits.Patience = patience
		slow, _ := m.Bodies.TryReserve(100)
		ended := make(chan struct{})
		stop := slow.Watch(func() { close(ended) })
		if patience == 0 {
			<-time.After(10 * time.Millisecond) // mostly enough to have been found slow; right in either case
		}
		select {
		case <-ended:
			t.Error("ended though nobody waits")
		default:
		}
		go func() {
			<-ended
			stop()
			slow.Release()
		}()
		next, err := m.Bodies.Reserve(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		next.Release()

		quick, _ := m.Bodies.TryReserve(100)
		quick.Watch(func() { t.Error("ended after its watch was stopped") })()
		m.Limits.Wait = time.Millisecond
		if _, err := m.Bodies.Reserve(t.Context(), 1); !errors.Is(err, ErrExhausted) {
			t.Errorf("got %v", err)
		}
		quick.Release()
		isFree(t, m)
	}
}

// TestReadBody: a body is what io.LimitReader would give, whatever its length and the limit, and
// all of its room is given back.
func TestReadBody(t *testing.T) {
	t.Parallel()
	m := budgets(4 << 20)
	lengths := []int{
		0, 1, firstBuffer - 1, firstBuffer, firstBuffer + 1, Small - 1, Small, Small + 1, 1 << 20, 1<<20 + 1,
	}
	for _, limit := range []int{0, 100, firstBuffer, Small - 1, Small, 1 << 20} {
		for _, length := range lengths {
			for _, declared := range []bool{true, false} {
				sent := strings.Repeat("0123456789", length/10+1)[:length]
				r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(sent))
				if !declared {
					r.ContentLength = -1
				}
				body, err := m.ReadBody(httptest.NewRecorder(), r, int64(limit), nil)
				if err != nil || len(body.Bytes) != min(length, limit+1) {
					t.Errorf("of %d bytes up to %d, %d are read: %v", length, limit, len(body.Bytes), err)
				}
				if !strings.HasPrefix(sent, string(body.Bytes)) {
					t.Errorf("%d bytes are not what was sent", length)
				}
				if left, _ := io.ReadAll(r.Body); len(left) != max(0, length-limit-1) {
					t.Errorf("of %d bytes up to %d, %d are left", length, limit, len(left))
				}
				if over := int64(cap(body.Bytes)) - body.space.held; over > 0 {
					t.Errorf("a body has %d bytes more than room", over)
				}
				body.Release()
			}
		}
	}
	broken := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("abc"), brokenReader{}))
	body, err := m.ReadBody(httptest.NewRecorder(), broken, 10, nil)
	if err == nil || string(body.Bytes) != "abc" {
		t.Errorf("a broken body is %q, %v", body.Bytes, err)
	}
	body.Release()
	isFree(t, m)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestBodyWithoutSpace: while there is no room, a body that nobody needs is not kept, another waits
// and is refused in the end, and one that fits in what is left is read.
func TestBodyWithoutSpace(t *testing.T) {
	t.Parallel()
	m := budgets(1 << 20)
	all, _ := m.Bodies.TryReserve(1 << 20)
	m.Limits.Wait = time.Millisecond
	for _, test := range []struct {
		length   int
		unneeded bool
		want     error
	}{{Small, true, nil}, {Small + 1, true, ErrNotKept}, {Small + 1, false, ErrExhausted}} {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(make([]byte, test.length)))
		body, err := m.ReadBody(httptest.NewRecorder(), r, 1<<20, func() bool { return test.unneeded })
		if !errors.Is(err, test.want) {
			t.Errorf("%d bytes, unneeded %t: %v, want %v", test.length, test.unneeded, err, test.want)
		}
		body.Release()
	}
	all.Release()
	isFree(t, m)
}

// TestSlowSender: who declares a long body and stops sending it loses the room to another.
func TestSlowSender(t *testing.T) {
	t.Parallel()
	m := budgets(1 << 20)
	m.Limits.Patience = 20 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := m.ReadBody(w, r, 1<<20, nil)
		defer body.Release()
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, len(body.Bytes), err)
	}))
	defer server.Close()
	slow, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	slow.SetDeadline(time.Now().Add(limit))
	fmt.Fprintf(slow, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 1<<20)
	slow.Write(make([]byte, Small+1))
	for deadline := time.Now().Add(limit); ; { // until it has the room
		other, ok := m.Bodies.TryReserve(1 << 20)
		other.Release()
		if !ok {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the slow one never takes room")
		}
	}
	answer, err := http.Post(server.URL, "", bytes.NewReader(make([]byte, 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); string(text) != fmt.Sprint(1<<20, error(nil)) {
		t.Errorf("the other is answered %s", text)
	}
	text, err := io.ReadAll(slow)
	if !strings.HasPrefix(string(text), "HTTP/1.1 503 ") || !strings.Contains(string(text), "Connection: close") {
		t.Errorf("the slow one is answered %q, %v", text, err)
	}
}

// TestStalledReader: a writer gives up on a reader who does not read.
func TestStalledReader(t *testing.T) {
	t.Parallel()
	m := budgets(64 << 20)
	m.Limits.Stall = 20 * time.Millisecond
	ended := make(chan error)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		space, _ := m.Answers.TryReserve(64 << 20)
		defer space.Release()
		ended <- m.WriteLarge(w, make([]byte, 64<<20), &space)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	select {
	case err := <-ended:
		if err == nil {
			t.Error("64 MiB are written to nobody")
		}
	case <-time.After(limit):
		t.Error("the answer is written for ever")
	}
}

// TestWorkSpace: the room for a document is that of its values in memory, or more.
func TestWorkSpace(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("1,", 300_000) + "1", strings.Repeat("{},", 300_000) + "1", strings.Repeat("[],", 300_000) + "1",
		strings.Repeat(`{"a":1},`, 100_000) + "1",
		strings.Repeat(`{"name":"value","other":[1,true,null]},`, 50_000) + "1",
	} {
		body := []byte("[" + text + "]")
		var before, after runtime.MemStats
		var document any
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&document); err != nil {
			t.Fatal(err)
		}
		d = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		taken := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		if space := workSpace(body); space < taken*9/10 || space > 6*taken {
			t.Errorf("%.30s… takes %d bytes, and room for %d", body, taken, space)
		}
		runtime.KeepAlive(document)
		runtime.KeepAlive(d)
	}
}

// TestLarge: large calls are reported when the first begins, and when the last is over.
func TestLarge(t *testing.T) {
	t.Parallel()
	m := budgets(100)
	var reports []bool
	m.large.notify = func(underWay bool) { reports = append(reports, underWay) }
	end := m.Large()
	other, _ := m.Answers.TryReserve(100)
	end()
	m.large.over()
	if want := []bool{true}; !slices.Equal(reports, want) || m.large.timer != nil {
		t.Errorf("reported is %v while a large call is under way", reports)
	}
	other.Release()
	if m.large.timer == nil {
		t.Error("the end would never be reported")
	}
	m.large.over()
	m.large.over()
	if want := []bool{true, false}; !slices.Equal(reports, want) {
		t.Errorf("reported is %v, want %v", reports, want)
	}
	isFree(t, m)
}
