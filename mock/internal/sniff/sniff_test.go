package sniff

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock/internal/certs"
)

// serve has a Sniffer take the connections of a free port, and returns what was delivered, the log,
// and a function that ends it. A Conn is read by that many bytes at a time, as net/http does with
// 4096; what speaks HTTP/1.1 is delivered as http1.
func serve(t *testing.T, timeout time.Duration, speaksTLS bool, size int) (
	address string, delivered chan net.Conn, log *bytes.Buffer, end func(),
) {
	t.Helper()
	log = &bytes.Buffer{}
	delivered = make(chan net.Conn, 1000)
	var reading sync.WaitGroup
	config := Config{
		Timeout: timeout, Clock: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Deliver: func(c net.Conn) bool {
			first, ok := c.(*Conn)
			if !ok {
				delivered <- c
				return true
			}
			reading.Go(func() {
				first.SetReadDeadline(time.Now().Add(timeout))
				reader := bufio.NewReader(smallReads{first, size})
				if _, err := reader.Peek(1); err != nil {
					first.SetDeadline(time.Now()) // which has no effect where it is the Sniffer's now
					first.Close()
					return
				}
				delivered <- http1{first, reader}
			})
			return true
		},
		ConnState: func(net.Conn, http.ConnState) {},
		Explain:   func(_ tls.ConnectionState, err error) string { return err.Error() },
	}
	if speaksTLS {
		ca, err := certs.New(certs.NewNames(nil, ""), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		config.TLS = &tls.Config{GetCertificate: ca.Certificate, NextProtos: []string{"h2", "http/1.1"}}
	}
	s := New(config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.Take(conn)
		}
	})
	return listener.Addr().String(), delivered, log, func() {
		listener.Close()
		accepting.Wait()
		s.Close()
		reading.Wait()
	}
}

// smallReads is a connection that is read by so many bytes at a time.
type smallReads struct {
	net.Conn
	size int
}

func (s smallReads) Read(b []byte) (int, error) { return s.Conn.Read(b[:min(len(b), s.size)]) }

// http1 is a connection that was read as one of HTTP/1.1.
type http1 struct {
	*Conn
	reader *bufio.Reader
}

func (h http1) Read(b []byte) (int, error) { return h.reader.Read(b) }

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

// counted returns how many events of a text a log has.
func counted(log, text string) (times int) {
	line := regexp.MustCompile(`msg="?` + regexp.QuoteMeta(text) + `.* times=(\d+)`)
	for _, match := range line.FindAllStringSubmatch(log, -1) {
		n, _ := strconv.Atoi(match[1])
		times += n
	}
	return times
}

// TestBounds: connections that say nothing, say half of a handshake or say it slowly are closed in
// time, are counted in a few lines of the log, and leave nothing behind.
func TestBounds(t *testing.T) {
	before := runtime.NumGoroutine()
	const each = 40
	address, delivered, log, end := serve(t, 300*time.Millisecond, true, 4096)
	hello := clientHello(t)
	var stop atomic.Bool
	var all []net.Conn
	for range each {
		all = append(all, dial(t, address))
		half := dial(t, address)
		half.Write(hello[:len(hello)/2])
		slow := dial(t, address)
		go func() { // a byte at a time, so that each read succeeds
			for i := 0; i < len(hello) && !stop.Load(); i++ {
				if _, err := slow.Write(hello[i : i+1]); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		wrong := dial(t, address)
		wrong.Write([]byte{handshakeByte, 'n', 'o', 'n', 's', 'e', 'n', 's', 'e'})
		dial(t, address).Close()
		all = append(all, half, slow, wrong)
	}
	for _, conn := range all {
		if _, err := io.Copy(io.Discard, conn); err != nil && isTimeout(err) {
			t.Fatalf("a connection is not closed: %v", err)
		}
	}
	stop.Store(true)
	end()
	if len(delivered) != 0 {
		t.Errorf("%d connections were delivered", len(delivered))
	}
	if got := counted(log.String(), "a connection was closed that had sent nothing"); got != each {
		t.Errorf("%d silent connections are counted, want %d", got, each)
	}
	if got := counted(log.String(), "a TLS handshake failed"); got != 3*each {
		t.Errorf("%d handshakes are counted, want %d", got, 3*each)
	}
	if lines := bytes.Count(log.Bytes(), []byte("\n")); lines > 20 {
		t.Errorf("the log has %d lines:\n%s", lines, log)
	}
	for began := time.Now(); runtime.NumGoroutine() > before+2; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%d goroutines are left, of %d before", runtime.NumGoroutine(), before)
		}
	}
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// clientHello returns what a client of TLS sends first.
func clientHello(t *testing.T) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go tls.Client(theirs, &tls.Config{ServerName: "localhost"}).Handshake()
	b := make([]byte, 4096)
	n, err := ours.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// TestCloseEndsPending: Close does not wait for handshakes that do not go on.
func TestCloseEndsPending(t *testing.T) {
	t.Parallel()
	address, _, _, end := serve(t, time.Minute, true, 4096)
	half := dial(t, address)
	half.Write(clientHello(t)[:10])
	end()
	if _, err := half.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the connection is open: %v", err)
	}
}

