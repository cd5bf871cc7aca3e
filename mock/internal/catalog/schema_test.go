package catalog

import (
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"sandkasse/mock/internal/yamlfile/yamltest"
)

// TestFileSchemas: the schemas of API and family files name what is read, and take the built-in
// files.
func TestFileSchemas(t *testing.T) {
	t.Parallel()
	api, family := yamltest.Load(t, "api"), yamltest.Load(t, "family")
	api.HasMembersOf(t, reflect.TypeFor[apiFile]())
	family.HasMembersOf(t, reflect.TypeFor[familyFile]())
	taken := 0
	err := fs.WalkDir(Embedded(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" {
			return err
		}
		schema := api
		if path.Base(name) == "family.yaml" {
			schema = family
		}
		text, err := fs.ReadFile(Embedded(), name)
		if err != nil {
			return err
		}
		taken++
		if err := schema.Check(t, string(text)); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		if err := schema.Check(t, string(text)+"\ncolour: red\n"); err == nil {
			t.Errorf("%s: an unknown member is taken", name)
		}
		return nil
	})
	if err != nil || taken < 10 {
		t.Errorf("%d files: %v", taken, err)
	}
	for _, wrong := range []string{
		"label: a\n", "name: A B\nlabel: a\n", "name: a\nlabel: a_b\n", "name: a\nlabel: a\nsvar: [nope]\n",
		"name: a\nlabel: a\nkoder: {GLD_001: {status: 200, melding: x}}\n",
		"name: a\nlabel: a\ntilbakemelding: {identity: [x]}\n",
		"name: a\nlabel: a\ntilbakemelding: {dates: [{at: /x, within: year}]}\n",
	} {
		if err := api.Check(t, wrong); err == nil {
			t.Errorf("the schema of an API file takes %s", strings.TrimSpace(wrong))
		}
	}
}
