package gateway

import (
	"fmt"
	"net/http"
	"strings"
)

// notForAPI returns the status and the reason with which Sandkasse itself refuses a request that no
// API could be sent; 0 for one that is for an API. What the agencies' gateways answer to these is
// not known, and is not imitated (K482).
func notForAPI(r *http.Request) (status int, why string) {
	switch {
	case r.Method == http.MethodConnect:
		return http.StatusNotImplemented,
			"CONNECT is served over HTTP/1.1 only, for a HOST:PORT that sandkasse imitates; over HTTP/2, send the " +
				"call itself"
	case r.Method == "PRI" && r.ProtoMajor == 2: // the first line of every HTTP/2 connection (RFC 9113, 3.4)
		return http.StatusHTTPVersionNotSupported,
			"HTTP/2 is not spoken without TLS by this listener; use HTTP/1.1, such as with curl --http1.1"
	case r.URL.Path != "" && !strings.HasPrefix(r.URL.Path, "/"):
		return http.StatusNotFound, fmt.Sprintf(
			"the call is for %q, which is no path; it must begin with a slash, such as /_sandkasse/", r.URL.Path)
	}
	return 0, ""
}

// Imitates reports whether a host is that of an imitated API, so that every path under it belongs
// to that API.
func (g *Gateway) Imitates(host string) bool {
	_, ok := g.routes.apis[hostLabel(host)]
	return ok
}
