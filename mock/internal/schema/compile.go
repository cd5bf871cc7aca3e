package schema

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/readfile"
)

// Schema is a compiled JSON Schema. It never changes and may be used by many goroutines at once.
type Schema struct {
	root            *jsonschema.Schema
	files           files
	texts           []File
	withoutChildren map[*jsonschema.Schema]*jsonschema.Schema // see withoutChildren
	outline         func() *outline                           // made when it is first asked for
	closed          bool                                      // see Closed
	light           bool                                      // see light
}

// Compile reads the schema with the given name, such as "innrapportering/bsu.json", and the files
// it refers to.
//
// A schema without $schema is taken as draft 2020-12. Formats are asserted. A $ref reaches the
// other files of fsys and the metaschemas of JSON Schema, nothing else: no address on a network is
// ever fetched. The error says what in which file is wrong.
func Compile(fsys fs.FS, name string) (compiled *Schema, err error) {
	defer func() { // jsonschema/v5 panics on a pattern that Go's regexp does not know, such as a lookahead
		if r := recover(); r != nil {
			compiled, err = nil,
				fmt.Errorf(
					"schema %s: it has a pattern or number that cannot be used here; a pattern has no lookahead and "+
						"no backreference", name)
		}
	}()
	if !fs.ValidPath(name) {
		return nil,
			fmt.Errorf(
				"schema %q: must be a slash-separated path within the file system, such as innrapportering/bsu.json",
				name)
	}
	s := &Schema{files: files{}, withoutChildren: map[*jsonschema.Schema]*jsonschema.Schema{}}
	dynamic, size := false, sizes{}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(address string) (io.ReadCloser, error) {
		text, err := read(fsys, address)
		if err != nil {
			return nil, err
		}
		if err := s.files.add(address, text); err != nil {
			return nil, err
		}
		if err := size.add(s.files[address]); err != nil {
			return nil, limitError{err.Error()}
		}
		s.texts = append(s.texts, File{strings.TrimPrefix(address, scheme+":///"), text})
		dynamic = dynamic || bytes.Contains(text, []byte(`"$dynamic`)) || bytes.Contains(text, []byte(`"$recursive`))
		return io.NopCloser(bytes.NewReader(text)), nil
	}
	if s.root, err = c.Compile((&url.URL{Scheme: scheme, Path: "/" + name}).String()); err != nil {
		return nil, compileError(name, err)
	}
	if err := checkApplied(s.root); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	steps := 0
	s.light = light([]*jsonschema.Schema{s.root}, 0, &steps)
	s.outline = sync.OnceValue(func() *outline { return outlineOf(s.root) })
	all := map[*jsonschema.Schema]bool{}
	collect(s.root, all)
	done := map[*jsonschema.Schema]bool{}
	for sch := range all {
		if loops(sch, done) {
			return nil,
				fmt.Errorf(
					"schema %s: a $ref leads back to its own schema for the same value, so validation would never end",
					name)
		}
	}
	// what a dynamic reference means depends on the schemas it was reached through: they must stay
	// in one piece
	if dynamic {
		return s, nil
	}
	for sch := range all {
		// else a metaschema, which all programs share
		if address, _, _ := strings.Cut(sch.Location, "#"); s.files[address] != nil {
			inlineRefs(sch)
		}
		if shell := withoutChildren(sch); shell != nil {
			s.withoutChildren[sch] = shell
		}
	}
	return s, nil
}

// File is the text of a schema file.
type File struct {
	Name string // within the file system: kobo/KoboboligTO.json
	Text []byte // must not be changed
}

// Files returns the schema's own file, and then those that it refers to.
func (s *Schema) Files() []File { return slices.Clone(s.texts) }

// Compiled returns the schema of jsonschema/v5, with formats asserted. It must not be changed.
// Members' schemas that were nothing but a $ref are replaced by what they refer to.
func (s *Schema) Compiled() *jsonschema.Schema { return s.root }

// scheme is the URL scheme of the addresses that schemas of the file system get.
const scheme = "schemas"

// read returns the file of fsys with an address.
func read(fsys fs.FS, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != scheme || u.Host != "" {
		return nil, fmt.Errorf("%s is not fetched: put the schema beside this one and refer to it by a relative path",
			address)
	}
	return readfile.Read(fsys, strings.TrimPrefix(path.Clean(u.Path), "/"), readfile.MaxSchema)
}

// collect adds sch and every schema that fastValidate or find can reach from it.
func collect(sch *jsonschema.Schema, all map[*jsonschema.Schema]bool) {
	if all[sch] {
		return
	}
	all[sch] = true
	for _, next := range slices.Concat(inPlace(sch), below(sch)) {
		collect(next, all)
	}
}

// loops reports whether sch leads back to itself without going deeper into the document.
// jsonschema/v5 notices most such schemas, but not all: not where the loop was first entered in its
// middle.
func loops(sch *jsonschema.Schema, done map[*jsonschema.Schema]bool) bool {
	if finished, seen := done[sch]; seen {
		return !finished
	}
	done[sch] = false
	if slices.ContainsFunc(inPlace(sch), func(next *jsonschema.Schema) bool { return loops(next, done) }) {
		return true
	}
	done[sch] = true
	return false
}

// inPlace returns the schemas that sch, as fastValidate reads it, applies to the same value.
func inPlace(sch *jsonschema.Schema) []*jsonschema.Schema {
	if sch.Ref == nil {
		return sch.OneOf
	}
	return append([]*jsonschema.Schema{sch.Ref}, sch.OneOf...)
}

// below returns the schemas that sch, as fastValidate reads it, applies to the members and elements
// of a value.
func below(sch *jsonschema.Schema) []*jsonschema.Schema {
	all := slices.Collect(maps.Values(sch.Properties))
	if sch.Items2020 != nil {
		all = append(all, sch.Items2020)
	}
	return all
}

// inlineRefs replaces each schema of a member or element that is nothing but a $ref by the schema
// it refers to, which halves the steps of every walk.
func inlineRefs(sch *jsonschema.Schema) {
	for name, sub := range sch.Properties {
		sch.Properties[name] = target(sub)
	}
	if sch.Items2020 != nil {
		sch.Items2020 = target(sch.Items2020)
	}
}

// target follows sch as long as it is a $ref and nothing else.
func target(sch *jsonschema.Schema) *jsonschema.Schema {
	for sch.Ref != nil {
		rest := *sch
		rest.Ref = nil
		if !reflect.DeepEqual(rest, jsonschema.Schema{
			Location: sch.Location, Draft: sch.Draft, MinProperties: -1,
			MaxProperties: -1,
			MinItems:      -1, MaxItems: -1, MinContains: 1, MaxContains: -1, MinLength: -1, MaxLength: -1,
			ContainsEval: sch.ContainsEval,
		}) {
			break
		}
		sch = sch.Ref
	}
	return sch
}
