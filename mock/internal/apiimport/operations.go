package apiimport

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/tree"
)

// operations are those of the document that can be imitated, and what it has beside them.
type operations struct {
	delivery     operation
	document     *operation // nil where documents cannot be fetched
	others       []operation
	body         node // schema of a delivery
	media        node // media type of its body
	isIdempotent bool
}

// operation is an operation of the document.
type operation struct {
	apidocument.Node

	method string
	path   string // as the document has it
	item   node   // of the path
	prefix string // path of the server's address
}

// name returns the operation as METHOD PATH.
func (o operation) name() string { return o.method + " " + o.path }

// operations finds the delivery and the document among the operations. The error says that there is
// no delivery.
func (im *importer) operations() (operations, error) {
	var found operations
	root := im.Top()
	var others []operation
	for _, item := range root.Child("paths").Children() {
		target, ok := im.resolve(item.Node)
		if !ok || !target.Is(tree.Object) {
			continue
		}
		for _, member := range target.Children() {
			method := strings.ToUpper(member.Name)
			if !apidocument.IsMethod(method) || !member.Is(tree.Object) {
				continue
			}
			one := operation{Node: member.Node, method: method, path: item.Name, item: target}
			switch {
			case found.delivery.Value == nil && im.isDelivery(one, &found):
				found.delivery = one
			case found.document == nil && method == http.MethodGet && documentPath.MatchString(one.path):
				found.document = &one
			default:
				others = append(others, one)
			}
		}
	}
	if found.delivery.Value == nil {
		for _, one := range others {
			im.note(one.Node, "%s is not imitated", one.name())
		}
		return found, errors.New(
			"the document has no operation that is a delivery: a POST to a path with one " +
				"parameter, such as /{inntektsaar}, with a JSON body that has a schema; only deliveries and their documents " +
				"can be imported",
		)
	}
	im.parameters(&found)
	found.others = others
	return found, nil
}

// maxOthers limits the operations that are answered 501.
const maxOthers = 500

// noteOthers notes the operations that are not imitated, and leaves those out that the API that is
// replaced has.
func (d *draft) noteOthers() {
	var others []operation
	for i, one := range d.others {
		if i == maxOthers {
			d.note(one.Node, "there are more than %d operations that are not imitated; the rest are unknown addresses",
				maxOthers)
			break
		}
		if d.builtIn != nil && slices.ContainsFunc(d.builtIn.Routes, func(route *catalog.Route) bool {
			return route.Method == one.method && slices.ContainsFunc(route.Paths, func(path string) bool {
				return samePath(path, d.delivery.prefix+one.path)
			})
		}) {
			continue
		}
		d.note(one.Node, "%s is not imitated; it is answered 501 in Sandkasse's own name, or as an unknown address",
			one.name())
		others = append(others, one)
	}
	d.others = others
}

// samePath reports whether two paths are the same but for the names of parameters.
func samePath(a, b string) bool {
	return apidocument.UnnamedPath(a) == apidocument.UnnamedPath(b)
}

