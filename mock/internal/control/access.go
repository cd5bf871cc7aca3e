package control

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/wire"
)

// checkHost refuses a request under a host that a web site could have (K481). The owner of such a
// name can have it point to this machine, and a browser then takes what the site's pages send here
// for requests to the site itself. An agency's host is none of these, and has the documents of its API
// to which links of dialogs lead (K648).
func (c *Control) checkHost(r *http.Request, at address.Address) error {
	if c.IsOwn(r.Host) || at.RealHost != "" && isDocument(r.Method, at.URL.Path) {
		return nil
	}
	name, _, ok := address.SplitHost(r.Host)
	if !ok {
		return &apiError{http.StatusMisdirectedRequest, fmt.Sprintf(
			"the Host %q is no host; it must be such as 127.0.0.1:8080 or localhost", r.Host)}
	}
	elsewhere := "127.0.0.1 or localhost"
	if at.RealHost != "" {
		elsewhere = at.Own() + Prefix
	}
	return &apiError{http.StatusMisdirectedRequest, fmt.Sprintf(
		"the control API does not answer under the host %s, which a web site might have; "+
			"ask for %s, or start the server with --hosts %s (in Go: Options.Hosts)", name, elsewhere, name)}
}

// isDocument reports whether a request reads a document of a delivery.
func isDocument(method, path string) bool {
	return (method == http.MethodGet || method == http.MethodHead) && strings.HasPrefix(path, Prefix+"forsendelser/")
}

// IsOwn reports whether a Host header names a host that is Sandkasse's own, and that no web site
// can have. What a reverse proxy says about the host makes no difference (K641).
func (c *Control) IsOwn(host string) bool {
	name, _, ok := address.SplitHost(host)
	return ok && (address.IsLocal(name) || slices.Contains(c.Hosts(), name))
}

// checkOrigin refuses a request that a browser sends for a page of another site, unless it only
// reads. A page of the public address is not of another site.
func checkOrigin(r *http.Request, at address.Address) error {
	if new(http.CrossOriginProtection).Check(r) == nil {
		return nil
	}
	public := *r
	public.Host = at.ServerHost()
	if at.RealHost == "" && new(http.CrossOriginProtection).Check(&public) == nil {
		return nil
	}
	from := "Sec-Fetch-Site: " + r.Header.Get("Sec-Fetch-Site")
	if origin := r.Header.Get("Origin"); origin != "" {
		from = "Origin: " + origin
	}
	return &apiError{http.StatusForbidden, fmt.Sprintf(
		"a page of another web site (%s) may not use the control API; send this from a program, or from a page of %s",
		from, at.Server)}
}

// isCrossOrigin reports whether a browser sends the request for a page of another site, whatever
// its method.
func isCrossOrigin(r *http.Request, at address.Address) bool {
	unsafe := *r
	unsafe.Method = http.MethodPost // the check lets requests pass that only read
	return checkOrigin(&unsafe, at) != nil
}

// open sets the session of that name, which lasts until done is called. A request that only looks
// makes none: it gets one that is not kept where there is none of that name (K611). Nor does a page
// of another site.
func (c *request) open(r *http.Request, name string) (err error) {
	if isCrossOrigin(r, c.address) || onlyLooks(r) {
		if isCrossOrigin(r, c.address) {
			c.session = c.Sessions.Get(name)
		} else if c.session, err = c.Sessions.Look(name); err != nil {
			return unopened(err)
		}
		if c.session == nil {
			c.session = c.Sessions.Detached(name)
		}
		return nil
	}
	return c.keep(name)
}

// keep sets the session of that name, and makes it where there is none.
func (c *request) keep(name string) (err error) {
	c.done()
	if c.session, c.done, err = c.Sessions.Use(name); err != nil {
		return unopened(err)
	}
	return nil
}

// keepSession makes the session of a request that only looks where there is none, unless it is of a
// page of another site.
func (c *request) keepSession(r *http.Request) error {
	if isCrossOrigin(r, c.address) {
		return nil
	}
	return c.keep(c.session.Name)
}

// unopened returns the error of opening a session as the answer.
func unopened(err error) error {
	return &apiError{http.StatusServiceUnavailable, wire.Line(err.Error())}
}

// onlyLooks reports whether a request changes nothing.
func onlyLooks(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.URL.Path == Prefix+"verify"
}
