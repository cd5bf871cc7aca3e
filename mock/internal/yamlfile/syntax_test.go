package yamlfile

import (
	"regexp"
	"strings"
	"testing"
)

// library matches words of Go and of the YAML library, which a user need not understand.
var library = regexp.MustCompile(
	`yaml: |token|context|map key|mapping key|unmarshal|strconv|parsing|\[[0-9]+:[0-9]+\]|flow|scalar|directive`)

// TestSyntaxInWords: a fault of YAML syntax is reported in our own words, with the line.
func TestSyntaxInWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"name: a\nname: b\n":                     `f:2: "name" is given twice, first in line 1; give it once`,
		"name: a\n\"name\": b\n":                 `f:2: "name" is given twice, first in line 1`,
		"rooms:\n- name: a\n  name: b\n":         `f:3: "name" is given twice, first in line 2`,
		"rooms: [{area: 1, area: 2}]\n":          `f:1: "area" is given twice`,
		"keys: {a: {fits: 1}, 'a': {fits: 2}}\n": `f:1: "a" is given twice`,
		"? name\n: a\nname: b\n":                 `f:3: "name" is given twice`,
		"name: {a: b\n":                          "f:1: a } is missing",
		"name: [a\n":                             "f:1: a ] is missing",
		"name: \"a\n":                            "f:1: a text that begins with \" does not end",
		"name: 'a\n":                             "f:1: a text that begins with ' does not end",
		"name: a\n\tdoors: 1\n":                  "f:2: a tab stands",
		"\tname: a\n":                            "f:1: a tab stands",
		"name: a: b\n":                           "f:1: a second colon stands in one value",
		"name: a\n doors: 1\n":                   "indented too far",
		"  name: a\ndoors: 1\n":                  "f:2: this is not indented as what stands beside it",
		"rooms:\n- name: a\n area: 1\n":          "f:3: this is not indented",
		"name: @a\n":                             "f:1: a text cannot begin with this character",
		"name: `a`\n":                            "f:1: a text cannot begin with this character",
		"name: %a\n":                             "f:1: a text cannot begin with %",
		"%YAML 9.9\n---\nname: a\n":              "%YAML names a version",
		"name:a\ndoors: 1\n":                     "f:1: a name must be followed by a colon and a space",
		"name: |\na\n":                           "f:2: a name must be followed by a colon",
		"name: &a\n":                             "f:1: the & or * of an anchor",
		"[]: 1\n":                                "f:1: this cannot be read as YAML",
		"\xFF\xFEn\x00:\x00":                     "f: the file is in UTF-16",
		"\xFE\xFF\x00n\x00:":                     "f: the file is in UTF-16",
		"name: a\ndoors: bl\xE5\n":               "f:2: the byte 0xE5 is not UTF-8",
		"name: a\x00\n":                          "f:1: the control character U+0000",
		"doors: 1.5\n":                           "f:1: doors is 1.5; it must be a whole number",
		"doors: 1.0\n":                           "f:1: doors is 1.0; it must be a whole number",
		"doors: 1e2\n":                           `doors is "1e2"; it must be a whole number`,
		"doors: 010\n":                           "f:1: doors is 010; it must be a whole number",
		"doors: 0x10\n":                          "doors is 0x10; it must be a whole number",
		"doors: 1_000\n":                         "doors is 1_000; it must be a whole number",
		"doors: '1'\n":                           `doors is "1"; it must be a whole number, without quotation marks`,
		"doors: 99999999999999999999\n":          "it must be a whole number",
		"rooms: [{area: .inf}]\n":                "rooms[0].area is .inf; it must be a number",
		"rooms: [{area: .nan}]\n":                "it must be a number",
		"rooms: [{area: 1e400}]\n":               "it must be a number",
		"rooms: [{area: '2'}]\n":                 "it must be a number, without quotation marks",
		"open: yes\n":                            "it must be true or false",
	} {
		var got, aliased house
		for _, faults := range []Faults{
			Read("f", []byte(text), &got).Faults,
			ReadAliased("f", []byte(text), &aliased).Faults,
		} {
			if len(faults) == 0 || !strings.Contains(faults.Error(), want) {
				t.Errorf("%q: %v, want %s", text, faults, want)
			} else if found := library.FindString(faults.Error()); found != "" {
				t.Errorf("%q: %q stands in %v", text, found, faults)
			}
		}
	}
}

// TestNumbersTaken: numbers as JSON has them are read, zero too, and a byte order mark is passed
// over.
func TestNumbersTaken(t *testing.T) {
	t.Parallel()
	var got house
	f := Read("f", []byte("\xEF\xBB\xBFname: a\ndoors: 0\nrooms: [{area: 0}, {area: -1.5e1}, {area: 7}]\n"), &got)
	if len(f.Faults) > 0 || got.Doors != 0 || !f.Has("$.doors") || got.Rooms[1].Area != -15 || got.Rooms[2].Area != 7 {
		t.Errorf("%+v %v", got, f.Faults)
	}
}
