package sniff

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync"
)

// protocol says which bytes follow on a connection.
type protocol int

const (
	speaksHTTP1 protocol = iota
	speaksHTTP2          // without TLS, which its client knows beforehand (RFC 9113, section 3.3)
	speaksTLS
)

// handshakeByte is the first byte of a connection that speaks TLS: a record that belongs to a
// handshake.
const handshakeByte = 0x16

// preface begins every connection of HTTP/2 (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// bufferSize is the greatest number of bytes that are read before the protocol of a connection is
// known: as many as net/http reads at once, so that most requests are read by one system call.
const bufferSize = 4 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Conn is a connection whose first bytes were read, which Read returns again.
type Conn struct {
	net.Conn
	// HTTP2 says that HTTP/2 is spoken, without TLS.
	HTTP2 bool

	buffer *[bufferSize]byte // has unread; nil when that is empty
	unread []byte
}

// peek reads until it is known what the connection speaks: up to the first byte that is another
// than the client of a protocol sends.
func (c *Conn) peek() (protocol, error) {
	c.buffer = buffers.Get().(*[bufferSize]byte)
	for {
		n, err := c.Conn.Read(c.buffer[len(c.unread):])
		c.unread = c.buffer[:len(c.unread)+n]
		switch {
		case n > 0 && c.unread[0] == handshakeByte:
			return speaksTLS, nil
		case bytes.HasPrefix(c.unread, []byte(preface)):
			c.HTTP2 = true
			return speaksHTTP2, nil
		case err == nil && bytes.HasPrefix([]byte(preface), c.unread): // the rest may come
			continue
		case len(c.unread) > 0:
			return speaksHTTP1, nil // which reads the error again
		default:
			c.release()
			return 0, err
		}
	}
}

// Read reads the first bytes again, and then from the connection.
func (c *Conn) Read(b []byte) (int, error) {
	if c.buffer == nil || len(b) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.unread)
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.release()
	}
	return n, nil
}

// release gives the buffer back.
func (c *Conn) release() {
	buffers.Put(c.buffer)
	c.buffer, c.unread = nil, nil
}

// NetConn returns the connection below.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// CloseWrite closes the connection for writing, so that the other side gets what was written before
// it is closed.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Secure is a connection of TLS that speaks HTTP/1.1. It is no *tls.Conn for net/http, so that
// another type can change what net/http writes.
type Secure struct{ *tls.Conn }
