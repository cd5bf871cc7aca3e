package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// compileError returns what is wrong with a schema, in the words of somebody who writes one.
func compileError(name string, err error) error {
	var syntax *SyntaxError
	var missing *fs.PathError
	var invalid *jsonschema.ValidationError
	var loop jsonschema.InfiniteLoopError
	inner := err
	if outer := (*jsonschema.SchemaError)(nil); errors.As(err, &outer) && outer.Err != nil {
		inner = outer.Err
	}
	text := strings.ReplaceAll(strings.TrimPrefix(inner.Error(), "jsonschema: "), scheme+":///", "")
	var limit limitError
	switch {
	case errors.As(err, &limit):
		text = limit.text
	case errors.As(err, &syntax):
		text = fmt.Sprintf("it is not well-formed JSON (line %d, column %d): %s", syntax.Linje, syntax.Kolonne,
			syntax.Melding)
	case errors.Is(err, fs.ErrNotExist) && errors.As(err, &missing):
		text = "there is no file " + missing.Path
	case errors.As(err, &missing):
		text = fmt.Sprintf("%s cannot be read: %v", missing.Path, missing.Err)
	case errors.As(err, &invalid):
		for len(invalid.Causes) > 0 {
			invalid = invalid.Causes[0]
		}
		text = "at " + invalid.InstanceLocation + ": " + invalid.Message
		if invalid.InstanceLocation == "" {
			text = "the schema itself: " + invalid.Message
		}
	case errors.As(err, &loop):
		text = "a $ref leads back to its own schema for the same value, so validation would never end"
	case strings.Contains(text, "$schema must be uri"), strings.Contains(text, "invalid $schema"),
		strings.Contains(text, "unsupported draft"):
		text = "$schema names no draft of JSON Schema that is known here; leave it out for draft 2020-12"
	case strings.HasSuffix(text, " not found"):
		text = "a $ref leads to " + strings.TrimSuffix(text, " not found") + ", where nothing is"
	case strings.Contains(text, "same canonical-uri"):
		text = "two schemas in it have the same $id"
	}
	return compileFault{fmt.Sprintf("schema %s: %s", name, text), err}
}

// limitError says which limit a schema breaks.
type limitError struct{ text string }

func (e limitError) Error() string { return e.text }

// compileFault is an error with a text of our own; the cause is for errors.Is.
type compileFault struct {
	text  string
	cause error
}

func (f compileFault) Error() string { return f.text }
func (f compileFault) Unwrap() error { return f.cause }
