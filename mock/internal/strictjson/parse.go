// Package strictjson reads the JSON that people and their scripts send to Sandkasse itself. It
// refuses a member given twice, an unknown one, a number out of bounds and a text where a number
// belongs. Its errors are clauses that say what was sent, where, and how it should look.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrEmpty is returned for a body of nothing but white space.
var ErrEmpty = errors.New("the body is empty")

// Parse returns the one JSON value of a body: a map[string]any, []any, json.Number, string, bool or
// nil. A byte order mark of UTF-8 is skipped, since Windows tools write one (K491).
func Parse(body []byte) (any, error) {
	body, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, ErrEmpty
	}
	p := parser{Decoder: jsontext.NewDecoder(bytes.NewBuffer(body)), body: body}
	value, err := p.value()
	if err != nil {
		return nil, p.explain(err)
	}
	if end := skipSpace(body, int(p.InputOffset())); end < len(body) {
		return nil, fmt.Errorf("the body goes on after its value with %s (%s); it must be one JSON value",
			beginning(body[end:]), position(body, end))
	}
	return value, nil
}

// parser reads one body.
type parser struct {
	*jsontext.Decoder
	body []byte
}

// value reads the next value.
func (p *parser) value() (any, error) {
	token, err := p.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return json.Number(token.String()), nil
	case jsontext.KindBeginObject:
		return p.object()
	}
	list := []any{}
	for p.PeekKind() != jsontext.KindEndArray {
		element, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	_, err = p.ReadToken()
	return list, err
}

// object reads the rest of an object.
func (p *parser) object() (any, error) {
	members := map[string]any{}
	for p.PeekKind() != jsontext.KindEndObject {
		name, err := p.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // a token is good until the next one is read
		if members[key], err = p.value(); err != nil {
			return nil, err
		}
	}
	_, err := p.ReadToken()
	return members, err
}
