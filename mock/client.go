package mock

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// memoryListener accepts connections that are pipes within the process, and those that are delivered to it.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// dial connects to the listener, which gets its end as wrap returns it. The error is net.ErrClosed after Close.
func (l *memoryListener) dial(ctx context.Context, wrap func(net.Conn) net.Conn) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- wrap(theirs):
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// deliver hands the listener a connection, and reports whether it takes it: it does until Close.
func (l *memoryListener) deliver(conn net.Conn) bool {
	select {
	case l.conns <- conn:
		return true
	case <-l.closed:
		return false
	}
}

// client returns an HTTP client whose calls all reach the listener, whatever host they are for. Calls to https are
// taken for such, though nothing is encrypted.
func (l *memoryListener) client() *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return l.dial(ctx, func(c net.Conn) net.Conn { return c })
	}
	dialTLS := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return l.dial(ctx, func(c net.Conn) net.Conn { return assumedTLS{c} })
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dialTLS}}
}

// assumedTLS is a connection within the process that counts as one of TLS.
type assumedTLS struct{ net.Conn }

// ConnectionState returns the state of TLS of the calls on the connection.
func (assumedTLS) ConnectionState() tls.ConnectionState {
	return tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
}

// NetConn returns the connection below.
func (c assumedTLS) NetConn() net.Conn { return c.Conn }

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "sandkasse" }
