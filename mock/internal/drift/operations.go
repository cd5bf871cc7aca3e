package drift

import (
	"net/url"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/tree"
)

// operation is an operation of a document.
type operation struct {
	apidocument.Node

	method, path string // the latter below the API's address
	item         node   // of the path
}

func (o operation) name() string { return o.method + " " + o.path }

// key returns what two operations have in common that are the same: the names of parameters do not
// matter.
func (o operation) key() string { return o.method + " " + apidocument.UnnamedPath(o.path) }

// Limits of a document (K803).
const (
	maxOperations = 2_000
	maxServers    = 100 // that are looked at; most documents have two
)

// list returns the operations of a document, in its order.
func (r *reader) list() (found []operation) {
	for _, path := range r.document.Top().Child("paths").Children() {
		item, problem := r.document.Resolve(path.Node)
		if problem != "" {
			r.fail(path.Node, "%s", problem)
		}
		for _, member := range item.Children() {
			method := strings.ToUpper(member.Name)
			if !apidocument.IsMethod(method) || !member.Is(tree.Object) {
				continue
			}
			if len(found) == maxOperations {
				r.fail(member.Node, "there are more than %d operations, the most that are compared", maxOperations)
				return found
			}
			found = append(found, operation{Node: member.Node, method: method, path: path.Name, item: item})
		}
	}
	return found
}

// operations compares the operations, and returns the names of those that both have.
func (c *comparison) operations(api *catalog.API) (both []string) {
	ours := map[string]operation{}
	own := c.ours.list()
	for _, one := range own {
		ours[one.key()] = one
	}
	seen := map[string]bool{}
	for _, theirs := range c.theirs.list() {
		paths := c.theirs.paths(theirs, api)
		theirs.path = paths[0]
		c.operation = theirs.name()
		for _, path := range paths {
			other := theirs
			other.path = path
			if _, known := ours[other.key()]; known {
				theirs = other
				break
			}
		}
		there, known := ours[theirs.key()]
		if !known {
			c.differ(kindOperation, spotOf("", theirs.Node), theirs.name(), "")
			continue
		}
		seen[theirs.key()] = true
		c.operation = there.name()
		both = append(both, c.operation)
		c.parameters(theirs, there)
		c.body(theirs, there)
		c.answers(theirs, there)
	}
	for _, one := range own {
		if !seen[one.key()] {
			c.operation = one.name()
			c.differ(kindOperation, spotOf("", c.theirs.document.Top().Child("paths")), "", one.name())
		}
	}
	return both
}

