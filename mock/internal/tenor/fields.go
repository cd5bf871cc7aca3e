package tenor

import (
	"slices"
	"strings"
)

// Field describes a field that can be searched.
type Field struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`             // text, number, date (yyyy-mm-dd), flag (true or false) or relation
	Values []string `json:"values,omitempty"` // that a text can have; nil where any can be
}

// PersonFields describes the fields that a search of persons knows, sorted by name.
func PersonFields() []Field { return describeFields(personFields()) }

// OrganisasjonFields describes the fields that a search of organisations knows, sorted by name.
func OrganisasjonFields() []Field { return describeFields(organisationFields()) }

func describeFields[T any](fields []field[T]) []Field {
	list := make([]Field, len(fields))
	for i, one := range fields {
		list[i] = Field{Name: one.name, Kind: one.kind.String()}
		if one.kind == isText {
			list[i].Values = allowedValues(one.name)
		}
	}
	slices.SortFunc(list, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Field) bool { return a.Name == b.Name })
}

func (k fieldKind) String() string {
	return [...]string{"text", "number", "date", "flag", "relation"}[k]
}
