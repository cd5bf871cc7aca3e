package tenor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sandkasse/fixtures/ident"
)

// Query is a search with the parameters of Tenor testdatasøk.
type Query struct {
	KQL     KQL
	Antall  *int    // hits on a page, at most 200; 0 counts hits only; nil means 10
	Side    int     // number of the page, from 0
	Seed    *uint64 // shuffles the hits, repeatably; nil and 0 leave them in order
	Vis     []string
	Skjul   []string
	Noekkel bool       // nokkelinformasjon: shows the most important members beside those in Vis
	Today   ident.Date // day for the field alder; 31 December 2024 if zero
}

const (
	maxHits     = 200 // on a page, and until nesteSide ends (observed in Tenor)
	defaultHits = 10
	maxPages    = 1_000_000
)

// searchParameters returns the parameters of a search that are no fields.
func searchParameters() []string {
	return []string{"kql", "antall", "side", "seed", "vis", "skjul", "nokkelinformasjon", "highlight"}
}

// ParseQuery reads the query parameters of a search: kql, antall, side, seed, vis, skjul,
// nokkelinformasjon and highlight (which changes nothing) as in Tenor, and any field of a document
// as a filter: kjoenn=kvinne, foedselsdato=[1990 to 2005], fornavn=A*, organisasjonsform.kode=AS. A
// hit must fulfil all filters and kql; of a filter that is given several times, one. alder is
// computed as of today (K414). The error is a *QueryError.
func ParseQuery(parameters map[string][]string, today ident.Date) (Query, error) {
	q := Query{Today: today}
	var filters []node
	names := make([]string, 0, len(parameters))
	for name := range parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := parameters[name]
		if len(values) == 0 {
			continue
		}
		var err error
		if slices.Contains([]string{"antall", "side", "seed", "nokkelinformasjon", "highlight"}, name) {
			if err := checkOnce(name, values); err != nil {
				return Query{}, err
			}
		}
		switch name {
		case "kql":
			for _, text := range values {
				k, wrong := ParseKQL(text)
				if wrong != nil {
					return Query{}, wrong
				}
				if k.top != nil {
					filters = append(filters, *k.top)
				}
			}
		case "antall":
			var antall int
			antall, err = intParameter(name, values, 0, 1_000_000)
			q.Antall = &antall
		case "side":
			q.Side, err = intParameter(name, values, 0, maxPages)
		case "seed":
			n, wrong := strconv.ParseUint(values[len(values)-1], 10, 64)
			if wrong != nil {
				err = &QueryError{
					Parameter: name,
					Problem: fmt.Sprintf("is %q, but must be a whole number from 0 to 18446744073709551615",
						truncate(values[len(values)-1])),
				}
			}
			q.Seed = &n
		case "vis":
			q.Vis, err = paths(name, values)
		case "skjul":
			q.Skjul, err = paths(name, values)
		case "nokkelinformasjon", "highlight":
			flag := strings.ToLower(values[len(values)-1])
			if flag != "true" && flag != "false" {
				err = &QueryError{
					Parameter: name,
					Problem:   fmt.Sprintf("is %q, but must be true or false", truncate(flag)),
				}
			}
			q.Noekkel = q.Noekkel || name == "nokkelinformasjon" && flag == "true"
		default:
			var filter node
			if filter, err = newFilter(name, values); err == nil {
				filters = append(filters, filter)
			}
		}
		if err != nil {
			return Query{}, err
		}
	}
	switch len(filters) {
	case 0:
	case 1:
		q.KQL.top = &filters[0]
	default:
		q.KQL.top = &node{op: isAnd, parts: filters}
	}
	return q, nil
}

// intParameter returns the whole number that a parameter has, within limits.
func intParameter(name string, values []string, low, high int) (int, error) {
	text := values[len(values)-1]
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, &QueryError{Parameter: name, Problem: fmt.Sprintf("is %q, but must be a whole number from %d to %d",
			truncate(text), low, high)}
	}
	return n, nil
}

// paths returns the paths of members in a parameter, which may have several comma-separated lists.
func paths(name string, values []string) ([]string, error) {
	var all []string
	for _, list := range values {
		for path := range strings.SplitSeq(list, ",") {
			if path = strings.TrimSpace(path); path != "" {
				all = append(all, path)
			}
		}
	}
	if len(all) == 0 {
		return nil, &QueryError{Parameter: name, Problem: "names no member; * is all of a document"}
	}
	const maxPaths, maxLength = 100, 200
	for _, path := range all {
		if len(all) > maxPaths || len(path) > maxLength {
			return nil, &QueryError{
				Parameter: name,
				Problem: fmt.Sprintf("has %d paths, one of %d characters, but may have %d of %d", len(all), len(path),
					maxPaths, maxLength),
			}
		}
	}
	return all, nil
}

// newFilter returns the filter of a field's parameter: a range in brackets, a relation in braces, a
// list in parentheses, a pattern with *, or otherwise the text itself.
func newFilter(name string, values []string) (node, error) {
	either := node{op: isOr}
	for _, text := range values {
		n := node{name: name, from: name, value: value{form: isPhrase, text: text}}
		if first := strings.TrimSpace(text); first == "" {
			return node{}, &QueryError{Parameter: name, Problem: "is empty, but must have a value; * is any"}
		} else if strings.ContainsRune(`[{("`, []rune(first)[0]) || strings.Contains(first, "*") &&
			!strings.ContainsFunc(first, func(r rune) bool { return !wordRune(r) }) {
			p := parser{text: []rune(first)}
			if len(p.text) > kqlLength {
				return node{}, &QueryError{
					Parameter: name,
					Problem:   fmt.Sprintf("has %d characters, but may have %d", len(p.text), kqlLength),
				}
			}
			err := p.next()
			if err == nil {
				n, err = p.values(n, 0)
			}
			if err == nil && p.token.kind != tokenEnd {
				err = p.unexpected("the end")
			}
			if e, ok := errors.AsType[*QueryError](err); ok {
				e.Parameter = name
				return node{}, e
			}
		}
		either.parts = append(either.parts, n)
	}
	if len(either.parts) == 1 {
		return either.parts[0], nil
	}
	return either, nil
}
