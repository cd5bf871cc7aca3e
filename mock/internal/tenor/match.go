package tenor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/suggest"
)

// fieldKind says how a field's values are compared.
type fieldKind int

const (
	isText fieldKind = iota
	isNumber
	isDate // yyyy-mm-dd
	isFlag // true or false
	isRelation
)

// field is a field of T in documents and searches. get returns a string, a []string, an int, a
// bool, a Date, or nil for no value; an Object or an []Object occurs in documents only.
type field[T any] struct {
	name   string
	kind   fieldKind
	get    func(*T) any
	hidden bool // can be searched, but is in no document

	// compile, for a relation, returns a function that reports whether a T has a relation for which
	// a search is true.
	compile func(node, *meter) (func(*T) bool, error)
}

// compile returns a function that reports whether a search is true of a T, and counts its steps. The
// error is a *QueryError.
func compile[T any](n node, fields []field[T], m *meter) (func(*T) bool, error) {
	if n.op == isField {
		fits, err := compileField(n, fields, m)
		if e, ok := errors.AsType[*QueryError](err); ok && n.from != "" {
			e.Parameter = n.from
		}
		return fits, err
	}
	parts := make([]func(*T) bool, len(n.parts))
	for i, part := range n.parts {
		var err error
		if parts[i], err = compile(part, fields, m); err != nil {
			return nil, err
		}
	}
	until := n.op == isOr // and all that is said is false, or all is true
	if n.op == isNot {
		return func(t *T) bool { return !parts[0](t) }, nil
	}
	return func(t *T) bool {
		for _, part := range parts {
			if part(t) == until {
				return until
			}
		}
		return !until
	}, nil
}

// unknownField returns the error for a field that does not exist, with the existing ones and the
// most similar first (K413). For a parameter of the address it lists the other parameters too.
func unknownField[T any](n node, fields []field[T]) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.from == n.name {
		names = append(names, searchParameters()...)
	}
	return &QueryError{
		Parameter: "kql", Position: n.at,
		Problem: fmt.Sprintf("there is no field %q; is it %s? There are %s",
			truncate(n.name), nearest(n.name, names), strings.Join(names, ", ")),
	}
}

// nearest returns the name that is most similar to a word.
func nearest(word string, names []string) string {
	word = strings.ToLower(truncate(word))
	return slices.MinFunc(names, func(a, b string) int {
		return suggest.Distance(word, strings.ToLower(a)) - suggest.Distance(word, strings.ToLower(b))
	})
}

// compileField returns a function that reports whether a T has a field with a value.
func compileField[T any](n node, fields []field[T], m *meter) (func(*T) bool, error) {
	at := slices.IndexFunc(fields, func(f field[T]) bool { return strings.EqualFold(f.name, n.name) })
	if at < 0 {
		return nil, unknownField(n, fields)
	}
	f, v := fields[at], n.value
	refuse := func(wanted string) error {
		return &QueryError{
			Parameter: "kql", Position: v.at,
			Problem: fmt.Sprintf("%s is compared with %s, but must be with %s", f.name, v, wanted),
		}
	}
	if f.kind == isRelation {
		switch {
		case v.form == isNested:
			return f.compile(v.inner[0], m)
		case v.form == isWord && v.text == "*":
			return f.compile(node{op: isAnd}, m)
		}
		return nil, refuse("a search in braces, as {tenorRelasjonsnavn:barn}, or *")
	}
	switch v.form {
	case isNested:
		return nil, refuse("a value: it is no relation")
	case isRange, isCompared:
		if f.kind == isFlag {
			return nil, refuse("true or false")
		}
		within, err := v.interval(f.kind)
		if err != nil {
			return nil, err
		}
		return func(t *T) bool { return m.take(1) && anyValue(f.get(t), within.contains) }, nil
	}
	if v.form == isWord && strings.Contains(v.text, "*") {
		if strings.Trim(v.text, "*") == "" {
			return func(t *T) bool { return m.take(1) && exists(f.get(t)) }, nil
		}
		if err := checkValue(f.name, v); err != nil && f.kind == isText {
			return nil, err
		}
		if f.kind == isDate && !possibleDay(v.text) {
			return nil, refuse("a date that there is, such as 2003-12* or *-12-24")
		}
		pattern, steps := strings.ToLower(v.text), 1+len(v.text)/patternLength
		return func(t *T) bool {
			return m.take(steps) && anyValue(f.get(t), func(s string) bool { return matchesWord(pattern, s) })
		}, nil
	}
	switch f.kind {
	case isNumber, isDate:
		within, err := v.interval(f.kind)
		if err != nil {
			return nil, err
		}
		return func(t *T) bool { return m.take(1) && anyValue(f.get(t), within.contains) }, nil
	case isFlag:
		if text := strings.ToLower(v.text); text != "true" && text != "false" {
			return nil, refuse("true or false")
		}
	case isText:
		if err := checkValue(f.name, v); err != nil {
			return nil, err
		}
	}
	words := strings.Fields(strings.ToLower(v.text))
	return func(t *T) bool {
		return m.take(1) && anyValue(f.get(t), func(s string) bool { return hasWords(s, words) })
	}, nil
}

// exists reports whether there is a value; an empty object or list is none.
func exists(value any) bool {
	switch v := value.(type) {
	case Object:
		return len(v) > 0
	case []Object:
		return len(v) > 0
	}
	return anyValue(value, func(string) bool { return true })
}

// anyValue reports whether a condition is true of a value, or of one of several.
func anyValue(value any, fulfils func(string) bool) bool {
	switch v := value.(type) {
	case string:
		return v != "" && fulfils(v)
	case []string:
		for _, s := range v {
			if fulfils(s) {
				return true
			}
		}
	case int:
		return fulfils(strconv.Itoa(v))
	case bool:
		return fulfils(strconv.FormatBool(v))
	case ident.Date:
		return v != ident.Date{} && fulfils(v.String())
	}
	return false
}

// hasWords reports whether a text contains words, given in lower case, in this order with nothing
// between them (K412).
func hasWords(text string, words []string) bool {
	if len(words) == 1 && len(words[0]) == len(text) && strings.EqualFold(words[0], text) {
		return true
	}
	own := wordsOf(text)
	for i := 0; i+len(words) <= len(own) && len(words) > 0; i++ {
		same := true
		for j, word := range words {
			same = same && strings.Trim(word, ",.") == own[i+j]
		}
		if same {
			return true
		}
	}
	return false
}

// wordsOf returns the words of a text in lower case, without commas and points around them.
func wordsOf(text string) []string {
	words := strings.Fields(strings.ToLower(text))
	for i := range words {
		words[i] = strings.Trim(words[i], ",.")
	}
	return words
}

// matchesWord reports whether a text or one of its words matches a pattern.
func matchesWord(pattern, text string) bool {
	if matches(pattern, text) {
		return true
	}
	for _, word := range strings.Fields(text) {
		if matches(pattern, word) {
			return true
		}
	}
	return false
}
