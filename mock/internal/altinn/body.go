package altinn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"sandkasse/mock/internal/wire"
)

// decode reads the body of a call into a value: names in any letter case, unknown members ignored,
// as ASP.NET does. argument is the name of the operation's argument, which stands in the errors.
func decode(body []byte, argument string, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return refuseMembers(map[string][]string{
			"":       {"A non-empty request body is required."},
			argument: {"The " + argument + " field is required."},
		}, "there is no body")
	}
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	place, what := "$", "is no well-formed JSON"
	text := "The JSON value could not be converted."
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field != "" {
			place += "." + kind.Field
		}
		wanted := jsonKind(kind.Type.Kind())
		what = fmt.Sprintf("has the wrong type at %s: %s, which must be %s", place, kind.Value, wanted)
		text = "The JSON value could not be converted to " + wanted + ". Path: " + place
	} else {
		text = "The body is not well-formed JSON. Path: $"
	}
	return refuseMembers(map[string][]string{
		place: {text}, argument: {"The " + argument + " field is required."},
	}, "the body %s", what)
}

// jsonKind returns the name that JSON has for what a value of a kind is read from.
func jsonKind(kind reflect.Kind) string {
	switch kind {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

// required returns a refusal that names the members without a value; nil where all have one.
func required(pairs ...any) error {
	wrong := map[string][]string{}
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		name, given := pairs[i].(string), pairs[i+1].(bool)
		if !given {
			title := string(unicode.ToUpper(rune(name[0]))) + name[1:]
			wrong[title] = []string{"The " + title + " field is required."}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return refuseMembers(wrong, "%s", missing(names))
}

// missing says which members or parameters are missing.
func missing(names []string) string {
	if len(names) == 1 {
		return names[0] + " is missing"
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are missing"
}

// requiredQuery returns a refusal that names the parameters of the query without a value; nil where
// all have one.
func requiredQuery(r *wire.Request, names ...string) error {
	wrong := map[string][]string{}
	var absent []string
	for _, name := range names {
		if r.Query.Get(name) == "" {
			wrong[name] = []string{"The " + name + " field is required."}
			absent = append(absent, name)
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return refuseMembers(wrong, "in the query %s", missing(absent))
}

// readID returns a UUID in lower case. The refusal names the parameter.
func readID(name, given string) (string, error) {
	id, err := uuid.Parse(given)
	if err != nil || len(given) != len(uuid.UUID{}.String()) {
		return "", refuseMembers(map[string][]string{name: {"The value '" + given + "' is not valid."}},
			"%s is not a UUID such as %s", name, uuid.NameSpaceURL)
	}
	return id.String(), nil
}
