package proxy

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// fixture is a proxy with what it has done.
type fixture struct {
	*Proxy
	next  http.Handler
	got   *http.Request // that next got last
	taken []net.Conn
	notes []string
}

func newFixture(authenticate bool) *fixture {
	f := &fixture{}
	f.Proxy = New(Config{
		Hosts: []string{"maskinporten.no", "kobo.corp.no"}, Own: func(host string) bool { return host == "builder" },
		Authenticate: authenticate,
		Take:         func(c net.Conn) { f.taken = append(f.taken, c) },
		Note: func(_ slog.Level, text string, args ...any) {
			f.notes = append(f.notes, fmt.Sprint(append([]any{text}, args...)...))
		},
	})
	f.next = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f.got = r })
	return f
}

// received returns a request as net/http gives it to a handler of a server at 127.0.0.1:8080.
func received(t *testing.T, text string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	return r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, net.Addr(local)))
}

// within returns the request as one in a tunnel of a user.
func within(r *http.Request, user User) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), tunnelKey{}, &tunnel{user: user}))
}

func basic(user string) string {
	return "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user)) + "\r\n"
}

// TestUser: the user name is the session and the scenarios, and errors say what is wrong with it.
func TestUser(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                              ` [] false`,
		basic("suite-1:x"):              `suite-1 [] true`,
		basic("suite-1:"):               `suite-1 [] true`,
		basic("suite-1:x:y"):            `suite-1 [] true`,
		basic("suite-1+slow;ms=10:x"):   `suite-1 [slow;ms=10] true`,
		basic("suite-1+a+GLD_1015:x"):   `suite-1 [a GLD_1015] true`,
		basic("+a:x"):                   ` [a] true`,
		basic(":x"):                     ` [] true`,
		basic("suite-1+:x"):             `suite-1 [] true`,
		basic("suite 1:x"):              "in the user name of the proxy, the session's name",
		basic("..:x"):                   "in the user name of the proxy, the session's name",
		"Proxy-Authorization: Basic %%": "must be Basic (RFC 7617); its user name is the session",
		"Proxy-Authorization: Bearer x": "must be Basic (RFC 7617); its user name is the session",
		basic("without-colon"):          "must be Basic (RFC 7617); its user name is the session",
	} {
		r := received(t, "GET / HTTP/1.1\r\nHost: x\r\n"+strings.TrimSuffix(header, "\r\n")+"\r\n\r\n")
		if header == "" {
			r.Header.Del("Proxy-Authorization")
		}
		user, sent, err := userOf(r)
		got := fmt.Sprint(user.Session, " ", user.Scenarios, " ", sent)
		if err != nil {
			got = err.Error()
		}
		if err != nil && !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("%q is %s, want %s", header, got, want)
		}
		if err != nil && !sent {
			t.Errorf("%q counts as not sent", header)
		}
	}
}

// TestApply: what a call names itself comes before the session of the user, and scenarios are added.
func TestApply(t *testing.T) {
	t.Parallel()
	user := User{Session: "u", Scenarios: []string{"a", "b"}}
	for text, want := range map[string]string{
		"GET /x HTTP/1.1\r\n":                                  "u [a b]",
		"GET /_session/p/x HTTP/1.1\r\n":                       " [a b]",
		"GET /_scenario/c/_session/p/x HTTP/1.1\r\n":           " [a b]",
		"GET /x HTTP/1.1\r\nsandkasse-session: h\r\n":          "h [a b]",
		"GET /x HTTP/1.1\r\nSandkasse-Scenario: own\r\n":       "u [own a b]",
		"GET http://maskinporten.no/_session/p HTTP/1.1\r\n":   " [a b]",
		"GET http://maskinporten.no/my_session/p HTTP/1.1\r\n": "u [a b]",
	} {
		r := received(t, text+"Host: x\r\n\r\n")
		user.apply(r)
		got := fmt.Sprint(r.Header.Get("Sandkasse-Session"), " ", r.Header["Sandkasse-Scenario"])
		if got != want {
			t.Errorf("%q is then %s, want %s", text, got, want)
		}
	}
}

