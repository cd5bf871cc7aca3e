package yamlfile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

type house struct {
	Name  string         `yaml:"name"`
	Doors int            `yaml:"doors"`
	Open  bool           `yaml:"open"`
	Rooms []room         `yaml:"rooms"`
	Keys  map[string]key `yaml:"keys"`
}

type room struct {
	Name string   `yaml:"name"`
	Area float64  `yaml:"area"`
	Tags []string `yaml:"tags"`
}

type key struct {
	Fits int `yaml:"fits"`
}

func TestRead(t *testing.T) {
	t.Parallel()
	var got house
	f := Read("house.yaml", []byte(`# a comment
name: Tårnet
doors: 2
open: true
rooms:
  - {name: Stua, area: 20.5, tags: [lys, "12"]}
  - name: Loftet
keys: {a: {fits: 1}, b: {fits: 2}}
`), &got)
	want := house{Name: "Tårnet", Doors: 2, Open: true, Rooms: []room{{"Stua", 20.5, []string{"lys", "12"}}, {Name: "Loftet"}},
		Keys: map[string]key{"a": {1}, "b": {2}}}
	if diff := cmp.Diff(want, got); diff != "" || len(f.Faults) > 0 {
		t.Errorf("%v\n%s", f.Faults, diff)
	}
	f.Fault("$.rooms[1].area", "no area")
	f.Fault("$.nothing.at[3].all", "nothing")
	if diff := cmp.Diff(Faults{{"house.yaml", 7, "no area"}, {"house.yaml", 2, "nothing"}}, f.Faults); diff != "" {
		t.Error(diff)
	}
}

// TestFaults: every fault is told, and what is not at fault is read.
func TestFaults(t *testing.T) {
	t.Parallel()
	var got house
	f := Read("house.yaml", []byte(`name: [a]
doors: two
open: perhaps
rooms:
  - name: Stua
    aera: 20
    tags: lys
  - Loftet
keys: {a: 1, b: {fits: many}}
colour: red
`), &got)
	f.Faults.Sort()
	want := `house.yaml:1: a list stands here; it must be text
house.yaml:2: two stands here; it must be a whole number
house.yaml:3: perhaps stands here; it must be true or false
house.yaml:6: "aera" is not a member here; there are name, area, tags
house.yaml:7: lys stands here; it must be a list
house.yaml:8: Loftet stands here; it must be a mapping
house.yaml:9: 1 stands here; it must be a mapping
house.yaml:9: many stands here; it must be a whole number
house.yaml:10: "colour" is not a member here; there are name, doors, open, rooms, keys`
	if diff := cmp.Diff(want, f.Faults.Error()); diff != "" {
		t.Error(diff)
	}
	if len(got.Rooms) != 2 || got.Rooms[0].Name != "Stua" {
		t.Errorf("read %+v", got)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "house.yaml: the file holds 0 documents; it must be one",
		"name: a\n---\nname: b":  "house.yaml: the file holds 2 documents; it must be one",
		"name: {a":               "house.yaml:1: could not find flow map content",
		"name: &a x\ncolour: *a": "house.yaml:1: anchors and aliases are not taken here; write it out",
		"just text":              "house.yaml:1: just text stands here; it must be a mapping",
		"- a list":               "house.yaml:1: a list stands here; it must be a mapping",
	} {
		var got house
		faults := Read("house.yaml", []byte(text), &got).Faults
		if len(faults) == 0 || faults[0].String() != want {
			t.Errorf("%q: %v, want %s", text, faults, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("name: a\nrooms: [{name: b, tags: [c]}]\nkeys: {d: {fits: 1}}")
	f.Add("? [a]\n: b")
	f.Add("!!binary x: &a [*a]")
	f.Add("<<: {name: a}")
	f.Fuzz(func(t *testing.T, text string) {
		var got house
		for _, fault := range Read("house.yaml", []byte(text), &got).Faults {
			if fault.Text == "" || fault.File == "" {
				t.Errorf("a fault without words: %+v", fault)
			}
		}
	})
}
