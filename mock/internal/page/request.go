package page

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
)

// request is a request for a page.
type request struct {
	page *Page
	http *http.Request
	at   address.Address
}

// requestKey is the key of the *request in the context of its http.Request.
type requestKey struct{}

func withRequest(ctx context.Context, c *request) context.Context {
	return context.WithValue(ctx, requestKey{}, c)
}

// refusal is an error that is shown to the user: a sentence of the control API, with its status.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

// get returns what a GET of the control API answers, below its prefix: calls?limit=1. The error is a
// refusal.
func (c *request) get(target string) ([]byte, error) { return c.do(http.MethodGet, target, nil) }

// ask reads what a GET of the control API answers into a value.
func (c *request) ask(target string, into any) error {
	text, err := c.get(target)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	return err
}

// do carries out an operation of the control API, with a body that is JSON, bytes as they are, or nil
// for none, and returns its answer. The error is a refusal.
func (c *request) do(method, target string, body any) ([]byte, error) {
	text, isBytes := body.([]byte)
	if body != nil && !isBytes {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	c.page.control.Call(answer, c.http, c.at, method, target, text)
	if answer.status >= http.StatusBadRequest {
		return nil, refusal{answer.status, strings.TrimSpace(answer.body.String())}
	}
	return answer.body.Bytes(), nil
}

// answer is a ResponseWriter that keeps what is written.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(text []byte) (int, error) { return a.body.Write(text) }

// FlushError does nothing: all is kept until the end.
func (a *answer) FlushError() error { return nil }

// SetWriteDeadline does nothing: nobody has to read.
func (a *answer) SetWriteDeadline(time.Time) error { return nil }

// value returns a parameter of the address or a field of the form, without blanks around it.
func (c *request) value(name string) string { return strings.TrimSpace(c.http.FormValue(name)) }

// segment returns a part of the path of that name, as it stands in an address.
func (c *request) segment(name string) string { return url.PathEscape(c.http.PathValue(name)) }

// base returns the address that the links of a page are relative to.
func (c *request) base() string { return c.at.Location(Prefix) }

// switchSession shows the calls of another session.
func (c *request) switchSession() (any, error) {
	name := c.value("session")
	if err := address.CheckSession(name); err != nil {
		return nil, refusal{http.StatusBadRequest, err.Error()}
	}
	return away(c.at.In(name).Location(Prefix + "calls")), nil
}

// query returns a query with the given values, without the empty ones; with a question mark before
// it, unless it is empty.
func query(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// printable returns a sentence for a header.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, text)
}