// paths returns what the path of an operation may be below the API's address: with the path of a
// server before it, without the API's label, and as it is written.
func (r *reader) paths(one operation, api *catalog.API) (paths []string) {
	add := func(path string) {
		if rest, labelled := strings.CutPrefix(path, "/"+api.Label+"/"); labelled {
			path = "/" + rest
		}
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	for i, server := range r.document.Servers(one.Node, one.item).Items() {
		if i == maxServers {
			break
		}
		address, err := url.Parse(apidocument.ServerURL(server))
		if err != nil {
			continue
		}
		path, plain := apidocument.PlainPath(address)
		if !plain {
			continue
		}
		if host := strings.ToLower(address.Hostname()); host != "" && !apidocument.IsLocal(host) {
			_, path, _ = apidocument.Label(host, path)
		}
		add(path + one.path)
	}
	add(one.path)
	return paths
}

// parameter is a parameter of an operation.
type parameter struct {
	apidocument.Node

	name, in string
	required bool
}

// title returns the parameter in words.
func (p parameter) title() string { return "parameter " + p.name + " (" + p.in + ")" }

// parameters returns the parameters of an operation by what tells them apart: headers without regard to
// case, and those of the path by their position.
func (r *reader) parameters(one operation, path string) (names []string, found map[string]parameter) {
	found = map[string]parameter{}
	inPath := apidocument.PathParameters(path)
	for _, n := range append(one.item.Child("parameters").Items(), one.Child("parameters").Items()...) {
		n, problem := r.document.Resolve(n)
		if problem != "" {
			r.fail(n, "%s", problem)
			return names, found
		}
		p := parameter{
			Node: n, name: n.Child("name").Value.String(), in: n.Child("in").Value.String(),
			required: n.Child("required").IsTrue(),
		}
		key := p.in + " " + p.name
		switch p.in {
		case "header":
			key = strings.ToLower(key)
			if slices.Contains([]string{"header accept", "header content-type", "header authorization"}, key) {
				continue // OpenAPI has other places for them
			}
		case "path":
			key = strings.Repeat("/", 1+slices.Index(inPath, "{"+p.name+"}"))
			p.required = true
		}
		if isOwn(n) {
			continue
		}
		if _, again := found[key]; !again {
			names = append(names, key)
		}
		found[key] = p
	}
	return names, found
}

// extension marks what Sandkasse adds to an API in its own documents.
const extension = "x-sandkasse"

func isOwn(n node) bool { return n.Child(extension).IsTrue() }

// parameters compares the parameters of an operation.
func (c *comparison) parameters(theirs, ours operation) {
	names, given := c.theirs.parameters(theirs, theirs.path)
	ownNames, own := c.ours.parameters(ours, ours.path)
	for _, name := range names {
		there := given[name]
		here, known := own[name]
		at := spotOf(there.title(), there.Node)
		if !known {
			c.differ(kindParameter, at, requiredWord(there.required), "")
			continue
		}
		if there.required != here.required {
			c.differ(kindRequired, at, requiredWord(there.required), requiredWord(here.required))
		}
		if schema := there.Child("schema"); schema.Value != nil {
			c.values(there.title(), []node{schema}, []node{here.Child("schema")}, nil)
		}
	}
	for _, name := range ownNames {
		if _, known := given[name]; !known {
			c.differ(kindParameter, spotOf(own[name].title(), theirs.Node), "",
				requiredWord(own[name].required))
		}
	}
}

// body compares the bodies that an operation takes.
func (c *comparison) body(theirs, ours operation) {
	given, own := theirs.Child("requestBody"), ours.Child("requestBody")
	at := spotOf("body", theirs.Node)
	if given.Value != nil {
		var problem string
		if given, problem = c.theirs.document.Resolve(given); problem != "" {
			c.theirs.fail(theirs.Node, "%s", problem)
			return
		}
		at = spotOf("body", given)
	}
	required := func(n node) string {
		if n.Value == nil {
			return ""
		}
		return requiredWord(n.Child("required").IsTrue())
	}
	a, b := required(given), required(own)
	if a == "" || b == "" {
		if a != b {
			c.differ(kindBody, at, a, b)
		}
		return
	}
	if a != b {
		c.differ(kindRequired, at, a, b)
	}
	c.media(at, given.Child("content"), own.Child("content"))
}

// media compares media types, and the schemas of those that both have.
func (c *comparison) media(at spot, theirs, ours node) {
	if theirs.Value == nil && len(ours.Children()) == 0 {
		return
	}
	if theirs.Value == nil {
		c.leave("the document says nothing of a content", c.words(at))
		return
	}
	var kinds []string
	for _, own := range ours.Children() {
		kinds = append(kinds, own.Name)
	}
	covered := map[string]bool{}
	for _, given := range theirs.Children() {
		here := spotOf(at.at, given.Node)
		i := slices.IndexFunc(kinds, func(kind string) bool { return covers(given.Name, kind) })
		if i < 0 {
			c.differ(kindMediaType, here, given.Name, "")
			continue
		}
		for _, own := range ours.Children() {
			if !covers(given.Name, own.Name) {
				continue
			}
			covered[own.Name] = true
			if schema := given.Child("schema"); schema.Value != nil && strings.HasSuffix(plainKind(own.Name), "json") {
				c.values(at.at, []node{schema}, []node{own.Child("schema")}, examples(own.Node))
			}
		}
	}
	for _, kind := range kinds {
		if !covered[kind] {
			c.differ(kindMediaType, spotOf(at.at, theirs), "", kind)
		}
	}
}

// covers reports whether a media type of a document, which may be a range, is or has another one.
func covers(given, kind string) bool {
	given, kind = plainKind(given), plainKind(kind)
	family, all := strings.CutSuffix(given, "*")
	return given == kind || all && (given == "*/*" || strings.HasPrefix(kind, family))
}

// plainKind returns a media type without its parameters, in lower case.
func plainKind(kind string) string {
	plain, _, _ := strings.Cut(kind, ";")
	return strings.ToLower(strings.TrimSpace(plain))
}

// examples returns the values of the examples of a media type.
func examples(media node) (values []*tree.Value) {
	for _, one := range media.Child("examples").Children() {
		if value := one.Child("value").Value; value != nil {
			values = append(values, value)
		}
	}
	return values
}
