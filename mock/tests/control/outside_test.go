package control

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// raw sends bytes over a connection of their own, and returns the first answer. The method is what
// the answer is read for.
func raw(t *testing.T, base, method, text string) testkit.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q is answered by what is no answer: %v", text, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Response{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

// TestOutsideTellsThatItIsNoAgency: whatever no agency would answer so says that it is sandkasse's,
// and what would be right; nothing of it is in the words of the library that read it.
func TestOutsideTellsThatItIsNoAgency(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	const end = "\r\nHost: localhost\r\n\r\n"
	const bsu = "\r\nHost: innrapporteringbsu.api.skatteetaten-test.no\r\n\r\n"
	for text, want := range map[string]struct {
		status int
		tells  string
	}{
		"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n": {
			403,
			"example.org:443 is none",
		},
		"CONNECT example.org:443 HTTP/1.0\r\n\r\n": {
			403,
			"example.org:443 is none",
		},
		"CONNECT localhost:443 HTTP/1.1" + end: {
			403,
			"localhost:443 is none",
		},
		"CONNECT /innrapporteringbsu/v1/2023 HTTP/1.1" +
			end: {501, "for a HOST:PORT"},
		"CONNECT /_sandkasse/reset HTTP/1.1" + end:        {405, "POST is"},
		"GET / HTTP/3.7" + end:                            {505, "no other version"},
		"GET / HTTP/2.0" + end:                            {505, "no other version"},
		"POST /innrapporteringbsu/v1/2023 HTTP/0.9" + bsu: {505, "no other version"},
		"GET / HTTP/x" + end: {
			400,
			"is no request of HTTP",
		},
		"OPTIONS * HTTP/1.1" + end: {
			404,
			`"*", which is no path`,
		},
		"OPTIONS * HTTP/1.1" + bsu: {
			404,
			`"*", which is no path`,
		},
		"GET * HTTP/1.1" + bsu: {
			404,
			`"*", which is no path`,
		},
		"OPTIONS / HTTP/1.1" + end: {
			404,
			"no API answers at this address",
		},
		"GET / HTTP/1.1\r\n\r\n": {
			400,
			"header Host is missing",
		},
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n": {
			400,
			"header Host is no host",
		},
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"GET / HTTP/1.1\r\nHost: a\r\nx y: z\r\n\r\n": {
			400,
			"a character that may not stand there",
		},
		"GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"GET / HTTP/1.1\r\nHost: a\r\nx: \x01\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n": {
			501,
			"Transfer-Encoding must be chunked",
		},
		"POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: a\r\nExpect: 7\r\n\r\n": {
			417,
			"Expect has another value",
		},
		"POST /innrapporteringbsu/v1/2023 HTTP/1.0\r\nHost: a\r\nExpect: 7\r\n\r\n": {
			417,
			"Expect has another value",
		},
		"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 1<<20+8<<10) + "\r\n\r\n": {431, "longer than 1 MiB"},
		"GET /%zz HTTP/1.1" + end: {
			400,
			"is no request of HTTP",
		},
		"nonsense nonsense\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"\x80\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": {
			400,
			"is no request of HTTP",
		},
		"GET /favicon.ico HTTP/1.1" + end: {
			404,
			"no API answers at this address",
		},
		"GET /robots.txt HTTP/1.1" + end: {
			404,
			"no API answers at this address",
		},
		"GET /nowhere HTTP/1.0\r\n\r\n": {
			404,
			"no API answers at this address",
		},
		"POST / HTTP/1.1" + end: {
			404,
			"no API answers at this address",
		},
		"GET http://localhost/nowhere HTTP/1.1" + end: {
			403,
			"localhost is none",
		},
		"GET " + s.URL("") + "/nowhere HTTP/1.1" + end: {
			404,
			"no API answers at this address",
		},
		"GET http://evil.example/_sandkasse/calls HTTP/1.1" + end:       {403, "evil.example"},
		"GET /_session//x HTTP/1.1" + end:                               {400, "1 to 64 characters"},
		"GET /_scenario/nope/innrapporteringbsu/v1/2023 HTTP/1.1" + end: {400, "nope"},
		"GET /_sandkasse/nope HTTP/1.1" + end: {
			404,
			"lists what there is",
		},
		"GET /_session/a/_sandkasse//calls HTTP/1.1" +
			end: {404, "/_sandkasse/calls was perhaps meant"},
		"GET /_sandkasse/calls/live?limit=1 HTTP/1.1" + end: {400, "limit"},
		"PATCH /_sandkasse/reset HTTP/1.1" + end:            {405, "POST is"},
	} {
		method, _, _ := strings.Cut(text, " ")
		got := raw(t, s.URL(""), method, text)
		why := got.Header.Get("Sandkasse-Feil")
		if got.Status != want.status || !strings.Contains(why, want.tells) {
			t.Errorf("%.80q is answered %d with Sandkasse-Feil %q, want %d with %q", text, got.Status, why, want.status,
				want.tells)
		}
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%.80q is answered with %s", text, got.Header.Get("Content-Type"))
		}
		for _, word := range []string{"unsupported", "malformed", "net/http", "parse", "400 Bad Request"} {
			if strings.Contains(strings.ToLower(got.Body), strings.ToLower(word)) {
				t.Errorf("%.80q is answered %q", text, got.Body)
			}
		}
	}
	for _, text := range []string{
		"GET / HTTP/1.1" + end, "HEAD / HTTP/1.1" + end, "GET " + s.URL("") + " HTTP/1.1" +
			end, "GET / HTTP/1.0\r\n\r\n",
		"GET /_session/a HTTP/1.1" + end, "GET /_sandkasse HTTP/1.1" + end,
	} {
		method, _, _ := strings.Cut(text, " ")
		if got := raw(t, s.URL(""), method, text); got.Status != http.StatusFound ||
			!strings.HasSuffix(got.Header.Get("Location"), "/_sandkasse/") {
			t.Errorf("%q is answered %d %s", text, got.Status, got.Header)
		}
	}
	if got := raw(t, s.URL(""), "GET", "GET / HTTP/1.1"+bsu); got.Status != http.StatusNotFound ||
		!strings.Contains(got.Body, "GLD_021") {
		t.Errorf("the root of an imitated host is answered %d %s", got.Status, got.Body)
	}
}

