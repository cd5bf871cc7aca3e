package altinn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/google/uuid"
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
		what = fmt.Sprintf("has a %s at %s, which must be a %s", kind.Value, place, kind.Type.Kind())
		text = "The JSON value could not be converted to " + kind.Type.Kind().String() + ". Path: " + place
	} else {
		text = "The body is not well-formed JSON. Path: $"
	}
	return refuseMembers(map[string][]string{
		place: {text}, argument: {"The " + argument + " field is required."},
	}, "the body %s", what)
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
	return refuseMembers(wrong, "%s is missing", strings.Join(names, " and "))
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
