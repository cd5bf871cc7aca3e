// Package transport tests how calls reach a server: HTTP and TLS on one port, HTTP/2, and the
// proxy.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// trusting returns the TLS settings of a client that trusts nobody but the server's CA.
func trusting(s *mocktest.Session) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Server().CACertificate())
	return &tls.Config{RootCAs: pool}
}

// port returns the HOST:PORT of a server.
func port(s *mocktest.Session) string { return strings.TrimPrefix(s.URL(""), "http://") }

// pointed returns a client of a server whose name resolution points all hosts to it.
func pointed(t *testing.T, s *mocktest.Session, protocols ...func(*http.Protocols, bool)) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: trusting(s), Protocols: &http.Protocols{},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, port(s))
		},
	}
	for _, set := range protocols {
		set(transport.Protocols, true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// proxied returns a client that reaches everything through the server as a proxy. user is what
// stands before the host in the address of the proxy, such as suite-1:x@.
func proxied(t *testing.T, s *mocktest.Session, user string, protocols ...func(*http.Protocols, bool)) *http.Client {
	t.Helper()
	proxy, err := url.Parse("http://" + user + port(s))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig: trusting(s), Proxy: http.ProxyURL(proxy), Protocols: &http.Protocols{},
	}
	for _, set := range append(protocols, (*http.Protocols).SetHTTP1) {
		set(transport.Protocols, true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// get makes a call, and returns its answer with the body.
func get(t *testing.T, client *http.Client, address string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Send(t, client, r)
}

const metadata = "/.well-known/oauth-authorization-server"

// TestProtocols: one port speaks HTTP/1.1 and HTTP/2, each with TLS and without.
func TestProtocols(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for name, c := range map[string]struct {
		scheme string
		set    func(*http.Protocols, bool)
		major  int
	}{
		"HTTP/1.1":               {"http", (*http.Protocols).SetHTTP1, 1},
		"HTTP/2 without TLS":     {"http", (*http.Protocols).SetUnencryptedHTTP2, 2},
		"HTTP/1.1 over TLS":      {"https", (*http.Protocols).SetHTTP1, 1},
		"HTTP/2 over TLS":        {"https", (*http.Protocols).SetHTTP2, 2},
		"of the client's choice": {"https", func(p *http.Protocols, on bool) { p.SetHTTP1(on); p.SetHTTP2(on) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := pointed(t, s, c.set)
			response, body := get(t, client, c.scheme+"://127.0.0.1/maskinporten"+metadata)
			if want := c.scheme + "://127.0.0.1/maskinporten/token"; response.StatusCode != http.StatusOK ||
				response.ProtoMajor != c.major || !strings.Contains(body, want) {
				t.Errorf("%s %s: %s; want HTTP/%d and %s", response.Proto, response.Status, body, c.major, want)
			}
			if (c.scheme == "https") != (response.TLS != nil) {
				t.Errorf("TLS is %v", response.TLS)
			}
		})
	}
}

// TestOldTLS: TLS 1.2 is spoken, and nothing older.
func TestOldTLS(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for version, spoken := range map[uint16]bool{
		tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		config := trusting(s)
		config.ServerName, config.MinVersion, config.MaxVersion = "test.maskinporten.no", version, version
		conn, err := tls.Dial("tcp", port(s), config)
		if (err == nil) != spoken {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

// TestProxy: with nothing but the address of a proxy and the CA, a client reaches the imitated
// hosts by their production addresses, with TLS and without, and no other hosts.
func TestProxy(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	client := proxied(t, s, "", (*http.Protocols).SetHTTP2)
	for _, host := range []string{
		"https://test.maskinporten.no", "https://maskinporten.no", "http://test.maskinporten.no",
	} {
		response, body := get(t, client, host+metadata)
		want := `"issuer":"` + strings.Replace(host, "http:", "https:", 1) + `/"`
		if response.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s is answered %s: %s; want %s", host, response.Status, body, want)
		}
		if (response.ProtoMajor == 2) != strings.HasPrefix(host, "https") {
			t.Errorf("%s is answered by %s", host, response.Proto)
		}
	}
	response, body := get(t, client, "http://www.example.org/")
	if response.StatusCode != http.StatusForbidden || !strings.Contains(body, "test.maskinporten.no") ||
		!strings.Contains(response.Header.Get("Sandkasse-Feil"), "NO_PROXY") {
		t.Errorf("a foreign host is answered %s %s: %s", response.Status, response.Header, body)
	}
	if _, err := client.Get("https://www.example.org/"); err == nil || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("a tunnel to a foreign host: %v", err)
	}
}

// TestCurl: curl reaches production addresses by each way that it has.
func TestCurl(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatalf("install curl: %v", err)
	}
	s := mocktest.Start(t)
	ca := caFile(t, s)
	const address = "https://test.maskinporten.no" + metadata
	host, _, _ := net.SplitHostPort(port(s))
	_, portNumber, _ := net.SplitHostPort(port(s))
	other := "test.maskinporten.no:" + portNumber
	for name, args := range map[string][]string{
		"proxy":             {"--proxy", s.URL(""), "--cacert", ca, address},
		"proxy, HTTP/1.1":   {"--proxy", s.URL(""), "--cacert", ca, "--http1.1", address},
		"proxy, no TLS":     {"--proxy", s.URL(""), strings.Replace(address, "https", "http", 1)},
		"tunnel, no TLS":    {"--proxy", s.URL(""), "--proxytunnel", strings.Replace(address, "https", "http", 1)},
		"proxy by https":    {"--proxy", "https://" + port(s), "--proxy-cacert", ca, "--cacert", ca, address},
		"names":             {"--connect-to", "::" + port(s), "--cacert", ca, "--http2", address},
		"resolve":           {"--resolve", other + ":" + host, "--cacert", ca, "https://" + other + metadata},
		"HTTP/2 at once":    {"--http2-prior-knowledge", s.URL("maskinporten") + metadata},
		"HTTP/2 by upgrade": {"--http2", s.URL("maskinporten") + metadata},
		"base address":      {"--cacert", ca, "https://" + port(s) + "/maskinporten" + metadata},
		"localhost":         {"--cacert", ca, "https://localhost:" + portNumber + "/maskinporten" + metadata},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-sS", "--fail-with-body", "--noproxy", "", "--max-time", "60"}, args...)
			output, err := exec.CommandContext(t.Context(), "curl", args...).CombinedOutput()
			if err != nil || !strings.Contains(string(output), "token_endpoint") {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

// TestMachineClock: the clock of a session, and that of the server's options, do not matter to TLS: the
// certificate is for the time of the machine.
func TestMachineClock(t *testing.T) {
	t.Parallel()
	far := time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)
	s := mocktest.StartWith(t, mock.Options{Clock: func() time.Time { return far }})
	if err := s.Clock().Freeze(far.AddDate(20, 0, 0)); err != nil {
		t.Fatal(err)
	}
	response, body := get(t, pointed(t, s, (*http.Protocols).SetHTTP2), "https://test.maskinporten.no"+metadata)
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", response.Status, body)
	}
}
