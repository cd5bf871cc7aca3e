// Package docspage shows the OpenAPI documents of a server in a browser, with Swagger UI, to read and to try. All that
// a page needs comes from the server: Swagger UI is embedded.
package docspage

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/swaggest/swgui/v5/static"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/openapi"
	"sandkasse/mock/internal/wire"
)

// Prefix begins the path of every page; without its last slash it is that of their list.
const Prefix = control.Prefix + "docs/"

// policy limits what a page may load and do: nothing inline, and its own server only. Swagger UI has images in its
// style.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed assets
var files embed.FS

// Pages answers the requests for pages. It is safe for concurrent use.
type Pages struct {
	control *control.Control
	known   *catalog.Catalog
}

// New returns the pages of a server with that control API and catalogue.
func New(api *control.Control, known *catalog.Catalog) *Pages { return &Pages{api, known} }

// view holds what the template shows.
type view struct {
	Name   string   // of the document; empty for the list
	Title  string   // of the document
	Root   string   // path from the page to the control API, with a slash at its end
	Tokens []string // names of the APIs that the document's operations want tokens for
	All    []entry  // documents that there are
}

// entry is a document in the list.
type entry struct{ Name, Title string }

// ServeHTTP answers a request for a path below Prefix, or for Prefix without its last slash. Its address was read as
// at; with a fault of the address as misaddressed it refuses the request and says that fault.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	status, err := p.control.Allow(r, at)
	if err == nil && misaddressed != nil {
		status, err = http.StatusBadRequest, misaddressed
	}
	if err != nil {
		refuse(w, status, at.Explain(err.Error()))
		return
	}
	name := strings.TrimPrefix(strings.TrimPrefix(at.URL.Path+"/", Prefix), "/")
	name = strings.TrimSuffix(name, "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, r.Method+" is not served at "+at.URL.Path+"; GET is")
		return
	}
	if asset, ok := strings.CutPrefix(name, "assets/"); ok {
		serveAsset(w, r, asset)
		return
	}
	v := view{Name: name, Root: "../", All: p.entries()}
	if i := slices.IndexFunc(v.All, func(e entry) bool { return e.Name == name }); i >= 0 {
		v.Title, v.Tokens = v.All[i].Title, p.tokens(name)
	} else if name == "" {
		if v.Root = ""; strings.HasSuffix(at.URL.Path, "/") {
			v.Root = "../"
		}
	} else {
		why := "there is no document " + name + "; GET " + Prefix + " lists those there are"
		refuse(w, http.StatusNotFound, at.Explain(why))
		return
	}
	var page bytes.Buffer
	if err := pages().ExecuteTemplate(&page, "page.html", v); err != nil {
		refuse(w, http.StatusInternalServerError, "the page cannot be shown")
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.Write(page.Bytes())
}

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Sandkasse-Feil", wire.Printable(text))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, wire.Line(text))
}

// pages returns the templates. They are parsed for each page: few are asked for.
func pages() *template.Template { return template.Must(template.ParseFS(files, "assets/page.html")) }

// entries lists the documents.
func (p *Pages) entries() (all []entry) {
	for _, api := range p.known.APIs {
		all = append(all, entry{api.Name, api.Title})
	}
	return append(all, entry{openapi.ControlName, "Sandkasse's control API"}, entry{openapi.AllName, "Everything"})
}

// tokens returns the names of the APIs of a document whose operations want a token.
func (p *Pages) tokens(name string) (names []string) {
	for _, api := range p.known.APIs {
		wants := func(r *catalog.Route) bool { return slices.Contains(r.Checks, "token") }
		if slices.ContainsFunc(api.Routes, wants) && (name == api.Name || name == openapi.AllName) {
			names = append(names, api.Name)
		}
	}
	return names
}

// serveAsset answers a file of the pages, or one of Swagger UI.
func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	types := map[string]string{
		"docs.js": "text/javascript; charset=utf-8", "docs.css": "text/css; charset=utf-8",
		"swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8",
		"favicon-32x32.png": "image/png",
	}
	contentType, known := types[name]
	if !known {
		refuse(w, http.StatusNotFound, "there is no file "+name)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-cache")
	if body, err := files.ReadFile("assets/" + name); err == nil {
		w.Write(body)
		return
	}
	if body, err := static.FS.ReadFile(name); err == nil {
		w.Write(body)
		return
	}
	packed, err := static.FS.ReadFile(name + ".gz")
	if err != nil {
		refuse(w, http.StatusNotFound, "there is no file "+name)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(packed)
		return
	}
	if reader, err := gzip.NewReader(bytes.NewReader(packed)); err == nil { // embedded, and good
		io.Copy(w, reader)
	}
}
