package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxDepth        = 64        // K012: objects and arrays within each other
	maxValues       = 1_000_000 // K013: bounds what a body of a few bytes a value can take in memory
	maxNumberLength = 100       // K030: characters; without a bound one number can keep a validator busy for minutes
	maxExponent     = 3         // digits
)

// Decode reads one JSON document. Objects become map[string]any, arrays []any, and numbers
// json.Number with their text kept.
//
// It is stricter than encoding/json: besides broken JSON it refuses a byte order mark, text that is
// not UTF-8 (also a lone surrogate written as an escape), a name given twice in one object, more
// than 64 levels, more than 1,000,000 values, and numbers of more than 100 characters or with an
// exponent of more than three digits. The error is always a *SyntaxError.
func Decode(body []byte) (any, error) {
	if document, ok := build(body); ok {
		return document, nil
	}
	return decodeTokens(body)
}

// decodeTokens does what Decode does, token by token, so that it can say where and why it refuses a body.
func decodeTokens(body []byte) (any, error) {
	d := decoder{Decoder: jsontext.NewDecoder(bytes.NewBuffer(body)), body: body}
	tok, err := d.ReadToken()
	if err != nil {
		return nil, d.explain(err)
	}
	v, err := d.value(tok, 0)
	if err != nil {
		return nil, d.explain(err)
	}
	end := skipSpace(body, d.InputOffset())
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, d.refuse(end, "det står mer etter slutten på dokumentet: det skal bare være ett JSON-dokument")
	}
	return v, nil
}

// decoder is one reading of one body.
type decoder struct {
	*jsontext.Decoder
	body   []byte
	values int
}

// value makes a Go value of tok and, where tok opens an object or array, of all that follows until
// it is closed.
func (d *decoder) value(tok jsontext.Token, depth int) (any, error) {
	if d.values++; d.values > maxValues {
		return nil, d.refuse(d.InputOffset()-1, "dokumentet har mer enn 1 000 000 verdier: del leveransen i flere")
	}
	switch tok.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue:
		return true, nil
	case jsontext.KindFalse:
		return false, nil
	case jsontext.KindString:
		return tok.String(), nil
	case jsontext.KindNumber:
		return d.number(tok.String())
	}
	if depth == maxDepth {
		return nil, d.refuse(d.InputOffset()-1, "dokumentet har mer enn 64 nivåer av objekter og lister inni hverandre")
	}
	if tok.Kind() == jsontext.KindBeginObject {
		return d.object(depth + 1)
	}
	return d.array(depth + 1)
}

func (d *decoder) object(depth int) (any, error) {
	members := map[string]any{}
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		if tok.Kind() == jsontext.KindEndObject {
			return members, nil
		}
		name := tok.String()
		if tok, err = d.ReadToken(); err != nil {
			return nil, err
		}
		if members[name], err = d.value(tok, depth); err != nil {
			return nil, err
		}
	}
}

func (d *decoder) array(depth int) (any, error) {
	elements := []any{}
	for {
		tok, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		if tok.Kind() == jsontext.KindEndArray {
			return elements, nil
		}
		v, err := d.value(tok, depth)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
	}
}

func (d *decoder) number(text string) (any, error) {
	if isLong(text) {
		return nil, d.refuse(d.InputOffset()-int64(len(text)),
			"tallet "+angitt(json.Number(text))+
				" er for langt: et tall kan ha høyst 100 tegn og høyst tre sifre i eksponenten")
	}
	return json.Number(text), nil
}

// isLong reports whether a JSON number has more characters, or digits in its exponent, than Decode
// takes.
func isLong(number string) bool {
	exponent := 0 // digits
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		exponent = len(strings.TrimLeft(number[i+1:], "+-"))
	}
	return len(number) > maxNumberLength || exponent > maxExponent
}
