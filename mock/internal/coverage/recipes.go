package coverage

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/report"
)

// recipes makes the commands that provoke what a client of an API may meet: lines of a POSIX shell,
// which use curl and what every such shell has beside it (K784).
type recipes struct {
	gateway *gateway.Gateway
	api     *catalog.API
	lines   *report.Lines
	base    string // address of the session
	now     time.Time
}

// recipe holds what a call needs to succeed, beside what the checks of its operation want.
type recipe struct {
	// Before has the commands that come first, each with a semicolon at its end. They set the
	// variables that stand in the other parts.
	before string
	params map[string]string // of the path
	query  string            // with its question mark
	body   string            // a word of a shell, what curl has after -d; empty for none
	token  string            // parameters of /_sandkasse/token, beside api
}

// customer is the organisation that the calls are for, and municipality the one that owns homes.
const (
	customer     = "319000003"
	municipality = "313367002"
)

// next returns the command that provokes the line of that number; empty where none is known, as of an
// operation that the user has added.
func (r recipes) next(number int) string {
	line := r.lines.All[number]
	switch {
	case line.Script != "":
		return r.script(number)
	case line.Kode == "":
		return r.success(line.Route, line.Status, number, "")
	}
	route := line.Route
	if route == nil {
		if len(r.api.Routes) == 0 {
			return ""
		}
		route = r.api.Routes[0]
		code, _ := r.api.Code(line.Code())
		switch code.Row.Offence {
		case feil.UnknownURL:
			return r.bare(http.MethodGet, "/"+r.api.Label+"/finnes-ikke")
		case feil.MethodNotAllowed:
			return r.bare(http.MethodPatch, r.path(route, nil))
		}
	}
	line.Route = nil
	return r.bare(route.Method, "/_scenario/"+r.lines.Demand[line]+r.path(route, nil))
}

// bare returns a command that makes a call without headers and body.
func (r recipes) bare(method, path string) string {
	return "curl -i " + methodFlag(method) + quoted(r.base+path)
}

// methodFlag returns the flag of curl for a method, with a blank after it.
func methodFlag(method string) string {
	if method == http.MethodGet {
		return ""
	}
	return "-X " + method + " "
}

// success returns the command that provokes a success of an operation, in a scenario unless that is
// empty.
func (r recipes) success(route *catalog.Route, status, number int, scenario string) string {
	made, found := r.recipe(route, status, number)
	if !found {
		return ""
	}
	if scenario != "" {
		scenario = "/_scenario/" + scenario
	}
	command := made.before
	if command != "" {
		command += " "
	}
	command += "curl -i "
	if made.body == "" || route.Method != http.MethodPost {
		command += methodFlag(route.Method)
	}
	command += quoted(r.base + scenario + r.path(route, made.params) + made.query)
	if slices.Contains(route.Checks, "token") {
		command += " " + r.bearer(made.token)
	}
	if slices.Contains(route.Checks, "kobo-systemid") {
		command += " -H 'x-kobo-systemid: fdvu-1'"
	}
	if slices.Contains(route.Checks, "idempotency-key") {
		command += ` -H "idempotencyKey: ` + r.uuid(number) + `"`
	}
	if made.body != "" {
		if r.api.Family != "maskinporten" {
			command += " -H 'Content-Type: application/json'"
		}
		command += " -d " + made.body
	}
	return command
}

// recipe returns what a call to an operation needs to succeed with a status; found is false where that
// is not known. The number is of the line.
func (r recipes) recipe(route *catalog.Route, status, number int) (made recipe, found bool) {
	unique := r.unique(number)
	switch r.api.Family {
	case "kobo":
		return r.kobo(route, status, unique)
	case "dialogporten":
		return r.dialogporten(route, unique)
	case "maskinporten":
		return r.maskinporten(route, unique)
	case "authentication":
		return r.authentication(route, status, number)
	}
	return r.reporting(route, unique)
}

// unique returns a number that no other command for the line, a second later, and no other line has.
func (recipes) unique(number int) string { return "$(date +%s)" + fmt.Sprintf("%03d", number) }

// uuid returns a UUID that no other command for the line, a second later, and no other line has.
func (recipes) uuid(number int) string {
	return fmt.Sprintf("7c9e6679-7425-40de-8%03x-$(printf %%012d $(date +%%s))", number)
}

// parameter matches a parameter of a path.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// path returns the path of an operation below the server's address, with a year that the API takes
// and any other values, unless they are given.
func (r recipes) path(route *catalog.Route, given map[string]string) string {
	return "/" + r.api.Label + parameter.ReplaceAllStringFunc(route.Paths[0], func(part string) string {
		name := strings.Trim(part, "{}")
		switch value, known := given[name]; {
		case known:
			return value
		case name == "inntektsaar":
			return strconv.Itoa(r.api.Inntektsaar.Last(r.now))
		}
		return "1"
	})
}

// bearer returns the header with a token for the API.
func (r recipes) bearer(query string) string {
	address := fmt.Sprintf("%s/_sandkasse/token?api=%s&%s", r.base, r.api.Name, query)
	return fmt.Sprintf(`-H "Authorization: Bearer $(curl -s '%s')"`, address)
}

// control returns a command that calls the control API, by POST with a body, a word of a shell, and
// by GET without.
func (r recipes) control(path, body string) string {
	command := "curl -s " + quoted(r.base+"/_sandkasse/"+path)
	if body != "" {
		command += " -d " + body
	}
	return command
}

// set returns a command that sets a variable to the first member of a name in the JSON that a command
// writes: a text.
func set(variable, command, member string) string {
	return fmt.Sprintf(`%s=$(%s | grep -o '"%s": *"[^"]*' | head -1 | cut -d'"' -f4);`, variable, command, member)
}

// plain matches a word that a shell takes as it is, and withVariables one in which only variables mean
// something.
var (
	plain         = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]+$`)
	withVariables = regexp.MustCompile("^[^\"`\\\\!]*\\$[a-z]+[^\"`\\\\!]*$")
)

// quoted returns a text as a word of a shell, which puts the values of variables into it.
func quoted(text string) string {
	switch {
	case plain.MatchString(text):
		return text
	case withVariables.MatchString(text):
		return `"` + text + `"`
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
