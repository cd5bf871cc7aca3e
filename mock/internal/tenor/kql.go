package tenor

import (
	"fmt"
	"strings"
)

// KQL is a search in the language of Tenor testdatasøk, as far as it is known: `kjoenn:kvinne and
// (foedselsdato:[1990 to 2005] or not sivilstand:gift)`. The zero KQL is fulfilled by everything.
//
//	felt:verdi             equal, in any case of letters; of a text with blanks, one word is enough
//	felt:"flere ord"       these words in this order
//	felt:*                 has a value
//	felt:A*  felt:*TO*     a word or the whole text like this, * being anything
//	felt:[2003 to 2005]    from and to, either of which may be *
//	felt > 2003-12-01      also >=, < and <=
//	felt:(a or b)          any of these; (a and b) all of these
//	felt:{felt:verdi}      a relation to something of which all in the braces is true
//	and, or, not, ( )      in any case of letters; not binds closer than and, and closer than or
type KQL struct{ top *node }

// operator says how a node combines its parts.
type operator int

const (
	isField operator = iota // no parts, but a field and its value
	isAnd
	isOr
	isNot // one part
)

// node is a part of a search.
type node struct {
	op    operator
	parts []node
	name  string // name of the field
	at    int    // character of the text at which it begins, counted from 1
	value value
	from  string // query parameter that contains it; empty for kql
}

// value is the right-hand side of a comparison.
type value struct {
	form      valueForm
	text      string
	low, high bound
	sign      string // one of > >= < <=, compared with low
	inner     []node // one node
	at        int
}

// valueForm says how a value is written, and so which members of value it uses.
type valueForm int

const (
	isWord     valueForm = iota // text, in which * stands for anything
	isPhrase                    // text, in quotes
	isRange                     // low to high
	isCompared                  // sign and low
	isNested                    // inner
)

// bound is an end of a range.
type bound struct {
	text string
	open bool
	at   int
}

// String returns a text that ParseKQL reads as the same search.
func (k KQL) String() string {
	if k.top == nil {
		return ""
	}
	return k.top.String()
}

func (n node) String() string {
	switch n.op {
	case isAnd:
		return n.joined(" and ")
	case isOr:
		return n.joined(" or ")
	case isNot:
		return "not " + n.parts[0].inParentheses()
	}
	if n.value.form == isCompared {
		return n.name + " " + n.value.sign + " " + n.value.low.String()
	}
	return n.name + ":" + n.value.String()
}

func (n node) joined(word string) string {
	texts := make([]string, len(n.parts))
	for i, part := range n.parts {
		texts[i] = part.inParentheses()
	}
	return strings.Join(texts, word)
}

// inParentheses returns the text of a node, in parentheses if an operator stands between its parts.
func (n node) inParentheses() string {
	if n.op == isAnd || n.op == isOr {
		return "(" + n.String() + ")"
	}
	return n.String()
}

func (v value) String() string {
	switch v.form {
	case isWord:
		return v.text
	case isRange:
		return "[" + v.low.String() + " to " + v.high.String() + "]"
	case isNested:
		return "{" + v.inner[0].String() + "}"
	}
	return quoted(v.text)
}

func (b bound) String() string {
	switch {
	case b.open:
		return "*"
	case plainWord(b.text):
		return b.text
	}
	return quoted(b.text)
}

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// QueryError says what is wrong with a search, and where.
type QueryError struct {
	Parameter string // kql, antall, a field, …
	Position  int    // for kql: character, counted from 1, at which it is wrong; otherwise 0
	Problem   string // what is wrong and what would be right
}

// Error returns parameter, position and problem.
func (e *QueryError) Error() string {
	if e.Position > 0 {
		return fmt.Sprintf("%s, character %d: %s", e.Parameter, e.Position, e.Problem)
	}
	return e.Parameter + ": " + e.Problem
}
