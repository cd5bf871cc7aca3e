package scenario

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// schemaTemplate is the JSON Schema of a script, with words such as @faults where the kinds of
// faults come in.
//
//go:embed schema.json.tmpl
var schemaTemplate string

// Schema returns the JSON Schema of a script, for editors. It takes what Load takes, but for what
// holds between places (a name and its file, a parameter and what it stands for, a range) and for
// the catalogue's names.
func Schema() []byte { return schemaOf(faultKinds()) }

// schemaOf returns the schema of scripts that may have the given kinds of faults.
func schemaOf(kinds []faultKind) []byte {
	var faults, once []string
	for _, kind := range kinds {
		faults = append(faults, fmt.Sprintf("        %q: %s", kind.name, kind.schema))
		if kind.role != Answers && kind.role != Tears { // a call ends in one way, so none of these twice
			once = append(once, fmt.Sprintf(
				`        {"properties": {"do": {"contains": {"required": [%q]}, "minContains": 0, "maxContains": 1}}}`,
				kind.name))
		}
	}
	required := func(roles ...Role) string {
		var all []string
		for _, name := range ofRole(kinds, roles...) {
			all = append(all, fmt.Sprintf(`{"required": [%q]}`, name))
		}
		return strings.Join(all, ", ")
	}
	return []byte(strings.NewReplacer(
		"@faults", strings.Join(faults, ",\n"), "@once", strings.Join(once, ",\n"),
		"@answering", required(Answers), "@tearing", required(Tears), "@shaping", required(Shapes),
		"@working", required(Works, Messages),
	).Replace(schemaTemplate))
}

// jsonText returns a list as JSON.
func jsonText(list []string) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // texts can be written
	}
	return string(text)
}
