package apidocument

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)
	segment   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Servers returns where an operation's servers stand: at it, at its path, or in the document.
func (d Document) Servers(operation, path Node) Node {
	for _, at := range []Node{operation, path, d.Top()} {
		if list := at.Child("servers"); list.Value != nil && len(list.Elements) > 0 {
			return list
		}
	}
	return Node{Place: "#/servers"}
}

// ServerURL returns the address of a server with the defaults of its variables.
func ServerURL(server Node) string {
	return pathParameter.ReplaceAllStringFunc(server.Child("url").Value.String(), func(name string) string {
		return server.Child("variables").Child(strings.Trim(name, "{}")).Child("default").Value.String()
	})
}

// IsLocal reports whether a host is of one machine or network only.
func IsLocal(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || !strings.Contains(host, ".")
}

// PlainPath returns the path of an address without a slash at its end; ok is false where it has
// other characters than those of a path that is written out.
func PlainPath(address *url.URL) (path string, ok bool) {
	path = strings.TrimRight(address.EscapedPath(), "/")
	return path, path == "" || plainPath.MatchString(path)
}

// Label returns the label of the API at a server of that host and path, the path of the operations
// below it, and the host as an API file names it. Of a host that several APIs share, such as
// api.example.no, the first segment of the path is the label.
func Label(host, path string) (label, rest, named string) {
	first, _, _ := strings.Cut(host, ".")
	if !plainPath.MatchString(path) {
		path = ""
	}
	shared := slices.Contains([]string{"api", "www", "gateway", "platform", "test", "apitest", "api-test"}, first)
	name, below, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if shared && segment.MatchString(name) {
		if below != "" {
			below = "/" + below
		}
		return name, below, host + "/" + name
	}
	return first, path, host
}
