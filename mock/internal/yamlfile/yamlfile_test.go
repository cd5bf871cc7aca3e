package yamlfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type house struct {
	Name  string         `yaml:"name"`
	Doors int            `yaml:"doors"`
	Open  bool           `yaml:"open"`
	Rooms []space        `yaml:"rooms"`
	Keys  map[string]key `yaml:"keys"`
}

type space struct {
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
	want := house{
		Name: "Tårnet", Doors: 2, Open: true,
		Rooms: []space{{"Stua", 20.5, []string{"lys", "12"}}, {Name: "Loftet"}},
		Keys:  map[string]key{"a": {1}, "b": {2}},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(f.Faults) > 0 {
		t.Errorf("%v\n%s", f.Faults, diff)
	}
	f.Fault("$.rooms[1].area", "no area")
	f.Fault("$.nothing.at[3].all", "nothing")
	if diff := cmp.Diff(Faults{{"house.yaml", 7, "no area"}, {"house.yaml", 2, "nothing"}}, f.Faults); diff != "" {
		t.Error(diff)
	}
}

// TestFaults: every fault is reported, and what is not at fault is read.
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
	want := `house.yaml:1: name is a list; it must be text
house.yaml:2: doors is "two"; it must be a whole number
house.yaml:3: open is "perhaps"; it must be true or false
house.yaml:6: "aera" is not a member here; did you mean area? there are name, area, tags
house.yaml:7: rooms[0].tags is "lys"; it must be a list
house.yaml:8: rooms[1] is "Loftet"; it must be a mapping
house.yaml:9: keys.a is 1; it must be a mapping
house.yaml:9: keys.b.fits is "many"; it must be a whole number
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
		"":                       "house.yaml: the file is empty; it must hold one document",
		"name: a\n---\nname: b":  "house.yaml: the file holds 2 documents; it must be one",
		"name: {a":               "house.yaml:1: a } is missing, or a comma between two members in { }",
		"name: &a x\ncolour: *a": "house.yaml:1: anchors and aliases are not taken here; write it out",
		"just text":              `house.yaml:1: the file is "just text"; it must be a mapping`,
		"- a list":               "house.yaml:1: the file is a list; it must be a mapping",
	} {
		var got house
		faults := Read("house.yaml", []byte(text), &got).Faults
		if len(faults) == 0 || faults[0].String() != want {
			t.Errorf("%q: %v, want %s", text, faults, want)
		}
	}
}

// TestText: text is what was written, without quotation marks where it cannot be meant otherwise.
func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"310000006": "310000006", "012345670": "012345670", "0x10": "0x10", "1_0": "1_0", "2026-06-30": "2026-06-30",
		"2026-06-30T12:00:00Z": "2026-06-30T12:00:00Z", `"true"`: "true", "'1.5'": "1.5", "a:b": "a:b", "!!str a": "a",
		"a # b": "a", "|\n  a\n  b": "a\nb",
		"~": "", "": "", "!!str": "",
	} {
		var got house
		if faults := Read("f", []byte("name: "+text), &got).Faults; len(faults) > 0 || got.Name != want {
			t.Errorf("%q is %q, want %q; %v", text, got.Name, want, faults)
		}
	}
	for text, want := range map[string]string{
		"true": "name is true; it must be text; put it in quotation marks",
		"1.5":  "name is 1.5; it must be text; put it in quotation marks",
		".inf": "name is .inf; it must be text; put it in quotation marks",
		// The parser takes a:b for a mapping here, and the user for text.
		"{a:b}":  "name is a mapping; it must be text; if it is text with a colon, put it in quotation marks",
		"[a, b]": "name is a list; it must be text",
	} {
		var got house
		faults := Read("f", []byte("name: "+text), &got).Faults
		if len(faults) != 1 || faults[0].Text != want || got.Name != "" {
			t.Errorf("%q is %q, faults %v, want %s", text, got.Name, faults, want)
		}
	}
}

// TestLongValues: a fault is one line, and not a long one.
func TestLongValues(t *testing.T) {
	t.Parallel()
	var got house
	faults := Read("f", []byte("rooms: |\n  a\n  "+strings.Repeat("ø", 100)), &got).Faults
	want := `f:1: rooms is "a\n` + strings.Repeat("ø", 78) + `..."; it must be a list`
	if diff := cmp.Diff(want, faults.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	var got house
	f := Read("f", []byte("name: ''\ndoors: ~\nopen:\nrooms: [{name: [a]}, ~]\nkeys: {a: {}}\ncolour: red"), &got)
	for place, want := range map[string]bool{
		"$": true, "$.name": true, "$.doors": false, "$.open": false,
		"$.rooms[0]":      true,
		"$.rooms[0].name": true, "$.rooms[1]": false, "$.rooms[2]": false, "$.keys.a": true, "$.keys.b": false,
		"$.colour": true,
	} {
		if f.Has(place) != want {
			t.Errorf("%s stands there: %v, want %v", place, !want, want)
		}
	}
}

// TestConsequences: what could not be decoded is not judged further.
func TestConsequences(t *testing.T) {
	t.Parallel()
	var got house
	f := Read("f", []byte("doors: two\nrooms: [x, {name: a}]"), &got)
	for _, place := range []string{"$.doors", "$.rooms[0]", "$.rooms[0].name"} {
		f.Fault(place, "a consequence")
	}
	f.Fault("$.rooms", "few rooms")
	f.Fault("$.rooms[1].name", "short")
	f.Fault("$.name", "no name")
	want := `f:1: doors is "two"; it must be a whole number
f:2: rooms[0] is "x"; it must be a mapping
f:2: few rooms
f:2: short
f:1: no name`
	if diff := cmp.Diff(want, f.Faults.Error()); diff != "" {
		t.Error(diff)
	}
	f = Read("f", []byte("rooms: ["), &got)
	if f.Fault("$.name", "no name"); len(f.Faults) != 1 {
		t.Errorf("an unreadable file has the faults %v", f.Faults)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	var got struct {
		Others

		Name string `yaml:"name"`
	}
	f := Read("f", []byte("name: a\nd: [b]\ne: ~"), &got)
	if len(f.Faults) > 0 || got.Name != "a" || !f.Has("$.d") || f.Has("$.e") {
		t.Errorf("read %+v, d %v, e %v, faults %v", got, f.Has("$.d"), f.Has("$.e"), f.Faults)
	}
}

func TestReadAliased(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rooms: [{name: &a Stua, tags: &b [lys]}, {name: *a, tags: *b}]": "",
		"rooms:\n- &a\n  name: Stua\n  tags: [lys]\n- *a\n":              "",
		"rooms: [{name: *a}]": "f:1: there is no anchor &a in the file; the alias *a must be of one",
		"rooms: &a [*a]":      "f:1: rooms[0] is a list; it must be a mapping",
		"rooms: &a\n  *a\n":   "f:1: an alias of an alias and so on stands here; write it out",
	} {
		var got house
		f := ReadAliased("f", []byte(text), &got)
		if f.Faults.Error() != want {
			t.Errorf("%q: %v, want %s", text, f.Faults, want)
		}
		two := []space{{Name: "Stua", Tags: []string{"lys"}}, {Name: "Stua", Tags: []string{"lys"}}}
		if want == "" && got.Name == "" && !cmp.Equal(two, got.Rooms) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("name: a\nrooms: [{name: b, tags: [c]}]\nkeys: {d: {fits: 1}}")
	f.Add("? [a]\n: b")
	f.Add("!!binary x: &a [*a]")
	f.Add("<<: {name: a}")
	f.Add("name: !!str\nrooms: &a [*a, &b !!x]\nkeys: {? a}\nopen: *b")
	f.Fuzz(func(t *testing.T, text string) {
		var got house
		faults := Read("house.yaml", []byte(text), &got).Faults
		for _, fault := range append(faults, ReadAliased("house.yaml", []byte(text), &got).Faults...) {
			if fault.Text == "" || fault.File == "" {
				t.Errorf("a fault without words: %+v", fault)
			}
		}
	})
}
