package gateway

import (
	"cmp"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/suggest"
)

// routes finds the API and the route of a call. This is the only file that uses gorilla/mux, and it
// uses it to match paths alone: mux answers 404 where 405 is due when a later route matches under a
// prefix, so methods are looked up here.
type routes struct {
	apis  map[string]apiRoutes    // by label
	hosts map[string][]hostRoutes // by name of a real host
}

// apiRoutes is an API with its paths and methods.
type apiRoutes struct {
	api     *catalog.API
	paths   func() *mux.Router                   // of an API whose paths are compared to the letter
	aspNet  []aspNetPath                         // of one whose paths are compared as ASP.NET does, else nil
	methods map[string]map[string]*catalog.Route // path template → method → route; nil for what is not imitated
}

// hostRoutes is an API at one of its real hosts.
type hostRoutes struct {
	apiRoutes
	host *catalog.Host
}

// routeMatch is the API and the route that a call is for. api is nil where no API answers at the
// address. route is nil where the API has no such path (allow is empty then), has it with other
// methods (allow lists them), or has an operation that Sandkasse does not imitate.
type routeMatch struct {
	api         *catalog.API
	route       *catalog.Route
	notImitated bool
	params      map[string]string
	base        string        // the API's address below the server's: /innrapporteringbsu; a real host's path
	host        *catalog.Host // of the real API, where the call is for it
	path        string        // under the API's address
	template    string        // the template of the path, when there is one
	allow       string
}

// Paths of an issuer's metadata. Skyporten has it at the first, where Maskinporten has nothing
// (K642).
const (
	openIDConfiguration = "/.well-known/openid-configuration"
	metadataPath        = "/.well-known/oauth-authorization-server"
)

// pathMatch is a template that a path fits, with the values of its parameters.
type pathMatch struct {
	template string
	params   map[string]string
}

// newRoutes returns the routes of a catalogue. A router compiles an expression for each path, so that
// of an API is made when it is first called: most servers are asked for few of their APIs.
func newRoutes(c *catalog.Catalog) routes {
	all := routes{apis: map[string]apiRoutes{}, hosts: map[string][]hostRoutes{}}
	for _, api := range c.APIs {
		r := apiRoutes{api: api, methods: map[string]map[string]*catalog.Route{}}
		var templates []string
		add := func(method, path string, route *catalog.Route) {
			if r.methods[path] == nil {
				r.methods[path] = map[string]*catalog.Route{}
				templates = append(templates, path)
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
		r.paths = sync.OnceValue(func() *mux.Router {
			router := mux.NewRouter()
			for _, path := range templates {
				router.Path(path).Name(path)
			}
			return router
		})
		if api.Matching == catalog.AspNetPaths {
			r.aspNet = aspNetPaths(slices.Collect(maps.Keys(r.methods)))
		}
		all.apis[strings.ToLower(api.Label)] = r
		for i := range api.Hosts {
			host := &api.Hosts[i]
			all.hosts[host.Name] = append(all.hosts[host.Name], hostRoutes{r, host})
		}
	}
	return all
}

// match finds the API by the host, where that is the host of a real one, and there perhaps the first
// segment of the path; else by the host's first label; else by the first segment of the path,
// without modifiers. HEAD and OPTIONS are methods like others (K019).
func (all routes) match(call address.Address, r *http.Request) routeMatch {
	path := call.URL.Path
	if escaped := call.URL.EscapedPath(); strings.Contains(strings.ToLower(escaped), "%2f") {
		// a slash in disguise separates nothing, and so stays as it is
		path, _ = url.PathUnescape(strings.NewReplacer("%2f", "%252f", "%2F", "%252F").Replace(escaped))
	}
	label, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if call.RealHost != "" {
		for _, at := range all.hosts[call.RealHost] {
			if at.host.Skyporten && path == openIDConfiguration {
				path = metadataPath
			}
			if at.host.Path == "" {
				return at.match(r, routeMatch{api: at.api, host: at.host, path: path})
			} else if strings.EqualFold("/"+label, at.host.Path) {
				return at.match(r, routeMatch{api: at.api, host: at.host, base: at.host.Path, path: "/" + rest})
			}
		}
		return routeMatch{path: path}
	}
	at, byHost := all.apis[hostLabel(call.Host)]
	if byPath, ok := all.apis[strings.ToLower(label)]; ok && (!byHost || at.api == byPath.api) {
		at, path = byPath, "/"+rest
	} else if !byHost {
		return routeMatch{path: path}
	}
	return at.match(r, routeMatch{api: at.api, base: "/" + at.api.Label, path: path})
}

// match completes a routeMatch by the call's path and method.
func (at apiRoutes) match(r *http.Request, f routeMatch) routeMatch {
	others := map[string]*catalog.Route{}
	for _, match := range at.matchPaths(r, f.path) {
		if route, served := at.methods[match.template][r.Method]; served {
			f.route, f.notImitated, f.allow = route, route == nil, ""
			f.params, f.template = match.params, match.template
			return f
		}
		f.template = cmp.Or(f.template, match.template)
		maps.Copy(others, at.methods[match.template])
	}
	f.allow = allow(others)
	return f
}

// matchPaths returns the templates that a path fits, the preferred one first. There is one at most
// where paths are compared to the letter, so that a trailing slash is another path (K019).
func (r apiRoutes) matchPaths(call *http.Request, path string) []pathMatch {
	if r.aspNet != nil {
		return matchAspNet(r.aspNet, path)
	}
	var match mux.RouteMatch
	probe := http.Request{Method: call.Method, Host: call.Host, URL: &url.URL{Path: path}}
	if !r.paths().Match(&probe, &match) || match.Route == nil {
		return nil
	}
	return []pathMatch{{match.Route.GetName(), match.Vars}}
}

// list returns an API's methods and paths, for error messages.
func (all routes) list(api *catalog.API) string {
	var paths []string
	for _, route := range api.Routes {
		for _, path := range route.Paths {
			paths = append(paths, route.Method+" "+path)
		}
	}
	return strings.Join(paths, ", ")
}

// longList is the number of routes from which on a misspelt path is answered with the nearest one first.
const longList = 10

// nearest says which of an API's many paths is the nearest to a misspelt one, for error messages: one
// that the path is the beginning or the end of, else one that differs in little. It is empty where
// none is near, or a list of all is short.
func (all routes) nearest(api *catalog.API, path string) string {
	if len(api.Routes) < longList {
		return ""
	}
	var names []string
	path = strings.TrimSuffix(strings.ToLower(path), "/")
	for _, route := range api.Routes {
		for _, one := range route.Paths {
			lower := strings.ToLower(one)
			if path != "" && (strings.HasPrefix(lower, path+"/") || strings.HasSuffix(lower, path)) {
				return "the nearest is " + one + "; "
			}
			names = append(names, one)
		}
	}
	if name, found := suggest.Nearest(path, names); found {
		return "the nearest is " + name + "; "
	}
	return ""
}

// allowed returns the methods of a path, for the header Allow: without the given one, where there
// are others.
func (all routes) allowed(api *catalog.API, template, method string) string {
	methods := all.apis[strings.ToLower(api.Label)].methods[template]
	if others := maps.Clone(methods); len(others) > 1 {
		delete(others, method)
		return allow(others)
	}
	return allow(methods)
}

// allow returns methods in alphabetical order, separated by commas.
func allow(methods map[string]*catalog.Route) string {
	var names []string
	for method := range methods {
		names = append(names, method)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// hostLabel returns the first label of a host in lower case; empty for an IP address.
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
