package control

import (
	"fmt"
	"net/http"
	"slices"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/wire"
)

// checkHost refuses a request under a host that a web site could have (K481). The owner of such a
// name can have it point to this machine, and a browser then takes what the site's pages send here
// for requests to the site itself.
func (c *Control) checkHost(r *http.Request) error {
	name, _, ok := address.SplitHost(r.Host)
	if ok && (address.IsLocal(name) || slices.Contains(c.Hosts(), name)) {
		return nil
	}
	if !ok {
		return &apiError{http.StatusMisdirectedRequest, fmt.Sprintf(
			"the Host %q is no host; it must be such as 127.0.0.1:8080 or localhost", r.Host)}
	}
	return &apiError{http.StatusMisdirectedRequest, fmt.Sprintf(
		"the control API does not answer under the host %s, which a web site might have; "+
			"ask for 127.0.0.1 or localhost, or start the server with --hosts %s (in Go: Options.Hosts)", name, name)}
}

// checkOrigin refuses a request that a browser sends for a page of another site, unless it only
// reads.
func checkOrigin(r *http.Request) error {
	if new(http.CrossOriginProtection).Check(r) == nil {
		return nil
	}
	from := "Sec-Fetch-Site: " + r.Header.Get("Sec-Fetch-Site")
	if origin := r.Header.Get("Origin"); origin != "" {
		from = "Origin: " + origin
	}
	return &apiError{http.StatusForbidden, fmt.Sprintf(
		"a page of another web site (%s) may not use the control API; send this from a program, or from a page of %s",
		from, address.Server(r))}
}

// isCrossOrigin reports whether a browser sends the request for a page of another site, whatever
// its method.
func isCrossOrigin(r *http.Request) bool {
	unsafe := *r
	unsafe.Method = http.MethodPost // the check lets requests pass that only read
	return checkOrigin(&unsafe) != nil
}

// open returns the session of that name, and makes it where there is none. For a page of another
// site it makes none, and returns a session that is not kept.
func (c *Control) open(r *http.Request, name string) (*session.Session, error) {
	if isCrossOrigin(r) {
		if there := c.Sessions.Get(name); there != nil {
			return there, nil
		}
		return c.Sessions.Detached(name), nil
	}
	sess, err := c.Sessions.Open(name)
	if err != nil {
		return nil, &apiError{http.StatusServiceUnavailable, wire.Line(err.Error())}
	}
	return sess, nil
}