// TestWithoutHost: an answer to a request without a host, as HTTP/1.0 allows, names the address
// that the server listens on.
func TestWithoutHost(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	for _, head := range []string{
		" HTTP/1.0\r\n\r\n", " HTTP/1.1\r\nHost:\r\n\r\n",
		" HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
	} {
		for path, want := range map[string]string{
			"/maskinporten/.well-known/oauth-authorization-server":            "/maskinporten/",
			"/.well-known/oauth-authorization-server/maskinporten":            "/maskinporten/",
			"/_session/a/maskinporten/.well-known/oauth-authorization-server": "/_session/a/maskinporten/",
			"/.well-known/oauth-authorization-server/_session/a/maskinporten": "/_session/a/maskinporten/",
		} {
			got := raw(t, s.URL(""), "GET", "GET "+path+head)
			var metadata struct {
				Issuer string
				Token  string `json:"token_endpoint"`
				Keys   string `json:"jwks_uri"`
			}
			if err := json.Unmarshal([]byte(got.Body), &metadata); err != nil {
				t.Fatalf("%s: %v in %s", path, err, got.Body)
			}
			for _, address := range []string{metadata.Issuer, metadata.Token, metadata.Keys} {
				if !strings.HasPrefix(address, s.URL("")+want) {
					t.Errorf("%s%q names %q, want one under %s", path, head, address, s.URL("")+want)
				}
			}
		}
		index := raw(t, s.URL(""), "GET", "GET /_sandkasse/"+head)
		if !strings.Contains(index.Body, s.URL("")+"/innrapporteringbsu") {
			t.Errorf("the index names no address: %s", index.Body)
		}
		if got := raw(t, s.URL(""), "POST", "POST /_sandkasse/reset"+
			strings.Replace(head, "\r\n\r\n", "\r\nOrigin: null\r\n\r\n", 1)); got.Status != http.StatusForbidden {
			t.Errorf("a page without origin gets %d %s", got.Status, got.Body)
		}
	}
}
