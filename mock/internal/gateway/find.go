package gateway

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"sandkasse/mock/internal/catalog"
)

// routes finds the API and the route of a call. This is the only file that knows gorilla/mux, and it uses it to match paths and nothing
// else: mux answers 404 where 405 is due when a later route matches under a prefix, so methods are looked up here.
type routes struct {
	apis map[string]apiRoutes // by label
}

type apiRoutes struct {
	api     *catalog.API
	paths   *mux.Router
	methods map[string]map[string]*catalog.Route // path template → method → route
}

// found is what a call turned out to be for. api is nil when no API answers at the address; route is nil when the API has no such path
// (allow is empty then) or not with this method (allow names those it has).
type found struct {
	api    *catalog.API
	route  *catalog.Route
	params map[string]string
	path   string // under the API's address
	at     string // the template of the path, when there is one
	allow  string
}

func newRoutes(c *catalog.Catalog) routes {
	all := routes{apis: map[string]apiRoutes{}}
	for _, api := range c.APIs {
		r := apiRoutes{api: api, paths: mux.NewRouter(), methods: map[string]map[string]*catalog.Route{}}
		for _, route := range api.Routes {
			for _, path := range route.Paths {
				if r.methods[path] == nil {
					r.methods[path] = map[string]*catalog.Route{}
					r.paths.Path(path).Name(path)
				}
				r.methods[path][route.Method] = route
			}
		}
		all.apis[strings.ToLower(api.Label)] = r
	}
	return all
}

// find looks at the host's first label, then at the first segment of the path that the modifiers left (design, section 4, Addresses). A path is matched to the letter: a
// trailing slash is another path, HEAD and OPTIONS are methods like others (K019).
func (all routes) find(address *url.URL, r *http.Request) found {
	path := address.Path
	if escaped := address.EscapedPath(); strings.Contains(strings.ToLower(escaped), "%2f") {
		path = escaped // a slash in disguise separates nothing
	}
	at, byHost := all.apis[hostLabel(r.Host)]
	label, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if byPath, ok := all.apis[strings.ToLower(label)]; ok && (!byHost || at.api == byPath.api) {
		at, path = byPath, "/"+rest
	} else if !byHost {
		return found{path: path}
	}
	f := found{api: at.api, path: path}
	var match mux.RouteMatch
	if !at.paths.Match(&http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: path}}, &match) || match.Route == nil {
		return f
	}
	f.at = match.Route.GetName()
	methods := at.methods[f.at]
	if f.route = methods[r.Method]; f.route == nil {
		f.allow = allow(methods)
		return f
	}
	f.params = match.Vars
	return f
}

// list names an API's paths for a caller who missed them.
func (all routes) list(api *catalog.API) string {
	var paths []string
	for _, route := range api.Routes {
		for _, path := range route.Paths {
			paths = append(paths, route.Method+" "+path)
		}
	}
	return strings.Join(paths, ", ")
}

// allowed are the methods that a path of an API is served with: other ones than this, where there are any.
func (all routes) allowed(api *catalog.API, template, method string) string {
	methods := all.apis[strings.ToLower(api.Label)].methods[template]
	if others := maps.Clone(methods); len(others) > 1 {
		delete(others, method)
		return allow(others)
	}
	return allow(methods)
}

func allow(methods map[string]*catalog.Route) string {
	var names []string
	for method := range methods {
		names = append(names, method)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// hostLabel is the first label of a host, in lower case; an address in numbers has none.
func hostLabel(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return ""
	}
	label, _, _ := strings.Cut(host, ".")
	return strings.ToLower(label)
}
