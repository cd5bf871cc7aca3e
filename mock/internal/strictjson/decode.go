package strictjson

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/suggest"
)

// Decode parses a body of one JSON value into what target points to. The names of members are those
// of the json tags, and their case matters. null is as left out (K491). A type with UnmarshalJSON
// decodes its value itself, and its errors are returned as they are. After an error the target may
// be filled in part.
func Decode(body []byte, target any) error {
	value, err := Parse(body)
	if err != nil {
		return err
	}
	return fill("", value, reflect.ValueOf(target).Elem())
}

// Time parses a point in time in RFC 3339. It is stricter than time.Parse, which takes 24:60 for an
// offset and 1 for an hour (K593). The error calls it name.
func Time(name, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err == nil && instantForm.MatchString(text) && at.Year() >= 1 {
		return at, nil
	}
	if timeForm.MatchString(text) {
		return at, fmt.Errorf("%s is %q, which is no day and hour of the calendar", name, truncate(text))
	}
	return at, fmt.Errorf("%s is %q; it must be a time such as 2031-01-01T00:00:00Z", name, truncate(text))
}

var (
	timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$`)
	// instantForm is timeForm with the offsets that exist.
	instantForm = regexp.MustCompile(
		`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)$`)
)

// Day parses a day of the calendar, such as 2024-12-31. The error calls it name.
func Day(name, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1 {
		return day, fmt.Errorf("%s is %q; it must be a day such as 2024-12-31", name, truncate(text))
	}
	return day, nil
}

// Duration parses a duration within bounds. The error calls it name.
func Duration(name, text string, min, max time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < min || d > max {
		return 0, fmt.Errorf("%s is %q; it must be a duration such as 30s, 10m or 1h30m, from %s to %s", name, text,
			short(min), short(max))
	}
	return d, nil
}

// short writes a duration without zeros at its end: 2m, not 2m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// fill sets a variable to a parsed value; place is where the value stands, for errors.
func fill(place string, value any, into reflect.Value) error {
	if value == nil {
		return nil
	}
	refuse := func(must string) error {
		return fmt.Errorf("%s is %s; it must be %s", cmp.Or(place, "the body"), Describe(value), must)
	}
	switch to := into.Addr().Interface().(type) {
	case *time.Time:
		text, ok := value.(string)
		if !ok {
			return refuse("a time in quotation marks, such as \"2031-01-01T00:00:00Z\"")
		}
		var err error
		*to, err = Time(place, text)
		return err
	case json.Unmarshaler:
		return to.UnmarshalJSON(plainjson.MustMarshal(value))
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return fill(place, value, into.Elem())
	case reflect.Interface:
		into.Set(reflect.ValueOf(value))
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return refuse("a text in quotation marks")
		}
		into.SetString(text)
	case reflect.Bool:
		is, ok := value.(bool)
		if !ok {
			return refuse("true or false, without quotation marks")
		}
		into.SetBool(is)
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return refuse("a list in [ ]")
		}
		into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
		for i, element := range list {
			if err := fill(fmt.Sprintf("%s[%d]", place, i), element, into.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		members, ok := value.(map[string]any)
		if !ok {
			return refuse("an object in { }")
		}
		return fillStruct(place, members, into)
	default:
		return fillNumber(place, value, into)
	}
	return nil
}

// fillStruct sets the fields of a struct to the members of an object.
func fillStruct(place string, members map[string]any, into reflect.Value) error {
	fields := fieldsOf(into)
	names := slices.Collect(maps.Keys(fields))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field, known := fields[name]
		if !known {
			return unknownMember(place, name, names)
		}
		if err := fill(memberOf(place, name), members[name], field); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf returns the fields of a struct and of its embedded ones by their names in JSON.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			maps.Copy(fields, fieldsOf(v.Field(i)))
		case name != "-" && field.IsExported():
			fields[cmp.Or(name, field.Name)] = v.Field(i)
		}
	}
	return fields
}

// unknownMember returns the error of a member that is none of the names.
func unknownMember(place, name string, names []string) error {
	where := ""
	if place != "" {
		where = " in " + place
	}
	meant := ""
	if nearest, ok := suggest.Nearest(name, names); ok {
		meant = "did you mean " + nearest + "? "
	}
	return fmt.Errorf("there is no member %q%s; %sthere are %s", truncate(name), where, meant,
		strings.Join(suggest.NearestFirst(name, names), ", "))
}

// fillNumber sets a number, which must be within the bounds of its type.
func fillNumber(place string, value any, into reflect.Value) error {
	must, whole := bounds(into.Type())
	refuse := func() error {
		hint := ""
		if text, ok := value.(string); ok && isNumber(text) {
			hint = ", without quotation marks"
		}
		return fmt.Errorf("%s is %s; it must be %s%s", cmp.Or(place, "the body"), Describe(value), must, hint)
	}
	number, ok := value.(json.Number)
	if !ok {
		return refuse()
	}
	text := number.String()
	switch {
	case !whole:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return refuse()
		}
		into.SetFloat(f)
	case into.CanUint():
		n, err := strconv.ParseUint(text, 10, into.Type().Bits())
		if err != nil {
			return refuse()
		}
		into.SetUint(n)
	default:
		n, err := strconv.ParseInt(text, 10, into.Type().Bits())
		if err != nil {
			return refuse()
		}
		into.SetInt(n)
	}
	return nil
}

// bounds returns what a number of a type must be, and whether it must be whole.
func bounds(t reflect.Type) (must string, whole bool) {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		return "a number", false
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		max := new(big.Int).Lsh(big.NewInt(1), uint(t.Bits()))
		return fmt.Sprintf("a whole number from 0 to %d", max.Sub(max, big.NewInt(1))), true
	}
	return "a whole number", true
}

// isNumber reports whether a text is a number.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// Describe describes a parsed value in an error: a text, number or truth value as it is, shortened,
// and else its kind.
func Describe(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(truncate(v)) + ", a text"
	case json.Number:
		return truncate(v.String())
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	}
	return "an object"
}
