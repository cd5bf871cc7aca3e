// Package sniff tells TLS, HTTP/1.1 and HTTP/2 apart by the first bytes of a connection, so that one
// port speaks all, and carries out the handshake of TLS. What goes wrong before HTTP begins is
// counted in the log.
package sniff

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Config configures a Sniffer. All of it is needed, unless it says otherwise.
type Config struct {
	TLS *tls.Config // of the server; nil: TLS is refused
	// Deliver takes a connection on which HTTP begins: a *tls.Conn that speaks HTTP/2, a *Conn, or
	// a *Secure. It reports whether it has taken it.
	Deliver func(net.Conn) bool
	// ConnState is called with StateNew and each connection that is taken, and with StateClosed and
	// each that is closed without being delivered, as http.Server.ConnState is.
	ConnState func(net.Conn, http.ConnState)
	// Explain returns in words why a handshake failed, from what is known of the connection.
	Explain func(state tls.ConnectionState, err error) string
	// Timeout bounds the time until it is known what the connection speaks and the handshake is over.
	Timeout time.Duration
	// Clock returns the time of the machine.
	Clock func() time.Time
	Log   *slog.Logger
}

// Sniffer tells connections apart. It is safe for concurrent use, and must be closed.
type Sniffer struct {
	Config
	tally *Tally

	mu      sync.Mutex
	closed  bool
	pending map[net.Conn]bool
	done    sync.WaitGroup // of what is pending
}

// New returns a Sniffer.
func New(config Config) *Sniffer {
	return &Sniffer{Config: config, tally: NewTally(config.Log), pending: map[net.Conn]bool{}}
}

// alertHandshakeFailure is a record of TLS: no handshake is possible (RFC 8446, sections 5.1 and
// 6).
var alertHandshakeFailure = []byte{0x15, 3, 1, 0, 2, 2, 40}

// maxHello is the greatest length of what a client of TLS sends before it waits for an answer, in
// bytes.
const maxHello = 64 << 10

// Take takes a connection, and delivers it in the background when HTTP begins on it. It closes one
// that sends nothing in time, whose handshake fails, or that speaks TLS where TLS is refused; and
// any after Close.
func (s *Sniffer) Take(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		conn.Close()
		return
	}
	s.pending[conn] = true
	s.ConnState(conn, http.StateNew)
	s.done.Go(func() {
		ready := s.sniff(conn)
		s.mu.Lock()
		delete(s.pending, conn)
		s.mu.Unlock()
		if ready == nil || !s.Deliver(ready) {
			conn.Close()
			s.ConnState(conn, http.StateClosed)
		}
	})
}

// sniff returns the connection on which HTTP begins; nil where there is none.
func (s *Sniffer) sniff(conn net.Conn) net.Conn {
	deadline := s.Clock().Add(s.Timeout)
	conn.SetReadDeadline(deadline)
	first := &Conn{Conn: conn}
	speaks, err := first.peek()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.tally.Note(slog.LevelInfo, "a connection was closed that had sent nothing", "within", s.Timeout)
		return nil
	case err != nil: // closed again, as by one who asks whether the port is open
		return nil
	case speaks != speaksTLS:
		conn.SetReadDeadline(time.Time{})
		return first
	case s.TLS == nil:
		s.tally.Note(slog.LevelWarn, "somebody tried TLS, which --tls off refuses", "from", conn.RemoteAddr())
		conn.SetWriteDeadline(deadline)
		conn.Write(alertHandshakeFailure)
		first.CloseWrite()
		io.CopyN(io.Discard, conn, maxHello) // to close it with bytes unread would take the alert back
		return nil
	}
	conn.SetWriteDeadline(deadline)
	secure := tls.Server(first, s.TLS)
	err = secure.HandshakeContext(context.Background())
	if errors.Is(err, net.ErrClosed) { // by Close
		return nil
	}
	if err != nil {
		state := secure.ConnectionState()
		s.tally.Note(slog.LevelWarn, "a TLS handshake failed", "from", conn.RemoteAddr(), "host", state.ServerName,
			"why", s.Explain(state, err))
		return nil
	}
	conn.SetDeadline(time.Time{})
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return secure
	}
	return &Secure{secure}
}

// Note counts an event in the log, as Tally.Note does.
func (s *Sniffer) Note(level slog.Level, text string, args ...any) {
	s.tally.Note(level, text, args...)
}

// Close closes the connections that are not delivered yet, waits until none is left, and logs what
// was counted and not logged yet.
func (s *Sniffer) Close() {
	s.mu.Lock()
	s.closed = true
	for conn := range s.pending {
		conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
	s.tally.Close()
}
