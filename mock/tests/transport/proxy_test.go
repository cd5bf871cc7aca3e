package transport

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// TestProxyUser: the user name of the proxy is the session, and asks for scenarios, in all calls of
// a tunnel and in calls without one.
func TestProxyUser(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for name, c := range map[string]struct {
		scheme    string
		protocols []func(*http.Protocols, bool)
	}{
		"HTTP/2 in a tunnel":   {"https", []func(*http.Protocols, bool){(*http.Protocols).SetHTTP2}},
		"HTTP/1.1 in a tunnel": {"https", nil},
		"no tunnel":            {"http", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session := strings.NewReplacer(" ", "-", "/", "-").Replace(name)
			address := c.scheme + "://test.maskinporten.no" + metadata
			client := proxied(t, s, session+":x@", c.protocols...)
			failing := proxied(t, s, session+"+temporarily_unavailable:x@", c.protocols...)
			for range 2 {
				if response, body := get(t, client, address); response.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", response.Status, body)
				}
				if response, body := get(t, failing, address); response.StatusCode != http.StatusServiceUnavailable ||
					response.Header.Get("Sandkasse-Played") != "temporarily_unavailable" {
					t.Errorf("%s %s: %s", response.Status, response.Header, body)
				}
			}
			one, err := s.Server().Session(session)
			if err != nil {
				t.Fatal(err)
			}
			if calls := one.Calls(mock.CallQuery{}); len(calls) != 4 {
				t.Errorf("the session has %d calls, want 4", len(calls))
			} else if got := calls[0].Request.Header.Get("Proxy-Authorization"); got != "" {
				t.Errorf("the host got the user of the proxy, %s", got)
			}
			// What a call says itself goes before what the proxy says.
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Sandkasse-Session", session+"-own")
			response, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			own, err := s.Server().Session(session + "-own")
			if err != nil {
				t.Fatal(err)
			}
			if len(own.Calls(mock.CallQuery{})) != 1 {
				t.Error("a call that names its session is in another one")
			}
		})
	}
	unknown := proxied(t, s, "a+nonsense:x@")
	if response, body := get(t, unknown, "https://test.maskinporten.no"+metadata); response.StatusCode != 400 ||
		!strings.Contains(body, "nonsense") {
		t.Errorf("an unknown scenario is answered %s: %s", response.Status, body)
	}
	if len(s.Calls(mock.CallQuery{})) != 0 {
		t.Error("the default session has calls")
	}
}

// byHand is a connection to a server for requests that are written by hand.
type byHand struct {
	t *testing.T
	net.Conn
	*bufio.Reader
}

