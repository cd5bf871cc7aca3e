package control

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/suggest"
)

// parameters returns the query's parameters, of which only the named ones may be given, each once.
func parameters(r *http.Request, names ...string) (url.Values, error) {
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(names, name) {
			return nil, unknownParameter(name, names)
		}
		if len(query[name]) > 1 {
			return nil, badRequest("the parameter %s is given %d times; give it once", name, len(query[name]))
		}
	}
	return query, nil
}

// filters is parameters for what narrows a list: one without a value is refused, since it would narrow nothing
// (K570). Numbers and the like are left to whoever reads them, with their bounds.
func filters(r *http.Request, names ...string) (url.Values, error) {
	query, err := parameters(r, names...)
	if err != nil {
		return nil, err
	}
	read := []string{"year", "status", "since", "limit", "wait", "count"}
	for _, name := range names {
		if query.Has(name) && query.Get(name) == "" && !slices.Contains(read, name) {
			return nil, badRequest("the parameter %s is empty; give it a value, or leave it out", name)
		}
	}
	return query, nil
}

// parseQuery reads a query. The error names the part that cannot be read.
func parseQuery(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err == nil {
		return query, nil
	}
	for part := range strings.SplitSeq(raw, "&") {
		if strings.Contains(part, ";") {
			return nil, badRequest("the query has a ; in %q; parameters are separated by &, and a ; in a value is written %%3B", part)
		}
		if _, err := url.ParseQuery(part); err != nil {
			return nil, badRequest("the query has a %% in %q that two hexadecimal digits do not follow; %% itself is written %%25", part)
		}
	}
	return nil, badRequest("the query has more parameters than can be read")
}

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

// whole returns a parameter that is a whole number within bounds; 0 when it is not given.
func whole(values url.Values, name string, least, most int64) (int64, error) {
	if !values.Has(name) {
		return 0, nil
	}
	text := values.Get(name)
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < least || number > most {
		return 0, badRequest("%s is %q; it must be a whole number from %d to %d", name, text, least, most)
	}
	return number, nil
}

// duration reads a duration within bounds.
func duration(name, text string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		return 0, badRequest("%s is %q; it must be a duration such as 30s, 10m or 1h30m, from %s to %s", name, text, short(least), short(most))
	}
	return d, nil
}

// short writes a duration without zeros at its end: 2m and not 2m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