// TestOff: TLS that is off is answered with an alert, and counted.
func TestOff(t *testing.T) {
	t.Parallel()
	address, _, log, end := serve(t, time.Minute, false, 4096)
	const tries = 3
	for range tries {
		err := tls.Client(dial(t, address), &tls.Config{ServerName: "localhost"}).Handshake()
		if err == nil || err.Error() != "remote error: tls: handshake failure" {
			t.Errorf("the client gets %v", err)
		}
	}
	end()
	if got := counted(log.String(), "somebody tried TLS"); got != tries {
		t.Errorf("%d tries are counted, want %d: %s", got, tries, log)
	}
}

// TestProtocol: what a connection speaks is known by the first byte that differs from what clients of
// HTTP/2 send, however the bytes come and are read; and no byte is lost.
func TestProtocol(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 23, 24, 4096} {
		address, delivered, _, end := serve(t, time.Minute, true, size)
		for _, c := range []struct {
			parts   []string
			isHTTP2 bool
		}{
			{[]string{"x"}, false},
			{[]string{"GET /\r\n"}, false},
			{[]string{"GET / HTTP/1.1\r\nHost: localhost\r\n", "\r\n"}, false},
			{[]string{"P", "U"}, false},
			{[]string{"PRI * HTTP/2.0\r\n", "\r\nx"}, false},
			{[]string{"PRI * HTTP/1.1\r\n\r\n and more of it"}, false},
			{[]string{preface}, true},
			{[]string{"P", "RI * HTTP/2.0", "\r\n\r\nSM\r\n\r\n", "and more"}, true},
			{[]string{preface + "and more"}, true},
		} {
			conn, text := dial(t, address), strings.Join(c.parts, "")
			for _, part := range c.parts {
				if _, err := io.WriteString(conn, part); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond) // so that mostly each part is read alone; the outcome is the same
			}
			got := <-delivered // while the client may send more
			if _, isHTTP2 := got.(*Prior); isHTTP2 != c.isHTTP2 {
				t.Errorf("%q is HTTP/2: %t", c.parts, isHTTP2)
			}
			conn.(*net.TCPConn).CloseWrite()
			if read, err := io.ReadAll(got); string(read) != text || err != nil {
				t.Errorf("%q is read by %d as %q: %v", c.parts, size, read, err)
			}
			got.Close()
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("%q: the connection is open after Close: %v", c.parts, err)
			}
		}
		conn := dial(t, address) // which ends in the middle of what may be HTTP/2
		fmt.Fprint(conn, "PRI")
		conn.(*net.TCPConn).CloseWrite()
		if text, err := io.ReadAll(<-delivered); string(text) != "PRI" || err != nil {
			t.Errorf("the beginning of HTTP/2 alone: %q, %v", text, err)
		}
		end()
	}
}

// TestHandshakeOutlivesReader: what the reader of a connection does when it finds out that TLS is
// spoken there changes nothing.
func TestHandshakeOutlivesReader(t *testing.T) {
	t.Parallel()
	address, delivered, _, end := serve(t, time.Minute, true, 4096)
	defer end()
	for _, protocols := range [][]string{nil, {"http/1.1"}, {"h2"}} {
		client := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
		if err := client.Handshake(); err != nil {
			t.Fatal(err)
		}
		got := <-delivered
		_, isSecure := got.(*Secure)
		if _, isTLS := got.(*tls.Conn); isTLS != (client.ConnectionState().NegotiatedProtocol == "h2") ||
			isTLS == isSecure {
			t.Errorf("with %v, a %T is delivered", protocols, got)
		}
		fmt.Fprint(client, "x")
		client.CloseWrite()
		if text, err := io.ReadAll(got); string(text) != "x" || err != nil {
			t.Errorf("with %v: %q, %v", protocols, text, err)
		}
		got.Close()
	}
}

// TestTally: the first event of a kind is logged at once, and the others are counted.
func TestTally(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	tally := NewTally(slog.New(slog.NewTextHandler(&log, nil)))
	tally.Note(slog.LevelInfo, "one", "n", 1)
	if got := counted(log.String(), "one"); got != 1 {
		t.Errorf("%d events are logged at once: %s", got, &log)
	}
	for n := range 100 {
		tally.Note(slog.LevelInfo, "one", "n", n)
		tally.Note(slog.LevelWarn, "other", "n", n)
	}
	tally.flush("one")
	tally.flush("none")
	if got := counted(log.String(), "one"); got != 101 {
		t.Errorf("%d events are logged after a while", got)
	}
	tally.Close()
	tally.Note(slog.LevelWarn, "after the end")
	if got := counted(log.String(), "other"); got != 100 || bytes.Count(log.Bytes(), []byte("\n")) != 5 {
		t.Errorf("%d events are logged at the end: %s", got, &log)
	}
}
