package innrapportering

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"sandkasse/mock/internal/jsonptr"
)

// eachElement passes the bytes of each element of the list at a pointer to visit; they are valid
// until visit returns. Without a list it does nothing. It decodes nothing, so that large documents
// are scanned quickly.
func eachElement(document []byte, list jsonptr.Pointer, visit func(raw []byte) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(document))
	for _, segment := range list {
		if found, err := descend(d, segment); err != nil || !found {
			return err
		}
	}
	if len(list) == 0 || d.PeekKind() != jsontext.KindBeginArray {
		return nil
	}
	d.ReadToken()
	for d.PeekKind() != jsontext.KindEndArray {
		raw, err := d.ReadValue()
		if err != nil {
			return fmt.Errorf("the document cannot be read: %w", err)
		}
		if err := visit(raw); err != nil {
			return err
		}
	}
	return nil
}

// valueIn returns the value at a pointer of an encoded document, or nil. It decodes nothing else.
func valueIn(document []byte, at jsonptr.Pointer) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(document))
	for _, segment := range at {
		if found, err := descend(d, segment); err != nil || !found {
			return nil, err
		}
	}
	raw, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	return decodeValue(raw)
}

// decodeValue decodes JSON, with numbers as they are written.
func decodeValue(raw []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// descend moves the decoder from before an object or array to before the value of the member or
// element with that name or index; found is false if there is none.
func descend(d *jsontext.Decoder, segment string) (found bool, err error) {
	opened, err := d.ReadToken()
	if err != nil {
		return false, err
	}
	inObject := opened.Kind() == jsontext.KindBeginObject
	if !inObject && opened.Kind() != jsontext.KindBeginArray {
		return false, nil
	}
	for i := 0; ; i++ {
		if next := d.PeekKind(); next == jsontext.KindEndObject || next == jsontext.KindEndArray {
			return false, nil
		}
		name := strconv.Itoa(i)
		if inObject {
			token, err := d.ReadToken()
			if err != nil {
				return false, err
			}
			name = token.String()
		}
		if name == segment {
			return true, nil
		}
		if err := d.SkipValue(); err != nil {
			return false, err
		}
	}
}