// TestAnswers: the proxy answers for imitated hosts on any port, for the server itself on its own
// port, and for nothing else (K623).
func TestAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(false)
	for target, want := range map[string]bool{
		"maskinporten.no": true, "MaskinPorten.no.": true, "maskinporten.no:443": true, "maskinporten.no:8080": true,
		"kobo.corp.no:1": true, "sub.maskinporten.no": false, "maskinporten.no.evil.example": false,
		"127.0.0.1:8080": true, "127.0.0.2:8080": true, "[::1]:8080": true, "builder:8080": true,
		"127.0.0.1": false, "127.0.0.1:8081": false, "[::1]": false, "builder": false, "builder:1": false,
		"192.168.1.1:8080": false, "db:8080": false, "www.example.org:8080": false,
	} {
		r := received(t, "GET http://"+target+"/ HTTP/1.1\r\nHost: other\r\n\r\n")
		if got := f.answers(r); got != want {
			t.Errorf("%s is answered: %t", target, got)
		}
		f.got = nil
		w := httptest.NewRecorder()
		f.Serve(w, r, f.next)
		if (f.got != nil) != want || !want && (w.Code != http.StatusForbidden ||
			!strings.Contains(w.Body.String(), "maskinporten.no, kobo.corp.no") ||
			w.Header().Get("Sandkasse-Feil") == "") {
			t.Errorf("%s gets %d: %s", target, w.Code, w.Body)
		}
	}
	r := received(t, "GET http://127.0.0.1:80/ HTTP/1.1\r\nHost: x\r\n\r\n")
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey,
		net.Addr(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 80})))
	for target, want := range map[string]bool{"10.0.0.7": true, "10.0.0.7:80": true, "10.0.0.8": false} {
		r.URL.Host = target
		if got := f.answers(r); got != want {
			t.Errorf("at 10.0.0.7:80, %s is answered: %t", target, got)
		}
	}
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.UnixAddr{})))
	if r.URL.Host = "127.0.0.1:80"; f.answers(r) {
		t.Error("where the server has no port, a loopback address is taken for it")
	}
	if len(f.notes) == 0 || !strings.Contains(f.notes[0], "the proxy refused a request") {
		t.Errorf("the log has %q", f.notes)
	}
}

// TestServe: which requests are the proxy's, and how it answers them.
func TestServe(t *testing.T) {
	t.Parallel()
	const host, absolute = "Host: maskinporten.no\r\n", "GET http://maskinporten.no/jwk HTTP/1.1\r\n"
	const connect = "CONNECT maskinporten.no:443 HTTP/1.1\r\n"
	for name, c := range map[string]struct {
		text         string
		authenticate bool
		inside       bool // a tunnel of the user in-tunnel
		status       int  // 0: next answers
		tells        string
		session      string // in the request that next gets
	}{
		"a call for no proxy":       {text: "GET /jwk HTTP/1.1\r\n" + host},
		"that with a user":          {text: "GET /jwk HTTP/1.1\r\n" + host + basic("u:x")},
		"that where users are must": {text: "GET /jwk HTTP/1.1\r\n" + host, authenticate: true},
		"without a user":            {text: absolute + host},
		"with a user":               {text: absolute + host + basic("u:x"), session: "u"},
		"without a user that must": {
			text: absolute + host, authenticate: true, status: 407, tells: "--proxy-auth",
		},
		"with a user that must": {text: absolute + host + basic("u:x"), authenticate: true, session: "u"},
		"with a user that cannot be": {
			text: absolute + host + basic("u u:x"), status: 400, tells: "a session's name has",
		},
		"in a tunnel":               {text: "GET /jwk HTTP/1.1\r\n" + host, inside: true, session: "in-tunnel"},
		"in a tunnel, absolute":     {text: absolute + host, inside: true, session: "in-tunnel"},
		"in a tunnel, another user": {text: absolute + host + basic("u:x"), inside: true, session: "u"},
		"in a tunnel where users must": {
			text: absolute + host, authenticate: true, inside: true, session: "in-tunnel",
		},
		"a tunnel in a tunnel": {
			text: connect + host, inside: true, status: 400, tells: "a tunnel to maskinporten.no:443 already",
		},
		"a tunnel to nowhere": {
			text: "CONNECT www.example.org:443 HTTP/1.1\r\n" + host, status: 403, tells: "www.example.org:443 is none",
		},
		"a tunnel without a user": {text: connect + host, authenticate: true, status: 407, tells: "--proxy-auth"},
		"a tunnel where no connection can be taken over": {
			text: connect + host, status: 501, tells: "not served on this connection",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(c.authenticate)
			r := received(t, c.text+"\r\n")
			if c.inside {
				r = within(r, User{Session: "in-tunnel"})
			}
			w := httptest.NewRecorder()
			f.Serve(w, r, f.next)
			if (f.got != nil) != (c.status == 0) || c.status != 0 && w.Code != c.status ||
				!strings.Contains(w.Body.String(), c.tells) || len(f.taken) != 0 {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
			if (w.Header().Get("Proxy-Authenticate") != "") != (w.Code == 407) {
				t.Errorf("the header is %v", w.Header())
			}
			if f.got != nil && f.got.Header.Get("Sandkasse-Session") != c.session {
				t.Errorf("the session is %q, want %q", f.got.Header.Get("Sandkasse-Session"), c.session)
			}
			isProxys := strings.HasPrefix(c.text, absolute)
			if f.got != nil && isProxys && f.got.Header.Get("Proxy-Authorization") != "" {
				t.Error("the host gets the user of the proxy")
			}
		})
	}
}

