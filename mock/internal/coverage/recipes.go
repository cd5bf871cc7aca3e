package coverage

import (
	"cmp"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/report"
)

// recipes makes the commands that provoke what a client of an API may meet.
type recipes struct {
	api   *catalog.API
	lines *report.Lines
	base  string // address of the session
	now   time.Time
}

// next returns a command line of a POSIX shell that provokes a line.
func (r recipes) next(line report.Line) string {
	switch {
	case line.Script != "":
		return ""
	case line.Kode == "":
		return ""
	}
	route := cmp.Or(line.Route, r.api.Routes[0])
	path := r.path(route)
	if line.Route == nil {
		code, _ := r.api.Code(line.Code())
		switch code.Row.Offence {
		case feil.UnknownURL:
			return r.curl(http.MethodGet, "/"+r.api.Label+"/finnes-ikke")
		case feil.MethodNotAllowed:
			return r.curl(http.MethodPatch, path)
		}
	}
	anywhere := line
	anywhere.Route = nil
	return r.curl(route.Method, "/_scenario/"+r.lines.Demand[anywhere]+path)
}

// curl returns a command that makes a call without headers and body.
func (r recipes) curl(method, path string) string {
	if method == http.MethodGet {
		return "curl -i " + quoted(r.base+path)
	}
	return "curl -i -X " + method + " " + quoted(r.base+path)
}

// parameter matches a parameter of a path.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

// path returns the path of an operation below the server's address, with a year that the API takes
// and any other values.
func (r recipes) path(route *catalog.Route) string {
	return "/" + r.api.Label + parameter.ReplaceAllStringFunc(route.Paths[0], func(name string) string {
		if name == "{inntektsaar}" {
			return strconv.Itoa(r.api.Inntektsaar.Last(r.now))
		}
		return "1"
	})
}

// plain matches a word that a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,-]+$`)

// quoted returns a word of a shell.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
