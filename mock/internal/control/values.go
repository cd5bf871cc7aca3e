package control

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/suggest"
)

// parameters returns the query's parameters. Only the named ones may be given, each once.
func parameters(r *http.Request, names ...string) (url.Values, error) {
	return repeatable(r, nil, names...)
}

// repeatable returns the query's parameters as parameters does; those of lists may be repeated.
func repeatable(r *http.Request, lists []string, names ...string) (url.Values, error) {
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(names, name) {
			return nil, unknownParameter(name, names)
		}
		if len(query[name]) > 1 && !slices.Contains(lists, name) {
			return nil, badRequest("the parameter %s is given %d times; give it once", name, len(query[name]))
		}
	}
	return query, nil
}

// filters returns the parameters that narrow a list. It refuses one without a value, which would
// narrow nothing (K570), but for those whose values are checked by their bounds.
func filters(r *http.Request, names ...string) (url.Values, error) {
	query, err := parameters(r, names...)
	if err != nil {
		return nil, err
	}
	bounded := []string{"year", "status", "since", "before", "limit", "wait", "count"}
	for _, name := range names {
		if query.Has(name) && query.Get(name) == "" && !slices.Contains(bounded, name) {
			return nil, badRequest("the parameter %s is empty; give it a value, or leave it out", name)
		}
	}
	return query, nil
}

// parseQuery parses a query. The error names the part that cannot be parsed.
func parseQuery(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err == nil {
		return query, nil
	}
	for part := range strings.SplitSeq(raw, "&") {
		if strings.Contains(part, ";") {
			return nil, badRequest("the query has a ; in %q; parameters are separated by &, and a ; in a value is "+
				"written %%3B", part)
		}
		if _, err := url.ParseQuery(part); err != nil {
			return nil, badRequest("the query has a %% in %q that two hexadecimal digits do not follow; %% itself "+
				"is written %%25", part)
		}
	}
	return nil, badRequest("the query has more parameters than can be read")
}

// unknownParameter returns the error of a parameter that is none of the names.
func unknownParameter(name string, names []string) error {
	if len(names) == 0 {
		return badRequest("%q is not a parameter here; there are none", name)
	}
	meant := ""
	if nearest, ok := suggest.Nearest(name, names); ok {
		meant = "did you mean " + nearest + "? "
	}
	return badRequest("%q is not a parameter here; %sthere are %s", name, meant, strings.Join(names, ", "))
}

// wholeNumber returns a parameter that must be a whole number within bounds; 0 when it is not
// given.
func wholeNumber(values url.Values, name string, min, max int64) (int64, error) {
	if !values.Has(name) {
		return 0, nil
	}
	text := values.Get(name)
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < min || number > max {
		return 0, badRequest("%s is %q; it must be a whole number from %d to %d", name, text, min, max)
	}
	return number, nil
}
