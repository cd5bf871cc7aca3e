// Package collection makes collections of requests to all APIs of a catalogue, for the programs in
// which people try an API by hand: files of HTTP requests, Bruno and Postman.
//
// Each API is a folder of requests in the order in which they are sent: a token, each operation as it
// succeeds, and the first failures (K678). What a later request needs of an answer is a variable.
package collection

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/schema"
)

// Formats returns the names of the formats, which Files takes.
func Formats() []string { return []string{"http", "jetbrains", "bruno", "postman"} }

// Files returns a collection of requests to the APIs in a format: one file, or the files of a folder
// for bruno. The base is the address of the server, without a slash at its end.
func Files(known *catalog.Catalog, format, base string) ([]archive.File, error) {
	folders := foldersOf(known)
	switch format {
	case "http":
		return []archive.File{{Name: "sandkasse.http", Text: vscode(folders, base)}}, nil
	case "jetbrains":
		return []archive.File{{Name: "sandkasse.http", Text: jetbrains(folders, base)}}, nil
	case "bruno":
		return bruno(folders, base), nil
	case "postman":
		return []archive.File{{Name: "sandkasse.postman_collection.json", Text: postman(folders, base)}}, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

// folder holds the requests of an API.
type folder struct {
	name, title string
	requests    []request
}

// request is a request of a collection. Its texts may have variables in double braces, and
// {{$guid}} for a new UUID.
type request struct {
	name    string // such as: Deliver
	id      string // unique in the collection, of letters and digits
	method  string
	path    string // below the base address
	headers [][2]string
	body    string
	status  int    // of the answer
	code    string // in the answer; empty for none
	keep    []kept
	grant   string // variable that a script sets to a new JWT grant before the request; empty for none
}

// kept is a variable that is set to a value of the answer.
type kept struct {
	variable string
	from     string // names and numbers of a place in a JSON answer, with slashes between; empty for the whole text
}

// with returns the request with a header more.
func (r request) with(name, value string) request {
	r.headers = append(slices.Clone(r.headers), [2]string{name, value})
	return r
}

// without returns the request without a header, and without what it keeps.
func (r request) without(name string) request {
	r.headers = slices.DeleteFunc(slices.Clone(r.headers), func(h [2]string) bool { return h[0] == name })
	r.keep = nil
	return r
}

// failing returns the request as one that is answered with an error.
func (r request) failing(id, name string, status int, code string) request {
	r.name, r.id, r.status, r.code, r.keep = name, id, status, code, nil
	return r
}

// onDemand returns the request with a scenario that answers it with a code of the API; ok is false
// where the API has none for the offence.
func (r request) onDemand(api *catalog.API, offence feil.Offence) (demanded request, ok bool) {
	row, found := api.Feil[offence]
	if !found {
		return r, false
	}
	name := row.Kode
	if row.Spesifisering != "" {
		name = row.Spesifisering
	}
	if _, known := api.Code(name); !known {
		return r, false
	}
	demanded = r.failing(r.id+"Demand"+identifier(name), name+" on demand", row.Status, row.Kode)
	return demanded.with("Sandkasse-Scenario", name), true
}

// notInIdentifiers matches what identifiers and names of variables have not.
var notInIdentifiers = regexp.MustCompile(`[^A-Za-z0-9]+`)

// identifier returns a name as letters and digits: innrapportering-boligsameie gives
// innrapporteringBoligsameie.
func identifier(name string) string {
	words := strings.Split(notInIdentifiers.ReplaceAllString(name, " "), " ")
	for i, word := range words {
		if i > 0 && word != "" {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

// foldersOf returns a folder for each API.
func foldersOf(known *catalog.Catalog) (folders []folder) {
	for _, api := range known.APIs {
		made := folder{name: api.Name, title: api.Title}
		switch {
		case api.Example != nil:
			made.requests = deliveries(api)
		case api.Family == "kobo":
			made.requests = homes(api)
		case api.Family == "dialogporten":
			made.requests = dialogs(api, known.ByName("bsu"))
		case api.Family == "maskinporten":
			made.requests = grants(api)
		case api.Family == "authentication":
			made.requests = registerRequests(api)
		}
		if len(made.requests) > 0 {
			folders = append(folders, made)
		}
	}
	return folders
}

// tokenRequest returns the request for a token of an organisation for an API, which the variable of
// that name then holds.
func tokenRequest(api *catalog.API, org, variable string) request {
	query := url.Values{"api": {api.Name}, "org": {org}, "ttl": {"24h"}}
	return request{
		name: "Token for " + api.Name, id: variable + "Request", method: "GET",
		path: "/_sandkasse/token?" + query.Encode(), status: 200, keep: []kept{{variable, ""}},
	}
}

// textAt returns the text or number at a place of an API's example.
func textAt(api *catalog.API, at []string) string {
	document, err := schema.Decode(api.Example)
	if err != nil {
		return ""
	}
	value := document
	for _, name := range at {
		switch in := value.(type) {
		case map[string]any:
			value = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(in) {
				return ""
			}
			value = in[i]
		default:
			return ""
		}
	}
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// deliveries returns the requests to a reporting API.
func deliveries(api *catalog.API) (list []request) {
	name := identifier(api.Name)
	token := name + "Token"
	var delivery request
	for _, route := range api.Routes {
		path := "/" + api.Label + strings.NewReplacer(
			"{inntektsaar}", textAt(api, api.Felter.First(api.Felter.Inntektsaar)),
			"{forsendelseId}", "{{"+name+"ForsendelseId}}", "{dokumentId}", "{{"+name+"ForsendelseId}}",
		).Replace(route.Paths[0])
		one := request{method: route.Method, path: path, status: 200}.with("Authorization", "Bearer {{"+token+"}}")
		switch route.Behaviour {
		case "innsending":
			one.name, one.id, one.body = "Deliver the example", name+"Delivery", string(api.Example)
			one = one.with("Content-Type", "application/json")
			if route.Idempotent {
				one = one.with("idempotencyKey", "{{$guid}}")
			}
			if slices.Contains(api.Svar, "forsendelseId") {
				one.keep = []kept{{name + "ForsendelseId", "forsendelseId"}}
			}
			delivery = one
			list = append(list, tokenRequest(api, textAt(api, api.Felter.First(api.Felter.Oppgavegiver)), token), one)
		case "dokument":
			if len(delivery.keep) > 0 {
				one.name, one.id = "Fetch the document", name+"Document"
				list = append(list, one)
			}
		}
	}
	if delivery.id == "" {
		return nil
	}
	refused := func(id, title string, offence feil.Offence, call request) {
		if row, found := api.Feil[offence]; found {
			list = append(list, call.failing(name+id, title, row.Status, row.Kode))
		}
	}
	refused("NoToken", "Without a token", feil.MissingToken, delivery.without("Authorization"))
	if slices.ContainsFunc(delivery.headers, func(h [2]string) bool { return h[0] == "idempotencyKey" }) {
		refused("NoKey", "Without an idempotencyKey", feil.MissingHeader, delivery.without("idempotencyKey"))
	}
	broken := delivery
	broken.body = strings.TrimSpace(delivery.body) + " }"
	refused("BrokenJSON", "Not well-formed JSON", feil.BrokenJSON, broken)
	for _, body := range []string{"{}", "[]", "0"} {
		document, err := schema.Decode([]byte(body))
		if err == nil && len(api.Schema().Validate(document)) > 0 {
			broken.body = body
			refused("WrongSchema", "A document that breaks the schema", feil.SchemaViolation, broken)
			break
		}
	}
	for _, offence := range []feil.Offence{feil.NoRightToReport, feil.KeyReused, feil.UnexpectedFailure} {
		if one, ok := delivery.onDemand(api, offence); ok {
			list = append(list, one)
		}
	}
	return list
}
