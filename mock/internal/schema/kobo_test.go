package schema

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/schemas"
)

// koboNode is as much of a schema as can be read beside a row of the page's tables.
type koboNode struct {
	Ref         string               `json:"$ref"`
	Description string               `json:"description"`
	Type        any                  `json:"type"` // a name or several
	Format      string               `json:"format"`
	Maximum     float64              `json:"maximum"`
	ReadOnly    bool                 `json:"readOnly"`
	Enum        []string             `json:"enum"`
	Items       *koboNode            `json:"items"`
	AnyOf       []koboNode           `json:"anyOf"`
	Title       string               `json:"title"`
	Required    []string             `json:"required"`
	Properties  map[string]*koboNode `json:"properties"`
	Defs        map[string]*koboNode `json:"$defs"`
}

// koboRow is a row of a table of the Kobo page (transcribed in testdata/kobo): an object's field,
// or an enumeration's value.
type koboRow struct{ of, name, datatype, required, remark string }

func koboTable(t *testing.T, file string, columns int) map[string][]koboRow {
	t.Helper()
	table, err := os.Open("testdata/kobo/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	reader := csv.NewReader(table)
	reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = '\t', true, columns
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]koboRow{}
	for _, row := range rows[1:] {
		r := koboRow{of: row[0], name: row[1], remark: row[columns-1]}
		if columns == 6 {
			r.datatype, r.required = row[2], row[3]
		}
		all[r.of] = append(all[r.of], r)
	}
	for _, object := range []string{"Eiendom", "Eieseksjon"} { // "Arves fra Matrikkelenhet og inneholder alle felter"
		if columns == 6 {
			all[object] = append(slices.Clone(all["Matrikkelenhet"]), all[object]...)
		}
	}
	return all
}

func koboSchemas(t *testing.T) map[string]*koboNode {
	t.Helper()
	names, err := fs.Glob(schemas.Embedded(), "kobo/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d schemas: %v", len(names), err)
	}
	all := map[string]*koboNode{}
	for _, name := range names {
		text, err := fs.ReadFile(schemas.Embedded(), name)
		if err != nil {
			t.Fatal(err)
		}
		root := &koboNode{}
		if err := json.Unmarshal(text, root); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = root
	}
	return all
}

// folded replaces å by a: the page spells one field in two ways, and the schemas take both
// (docs/sources/kobo.md 2.5, C3).
func folded(name string) string { return strings.ReplaceAll(name, "å", "a") }

// datatype returns the page's word for a node's type, and the definition that has it.
func (n *koboNode) datatype(root *koboNode) (name, definition string) {
	switch {
	case n.Ref != "":
		definition = strings.TrimPrefix(n.Ref, "#/$defs/")
		name, _ = root.Defs[definition].datatype(root)
		return name, definition
	case len(n.AnyOf) == 2 && n.AnyOf[0].Type == "null":
		return n.AnyOf[1].datatype(root)
	case len(n.Enum) > 0:
		return "enum", ""
	}
	of := n.Type
	if several, ok := n.Type.([]any); ok {
		of = several[0]
	}
	switch {
	case of == "array":
		name, definition = n.Items.datatype(root)
		return name + "[]", definition
	case of == "integer" && n.Maximum == 1<<31-1:
		return "int", ""
	case of == "integer":
		return "long", ""
	case of == "string" && n.Format != "":
		return n.Format, ""
	}
	name, _ = of.(string)
	return map[string]string{"object": "objekt", "number": "double", "string": "string", "boolean": "boolean"}[name], ""
}

// TestKoboHasTheObjects: every object of the page has, wherever a schema has it, the page's fields
// and no others, with the page's types and its remarks word for word. In what is sent, required is
// what the page requires; in answers every field is there.
func TestKoboHasTheObjects(t *testing.T) {
	t.Parallel()
	tables := koboTable(t, "felter.tsv", 6)
	of := map[string]string{
		"KoboboligTO": "Kobobolig", "KoboboligTilKoboTO": "Kobobolig",
		"BoligtildelingTO": "Boligtildeling",
	}
	seen := map[string]bool{"Matrikkelenhet": true} // it stands in those that inherit from it
	for file, root := range koboSchemas(t) {
		objects := maps.Clone(root.Defs)
		if objects == nil {
			objects = map[string]*koboNode{}
		}
		if root.Title != "NySak" && root.Title != "WebhookRegistreringRequestTO" { // of which the page has no table
			objects[root.Title] = root
		}
		for name, object := range objects {
			table := of[name]
			if table == "" {
				table = name
			}
			if len(object.Enum) > 0 {
				continue
			}
			if tables[table] == nil {
				t.Errorf("%s: the page has no object %s", file, name)
			}
			seen[table] = true
			t.Run(file+"/"+name, func(t *testing.T) {
				t.Parallel()
				object.isOf(t, root, tables[table], root.Title == "KoboboligTO")
			})
		}
	}
	for table := range tables {
		if !seen[table] {
			t.Errorf("no schema has the object %s", table)
		}
	}
}

