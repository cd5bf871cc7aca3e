package drift

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/suggest"
)

// Find returns the API that a document is of: the one of that name, or without a name the one to
// whose address, paths or title the document points (K800). The error lists the names that may be
// meant.
func Find(document apidocument.Document, known *catalog.Catalog, name string) (*catalog.API, error) {
	if name != "" {
		if api := known.ByName(name); api != nil {
			return api, nil
		}
		meant := ""
		if nearest, ok := suggest.Nearest(name, known.Names()); ok {
			meant = "did you mean " + nearest + "? "
		}
		return nil, fmt.Errorf("there is no API %q; %sthere are %s", name, meant, strings.Join(known.Names(), ", "))
	}
	for _, find := range []func(apidocument.Document, *catalog.Catalog) []*catalog.API{byServer, byPath, byTitle} {
		switch found := find(document, known); {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return nil, fmt.Errorf("%s may be of %s; name one with --api NAME", document.File, namesOf(found))
		}
	}
	return nil, fmt.Errorf("neither servers, paths nor title of %s say which API it is of; name one with "+
		"--api NAME: %s", document.File, strings.Join(known.Names(), ", "))
}

func namesOf(apis []*catalog.API) string {
	var names []string
	for _, api := range apis {
		names = append(names, api.Name)
	}
	return strings.Join(names, ", ")
}

// byServer returns the APIs whose hosts or labels are in the addresses of servers.
func byServer(document apidocument.Document, known *catalog.Catalog) (found []*catalog.API) {
	lists := []node{document.Top().Child("servers")}
	for _, path := range document.Top().Child("paths").Children() {
		lists = append(lists, path.Child("servers"))
	}
	for _, list := range lists {
		for i, server := range list.Items() {
			if i == maxServers {
				break
			}
			address, err := url.Parse(apidocument.ServerURL(server))
			if err != nil {
				continue
			}
			host := strings.ToLower(address.Hostname())
			first, _, _ := strings.Cut(strings.TrimPrefix(address.EscapedPath(), "/"), "/")
			label, _, _ := apidocument.Label(host, address.EscapedPath())
			for _, api := range known.APIs {
				isHost := slices.ContainsFunc(api.Hosts, func(h catalog.Host) bool {
					return h.Name == host && (h.Path == "" || h.Path == "/"+first)
				})
				isLabel := label == api.Label || apidocument.IsLocal(host) && first == api.Label
				if (isHost || isLabel) && !slices.Contains(found, api) {
					found = append(found, api)
				}
			}
		}
	}
	return found
}

// byPath returns the APIs whose labels begin paths, or else the one that has an operation which no
// other API has.
func byPath(document apidocument.Document, known *catalog.Catalog) (found []*catalog.API) {
	add := func(api *catalog.API) {
		if !slices.Contains(found, api) {
			found = append(found, api)
		}
	}
	paths := document.Top().Child("paths").Children()
	for _, path := range paths {
		first, _, deeper := strings.Cut(strings.TrimPrefix(path.Name, "/"), "/")
		for _, api := range known.APIs {
			if deeper && first == api.Label {
				add(api)
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	apisOf := map[string][]*catalog.API{}
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			for _, path := range route.Paths {
				key := operation{path: path}.key()
				if !slices.Contains(apisOf[key], api) {
					apisOf[key] = append(apisOf[key], api)
				}
			}
		}
	}
	for _, path := range paths {
		if apis := apisOf[operation{path: path.Name}.key()]; len(apis) == 1 {
			add(apis[0])
		}
	}
	return found
}

// byTitle returns the APIs of whose name the title has a word.
func byTitle(document apidocument.Document, known *catalog.Catalog) (found []*catalog.API) {
	words := strings.FieldsFunc(strings.ToLower(document.Title()), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r > 127)
	})
	for _, api := range known.APIs {
		if slices.Contains(words, api.Name) || slices.Contains(words, api.Label) {
			found = append(found, api)
		}
	}
	return found
}
