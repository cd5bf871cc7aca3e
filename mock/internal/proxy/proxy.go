// Package proxy makes the server a forward proxy for the hosts that it imitates, so that a client
// needs nothing but HTTPS_PROXY. Nothing is forwarded: the server itself answers, and refuses all
// other hosts.
package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/wire"
)

// Config configures a Proxy. All of it is needed.
type Config struct {
	// Hosts are the hosts, in lower case, that are answered on any port.
	Hosts []string
	// Own reports whether a host, in lower case, is the server itself, which is answered on its own
	// port.
	Own func(host string) bool
	// Authenticate refuses requests without Proxy-Authorization.
	Authenticate bool
	// Take takes a connection on which TLS or HTTP begins.
	Take func(net.Conn)
	// Note counts an event in the log.
	Note func(level slog.Level, text string, args ...any)
}

// Proxy answers requests for a proxy. It is safe for concurrent use.
type Proxy struct{ Config }

// New returns a Proxy.
func New(config Config) *Proxy { return &Proxy{config} }

// tunnel is a connection that a client reached by CONNECT.
type tunnel struct {
	net.Conn
	buffered *bufio.Reader // what the client sent with CONNECT, and then the connection; nil when that is read
	user     User
}

// Read reads what was sent with CONNECT before, and then from the connection.
func (t *tunnel) Read(b []byte) (int, error) {
	if t.buffered != nil {
		if n := t.buffered.Buffered(); n > 0 {
			return t.buffered.Read(b[:min(n, len(b))])
		}
		t.buffered = nil
	}
	return t.Conn.Read(b)
}

// NetConn returns the connection below.
func (t *tunnel) NetConn() net.Conn { return t.Conn }

// CloseWrite closes the connection for writing, so that the other side gets what was written before
// it is closed.
func (t *tunnel) CloseWrite() error {
	if half, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// tunnelKey is the key of a *tunnel in the context of the requests in it.
type tunnelKey struct{}

// ConnContext returns the context of the requests on a connection, as http.Server.ConnContext does:
// with the tunnel that the connection is in.
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	for {
		if t, ok := conn.(*tunnel); ok {
			return context.WithValue(ctx, tunnelKey{}, t)
		}
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return ctx
		}
		conn = outer.NetConn()
	}
}

// Serve answers a request with next where it is for a host that the proxy answers for, or for no
// proxy at all. It answers CONNECT and refusals itself.
func (p *Proxy) Serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	inside, _ := r.Context().Value(tunnelKey{}).(*tunnel)
	// Over HTTP/2, CONNECT is no request for a tunnel that could be served (K625).
	connects := r.Method == http.MethodConnect && r.URL.Host != "" && r.ProtoMajor == 1
	_, received := r.Context().Value(http.LocalAddrContextKey).(net.Addr) // else made for a handler, with any address
	if !connects && !r.URL.IsAbs() || !received {
		if inside != nil {
			inside.user.apply(r)
		}
		next.ServeHTTP(w, r)
		return
	}
	user, sent, err := userOf(r)
	r.Header.Del("Proxy-Authorization") // which the host itself would not get
	r.Header.Del("Proxy-Connection")
	switch {
	case err != nil:
		p.refuse(w, r, http.StatusBadRequest, err.Error())
	case !sent && p.Authenticate && inside == nil:
		w.Header().Set("Proxy-Authenticate", `Basic realm="sandkasse"`)
		p.refuse(w, r, http.StatusProxyAuthRequired,
			"the server was started with --proxy-auth and wants a user name for the proxy; "+userHelp)
	case !p.answers(r):
		p.refuse(w, r, http.StatusForbidden, fmt.Sprintf(
			"sandkasse is a proxy for the hosts that it imitates, and %s is none; they are %s. Name other hosts in "+
				"NO_PROXY", target(r), strings.Join(p.Hosts, ", ")))
	case connects && inside != nil:
		p.refuse(w, r, http.StatusBadRequest, "this is a tunnel to "+r.Host+" already; send the call itself")
	case connects:
		p.connect(w, r, user)
	default:
		if inside != nil && !sent {
			user = inside.user
		}
		user.apply(r)
		next.ServeHTTP(w, r)
	}
}

// answers reports whether a request is for a host that the proxy answers for: an imitated one, or
// the server itself on its own port (K623).
func (p *Proxy) answers(r *http.Request) bool {
	host, port, ok := address.SplitHost(target(r))
	if !ok || host == "" {
		return false
	}
	if slices.Contains(p.Hosts, host) {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	ip := net.ParseIP(host)
	return port == strconv.Itoa(local.Port) && (p.Own(host) || ip != nil && (ip.IsLoopback() || ip.Equal(local.IP)))
}

// target returns the HOST:PORT that a request wants a proxy to reach.
func target(r *http.Request) string {
	if r.URL.Host != "" {
		return r.URL.Host
	}
	return r.Host
}

// connect tells the client that it is connected, and takes what follows as a connection of its own.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request, user User) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.refuse(w, r, http.StatusNotImplemented, "CONNECT is not served on this connection")
		return
	}
	// no more than what the headers of an answer are: a client has room for it
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	p.Take(&tunnel{Conn: conn, buffered: buffered.Reader, user: user})
}

// refuse answers with an error of Sandkasse's own.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	p.Note(slog.LevelWarn, "the proxy refused a request", "host", target(r), "status", status, "why", why)
	w.Header().Set("Sandkasse-Feil", wire.Printable(why))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, wire.Line(why))
}
