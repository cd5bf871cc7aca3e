package sessions

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// limit bounds every wait of a test.
const limit = 30 * time.Second

// openUnread opens a live stream over TCP and reads nothing but its first line.
func openUnread(t testing.TB, s *mock.Server, session string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(""), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /_session/%s/_sandkasse/calls/live HTTP/1.1\r\nHost: localhost\r\n\r\n", session)
	begin := make([]byte, 12)
	conn.SetReadDeadline(time.Now().Add(limit))
	if _, err := io.ReadFull(conn, begin); err != nil || string(begin) != "HTTP/1.1 200" {
		t.Fatalf("a stream begins with %q, %v", begin, err)
	}
	return conn
}

// BenchmarkBesideStreams measures deliveries alone and beside 500 live streams that nobody reads.
func BenchmarkBesideStreams(b *testing.B) {
	example, err := examples.Embedded().Open("bsu.json")
	if err != nil {
		b.Fatal(err)
	}
	text, _ := io.ReadAll(example)
	for _, streams := range []int{0, 500} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			s, err := mock.New(mock.Options{Auth: mock.Off})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if err := s.Start("127.0.0.1:0"); err != nil {
				b.Fatal(err)
			}
			for range streams {
				openUnread(b, s, "suite")
			}
			i := 0
			for b.Loop() {
				i++
				if w := deliverBench(s, "suite", text, i); w.Code != http.StatusOK {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
}

// TestUnreadStreams: live streams that nobody reads end after a while, and a delivery does not wait
// for them.
func TestUnreadStreams(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{Auth: mock.Off})
	backend.Of(s).Memory.Limits.Stall = 50 * time.Millisecond
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var streams []net.Conn
	for range 20 {
		streams = append(streams, openUnread(t, s, "suite"))
	}
	long := "/nothing/" + strings.Repeat("x", 1<<18)
	for range 100 { // far more than the buffers of a connection take
		r := httptest.NewRequest(http.MethodGet, long, nil)
		r.Header.Set("Sandkasse-Session", "suite")
		began := time.Now()
		s.ServeHTTP(httptest.NewRecorder(), r)
		if took := time.Since(began); took > limit/3 {
			t.Fatalf("a call beside unread streams takes %s", took)
		}
	}
	<-time.After(100 * time.Millisecond) // twice the stall; more may be needed, which the deadline below gives
	for _, stream := range streams {
		stream.SetReadDeadline(time.Now().Add(limit))
		if _, err := io.Copy(io.Discard, stream); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatal("a stream that nobody read has not ended")
		}
	}
}

// TestTooManyStreams: the number of live streams is bounded, and one that ends makes place.
func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	const allowed = 1000
	s := testkit.NewServer(t, mock.Options{})
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	first := openUnread(t, s, "a")
	for range allowed - 1 {
		openUnread(t, s, "b")
	}
	ask := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL("")+"/_sandkasse/calls/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	if answer := ask(); answer.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(answer.Header.Get("Sandkasse-Feil"), "1000") {
		t.Errorf("one more is answered %s, %v", answer.Status, answer.Header)
	}
	first.Close()
	for deadline := time.Now().Add(limit); ask().StatusCode != http.StatusOK; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a stream that has ended makes no place")
		}
	}
}
