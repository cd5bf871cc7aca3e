package openapi

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/schemas"
)

// Schemas of files become components: the definitions at the root of a file one each, and what else the file has one
// by the file's name. References lead to components, drafts older than 2020-12 are rewritten as that, which OpenAPI
// 3.1 has, and what is only for those who keep the file ($comment) is left out.

// schemaFile is a schema file on its way into a document.
type schemaFile struct {
	base  string   // the file's name without folder and ending
	url   *url.URL // what its references are relative to, where it has no id
	root  any
	draft int               // 4, 6 or 7, in which nothing beside a $ref counts; 0 for a later one
	name  string            // of the component of its root
	defs  map[string]string // names of the components of its definitions, by the definitions' own
}

// place is a place in a schema file, as a JSON pointer.
type place struct {
	file    *schemaFile
	pointer string
}

// schemaSet holds the files of an API's schemas, and what references to them mean.
type schemaSet struct {
	files  []*schemaFile
	places map[string]place // by address, also of a schema with an id of its own, with an anchor after a #
}

// add adds the files of a schema.
func (s *schemaSet) add(files ...schema.File) error {
	for _, file := range files {
		address := &url.URL{Scheme: "schemas", Path: "/"}
		at, err := address.Parse(file.Name)
		if err != nil {
			return err
		}
		if _, known := s.places[at.String()]; known {
			continue
		}
		root, err := parse(file.Text)
		if err != nil {
			return fmt.Errorf("%s: %w", file.Name, err)
		}
		added := &schemaFile{base: strings.TrimSuffix(path.Base(at.Path), path.Ext(at.Path)), url: at, root: root}
		if members, ok := root.(object); ok {
			dialect, _ := members.get("$schema").(string)
			fmt.Sscanf(dialect, "http://json-schema.org/draft-%d/schema", &added.draft) // which leaves 0
		}
		s.places[at.String()] = place{added, ""}
		s.index(added, root, at, "")
		s.files = append(s.files, added)
	}
	return nil
}

// addBuiltIn adds a schema that is built in, and refers to no other file.
func (s *schemaSet) addBuiltIn(name string) error {
	text, err := fs.ReadFile(schemas.Embedded(), name)
	if err != nil {
		return err
	}
	return s.add(schema.File{Name: name, Text: text})
}

// index notes the addresses that a schema and those in it have.
func (s *schemaSet) index(file *schemaFile, value any, base *url.URL, pointer string) {
	members, ok := value.(object)
	if !ok {
		return
	}
	if own := file.baseOf(members, base); own != base {
		base = own
		s.places[base.String()] = place{file, pointer}
	}
	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		if anchor, ok := members.get(keyword).(string); ok {
			s.places[base.String()+"#"+anchor] = place{file, pointer}
		}
	}
	for _, below := range schemasIn(members) {
		s.index(file, *below.value, base, pointer+below.pointer)
	}
}

// baseOf returns what references in a schema are relative to.
func (f *schemaFile) baseOf(members object, base *url.URL) *url.URL {
	id, ok := members.get(f.idKeyword()).(string)
	if !ok || strings.HasPrefix(id, "#") {
		return base
	}
	own, err := base.Parse(id)
	if err != nil {
		return base
	}
	own.Fragment = ""
	return own
}

func (f *schemaFile) idKeyword() string {
	if f.draft == 4 {
		return "id"
	}
	return "$id"
}

// within is a schema in another one.
type within struct {
	pointer string
	value   *any
}

// schemasIn returns the schemas in a schema, each with its place there.
func schemasIn(members object) (found []within) {
	for i := range members {
		m := &members[i]
		at := "/" + jsonptr.Escape(m.name)
		switch m.name {
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies":
			named, _ := m.value.(object)
			for j := range named {
				found = append(found, within{at + "/" + jsonptr.Escape(named[j].name), &named[j].value})
			}
		case "allOf", "anyOf", "oneOf", "prefixItems":
			elements, _ := m.value.([]any)
			for j := range elements {
				found = append(found, within{fmt.Sprintf("%s/%d", at, j), &elements[j]})
			}
		case "items":
			if elements, several := m.value.([]any); several {
				for j := range elements {
					found = append(found, within{fmt.Sprintf("%s/%d", at, j), &elements[j]})
				}
				continue
			}
			found = append(found, within{at, &m.value})
		case "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "not",
			"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties":
			found = append(found, within{at, &m.value})
		}
	}
	return found
}

