package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"

	"sandkasse/mock/internal/address"
)

// Allow refuses a request, with a status and an error, that another site's page may have sent, or
// that names a host that is not ours. The control API refuses its own requests for the same reasons.
func (c *Control) Allow(r *http.Request, at address.Address) (status int, err error) {
	for _, err := range []error{c.checkHost(r, at), checkOrigin(r, at)} {
		if refused, ok := errors.AsType[*apiError](err); ok {
			return refused.status, err
		}
	}
	return 0, nil
}

// Call carries out an operation for another part of the server, on behalf of a request that was
// allowed, in the session of the address. The target is the path below Prefix with its query, such
// as calls?limit=1. It writes to w what the control API answers.
func (c *Control) Call(
	w http.ResponseWriter, on *http.Request, at address.Address, method, target string, body []byte,
) {
	u, err := url.Parse(Prefix + target)
	if err != nil {
		c.refuse(w, at, badRequest("%q is no address of the control API", target))
		return
	}
	r := on.WithContext(on.Context()) // a copy
	r.Method, r.URL, r.RequestURI, r.Header = method, u, u.RequestURI(), http.Header{}
	r.Form, r.PostForm, r.MultipartForm, r.TransferEncoding = nil, nil, nil, nil
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	at.URL, at.Scenarios = u, nil
	c.ServeHTTP(w, r, at, nil)
}