func (n *koboNode) isOf(t *testing.T, root *koboNode, rows []koboRow, answer bool) {
	t.Helper()
	fields := map[string]koboRow{}
	want := map[string]bool{}
	for _, row := range rows {
		fields[folded(row.name)] = row
		// Asked for on a condition, owned by Kobo or Matrikkelen, or under one of two names: what
		// is left is required of everyone.
		if row.required == "ja" && !slices.Contains([]string{"koboId", "matrikkelenhetId", "månedsleie"}, row.name) ||
			row.name == "leverandorBoligId" {
			want[row.name] = true
		}
	}
	required := map[string]bool{}
	for _, name := range n.Required {
		required[name] = true
	}
	found := map[string]bool{}
	for name, property := range n.Properties {
		row, ok := fields[folded(name)]
		if !ok {
			t.Errorf("the page has no field %s", name)
			continue
		}
		found[folded(name)] = true
		if answer {
			want[name] = true
		}
		if !strings.HasPrefix(property.Description, row.remark) || row.remark == "" && property.Description != "" {
			t.Errorf("%s: description is not the page's remark:\n%s", name, cmp.Diff(row.remark, property.Description))
		}
		if rest := strings.TrimPrefix(property.Description, row.remark); rest != "" &&
			!(name == "boligstatus" && strings.HasPrefix(rest, ". Kan kun sette")) {
			t.Errorf("%s: description goes on after the page's remark: %q", name, rest)
		}
		// whatever is sent is passed over
		if property.ReadOnly || row.of == "OpprettLeieforholdTO" && name == "husstand" {
			continue
		}
		datatype, definition := property.datatype(root)
		expected := row.datatype
		switch { // where the page contradicts itself: docs/sources/kobo.md 2.5, C2 and C5
		case row.of == "Beboer" && name == "adresse", row.of == "Leieforhold" && name == "meta":
			expected = "objekt"
		case strings.HasPrefix(name, "kontrakt"):
			expected = "date"
		}
		if datatype != expected {
			t.Errorf("%s is %q, the page has %q", name, datatype, expected)
		}
		if enum, ok := strings.CutPrefix(row.remark, "Se "); ok && strings.HasPrefix(expected, "enum") {
			enum, _, _ = strings.Cut(strings.ReplaceAll(strings.TrimSuffix(enum, "."), " enum", ""), ",")
			if definition != koboDefinition(enum) {
				t.Errorf("%s is of the enumeration %s, the page has %s", name, definition, enum)
			}
		}
	}
	for name := range fields {
		if !found[name] {
			t.Errorf("the page's field %s is missing", name)
		}
	}
	if diff := cmp.Diff(want, required); diff != "" {
		t.Errorf("required (-page +schema):\n%s", diff)
	}
}

// koboDefinition returns the name that the schemas give to an enumeration of the page.
func koboDefinition(enum string) string {
	return strings.NewReplacer(" ", "", "ø", "o").Replace(enum)
}

// TestKoboHasTheEnumerations: every enumeration of the page has, wherever a schema has it, the
// page's values in its order and its text word for word; what the page says of a value follows.
func TestKoboHasTheEnumerations(t *testing.T) {
	t.Parallel()
	enums := map[string][]koboRow{}
	for name, rows := range koboTable(t, "enums.tsv", 3) {
		enums[koboDefinition(name)] = rows
	}
	seen := map[string]bool{}
	for file, root := range koboSchemas(t) {
		for name, definition := range root.Defs {
			if len(definition.Enum) == 0 {
				continue
			}
			rows := enums[name]
			if rows == nil {
				t.Errorf("%s: the page has no enumeration %s", file, name)
				continue
			}
			seen[name] = true
			var values, texts []string
			for _, row := range rows {
				switch {
				case row.name == "" && row.remark != "":
					texts = append(texts, strings.TrimSuffix(row.remark, "."))
				case row.remark != "":
					texts = append(texts, row.name+": "+strings.TrimSuffix(row.remark, "."))
				}
				if row.name != "" {
					values = append(values, row.name)
				}
			}
			if diff := cmp.Diff(values, definition.Enum); diff != "" {
				t.Errorf("%s: %s (-page +schema):\n%s", file, name, diff)
			}
			want := strings.TrimSuffix(definition.Description, ".")
			if diff := cmp.Diff(strings.Join(texts, ". "), want); diff != "" {
				t.Errorf("%s: the text of %s (-page +schema):\n%s", file, name, diff)
			}
		}
	}
	for name := range enums {
		if !seen[name] {
			t.Errorf("no schema has the enumeration %s", name)
		}
	}
}
