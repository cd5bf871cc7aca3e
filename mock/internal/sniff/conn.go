package sniff

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Conn is a new connection, on which the first read tells what is spoken. For its reader, which must
// be that of HTTP/1.1, it ends before the first byte where that is something else: then it is the
// Sniffer's, and what the reader does with it has no effect any more. So a connection of HTTP/1.1
// costs neither a goroutine nor a system call more than without a Sniffer.
type Conn struct {
	net.Conn
	sniffer  *Sniffer
	deadline time.Time // of the handshake

	known  bool   // HTTP/1.1 is spoken; unread may remain
	unread []byte // what the first read got beyond the space that its caller had
	owner  atomic.Int32
}

// Values of owner.
const (
	ofReader int32 = iota
	ofNobody       // closed
	ofSniffer
)

// handshakeByte is the first byte of a connection that speaks TLS: a record that belongs to a
// handshake.
const handshakeByte = 0x16

// preface begins every connection of HTTP/2 (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Read reads from the connection. The error is io.EOF where that is the Sniffer's.
func (c *Conn) Read(b []byte) (int, error) {
	switch {
	case len(c.unread) > 0:
		n := copy(b, c.unread)
		c.unread = c.unread[n:]
		return n, nil
	case c.known, len(b) == 0:
		return c.Conn.Read(b)
	case c.IsSniffers():
		return 0, io.EOF
	}
	if len(b) >= len(preface) {
		return c.readFirst(b)
	}
	space := make([]byte, len(preface))
	n, err := c.readFirst(space)
	read := copy(b, space[:n])
	c.unread = space[read:n]
	return read, err
}

// readFirst reads until it is known what is spoken: up to the first byte that is another than a client
// of HTTP/2 sends. It hands the connection to the Sniffer where that is not HTTP/1.1.
func (c *Conn) readFirst(b []byte) (n int, err error) {
	isPreface := true
	for err == nil && isPreface && n < len(preface) {
		var more int
		more, err = c.Conn.Read(b[n:])
		n += more
		isPreface = strings.HasPrefix(preface, string(b[:min(n, len(preface))]))
	}
	switch {
	case n == 0:
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.sniffer.Note(slog.LevelInfo, "a connection was closed that had sent nothing", "within", c.sniffer.Timeout)
		}
		return 0, err
	case b[0] != handshakeByte && (!isPreface || n < len(preface)):
		c.known = true
		return n, nil // the next read of the connection gets an error again
	case !c.owner.CompareAndSwap(ofReader, ofSniffer):
		return 0, net.ErrClosed
	}
	c.sniffer.begin(&begun{Conn: c.Conn, unread: bytes.Clone(b[:n])}, c.deadline)
	return 0, io.EOF
}

// IsSniffers reports whether something else than HTTP/1.1 is spoken on the connection.
func (c *Conn) IsSniffers() bool { return c.owner.Load() == ofSniffer }

// Close closes the connection.
func (c *Conn) Close() error {
	c.owner.CompareAndSwap(ofReader, ofNobody)
	if c.IsSniffers() {
		return nil
	}
	return c.Conn.Close()
}

// SetDeadline sets the deadlines of the connection.
func (c *Conn) SetDeadline(t time.Time) error { return c.unlessSniffers(c.Conn.SetDeadline, t) }

// SetReadDeadline sets the deadline of reads.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.unlessSniffers(c.Conn.SetReadDeadline, t) }

// SetWriteDeadline sets the deadline of writes.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.unlessSniffers(c.Conn.SetWriteDeadline, t)
}

func (c *Conn) unlessSniffers(set func(time.Time) error, t time.Time) error {
	if c.IsSniffers() {
		return nil
	}
	return set(t)
}

// NetConn returns the connection below.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// CloseWrite closes the connection for writing, so that the other side gets what was written before
// it is closed.
func (c *Conn) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// begun is a connection whose first bytes were read, which Read returns again.
type begun struct {
	net.Conn
	unread []byte
}

// Read reads the first bytes again, and then from the connection.
func (c *begun) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// NetConn returns the connection below.
func (c *begun) NetConn() net.Conn { return c.Conn }

// CloseWrite does what Conn.CloseWrite does.
func (c *begun) CloseWrite() error { return closeWrite(c.Conn) }

// Prior is a connection that speaks HTTP/2 without TLS, which its client knows beforehand (RFC 9113,
// section 3.3).
type Prior struct{ *begun }

// Secure is a connection of TLS that speaks HTTP/1.1. It is no *tls.Conn for net/http, so that
// another type can change what net/http writes.
type Secure struct{ *tls.Conn }
