package tenor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sandkasse/fixtures/ident"
)

// fieldKind is what a field's values are compared as.
type fieldKind int

const (
	isText fieldKind = iota
	isNumber
	isDate // yyyy-mm-dd
	isFlag // true or false
	isRelation
)

// field is something that is known of T: how it is called in documents and searches, and what it is for one. get
// gives a string, a []string, an int, a bool, a Date or nil for none; an Objekt or a []Objekt stands in documents only.
type field[T any] struct {
	name   string
	kind   fieldKind
	get    func(*T) any
	hidden bool // is searched and stands in no document

	// compile, of a relation, makes of a search what tells whether a T has a relation of which it is true.
	compile func(node) (func(*T) bool, error)
}

// compile makes of a part of a search what tells whether it is true of a T.
func compile[T any](n node, fields []field[T]) (func(*T) bool, error) {
	if n.op == isField {
		fits, err := compileField(n, fields)
		if e, ok := errors.AsType[*QueryError](err); ok && n.from != "" {
			e.Parameter = n.from
		}
		return fits, err
	}
	parts := make([]func(*T) bool, len(n.parts))
	for i, part := range n.parts {
		var err error
		if parts[i], err = compile(part, fields); err != nil {
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

// unknownField tells which fields there are, the nearest first (K413); of a parameter of the address, the other parameters too.
func unknownField[T any](n node, fields []field[T]) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.from == n.name {
		names = append(names, searchParameters()...)
	}
	return &QueryError{Parameter: "kql", Position: n.at, Problem: fmt.Sprintf("there is no field %q; is it %s? There are %s",
		truncate(n.name), nearest(n.name, names), strings.Join(names, ", "))}
}

// nearest is the name that has most in common with a word.
func nearest(word string, names []string) string {
	best, least := "", 1<<30
	for _, name := range names {
		if d := distance(strings.ToLower(truncate(word)), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out or changed to make one word of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// compileField makes of a field and its value what tells whether a T has it.
func compileField[T any](n node, fields []field[T]) (func(*T) bool, error) {
	at := slices.IndexFunc(fields, func(f field[T]) bool { return strings.EqualFold(f.name, n.name) })
	if at < 0 {
		return nil, unknownField(n, fields)
	}
	f, v := fields[at], n.value
	refuse := func(wanted string) error {
		return &QueryError{Parameter: "kql", Position: v.at, Problem: fmt.Sprintf("%s is compared with %s, but must be with %s", f.name, v, wanted)}
	}
	if f.kind == isRelation {
		switch {
		case v.form == isNested:
			return f.compile(v.inner[0])
		case v.form == isWord && v.text == "*":
			return f.compile(node{op: isAnd})
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
		return func(t *T) bool { return anyValue(f.get(t), within.contains) }, nil
	}
	if v.form == isWord && strings.Contains(v.text, "*") {
		if strings.Trim(v.text, "*") == "" {
			return func(t *T) bool { return exists(f.get(t)) }, nil
		}
		if err := checkValue(f.name, v); err != nil && f.kind == isText {
			return nil, err
		}
		return func(t *T) bool { return anyValue(f.get(t), func(s string) bool { return matchesWord(v.text, s) }) }, nil
	}
	switch f.kind {
	case isNumber, isDate:
		within, err := v.interval(f.kind)
		if err != nil {
			return nil, err
		}
		return func(t *T) bool { return anyValue(f.get(t), within.contains) }, nil
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
	return func(t *T) bool { return anyValue(f.get(t), func(s string) bool { return hasWords(s, words) }) }, nil
}

// exists tells whether there is a value, or something in an object or a list.
func exists(value any) bool {
	switch v := value.(type) {
	case Object:
		return len(v) > 0
	case []Object:
		return len(v) > 0
	}
	return anyValue(value, func(string) bool { return true })
}

// anyValue tells whether something is true of a value, or of one of several.
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

// hasWords tells whether a text has words, in small letters, in this order and nothing between them (K412).
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

// wordsOf are the words of a text in small letters, without commas and points around them.
func wordsOf(text string) []string {
	words := strings.Fields(strings.ToLower(text))
	for i := range words {
		words[i] = strings.Trim(words[i], ",.")
	}
	return words
}

// matchesWord tells whether a text, or one of its words, is as a pattern says.
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
