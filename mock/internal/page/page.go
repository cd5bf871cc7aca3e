// Package page is the web page of a server: it shows what happened, and makes things go wrong,
// without a terminal. It is a client of the control API in the same process, so it can do nothing
// that the control API cannot.
//
// Pages are plain forms and links, which work without JavaScript: a form that changes something is a
// POST, answered with a redirect to what it changed. One module makes them live. Everything that
// came from outside is text: templates escape it, and the policy of a page lets no script run but
// that module.
//
// A view is a file of Go and a template of the same name: it registers its pages (handle), asks the
// control API (request.ask, request.do), and returns a content or a redirect.
package page

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"strings"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/control"
)

// Prefix begins the path of every page.
const Prefix = control.Prefix + "page/"

// policy limits what a page may load and do: its own style and script, its own server, no other's.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'self'; frame-ancestors 'none'"

// maxForm bounds the body of a form, in bytes. A document that is pasted into one must fit.
const maxForm = 11 << 20

// Page answers the requests under Prefix. It is safe for concurrent use.
type Page struct {
	control *control.Control
	version string
	mux     *http.ServeMux
	labels  labels
}

// New returns the page of a server, which asks that control API.
func New(api *control.Control, version string) *Page {
	p := &Page{control: api, version: version, mux: http.NewServeMux()}
	p.handle("GET {$}", func(*request) (any, error) { return redirect("calls"), nil })
	p.handle("GET help", (*request).help)
	p.handle("GET switch", (*request).switchSession)
	p.mux.HandleFunc("GET "+Prefix+"assets/{name}", serveAsset)
	p.handleCalls()
	p.handleFail()
	p.handleReporting()
	p.handleKobo()
	p.handleTestdata()
	p.handle("GET report", (*request).report)
	p.handleWorkbench()
	p.handleSystemUsers()
	return p
}

// content is a page to show: the template of that name with the data, in the frame.
type content struct {
	template string // of templates/NAME.html
	title    string // of the window
	view     string // the path of the view in the navigation
	part     string // the block of the template to show alone; empty for the whole page
	status   int    // 0 for 200
	problem  string // that is shown above the data; empty for none
	data     any
}

// redirect is the path, below Prefix, of the page to show next.
type redirect string

// away is the whole path or address of the page to show next, also in another session.
type away string

// handle registers a page, with a pattern as http.ServeMux has it, below Prefix. The function
// returns a content, a redirect, an away or a file. Its error is shown as a page.
func (p *Page) handle(pattern string, show func(*request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	p.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		c := r.Context().Value(requestKey{}).(*request)
		c.http = r
		if method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
				c.write(w, c.failed(refusal{http.StatusBadRequest, "The form cannot be read, or is over 11 MiB."}))
				return
			}
		}
		result, err := show(c)
		if err != nil {
			result = c.failed(err)
		}
		c.write(w, result)
	})
}

// file is a result that is downloaded.
type file struct {
	name, contentType string
	body              []byte
}

// write writes the result of a page.
func (c *request) write(w http.ResponseWriter, result any) {
	h := w.Header()
	switch result := result.(type) {
	case redirect:
		http.Redirect(w, c.http, c.at.Location(Prefix+string(result)), http.StatusSeeOther)
		return
	case away:
		http.Redirect(w, c.http, string(result), http.StatusSeeOther)
		return
	case file:
		h.Set("Content-Type", result.contentType)
		h.Set("Content-Disposition", `attachment; filename="`+result.name+`"`)
		w.Write(result.body)
		return
	case content:
		var html bytes.Buffer
		if err := c.render(&html, result); err != nil {
			http.Error(w, "the page cannot be shown: "+err.Error(), http.StatusInternalServerError)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(cmp.Or(result.status, http.StatusOK))
		w.Write(html.Bytes())
	}
}

// failed returns the page that shows an error.
func (c *request) failed(err error) content {
	status, text := http.StatusInternalServerError, "something failed inside sandkasse; its log has the cause"
	if refused, ok := errors.AsType[refusal](err); ok {
		status, text = refused.status, refused.text
	}
	return content{template: "failed", title: "Not done", status: status, data: text}
}

// ServeHTTP answers a request for a path below Prefix, whose address was read as at. With a fault of
// the address as misaddressed it refuses the request and says that fault.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // without it a POST would not say which site it is from
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	status, err := p.control.Allow(r, at)
	if err == nil && misaddressed != nil {
		status, err = http.StatusBadRequest, misaddressed
	}
	if err != nil {
		h.Set("Sandkasse-Feil", printable(err.Error()))
		http.Error(w, err.Error(), status)
		return
	}
	at.Scenarios, at.Root = nil, at.SessionRoot
	c := &request{page: p, at: at}
	r = r.WithContext(withRequest(r.Context(), c))
	r.URL = at.URL
	c.http = r
	if _, pattern := p.mux.Handler(r); pattern == "" {
		c.write(w, c.failed(refusal{http.StatusNotFound, "There is no page at " + r.URL.Path + "."}))
		return
	}
	p.mux.ServeHTTP(w, r)
}
