package control

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
)

// errMore is the error of a body that goes on after its value.
var errMore = errors.New("the body goes on after its value")

// decodeOptional is decode for a body that may be left out.
func decodeOptional(r *http.Request, limit int64, target any) error {
	if err := decode(r, limit, target); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// decode reads a body of at most so many bytes that holds one JSON value, without members that the target does not have.
func decode(r *http.Request, limit int64, target any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, limit))
	decoder.DisallowUnknownFields()
	var wrong *json.UnmarshalTypeError
	if err := decoder.Decode(target); errors.As(err, &wrong) {
		return fmt.Errorf("%s is of the kind %s; it must be %s", cmp.Or(wrong.Field, "the body"), wrong.Value, kindOf(wrong.Type))
	} else if err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errMore
	}
	return nil
}

// kindOf is what JSON calls a type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