var (
	deliveryPath = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)*/\{[^{}/]+\}(/[A-Za-z0-9._-]+)*$`)
	documentPath = regexp.MustCompile(
		`^(/[A-Za-z0-9._-]+)*/\{[^{}/]+\}/forsendelser/\{[^{}/]+\}/dokumenter/\{[^{}/]+\}$`)
	parameterName = regexp.MustCompile(`\{[^{}/]+\}`)
)

// isDelivery reports whether an operation takes deliveries, and sets their schema then.
func (im *importer) isDelivery(one operation, found *operations) bool {
	if one.method != http.MethodPost || !deliveryPath.MatchString(one.path) {
		return false
	}
	request := one.Child("requestBody")
	if request.Value == nil {
		return false
	}
	request, ok := im.resolve(request)
	if !ok {
		return false
	}
	var unread []string
	for _, media := range request.Child("content").Children() {
		if !isJSON(media.Name) {
			unread = append(unread, media.Name)
			continue
		}
		if content := media.Child("schema"); content.Is(tree.Object) && found.body.Value == nil {
			found.media, found.body = media.Node, content
		}
	}
	if found.body.Value != nil && len(unread) > 0 {
		im.note(request, "%s takes JSON only, not %s", one.name(), strings.Join(unread, ", "))
	}
	return found.body.Value != nil
}

// isJSON reports whether a media type is one of JSON.
func isJSON(name string) bool {
	kind, _, err := mime.ParseMediaType(name)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "*/*")
}

// readHeaders are further headers that a call may have.
var readHeaders = []string{"accept", "content-type", "authorization", "korrelasjonsid"}

// parameters notes the parameters that are not looked at, and finds the idempotencyKey.
func (im *importer) parameters(found *operations) {
	all := []*operation{&found.delivery}
	if found.document != nil {
		all = append(all, found.document)
	}
	for _, one := range all {
		for _, parameter := range append(one.item.Child("parameters").Items(), one.Child("parameters").Items()...) {
			parameter, ok := im.resolve(parameter)
			if !ok {
				continue
			}
			name, in := parameter.Child("name").Value.String(), parameter.Child("in").Value.String()
			switch {
			case in == "path":
			case in == "header" && strings.EqualFold(name, "idempotencyKey") && one == &found.delivery:
				found.isIdempotent = true
				if !parameter.Child("required").IsTrue() {
					im.note(parameter, "the header idempotencyKey is optional here; Sandkasse requires it")
				}
			case in == "header" && slices.Contains(readHeaders, strings.ToLower(name)):
			case in == "header" && strings.HasPrefix(name, "Sandkasse-"): // in a document that Sandkasse made
			default:
				im.note(parameter, "the parameter %s (%s) is not looked at", name, in)
			}
		}
	}
}

// deliveryRoute returns the path of deliveries below the API's address.
func (o *operations) deliveryRoute() string {
	return o.delivery.prefix + parameterName.ReplaceAllString(o.delivery.path, "{inntektsaar}")
}

// documentRoute returns the path of documents below the API's address.
func (o *operations) documentRoute() string {
	names := []string{"{inntektsaar}", "{forsendelseId}", "{dokumentId}"}
	return o.delivery.prefix + parameterName.ReplaceAllStringFunc(o.document.path, func(string) string {
		name := names[0]
		names = names[1:]
		return name
	})
}

// answers returns the answers of an operation: those of success, and those that are errors, by
// status or the word default.
func (im *importer) answers(one operation) (successes, failures []namedNode) {
	for _, answer := range one.Child("responses").Children() {
		target, ok := im.resolve(answer.Node)
		if !ok {
			continue
		}
		if strings.HasPrefix(answer.Name, "2") {
			successes = append(successes, namedNode{Name: answer.Name, Node: target})
		} else {
			failures = append(failures, namedNode{Name: answer.Name, Node: target})
		}
	}
	return successes, failures
}

// restNotes notes what of the document no file can say.
func (d *draft) restNotes() {
	root := d.Top()
	for _, name := range []string{"webhooks"} {
		if part := root.Child(name); part.Value != nil {
			d.note(part, "%s are not sent", name)
		}
	}
	for _, one := range []*operation{&d.delivery, d.document} {
		if one == nil {
			continue
		}
		if part := one.Child("callbacks"); part.Value != nil {
			d.note(part, "callbacks are not made")
		}
		successes, _ := d.answers(*one)
		for _, answer := range successes {
			if answer.Name != "200" && answer.Name != "2XX" {
				d.note(answer.Node, "%s is answered with 200, not %s", one.name(), answer.Name)
			}
			if part := answer.Child("headers"); part.Value != nil {
				d.note(part, "the headers of the answer are not set")
			}
			if part := answer.Child("links"); part.Value != nil {
				d.note(part, "links are not known")
			}
			var unmade []string
			for _, media := range answer.Child("content").Children() {
				kind, _, _ := mime.ParseMediaType(media.Name)
				if isXML := kind == "application/xml" && one == d.document; !isJSON(media.Name) && !isXML {
					unmade = append(unmade, media.Name)
				}
			}
			if len(unmade) > 0 {
				d.note(answer.Node, "%s is not answered as %s", one.name(), strings.Join(unmade, ", "))
			}
		}
	}
}

// routes returns the routes of the API: those of the API that is the pattern, at the paths of the
// document. own says that they, or what is not imitated, differ from that API's.
func (d *draft) routes() (routes []catalog.Route, own bool) {
	for _, route := range d.pattern.Routes {
		switch route := *route; route.Behaviour {
		case "innsending":
			route.Paths = []string{d.deliveryRoute()}
			if !d.isIdempotent {
				route.Idempotent = false
				route.Checks = slices.DeleteFunc(slices.Clone(route.Checks),
					func(check string) bool { return check == "idempotency-key" })
			}
			routes = append(routes, route)
		case "dokument":
			if d.document != nil {
				route.Paths = []string{d.documentRoute()}
				routes = append(routes, route)
			}
		}
	}
	key := func(route catalog.Route) string { return fmt.Sprint(route.Name, route.Paths, route.Checks) }
	own = len(routes) != len(d.pattern.Routes) || len(d.others) > 0
	for i := range routes {
		own = own || key(routes[i]) != key(*d.pattern.Routes[i])
	}
	return routes, own
}
