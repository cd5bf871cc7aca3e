package control

import (
	"fmt"
	"net/http"
	"slices"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/wire"
)

// checkHost refuses a request under a host that a web site could have: its owner can have that name
// point to this machine, and then the browser takes what the site's pages send for requests to the
// site itself (K481).
func (c *Control) checkHost(r *http.Request) error {
	name, _, ok := address.SplitHost(r.Host)
	if ok && (address.IsLocal(name) || slices.Contains(c.Hosts(), name)) {
		return nil
	}
	if !ok {
		return &failure{http.StatusMisdirectedRequest, fmt.Sprintf(
			"the Host %q is no host; it must be such as 127.0.0.1:8080 or localhost", r.Host)}
	}
	return &failure{http.StatusMisdirectedRequest, fmt.Sprintf(
		"the control API does not answer under the host %s, which a web site might have; ask for 127.0.0.1 or localhost, "+
			"or start the server with --hosts %s (in Go: Options.Hosts)", name, name)}
}

// checkOrigin refuses a request that a page of another site has the browser send, unless it only
// reads.
func checkOrigin(r *http.Request) error {
	if new(http.CrossOriginProtection).Check(r) == nil {
		return nil
	}
	from := "Sec-Fetch-Site: " + r.Header.Get("Sec-Fetch-Site")
	if origin := r.Header.Get("Origin"); origin != "" {
		from = "Origin: " + origin
	}
	return &failure{http.StatusForbidden, fmt.Sprintf(
		"a page of another web site (%s) may not use the control API; send this from a program, or from a page of %s",
		from, address.Server(r))}
}

// isCrossOrigin reports whether a page of another site has the browser send the request, whatever
// its method.
func isCrossOrigin(r *http.Request) bool {
	unsafe := *r
	unsafe.Method = http.MethodPost // those that only read pass the check
	return checkOrigin(&unsafe) != nil
}

// open returns the session of a request. A page of another site can look at a session, as anybody's
// link can, but not make one.
func (c *Control) open(r *http.Request, name string) (*session.Session, error) {
	if isCrossOrigin(r) {
		if there := c.Sessions.Get(name); there != nil {
			return there, nil
		}
		return c.Sessions.Detached(name), nil
	}
	sess, err := c.Sessions.Open(name)
	if err != nil {
		return nil, &failure{http.StatusServiceUnavailable, wire.Line(err.Error())}
	}
	return sess, nil
}
