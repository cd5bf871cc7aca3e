package control

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestNoSniff: every answer in sandkasse's own name forbids a browser to guess what it is, and no
// answer in an agency's name has a header that the agency's has not.
func TestNoSniff(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{})
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	at := strings.TrimPrefix(s.URL(""), "http://")
	for request, own := range map[string]bool{
		"GET / HTTP/1.1":                                   true,
		"GET /_sandkasse HTTP/1.1":                         true,
		"GET /_sandkasse/ HTTP/1.1":                        true,
		"GET /_sandkasse/calls HTTP/1.1":                   true,
		"GET /_sandkasse/calls.har HTTP/1.1":               true,
		"GET /_sandkasse/calls/live HTTP/1.1":              true,
		"GET /_sandkasse/calls/1 HTTP/1.1":                 true,
		"GET /_sandkasse/calls/99/curl HTTP/1.1":           true,
		"GET /_sandkasse/token?api=bsu HTTP/1.1":           true,
		"GET /_sandkasse/nothing HTTP/1.1":                 true,
		"PUT /_sandkasse/calls HTTP/1.1":                   true,
		"GET /_sandkasse/../x HTTP/1.1":                    true,
		"POST /_sandkasse/generate/bsu HTTP/1.1":           true,
		"GET /_session/%zz HTTP/1.1":                       true,
		"GET /_session/-/_sandkasse/ HTTP/1.1":             true,
		"GET /_scenario/none/innrapporteringbsu HTTP/1.1":  true,
		"CONNECT a:1 HTTP/1.1":                             true,
		"OPTIONS * HTTP/1.1":                               true,
		"GET /dialogporten/api/v1/serviceowner/x HTTP/1.1": false,
		"GET /innrapporteringbsu HTTP/1.1":                 false,
		"POST /innrapporteringbsu/v1/2023 HTTP/1.1":        false,
		"GET /nowhere HTTP/1.1":                            false,
		"GET /_sandkasse/ HTTP/9.1":                        true,
		"nonsense":                                         true,
	} {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", request)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		conn.Close()
		if err != nil {
			t.Errorf("%s: %v", request, err)
			continue
		}
		if got := answer.Header.Get("X-Content-Type-Options") == "nosniff"; got != own {
			t.Errorf("%s is answered %s with %v", request, answer.Status, answer.Header)
		}
	}
}
