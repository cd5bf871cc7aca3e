package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// tearing are scenarios that break off a call.
var tearing = fstest.MapFS{
	"closes.yaml": {Data: []byte("name: closes\ndescription: d\nclient: c\nsteps: [{do: [{close: true}]}]\n")},
	"resets.yaml": {Data: []byte("name: resets\ndescription: d\nclient: c\nsteps: [{do: [{reset: true}]}]\n")},
	"closes-after.yaml": {Data: []byte("name: closes-after\ndescription: d\nclient: c\n" +
		"steps: [{when: {outcome: success}, do: [{close: true}]}]\n")},
	"cuts.yaml": {Data: []byte("name: cuts\ndescription: d\nclient: c\n" +
		"steps: [{when: {outcome: success}, do: [{cut: 20}]}]\n")},
}

// watched is a connection that notes how the other side ended it.
type watched struct {
	net.Conn
	ended *atomic.Value
}

func (c watched) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.ended.CompareAndSwap(nil, ending{err})
	}
	return n, err
}

// ending holds the error with which a connection ended.
type ending struct{ error }

// TestTear: over HTTP/1.1 a scenario resets or closes the TCP connection, with TLS, in a tunnel and
// both; over HTTP/2 it ends the stream, and the connection goes on.
func TestTear(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Scenarios: tearing})
	proxy, err := url.Parse(s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	byTLS, err := url.Parse("https://" + port(s))
	if err != nil {
		t.Fatal(err)
	}
	for name, way := range map[string]struct {
		address string
		proxy   *url.URL
		set     func(*http.Protocols, bool)
	}{
		"HTTP":                   {"http://127.0.0.1", nil, (*http.Protocols).SetHTTP1},
		"TLS":                    {"https://127.0.0.1", nil, (*http.Protocols).SetHTTP1},
		"proxy":                  {"http://test.maskinporten.no", proxy, (*http.Protocols).SetHTTP1},
		"TLS in a tunnel":        {"https://test.maskinporten.no", proxy, (*http.Protocols).SetHTTP1},
		"TLS in a tunnel in TLS": {"https://test.maskinporten.no", byTLS, (*http.Protocols).SetHTTP1},
		"HTTP/2":                 {"http://127.0.0.1", nil, (*http.Protocols).SetUnencryptedHTTP2},
		"HTTP/2 over TLS":        {"https://127.0.0.1", nil, (*http.Protocols).SetHTTP2},
		"HTTP/2 in a tunnel":     {"https://test.maskinporten.no", proxy, (*http.Protocols).SetHTTP2},
	} {
		for _, scenario := range []string{"resets", "closes", "closes-after", "cuts"} {
			t.Run(name+" "+scenario, func(t *testing.T) {
				t.Parallel()
				session := strings.NewReplacer(" ", "-", "/", "-").Replace(name) + "-" + scenario
				isHTTP2 := strings.HasPrefix(name, "HTTP/2")
				var ended atomic.Value
				transport := &http.Transport{
					TLSClientConfig: trusting(s), Protocols: &http.Protocols{},
					DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
						conn, err := new(net.Dialer).DialContext(ctx, network, port(s))
						return watched{conn, &ended}, err
					},
				}
				if way.proxy != nil {
					transport.Proxy = http.ProxyURL(way.proxy)
				}
				if isHTTP2 && way.proxy != nil { // which is asked by HTTP/1.1
					transport.Protocols.SetHTTP1(true)
				}
				way.set(transport.Protocols, true)
				defer transport.CloseIdleConnections()
				call := func(scenario string) (reused bool, err error) {
					address := way.address + metadata
					if way.proxy == nil {
						address = way.address + "/maskinporten" + metadata
					}
					ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
						GotConn: func(got httptrace.GotConnInfo) { reused = got.Reused },
					})
					r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
					if err != nil {
						t.Fatal(err)
					}
					r.Header.Set("Sandkasse-Session", session) // since a scenario plays once in each
					if scenario != "" {
						r.Header.Set("Sandkasse-Scenario", scenario)
					}
					response, err := transport.RoundTrip(r)
					if err != nil {
						return reused, err
					}
					defer response.Body.Close()
					body, err := io.ReadAll(response.Body)
					if err == nil && response.StatusCode != http.StatusOK {
						t.Errorf("%s: %s", response.Status, body)
					}
					return reused, err
				}
				_, err := call(scenario)
				if err == nil {
					t.Fatal("the answer came whole")
				}
				if isHTTP2 {
					if !strings.Contains(err.Error(), "stream error") {
						t.Errorf("the stream ended with %v", err)
					}
					if reused, err := call(""); err != nil || !reused {
						t.Errorf("the next call on the connection: reused %v, %v", reused, err)
					}
					return
				}
				how, _ := ended.Load().(ending)
				if want := scenario == "resets"; errors.Is(how.error, syscall.ECONNRESET) != want {
					t.Errorf("the connection ended with %v, and the call with %v", how.error, err)
				}
				if strings.HasPrefix(scenario, "closes") && !errors.Is(how.error, io.EOF) {
					t.Errorf("the connection ended with %v, and the call with %v", how.error, err)
				}
				if _, err := call(""); err != nil {
					t.Errorf("the next call: %v", err)
				}
			})
		}
	}
}

// TestTearTunnelWithoutTLS: what is torn in a tunnel without TLS is the TCP connection.
func TestTearTunnelWithoutTLS(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Scenarios: tearing})
	for scenario, want := range map[string]error{"resets": syscall.ECONNRESET, "closes": io.EOF} {
		at := dial(t, s)
		if response, _ := at.send("CONNECT", connect+end); response.StatusCode != 200 {
			t.Fatal(response.Status)
		}
		if _, err := io.WriteString(at, read+"Sandkasse-Scenario: "+scenario+end+end); err != nil {
			t.Fatal(err)
		}
		if _, err := at.ReadByte(); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", scenario, err, want)
		}
	}
}
