package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// TestIdle: a server answers beside many TLS connections on which nothing happens and half-open
// tunnels, with bounded memory, and closes at once with all of them, leaving nothing behind.
// SANDKASSE_TEST_IDLE sets their number.
func TestIdle(t *testing.T) {
	number := 200
	if more := os.Getenv("SANDKASSE_TEST_IDLE"); more != "" {
		var err error
		if number, err = strconv.Atoi(more); err != nil {
			t.Fatal(err)
		}
	}
	goroutines := runtime.NumGoroutine()
	server, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s := mocktest.DefaultSession(t, server)
	config := trusting(s)
	config.ServerName = "test.maskinporten.no"
	before := heap()
	var idle []net.Conn
	defer func() {
		for _, conn := range idle {
			conn.Close()
		}
	}()
	for range number {
		conn, err := tls.Dial("tcp", port(s), config)
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
	}
	for range number / 10 {
		at := dial(t, s)
		if response, _ := at.send("CONNECT", connect+end); response.StatusCode != http.StatusOK {
			t.Fatal(response.Status)
		}
		idle = append(idle, at)
	}
	grown := (heap() - before) / number
	t.Logf("%d bytes for each connection, of both sides", grown)
	if grown > 200_000 {
		t.Errorf("each connection takes %d bytes", grown)
	}
	client := pointed(t, s, (*http.Protocols).SetHTTP2)
	if response, body := get(t, client, "https://test.maskinporten.no"+metadata); response.StatusCode != 200 {
		t.Errorf("beside them: %s %s", response.Status, body)
	}
	client.CloseIdleConnections()
	began := time.Now()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("closing took %s", took)
	}
	for _, conn := range idle {
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a connection is open after that: %v", err)
		}
		conn.Close()
	}
	for began := time.Now(); runtime.NumGoroutine() > goroutines+5; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%d goroutines are left, of %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// heap returns the bytes that are in use.
func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapInuse + stats.StackInuse)
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestLog: the log says who was refused and why: a client that does not trust the CA, one that asks
// for a name that is not imitated, a host that the proxy does not answer for, and what is no HTTP.
func TestLog(t *testing.T) {
	t.Parallel()
	var log, otherLog buffer
	s, other := logging(t, &log), logging(t, &otherLog)
	if _, err := tls.Dial("tcp", port(s), &tls.Config{ServerName: "test.maskinporten.no"}); err == nil {
		t.Error("a client trusts the CA unasked")
	}
	waitFor(t, &log, "it must trust the CA that sandkasse ca prints")
	config := trusting(other)
	config.ServerName = "www.example.org"
	if _, err := tls.Dial("tcp", port(other), config); err == nil ||
		!strings.Contains(err.Error(), "www.example.org") {
		t.Errorf("a client reaches a foreign host: %v", err)
	}
	waitFor(t, &otherLog, "start the server with --hosts www.example.org")
	if response, _ := dial(t, s).send("CONNECT", "CONNECT www.example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n"); response.
		StatusCode != http.StatusForbidden {
		t.Errorf("a tunnel to a foreign host: %s", response.Status)
	}
	for _, nonsense := range []string{
		"\x00\x01\x02 not HTTP\r\n\r\n", "\xff\xfe not HTTP\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
		"\r\n\r\n", "GET /\r\n", "PRI\r\n", // shorter than what tells HTTP/2
	} {
		began := time.Now()
		at := dial(t, s)
		if _, err := io.WriteString(at, nonsense); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(at)
		if !strings.Contains(string(text), "Sandkasse-Feil: ") {
			t.Errorf("%q is answered %q: %v", nonsense, text, err)
		}
		if took := time.Since(began); took > 5*time.Second { // of the ten that a connection has
			t.Errorf("%q is answered after %s", nonsense, took)
		}
	}
	if err := s.Server().Close(); err != nil { // which logs what was counted
		t.Error(err)
	}
	for _, want := range []string{
		"the proxy refused a request", "host=www.example.org:443", "a request could not be read", "times=5",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
}

// logging returns a server that listens and logs.
func logging(t *testing.T, log *buffer) *mocktest.Session {
	t.Helper()
	return mocktest.StartWith(t, mock.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
}

// waitFor waits until a log has a text.
func waitFor(t *testing.T, log *buffer, text string) {
	t.Helper()
	for began := time.Now(); !strings.Contains(log.String(), text); time.Sleep(time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("the log lacks %q:\n%s", text, log)
		}
	}
}

// TestHalfOpenTunnel: a tunnel in which nothing is sent is closed in time.
func TestHalfOpenTunnel(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for ten seconds")
	}
	s := mocktest.Start(t)
	at := dial(t, s)
	if response, _ := at.send("CONNECT", connect+end); response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	if _, err := at.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the tunnel ended with %v", err)
	}
}