// nameComponents gives the files' components their names: a definition its own, unless files of the API define it
// differently, and the root that of the file.
func (s *schemaSet) nameComponents(take func(name string) string) {
	differ := s.differing()
	shared := map[string]string{}
	for _, file := range s.files {
		file.defs = map[string]string{}
		file.name = take(file.base)
		for _, def := range definitions(file.root) {
			switch name, known := shared[def.name]; {
			case differ[def.name]:
				file.defs[def.name] = take(file.base + "_" + def.name)
			case known:
				file.defs[def.name] = name
			default:
				shared[def.name] = take(def.name)
				file.defs[def.name] = shared[def.name]
			}
		}
	}
}

// definitions returns the definitions at the root of a file.
func definitions(root any) object {
	members, _ := root.(object)
	defs, _ := members.get("$defs").(object)
	old, _ := members.get("definitions").(object)
	return slices.Concat(defs, old)
}

// differing returns the names of definitions that are not the same in all files that have them: they have other
// texts, or refer to such definitions.
func (s *schemaSet) differing() map[string]bool {
	texts, refers := map[string]string{}, map[string]string{}
	differ := map[string]bool{}
	for _, file := range s.files {
		for _, def := range definitions(file.root) {
			text := string(appendJSON(nil, def.value, 0))
			if known, ok := texts[def.name]; ok && known != text {
				differ[def.name] = true
			}
			texts[def.name] = text
			refers[def.name] += text
		}
	}
	for again := true; again; {
		again = false
		for name, text := range refers {
			for other := range differ {
				if !differ[name] && strings.Contains(text, "/"+jsonptr.Escape(other)+`"`) {
					differ[name], again = true, true
				}
			}
		}
	}
	return differ
}

// components returns the components of the files, with references to components below prefix.
func (s *schemaSet) components(prefix string) (found object) {
	for _, file := range s.files {
		for _, def := range definitions(file.root) {
			name := file.defs[def.name]
			if found.index(name) >= 0 {
				continue // the same in an earlier file
			}
			found.set(name, s.rewrite(file, def.value, s.rootBase(file), prefix))
		}
		if _, only := s.onlyReference(file, prefix); only {
			continue
		}
		root := file.root
		if members, ok := root.(object); ok {
			root = slices.DeleteFunc(slices.Clone(members), func(m member) bool {
				return m.name == "$defs" || m.name == "definitions"
			})
		}
		found.set(file.name, s.rewrite(file, root, file.url, prefix))
	}
	return found
}

func (s *schemaSet) rootBase(file *schemaFile) *url.URL {
	members, _ := file.root.(object)
	return file.baseOf(members, file.url)
}

// onlyReference returns the reference that is all that a file has beside definitions and words about itself.
func (s *schemaSet) onlyReference(file *schemaFile, prefix string) (reference string, only bool) {
	members, _ := file.root.(object)
	for _, m := range members {
		switch m.name {
		case "$schema", "$id", "id", "$comment", "title", "description", "$defs", "definitions":
		case "$ref":
			reference, _ = m.value.(string)
		default:
			return "", false
		}
	}
	if reference == "" {
		return "", false
	}
	return s.resolve(reference, s.rootBase(file), prefix)
}

// reference returns the reference to a schema by the name of its file.
func (s *schemaSet) reference(name, prefix string) string {
	at, err := (&url.URL{Scheme: "schemas", Path: "/"}).Parse(name)
	if err != nil {
		return prefix
	}
	file := s.places[at.String()].file
	if reference, only := s.onlyReference(file, prefix); only {
		return reference
	}
	return prefix + file.name
}

