package tenor

import (
	"regexp"
	"strings"
)

// field reads a field's name and value.
func (p *parser) field(depth int) (node, error) {
	n := node{name: p.token.text, at: p.token.at + 1}
	if err := p.next(); err != nil {
		return node{}, err
	}
	switch p.token.text {
	case ">", ">=", "<", "<=":
		n.value = value{form: isCompared, sign: p.token.text, at: p.token.at + 1}
		if err := p.next(); err != nil {
			return node{}, err
		}
		var err error
		if n.value.low, err = p.bound(); err == nil && n.value.low.open {
			err = p.errorf(n.value.low.at, "there must be a value after %s, not *", n.value.sign)
		}
		return n, err
	case ":":
		if err := p.next(); err != nil {
			return node{}, err
		}
		return p.values(n, depth)
	}
	return node{}, p.unexpected("a colon and a value after the field " + n.name)
}

// values reads what follows the colon of a field. A list in parentheses becomes an expression in
// which each part has the field.
func (p *parser) values(n node, depth int) (node, error) {
	if !p.isSign("(") {
		var err error
		n.value, err = p.value(depth)
		return n, err
	}
	if depth >= kqlDepth {
		return node{}, p.errorf(p.token.at+1, "there are more than %d parentheses, braces and nots within each other",
			kqlDepth)
	}
	if err := p.next(); err != nil {
		return node{}, err
	}
	one := func() (node, error) {
		if p.isWord("not") {
			if err := p.next(); err != nil {
				return node{}, err
			}
			inner, err := p.values(n, depth+1)
			return node{op: isNot, parts: []node{inner}}, err
		}
		return p.values(n, depth+1)
	}
	list, err := p.joined("or", isOr, func() (node, error) { return p.joined("and", isAnd, one) })
	if err != nil {
		return node{}, err
	}
	return list, p.sign(")")
}

// value reads one value.
func (p *parser) value(depth int) (value, error) {
	v := value{at: p.token.at + 1, text: p.token.text}
	switch {
	case p.token.kind == tokenPhrase:
		v.form = isPhrase
		return v, p.next()
	case p.token.kind == tokenWord && reserved(p.token.text):
		return value{}, p.errorf(v.at, `%q means something in a search; as a value it must be in quotes: "%s"`, v.text,
			v.text)
	case p.token.kind == tokenWord:
		v.form = isWord
		return v, p.next()
	case p.isSign("["):
		return p.parseRange()
	case p.isSign("{"):
		if err := p.next(); err != nil {
			return value{}, err
		}
		inner, err := p.orExpression(depth + 1)
		if err != nil {
			return value{}, err
		}
		return value{form: isNested, inner: []node{inner}, at: v.at}, p.sign("}")
	}
	return value{}, p.unexpected(`a value: a word, a text in quotes, [low to high], (this or that), {relation} or *`)
}

// closeRange matches a range without blanks, as some clients write it: 2003to2005.
var closeRange = regexp.MustCompile(`^(\*|[0-9-]+)(?i:to)(\*|[0-9-]+)$`)

// parseRange reads a range in brackets.
func (p *parser) parseRange() (value, error) {
	v := value{form: isRange, at: p.token.at + 1}
	if err := p.next(); err != nil {
		return value{}, err
	}
	if close := closeRange.FindStringSubmatch(p.token.text); close != nil && p.token.kind == tokenWord {
		at := p.token.at + 1
		v.low = bound{text: close[1], open: close[1] == "*", at: at}
		v.high = bound{text: close[2], open: close[2] == "*", at: at + len(p.token.text) - len(close[2])}
		if err := p.next(); err != nil {
			return value{}, err
		}
	} else {
		var err error
		if v.low, err = p.bound(); err != nil {
			return value{}, err
		}
		if !p.isWord("to") {
			return value{}, p.unexpected("to, as in [2003 to 2005]")
		}
		if err := p.next(); err != nil {
			return value{}, err
		}
		if v.high, err = p.bound(); err != nil {
			return value{}, err
		}
	}
	for _, b := range []*bound{&v.low, &v.high} {
		if b.open {
			b.text = ""
		}
	}
	return v, p.sign("]")
}

// bound reads an end of a range.
func (p *parser) bound() (bound, error) {
	b := bound{text: p.token.text, at: p.token.at + 1}
	switch {
	case p.token.kind == tokenPhrase:
	case p.token.kind == tokenWord && b.text == "*":
		b.open = true
	case p.token.kind != tokenWord || reserved(b.text) || strings.Contains(b.text, "*"):
		return bound{}, p.unexpected("a number, a date or *")
	}
	return b, p.next()
}