// TestNotReceived: a request that a program made for the handler, whatever its address, is for no
// proxy; nor is CONNECT over HTTP/2 (K625).
func TestNotReceived(t *testing.T) {
	t.Parallel()
	f := newFixture(true)
	for _, r := range []*http.Request{
		httptest.NewRequestWithContext(t.Context(), "GET", "http://www.example.org/x", nil),
		httptest.NewRequestWithContext(t.Context(), "CONNECT", "www.example.org:443", nil),
	} {
		f.got = nil
		if f.Serve(httptest.NewRecorder(), r, f.next); f.got == nil {
			t.Errorf("%s %s is answered by the proxy", r.Method, r.URL)
		}
	}
	r := received(t, "CONNECT maskinporten.no:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	r.ProtoMajor, f.got = 2, nil
	if f.Serve(httptest.NewRecorder(), r, f.next); f.got == nil {
		t.Error("CONNECT over HTTP/2 is answered by the proxy")
	}
}

// hijackable is a ResponseWriter whose connection can be taken over.
type hijackable struct {
	http.ResponseWriter
	conn net.Conn
	sent string // together with the request
}

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	reader := bufio.NewReader(io.MultiReader(strings.NewReader(h.sent), h.conn))
	reader.Peek(len(h.sent)) // as net/http has read it with the request
	return h.conn, bufio.NewReadWriter(reader, bufio.NewWriter(h.conn)), nil
}

// TestConnect: the client gets an answer, and what follows is taken as a connection of
// its own, in which calls have the user of the tunnel.
func TestConnect(t *testing.T) {
	t.Parallel()
	f := newFixture(true)
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	r := received(t, "CONNECT maskinporten.no:443 HTTP/1.1\r\nHost: x\r\n"+basic("u+a:x")+"\r\n")
	answer := make(chan string, 1)
	go func() {
		b := make([]byte, 100)
		n, _ := theirs.Read(b)
		answer <- string(b[:n])
		io.WriteString(theirs, " and later")
		theirs.Close()
	}()
	f.Serve(hijackable{httptest.NewRecorder(), ours, "sent at once,"}, r, f.next)
	if got := <-answer; got != "HTTP/1.1 200 Connection established\r\n\r\n" {
		t.Errorf("the client is told %q", got)
	}
	if len(f.taken) != 1 {
		t.Fatalf("%d connections are taken", len(f.taken))
	}
	inside := f.taken[0]
	if text, err := io.ReadAll(inside); string(text) != "sent at once, and later" || err != nil {
		t.Errorf("in the tunnel there is %q: %v", text, err)
	}
	ctx := ConnContext(t.Context(), outer{outer{inside}})
	call := received(t, "GET /jwk HTTP/1.1\r\nHost: maskinporten.no\r\n\r\n")
	if f.Serve(httptest.NewRecorder(), call.WithContext(ctx), f.next); f.got == nil ||
		f.got.Header.Get("Sandkasse-Session") != "u" || f.got.Header.Get("Sandkasse-Scenario") != "a" {
		t.Errorf("a call in the tunnel has the header %v", f.got.Header)
	}
	if ctx := ConnContext(t.Context(), outer{ours}); ctx != t.Context() {
		t.Error("a connection that is in no tunnel has one")
	}
}

// outer is a connection over another one.
type outer struct{ net.Conn }

func (o outer) NetConn() net.Conn { return o.Conn }

// gone is a connection whose client has gone.
type gone struct {
	net.Conn
	closed bool
}

func (*gone) Write([]byte) (int, error) { return 0, errors.New("gone") }

func (g *gone) Close() error {
	g.closed = true
	return nil
}

// TestConnectGone: a connection whose client has gone before the answer is closed.
func TestConnectGone(t *testing.T) {
	t.Parallel()
	f := newFixture(false)
	conn := &gone{}
	r := received(t, "CONNECT maskinporten.no:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Serve(hijackable{httptest.NewRecorder(), conn, ""}, r, f.next)
	if !conn.closed || len(f.taken) != 0 {
		t.Errorf("the connection is closed: %t; %d are taken", conn.closed, len(f.taken))
	}
}