// resolve returns a reference as one to a component; known is false where it leads to no file.
func (s *schemaSet) resolve(reference string, base *url.URL, prefix string) (resolved string, known bool) {
	at, err := base.Parse(reference)
	if err != nil {
		return "", false
	}
	fragment := at.Fragment
	at.Fragment, at.RawFragment = "", ""
	found, known := s.places[at.String()]
	if !known {
		return "", false
	}
	pointer := found.pointer + fragment
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		if found, known = s.places[at.String()+"#"+fragment]; !known {
			return "", false
		}
		pointer = found.pointer
	}
	for _, keyword := range []string{"/$defs/", "/definitions/"} {
		if rest, ok := strings.CutPrefix(pointer, keyword); ok {
			name, below, deeper := strings.Cut(rest, "/")
			if deeper {
				below = "/" + below
			}
			return prefix + found.file.defs[jsonptr.Unescape(name)] + escapeFragment(below), true
		}
	}
	if pointer == "" { // which may be a reference itself
		if reference, only := s.onlyReference(found.file, prefix); only && reference != prefix+found.file.name {
			return reference, true
		}
	}
	return prefix + found.file.name + escapeFragment(pointer), true
}

// escapeFragment returns a JSON pointer as it stands in a fragment.
func escapeFragment(pointer string) string { return (&url.URL{Fragment: pointer}).EscapedFragment() }

// rewrite returns a schema of a file as it stands in a document. The file is not changed.
func (s *schemaSet) rewrite(file *schemaFile, value any, base *url.URL, prefix string) any {
	members, ok := value.(object)
	if !ok {
		return value // true or false
	}
	base = file.baseOf(members, base)
	changed := object{}
	for _, m := range members {
		switch m.name {
		case "$schema", "$comment", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", file.idKeyword():
			continue
		case "$ref", "$dynamicRef", "$recursiveRef":
			if reference, ok := m.value.(string); ok {
				if resolved, known := s.resolve(reference, base, prefix); known {
					changed.set("$ref", resolved)
				}
				continue
			}
		}
		changed = append(changed, member{m.name, copyOf(m.value)})
	}
	if file.draft != 0 {
		if reference := changed.get("$ref"); reference != nil {
			return object{{"$ref", reference}}
		}
	}
	for _, below := range schemasIn(changed) {
		*below.value = s.rewrite(file, *below.value, base, prefix)
	}
	return modern(changed)
}

// copyOf returns a value whose objects and lists one level down can be changed.
func copyOf(value any) any {
	switch value := value.(type) {
	case object:
		return slices.Clone(value)
	case []any:
		return slices.Clone(value)
	}
	return value
}

// modern returns a schema with the keywords of older drafts as those of 2020-12.
func modern(members object) object {
	if elements, several := members.get("items").([]any); several {
		i := members.index("items")
		members[i] = member{"prefixItems", elements}
		if j := members.index("additionalItems"); j >= 0 {
			members[j].name = "items"
		}
	} else if i := members.index("additionalItems"); i >= 0 {
		members = slices.Delete(members, i, i+1) // has no meaning beside items
	}
	if i := members.index("dependencies"); i >= 0 {
		required, schemas := object{}, object{}
		dependencies, _ := members[i].value.(object)
		for _, m := range dependencies {
			if names, ok := m.value.([]any); ok {
				required.set(m.name, names)
			} else {
				schemas.set(m.name, m.value)
			}
		}
		members = slices.Delete(members, i, i+1)
		if len(required) > 0 {
			members.set("dependentRequired", required)
		}
		if len(schemas) > 0 {
			members.set("dependentSchemas", schemas)
		}
	}
	for exclusive, limit := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		is, isBool := members.get(exclusive).(bool)
		if !isBool {
			continue
		}
		if bound := members.get(limit); is && bound != nil {
			members.set(exclusive, bound)
			i := members.index(limit)
			members = slices.Delete(members, i, i+1)
			continue
		}
		i := members.index(exclusive)
		members = slices.Delete(members, i, i+1)
	}
	return members
}
