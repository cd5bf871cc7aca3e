package mock

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// connections knows the connections of a server, and which of them are idle: new ones that have not sent anything, and
// those that were answered and have not sent anything since. It is safe for concurrent use.
type connections struct {
	limit int // of those that are open, beyond which idle ones are closed; 0 for none

	mu    sync.Mutex
	open  map[net.Conn]*list.Element // those that are idle have an element
	idle  list.List                  // of net.Conn, those that are so the longest first
	files int                        // connections that are files, which those within the process are not
}

// newConnections returns an empty set for a process that may have so many files open; 0 for any number.
func newConnections(files int) *connections {
	c := &connections{open: map[net.Conn]*list.Element{}}
	if files > 0 {
		c.limit = max(files-otherFiles, files/2)
	}
	return c
}

// otherFiles is the number of files that a server may open beside its connections: the data file, scripts that it
// reads again, connections to receivers of webhooks, and what Go itself needs.
const otherFiles = 32

// sender is a connection of the machine that knows whether something has come since it was idle.
type sender interface {
	hasSent() bool
	setIdle()
}

// connBelow returns the connection of the machine that a connection of TLS, or in a tunnel, goes over; within the
// process the one that other ones go over.
func connBelow(conn net.Conn) net.Conn {
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if _, isFile := conn.(sender); isFile || !ok {
			return conn
		}
		conn = outer.NetConn()
	}
}

// note takes note of what becomes of a connection, as http.Server reports it, from when it is accepted. A connection
// may be new several times.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	conn = connBelow(conn)
	c.mu.Lock()
	defer c.mu.Unlock()
	at, known := c.open[conn]
	if at != nil {
		c.idle.Remove(at)
	}
	s, isFile := conn.(sender)
	switch state {
	case http.StateNew:
		c.open[conn] = c.idle.PushBack(conn)
		if isFile && !known {
			c.files++
		}
		if c.limit > 0 && c.files > c.limit {
			c.closeOne(conn)
		}
	case http.StateIdle:
		if isFile {
			s.setIdle()
		}
		c.open[conn] = c.idle.PushBack(conn)
	case http.StateActive:
		c.open[conn] = nil
	default:
		delete(c.open, conn)
		if known && isFile {
			c.files--
		}
	}
}

// closeLongest closes the connection that has been idle the longest, and reports whether there is one.
func (c *connections) closeLongest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closeOne(nil)
}

// closeOne closes the connection that has been idle the longest, but for one of them. The lock must be held.
func (c *connections) closeOne(but net.Conn) bool {
	for at := c.idle.Front(); at != nil; at = at.Next() {
		conn := at.Value.(net.Conn)
		if s, isFile := conn.(sender); conn == but || !isFile || s.hasSent() { // a call has begun
			continue
		}
		c.idle.Remove(at)
		c.open[conn] = nil
		conn.Close()
		return true
	}
	return false
}

// closeIdle closes all idle connections, also those on which a call has begun.
func (c *connections) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at := c.idle.Front(); at != nil; at = at.Next() {
		at.Value.(net.Conn).Close()
	}
}

// received remembers that something has come on a connection.
type received struct{ sent atomic.Bool }

func (r *received) hasSent() bool { return r.sent.Load() }

func (r *received) setIdle() { r.sent.Store(false) }
