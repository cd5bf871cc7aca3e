package sniff

import (
	"crypto/tls"
	"net"
)

// Conn is a connection whose first byte was read, which Read returns again.
type Conn struct {
	net.Conn
	first  byte
	peeked bool // the first byte has still to be returned
}

// peek waits for the first byte, and reports whether it is that of TLS.
func (c *Conn) peek() (isTLS bool, err error) {
	var b [1]byte
	if _, err := c.Conn.Read(b[:]); err != nil {
		return false, err
	}
	c.first, c.peeked = b[0], true
	return c.first == handshakeByte, nil
}

// Read reads from the connection. The first time it returns the first byte with those that follow
// it, so that peeking costs no further system call.
func (c *Conn) Read(b []byte) (int, error) {
	if !c.peeked || len(b) == 0 {
		return c.Conn.Read(b)
	}
	b[0], c.peeked = c.first, false
	if len(b) == 1 {
		return 1, nil
	}
	n, err := c.Conn.Read(b[1:])
	if n > 0 {
		err = nil // which the next Read gets again
	}
	return 1 + n, err
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
