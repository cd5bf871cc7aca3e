package mock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// listener accepts connections on which the refusals of net/http are replaced by those of sandkasse.
type listener struct {
	*net.TCPListener
	connections *connections
	refused     func(why string) // is called with each refusal
}

// Accept waits for the next connection. Where the process can open no more, it closes the one that has been idle the
// longest (K604).
func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptTCP()
		if err == nil {
			return &conn{TCPConn: c, refused: l.refused}, nil
		}
		noFiles := slices.ContainsFunc(tooManyFiles, func(other error) bool { return errors.Is(err, other) })
		if !noFiles || !l.connections.closeLongest() {
			return nil, err
		}
	}
}

// conn is a connection of a listener.
type conn struct {
	*net.TCPConn
	received
	refused func(why string)
}

// Read reads from the connection.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if n > 0 {
		c.sent.Store(true)
	}
	return n, err
}

// NetConn returns the TCP connection, which scenarios need to reset it.
func (c *conn) NetConn() net.Conn { return c.TCPConn }

// Write writes the bytes to the connection, or sandkasse's own refusal in place of one of net/http, so that nobody
// takes it for an agency's. Requests that cannot be parsed never reach a handler: net/http refuses them in a single
// Write, recognisable by its header, since the answers of handlers have a Date.
func (c *conn) Write(b []byte) (int, error) { return writeRefusal(c.TCPConn, b, c.refused) }

// writeRefusal does what conn.Write does.
func writeRefusal(to io.Writer, b []byte, refused func(why string)) (int, error) {
	own, why := ownRefusal(b)
	if own == nil {
		return to.Write(b)
	}
	refused(why)
	if _, err := to.Write(own); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Headers of the refusals of net/http: after the status line, and of status 417 with it.
const (
	refusalHeader = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	expectHeader  = " 417 Expectation Failed\r\nConnection: close\r\nDate: "
)

// ownRefusal returns the refusal to write in place of one of net/http, and its reason; nil where the text is none.
func ownRefusal(text []byte) (own []byte, why string) {
	line, rest, found := bytes.Cut(text, []byte("\r\n"))
	const version = "HTTP/1.1 "
	if !found || len(line) < len(version)+3 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return nil, ""
	}
	status, detail, _ := strings.Cut(string(line[len(version):]), ": ")
	switch {
	case bytes.HasPrefix(text[len(line):], []byte(refusalHeader)):
		why = unreadable(status[:3], detail)
	case bytes.HasPrefix(text[len(version)-1:], []byte(expectHeader)) &&
		!bytes.Contains(rest, []byte("\r\nSandkasse-")):
		why = "the header Expect has another value than 100-continue, the only one there is"
	default:
		return nil, ""
	}
	return fmt.Appendf(nil, "%s%s\r\nSandkasse-Feil: %s\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %d%s%s",
		version, status, why, len(why), refusalHeader, why), why
}

// unreadable returns why a request was refused, from the status and the detail that net/http gives.
func unreadable(status, detail string) string {
	switch {
	case status == "505":
		return "HTTP/1.1 and HTTP/1.0 are spoken here, and no other version; use one of these, as curl --http1.1 does"
	case status == "431":
		return "the header of the request is longer than 1 MiB, the most that is read; send a shorter one"
	case status == "501":
		return "Transfer-Encoding must be chunked, or left out"
	case detail == "missing required Host header":
		return "the header Host is missing, which HTTP/1.1 requires; send it once, such as Host: 127.0.0.1:8080"
	case detail == "malformed Host header":
		return "the header Host is no host; it must be such as 127.0.0.1:8080 or localhost"
	case strings.HasPrefix(detail, "invalid header"):
		return "a header has a character that may not stand there; a name has letters, digits and hyphens, " +
			"and a value no control characters"
	}
	return "what was sent is no request of HTTP; it must begin with a line such as GET /_sandkasse/ HTTP/1.1, " +
		"with headers such as Host: localhost and an empty line after it"
}
