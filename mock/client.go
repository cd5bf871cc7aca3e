package mock

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Client is an HTTP client whose every call reaches this server and nothing else, without a network: any host, http or https. So code
// that calls https://innrapporteringbsu.api.skatteetaten-test.no can be tested as it is.
func (s *Server) Client() *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return s.memory.dial(ctx) }
	return &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial}}
}

// memoryListener hands pipes to an http.Server as if they were connections.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

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
