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
	"sync"
	"time"
)

// Config configures a Sniffer. All of it is needed, unless it says otherwise.
type Config struct {
	TLS *tls.Config // of the server; nil: TLS is refused
	// Deliver takes a connection on which HTTP begins: a *Conn, a *Prior, a *Secure, or a *tls.Conn
	// that speaks HTTP/2. It reports whether it has taken it. Who reads a *Conn must give it a
	// deadline.
	Deliver func(net.Conn) bool
	// ConnState is called with StateNew and each connection that is taken, and with StateClosed and
	// each that is closed without being delivered, as http.Server.ConnState is. That of the server
	// that a *Conn is delivered to must leave out those that are the Sniffer's.
	ConnState func(net.Conn, http.ConnState)
	// Explain returns in words why a handshake failed, from what is known of the connection.
	Explain func(state tls.ConnectionState, err error) string
	// Timeout bounds the time until the handshake is over.
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
	pending map[*begun]bool
	done    sync.WaitGroup // of what is pending
}

// New returns a Sniffer.
func New(config Config) *Sniffer {
	return &Sniffer{Config: config, tally: NewTally(config.Log), pending: map[*begun]bool{}}
}

// alertHandshakeFailure is a record of TLS: no handshake is possible (RFC 8446, sections 5.1 and
// 6).
var alertHandshakeFailure = []byte{0x15, 3, 1, 0, 2, 2, 40}

// maxHello is the greatest length of what a client of TLS sends before it waits for an answer, in
// bytes.
const maxHello = 64 << 10

// Take takes a connection and delivers it, to be read as HTTP/1.1. Where it turns out to be another
// one, it is delivered again in the background: when HTTP/2 begins on it, or HTTP after the
// handshake of TLS. Take closes a connection that is not taken, and any after Close.
func (s *Sniffer) Take(conn net.Conn) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		conn.Close()
		return
	}
	s.ConnState(conn, http.StateNew)
	s.deliver(&Conn{Conn: conn, sniffer: s, deadline: s.Clock().Add(s.Timeout)}, conn)
}

// deliver delivers a connection that goes over another one, or closes that.
func (s *Sniffer) deliver(ready, conn net.Conn) {
	if ready == nil || !s.Deliver(ready) {
		conn.Close()
		s.ConnState(conn, http.StateClosed)
	}
}

// begin goes on in the background with a connection on which no HTTP/1.1 is spoken. It closes one
// whose handshake fails or takes too long, or that speaks TLS where TLS is refused.
func (s *Sniffer) begin(conn *begun, deadline time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.deliver(nil, conn)
		return
	}
	s.pending[conn] = true
	s.done.Go(func() {
		ready := s.handshake(conn, deadline)
		s.mu.Lock()
		delete(s.pending, conn)
		s.mu.Unlock()
		s.deliver(ready, conn)
	})
}

// handshake returns the connection on which HTTP begins; nil where there is none.
func (s *Sniffer) handshake(conn *begun, deadline time.Time) net.Conn {
	if conn.unread[0] != handshakeByte {
		return &Prior{conn}
	}
	conn.SetDeadline(deadline)
	if s.TLS == nil {
		s.tally.Note(slog.LevelWarn, "somebody tried TLS, which --tls off refuses", "from", conn.RemoteAddr())
		conn.Write(alertHandshakeFailure)
		conn.CloseWrite()
		io.CopyN(io.Discard, conn, maxHello) // to close it with bytes unread would take the alert back
		return nil
	}
	secure := tls.Server(conn, s.TLS)
	err := secure.HandshakeContext(context.Background())
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
