package apiimport

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/excerpt"
)

// draft is an API in the making.
type draft struct {
	*importer
	operations

	title        string
	name         string
	label        string
	hosts        []string // of production: api.example.no or api.example.no/name
	testHosts    []string
	builtIn      *catalog.API // the API of that label that it replaces, or nil
	labelAssumed bool

	model
	svar  []string
	codes codes
	scope string

	scopeAssumed bool
	example      []byte
	exampleMade  bool
	year         int // of the example
}

// server is an address of the document's servers that is a real host.
type server struct {
	host, path string
	isTest     bool
}

// address finds the label, the name and the hosts of the API, and the path that its operations are
// below (K677).
func (im *importer) address(d *draft) {
	list := im.servers(d.delivery)
	prefix := ""
	for i, one := range list {
		label, rest, host := apidocument.Label(one.host, one.path)
		if i == 0 {
			d.label, prefix = label, rest
		}
		if label != d.label || rest != prefix {
			im.note(
				im.serversNode(d.delivery),
				"the server %s%s has another label or path than the first, and is left out",
				one.host,
				one.path,
			)
			continue
		}
		to := &d.hosts
		if one.isTest {
			to = &d.testHosts
		}
		if !slices.Contains(*to, host) {
			*to = append(*to, host)
		}
	}
	hasHost := d.label != ""
	if !hasHost {
		d.labelAssumed = true
		d.label = labelOf(d.title)
		prefix = im.relativePrefix(d.delivery)
	}
	d.delivery.prefix = prefix
	scopes := im.scopes(d.delivery)
	for _, api := range im.known.APIs {
		if api.Schema == nil || !strings.EqualFold(api.Label, d.label) && !slices.Contains(scopes, api.Scope) {
			continue
		}
		d.builtIn, d.name, d.label, d.labelAssumed = api, api.Name, api.Label, false
		if !hasHost { // a document of Sandkasse's own has the label in the path
			d.delivery.prefix = strings.TrimPrefix(prefix, "/"+api.Label)
		}
		return
	}
	d.name = strings.TrimPrefix(strings.TrimPrefix(d.label, "innrapportering"), "-")
	if taken := im.known.ByName(d.name) != nil || im.isFamily(d.name); d.name == "" || taken {
		d.name = d.label
	}
}

func (im *importer) isFamily(name string) bool {
	return slices.ContainsFunc(im.known.APIs, func(api *catalog.API) bool { return api.Family == name })
}

// serversNode returns where an operation's servers stand: at it, at its path, or in the document.
func (im *importer) serversNode(one operation) node { return im.Servers(one.Node, one.item) }

// servers returns the servers of an operation that are real hosts, and notes the others.
func (im *importer) servers(one operation) (list []server) {
	for _, element := range im.serversNode(one).Items() {
		address, err := url.Parse(apidocument.ServerURL(element))
		if err != nil || address.Host == "" {
			continue // see relativePrefix
		}
		host := strings.ToLower(address.Hostname())
		switch {
		case apidocument.IsLocal(host):
			im.note(element, "the server %s is on one machine only, and is left out", excerpt.Fit(host, 80))
		case strings.HasSuffix(host, ".swaggerhub.com"):
			im.note(element, "the server %s imitates the API itself, and is left out", excerpt.Fit(host, 80))
		case !hostName.MatchString(host):
			im.note(element, "%q is no host's name, and is left out", excerpt.Fit(host, 80))
		default:
			words := host + " " + strings.ToLower(element.Child("description").Value.String())
			list = append(list, server{
				host: host, path: strings.TrimRight(address.EscapedPath(), "/"),
				isTest: strings.Contains(words, "test") || strings.Contains(words, "tt02"),
			})
		}
	}
	return list
}

// relativePrefix returns the path of the first server, for a document without a host.
func (im *importer) relativePrefix(one operation) string {
	for _, element := range im.serversNode(one).Items() {
		if address, err := url.Parse(apidocument.ServerURL(element)); err == nil {
			if path, ok := apidocument.PlainPath(address); ok {
				return path
			}
		}
	}
	return ""
}

var (
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	notSlug  = regexp.MustCompile(`[^a-z0-9]+`)
)

// labelOf returns a label made of a title: "Innrapportering boligsameie API" gives
// innrapportering-boligsameie.
func labelOf(title string) string {
	plain := strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa").Replace(strings.ToLower(title))
	words := strings.Split(strings.Trim(notSlug.ReplaceAllString(plain, "-"), "-"), "-")
	words = slices.DeleteFunc(words, func(word string) bool { return word == "api" || word == "v1" || word == "" })
	label := strings.Join(words, "-")
	if len(label) > 50 {
		label = strings.Trim(label[:50], "-")
	}
	if label == "" {
		return "imported"
	}
	return label
}
