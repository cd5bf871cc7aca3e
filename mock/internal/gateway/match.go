package gateway

import (
	"cmp"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
)

// routes finds the API and the route of a call. This is the only file that knows gorilla/mux, and it uses it to match paths and nothing
// else: mux answers 404 where 405 is due when a later route matches under a prefix, so methods are looked up here.
type routes struct {
	apis  map[string]apiRoutes // by label
	hosts map[string]apiRoutes // by host of the real one
}

type apiRoutes struct {
	api     *catalog.API
	paths   *mux.Router                          // of an API whose paths are compared to the letter
	aspNet  []aspNetPath                         // of one whose paths are compared as ASP.NET does, else nil
	methods map[string]map[string]*catalog.Route // path template → method → route; nil for what is not imitated
}

// routeMatch is what a call turned out to be for. api is nil when no API answers at the address; route
// is nil when the API has no such path (allow is empty then), not with this method (allow names
// those it has), or when Sandkasse does not imitate the operation.
type routeMatch struct {
	api         *catalog.API
	route       *catalog.Route
	notImitated bool
	params      map[string]string
	base        string // the API's address below the server's: /innrapporteringbsu; empty under a real host
	path        string // under the API's address
	at          string // the template of the path, when there is one
	allow       string
}

// pathMatch is a template that a path fits, and what stands in the place of its parameters.
type pathMatch struct {
	template string
	params   map[string]string
}

func newRoutes(c *catalog.Catalog) routes {
	all := routes{apis: map[string]apiRoutes{}, hosts: map[string]apiRoutes{}}
	for _, api := range c.APIs {
		r := apiRoutes{api: api, paths: mux.NewRouter(), methods: map[string]map[string]*catalog.Route{}}
		add := func(method, path string, route *catalog.Route) {
			if r.methods[path] == nil {
				r.methods[path] = map[string]*catalog.Route{}
				r.paths.Path(path).Name(path)
			}
			r.methods[path][method] = route
		}
		for _, route := range api.Routes {
			for _, path := range route.Paths {
				add(route.Method, path, route)
			}
		}
		for _, operation := range api.NotImitated {
			add(operation.Method, operation.Path, nil)
		}
		if api.Matching == catalog.AspNetPaths {
			r.aspNet = aspNetPaths(slices.Collect(maps.Keys(r.methods)))
		}
		all.apis[strings.ToLower(api.Label)] = r
		for _, host := range api.Hosts {
			all.hosts[host] = r
		}
	}
	return all
}

// match looks at the host, which is the API's own where it is that of the real one, then at the host's first label, then at
// the first segment of the path that the modifiers left (design, section 4, Addresses). HEAD and OPTIONS are methods like
// others (K019).
func (all routes) match(call address.Address, r *http.Request) routeMatch {
	path := call.URL.Path
	if escaped := call.URL.EscapedPath(); strings.Contains(strings.ToLower(escaped), "%2f") {
		// a slash in disguise separates nothing, and so stays as it is
		path, _ = url.PathUnescape(strings.NewReplacer("%2f", "%252f", "%2F", "%252F").Replace(escaped))
	}
	if at, ok := all.hosts[call.RealHost]; ok {
		return at.match(r, routeMatch{api: at.api, path: path})
	}
	at, byHost := all.apis[hostLabel(r.Host)]
	label, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if byPath, ok := all.apis[strings.ToLower(label)]; ok && (!byHost || at.api == byPath.api) {
		at, path = byPath, "/"+rest
	} else if !byHost {
		return routeMatch{path: path}
	}
	return at.match(r, routeMatch{api: at.api, base: "/" + at.api.Label, path: path})
}

// match completes what a call to the API was found to be by its path there.
func (at apiRoutes) match(r *http.Request, f routeMatch) routeMatch {
	others := map[string]*catalog.Route{}
	for _, match := range at.matchPaths(r, f.path) {
		if route, served := at.methods[match.template][r.Method]; served {
			f.route, f.notImitated, f.params, f.at, f.allow = route, route == nil, match.params, match.template, ""
			return f
		}
		f.at = cmp.Or(f.at, match.template)
		maps.Copy(others, at.methods[match.template])
	}
	f.allow = allow(others)
	return f
}

// matchPaths returns the templates that a path fits, the one that counts first: one at most where paths
// are compared to the letter, so that a trailing slash is another path (K019).
func (r apiRoutes) matchPaths(call *http.Request, path string) []pathMatch {
	if r.aspNet != nil {
		return matchAspNet(r.aspNet, path)
	}
	var match mux.RouteMatch
	probe := http.Request{Method: call.Method, Host: call.Host, URL: &url.URL{Path: path}}
	if !r.paths.Match(&probe, &match) || match.Route == nil {
		return nil
	}
	return []pathMatch{{match.Route.GetName(), match.Vars}}
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