func dial(t *testing.T, s *mocktest.Session) byHand {
	t.Helper()
	conn, err := net.Dial("tcp", port(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return byHand{t, conn, bufio.NewReader(conn)}
}

func (c byHand) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// send writes a text, and returns the answer to it, with its body.
func (c byHand) send(method, text string) (*http.Response, string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
	response, err := http.ReadResponse(c.Reader, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("%q: %v", text, err)
	}
	if method == "CONNECT" && response.StatusCode == http.StatusOK { // what follows is no body
		return response, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response, string(body)
}

const (
	connect = "CONNECT test.maskinporten.no:443 HTTP/1.1\r\nHost: test.maskinporten.no:443\r\n"
	read    = "GET " + metadata + " HTTP/1.1\r\nHost: test.maskinporten.no\r\n"
	end     = "\r\n"
)

// TestTunnel: a tunnel may have been used before the server has said that it is there, and holds no
// other.
func TestTunnel(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	at := dial(t, s)
	if _, err := io.WriteString(at, connect+end+read+end); err != nil { // all at once
		t.Fatal(err)
	}
	if response, _ := at.send("CONNECT", ""); response.StatusCode != 200 ||
		response.Header.Get("Content-Length") != "" {
		t.Fatalf("CONNECT is answered %s %s", response.Status, response.Header)
	}
	if response, body := at.send("GET", ""); response.StatusCode != 200 || !strings.Contains(body, "token_endpoint") {
		t.Errorf("the call after it is answered %s: %s", response.Status, body)
	}
	if response, body := at.send("CONNECT", connect+end); response.StatusCode != 400 ||
		!strings.Contains(body, "a tunnel to test.maskinporten.no:443 already") {
		t.Errorf("CONNECT in a tunnel is answered %s: %s", response.Status, body)
	}
	for user, want := range map[string]string{
		"Basic YS8vYg==": `"a//b" has the character '/'`, // a//b, without a colon
		"Bearer abc":     "must be Basic",
		"Basic !":        "must be Basic",
		"Basic YS8vYjp4": "a session's name",
	} {
		response, body := dial(t, s).send("CONNECT", connect+"Proxy-Authorization: "+user+end+end)
		if response.StatusCode != 400 || user != "Basic YS8vYg==" && !strings.Contains(body, want) ||
			response.Header.Get("Sandkasse-Feil") == "" {
			t.Errorf("%s is answered %s: %s; want %s", user, response.Status, body, want)
		}
	}
}

// TestProxyAuth: with ProxyAuth, clients that name no user are asked for one, and may be in any
// session then; calls that use no proxy need none.
func TestProxyAuth(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{ProxyAuth: true})
	for method, text := range map[string]string{
		"CONNECT": connect, "GET": "GET http://test.maskinporten.no" + metadata + " HTTP/1.1\r\nHost: x\r\n",
	} {
		at := dial(t, s)
		response, body := at.send(method, text+end)
		if response.StatusCode != 407 || !strings.HasPrefix(response.Header.Get("Proxy-Authenticate"), "Basic ") ||
			!strings.Contains(body, "--proxy-auth") {
			t.Errorf("%s without a user is answered %s %s: %s", method, response.Status, response.Header, body)
		}
		// on the same connection, as Java and .NET do
		response, body = at.send(method, text+"Proxy-Authorization: Basic czp4"+end+end)
		if response.StatusCode != 200 {
			t.Errorf("%s with a user is answered %s: %s", method, response.Status, body)
		}
	}
	if response, body := dial(t, s).send("GET", read+end); response.StatusCode != 200 {
		t.Errorf("a call for no proxy is answered %s: %s", response.Status, body)
	}
	if response, _ := get(t, proxied(t, s, "a:x@"), "https://maskinporten.no"+metadata); response.StatusCode != 200 {
		t.Errorf("a tunnel with a user: %s", response.Status)
	}
}

// TestConnectOverHTTP2: it is refused with 501, also for a host that is imitated.
func TestConnectOverHTTP2(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for scheme, set := range map[string]func(*http.Protocols, bool){
		"http": (*http.Protocols).SetUnencryptedHTTP2, "https": (*http.Protocols).SetHTTP2,
	} {
		r, err := http.NewRequestWithContext(t.Context(), "CONNECT", scheme+"://test.maskinporten.no:443", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := pointed(t, s, set).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 501 || !strings.Contains(string(body), "over HTTP/1.1 only") {
			t.Errorf("%s: %s %s (%v)", scheme, response.Status, body, err)
		}
	}
}

// TestProxyOfItself: the server is reached through itself on its own port, and other programs on
// the machine are not taken for it.
func TestProxyOfItself(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	client := proxied(t, s, "")
	// the client of Go passes a proxy by for these, so the requests are written by hand
	_, own, err := net.SplitHostPort(port(s))
	if err != nil {
		t.Fatal(err)
	}
	for host, status := range map[string]int{
		"127.0.0.1:" + own: 200, "localhost:" + own: 200, "a.localhost:" + own: 200, "[::1]:" + own: 200,
		"127.0.0.1": 403, "127.0.0.1:1": 403, "localhost:1": 403, "db:" + own: 403, "example.com:" + own: 403,
		"example.com":     403,
		"10.0.0.1:" + own: 403,
	} {
		response, body := dial(t, s).send("GET",
			fmt.Sprintf("GET http://%s/_sandkasse/health HTTP/1.1\r\nHost: x\r\n\r\n", host))
		if response.StatusCode != status {
			t.Errorf("%s is answered %s: %s", host, response.Status, body)
		}
	}
	client.CloseIdleConnections()
}

// TestRefusalOverTLS: what net/http refuses over TLS is put in sandkasse's words too.
func TestRefusalOverTLS(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	conn, err := tls.Dial("tcp", port(s), trusting(s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	response, body := byHand{t, conn, bufio.NewReader(conn)}.send("GET", "nonsense nonsense\r\n\r\n")
	if response.StatusCode != 400 || !strings.Contains(response.Header.Get("Sandkasse-Feil"), "no request of HTTP") {
		t.Errorf("%s %s: %s", response.Status, response.Header, body)
	}
}
