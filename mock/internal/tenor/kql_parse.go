package tenor

import (
	"fmt"
	"strings"
	"unicode"
)

// Limits of a search, so that no text takes long to search for.
const (
	kqlLength = 4_000 // characters
	kqlDepth  = 32    // nested parentheses and braces
)

// ParseKQL reads a search. A blank text gives the zero KQL. The error is a *QueryError with the
// character at which the text is wrong. Whether fields exist and values fit them is checked by the
// search itself.
func ParseKQL(text string) (KQL, error) {
	p := parser{text: []rune(text)}
	if len(p.text) > kqlLength {
		return KQL{}, p.errorf(kqlLength+1, "the search has %d characters, but may have %d", len(p.text), kqlLength)
	}
	if err := p.next(); err != nil {
		return KQL{}, err
	}
	if p.token.kind == tokenEnd {
		return KQL{}, nil
	}
	top, err := p.orExpression(0)
	if err != nil {
		return KQL{}, err
	}
	if p.token.kind != tokenEnd {
		return KQL{}, p.unexpected("and, or or the end")
	}
	return KQL{top: &top}, nil
}

// parser reads a search from left to right.
type parser struct {
	text  []rune
	at    int   // position of the first character that is not read yet
	token token // the next token
}

// token is a lexical token of a search.
type token struct {
	kind tokenKind
	text string
	at   int // position of its first character, from 0
}

// tokenKind is the kind of a token.
type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // anything without blanks and signs
	tokenPhrase           // in quotes
	tokenSign             // ( ) [ ] { } : > >= < <=
)

const signs = `()[]{}:<>"`

// next reads the next token.
func (p *parser) next() error {
	for p.at < len(p.text) && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
	start := p.at
	switch {
	case start == len(p.text):
		p.token = token{tokenEnd, "", start}
	case p.text[start] == '"':
		return p.phrase()
	case strings.ContainsRune(signs, p.text[start]):
		p.at++
		if (p.text[start] == '<' || p.text[start] == '>') && p.at < len(p.text) && p.text[p.at] == '=' {
			p.at++
		}
		p.token = token{tokenSign, string(p.text[start:p.at]), start}
	default:
		for p.at < len(p.text) && wordRune(p.text[p.at]) {
			p.at++
		}
		p.token = token{tokenWord, string(p.text[start:p.at]), start}
	}
	return nil
}

// wordRune reports whether a word may contain a character.
func wordRune(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(signs, r) }

// plainWord reports whether a text means itself without quotes.
func plainWord(text string) bool {
	for _, r := range text {
		if !wordRune(r) || r == '*' {
			return false
		}
	}
	return text != "" && !reserved(text)
}

// reserved reports whether a word without quotes is a keyword.
func reserved(word string) bool {
	switch strings.ToLower(word) {
	case "and", "or", "not", "to":
		return true
	}
	return false
}

// phrase reads a text in quotes, in which \" is a quote and \\ a backslash.
func (p *parser) phrase() error {
	start := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch r := p.text[p.at]; {
		case r == '"':
			p.at++
			p.token = token{tokenPhrase, b.String(), start}
			return nil
		case r == '\\' && p.at+1 < len(p.text) && (p.text[p.at+1] == '"' || p.text[p.at+1] == '\\'):
			p.at++
			b.WriteRune(p.text[p.at])
		default:
			b.WriteRune(r)
		}
	}
	return p.errorf(start+1, `the quote is never closed; put a " at the end of the text`)
}

// errorf returns a *QueryError for a character, counted from 1.
func (p *parser) errorf(position int, format string, about ...any) error {
	return &QueryError{Parameter: "kql", Position: position, Problem: fmt.Sprintf(format, about...)}
}

// unexpected returns a *QueryError for the next token, saying what is expected instead.
func (p *parser) unexpected(wanted string) error {
	if p.token.kind == tokenEnd {
		return p.errorf(p.token.at+1, "the search ends here, but there must be %s", wanted)
	}
	return p.errorf(p.token.at+1, "here is %q, but there must be %s", truncate(p.token.text), wanted)
}

// isWord reports whether the next token is a word, in any case of letters.
func (p *parser) isWord(word string) bool {
	return p.token.kind == tokenWord && strings.EqualFold(p.token.text, word)
}

// isSign reports whether the next token is a sign.
func (p *parser) isSign(sign string) bool {
	return p.token.kind == tokenSign && p.token.text == sign
}

// sign reads a sign, or returns an error if the next token is another one.
func (p *parser) sign(sign string) error {
	if !p.isSign(sign) {
		return p.unexpected(sign)
	}
	return p.next()
}

// orExpression reads terms with "and" and "or" between them.
func (p *parser) orExpression(depth int) (node, error) {
	return p.joined("or", isOr, func() (node, error) {
		return p.joined("and", isAnd, func() (node, error) { return p.term(depth) })
	})
}

// joined reads parts with a keyword between them. A single part is returned as it is.
func (p *parser) joined(word string, op operator, part func() (node, error)) (node, error) {
	first, err := part()
	if err != nil || !p.isWord(word) {
		return first, err
	}
	parts := []node{first}
	for p.isWord(word) {
		if err := p.next(); err != nil {
			return node{}, err
		}
		next, err := part()
		if err != nil {
			return node{}, err
		}
		parts = append(parts, next)
	}
	return node{op: op, parts: parts}, nil
}

// term reads a field with its value, a term after "not", or an expression in parentheses.
func (p *parser) term(depth int) (node, error) {
	if depth >= kqlDepth {
		return node{}, p.errorf(p.token.at+1, "there are more than %d parentheses, braces and nots within each other",
			kqlDepth)
	}
	switch {
	case p.isWord("not"):
		if err := p.next(); err != nil {
			return node{}, err
		}
		inner, err := p.term(depth + 1)
		return node{op: isNot, parts: []node{inner}}, err
	case p.isSign("("):
		if err := p.next(); err != nil {
			return node{}, err
		}
		inner, err := p.orExpression(depth + 1)
		if err != nil {
			return node{}, err
		}
		return inner, p.sign(")")
	case p.token.kind == tokenWord && !reserved(p.token.text) && !strings.Contains(p.token.text, "*"):
		return p.field(depth)
	}
	return node{}, p.unexpected("a field, as in kjoenn:kvinne, or not or (")
}
