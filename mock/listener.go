package mock

import (
	"bytes"
	"fmt"
	"net"
	"strings"
)

// listener accepts connections on which what net/http answers by itself is told in sandkasse's own
// way.
type listener struct{ *net.TCPListener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return conn{c}, nil
}

// conn is a connection of a listener.
type conn struct{ *net.TCPConn }

// NetConn returns the connection itself, for whoever needs more of it than net.Conn has.
func (c conn) NetConn() net.Conn { return c.TCPConn }

// Write sends what net/http writes. What cannot be read as a request never comes to a handler:
// net/http refuses it in one piece of text, which is told by its header, since every answer of a
// handler has a date. In its place goes sandkasse's own refusal, so that nobody takes it for an
// agency's.
func (c conn) Write(b []byte) (int, error) {
	own := ownRefusal(b)
	if own == nil {
		return c.TCPConn.Write(b)
	}
	if _, err := c.TCPConn.Write(own); err != nil {
		return 0, err
	}
	return len(b), nil
}

// The text of an answer that net/http gives by itself, between its status line and its body.
const (
	refusalHeader = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	expectHeader  = " 417 Expectation Failed\r\nConnection: close\r\nDate: "
)

// ownRefusal returns what stands in the place of an answer that net/http gives by itself; nil for
// any other text.
func ownRefusal(text []byte) []byte {
	line, rest, found := bytes.Cut(text, []byte("\r\n"))
	const version = "HTTP/1.1 "
	if !found || len(line) < len(version)+3 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return nil
	}
	status, detail, _ := strings.Cut(string(line[len(version):]), ": ")
	why := ""
	switch {
	case bytes.HasPrefix(text[len(line):], []byte(refusalHeader)):
		why = unreadable(status[:3], detail)
	case bytes.HasPrefix(text[len(version)-1:], []byte(expectHeader)) &&
		!bytes.Contains(rest, []byte("\r\nSandkasse-")):
		why = "the header Expect has another value than 100-continue, the only one there is"
	default:
		return nil
	}
	return fmt.Appendf(nil, "%s%s\r\nSandkasse-Feil: %s\r\nContent-Length: %d%s%s",
		version, status, why, len(why), refusalHeader, why)
}

// unreadable says why something that was sent is no request, from the status of net/http and what
// it says beside it.
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
		"with headers such as Host: localhost and an empty line after it (and TLS is not spoken here)"
}
