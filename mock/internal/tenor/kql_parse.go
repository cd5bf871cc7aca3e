package tenor

import (
	"fmt"
	"strings"
	"unicode"
)

// Limits of a search, so that no text makes much work.
const (
	kqlLength = 4_000 // characters
	kqlDepth  = 32    // parentheses and braces within each other
)

// ParseKQL reads a search; blank text is the one that everything fulfils. The error is a *QueryError with the character at which it is wrong.
// Whether fields exist and values fit them is found out when something is searched.
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

// parser reads a search from left to right; token is the next one.
type parser struct {
	text  []rune
	at    int // of what is not read yet
	token token
}

type token struct {
	kind tokenKind
	text string
	at   int // character, from 0
}

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

// wordRune tells whether a character may stand in a word.
func wordRune(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(signs, r) }

// plainWord tells whether a text may stand without quotes and mean itself.
func plainWord(text string) bool {
	for _, r := range text {
		if !wordRune(r) || r == '*' {
			return false
		}
	}
	return text != "" && !reserved(text)
}

// reserved tells whether a word means something else without quotes.
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

// errorf tells what is wrong at a character, counted from 1.
func (p *parser) errorf(position int, format string, about ...any) error {
	return &QueryError{Parameter: "kql", Position: position, Problem: fmt.Sprintf(format, about...)}
}

// unexpected tells that there is something else than what is wanted.
func (p *parser) unexpected(wanted string) error {
	if p.token.kind == tokenEnd {
		return p.errorf(p.token.at+1, "the search ends here, but there must be %s", wanted)
	}
	return p.errorf(p.token.at+1, "here is %q, but there must be %s", truncate(p.token.text), wanted)
}

// isWord tells whether the next token is this word, in any case of letters.
func (p *parser) isWord(word string) bool {
	return p.token.kind == tokenWord && strings.EqualFold(p.token.text, word)
}

func (p *parser) isSign(sign string) bool {
	return p.token.kind == tokenSign && p.token.text == sign
}

// sign reads a sign that must be there.
func (p *parser) sign(sign string) error {
	if !p.isSign(sign) {
		return p.unexpected(sign)
	}
	return p.next()
}

// orExpression reads parts with "or" between them.
func (p *parser) orExpression(depth int) (node, error) {
	return p.joined("or", isOr, depth, func() (node, error) {
		return p.joined("and", isAnd, depth, func() (node, error) { return p.term(depth) })
	})
}

// joined reads parts with a word between them; one alone is itself.
func (p *parser) joined(word string, op operator, depth int, part func() (node, error)) (node, error) {
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

// term reads a field with its value, one with "not" before it, or a search in parentheses.
func (p *parser) term(depth int) (node, error) {
	if depth >= kqlDepth {
		return node{}, p.errorf(p.token.at+1, "there are more than %d parentheses, braces and nots within each other", kqlDepth)
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
