package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	body := []byte("\n{ \"a\" : [ 1,\n  {\"æøå\":\"x\", \"b/c~\" :\t{} } ],\n\"\": null, \"0\": true }\n")
	for _, c := range []struct {
		sti            string
		linje, kolonne int
	}{
		{"", 2, 1},
		{"/a", 2, 9},
		{"/a/0", 2, 11},
		{"/a/1", 3, 3},
		{"/a/1/æøå", 3, 10},
		{"/a/1/b~1c~0", 3, 24},
		{"/", 4, 5},
		{"/0", 4, 16},
		{"/x", 2, 1},      // missing: the object it should be in
		{"/a/2", 2, 9},    // the list
		{"/a/-", 2, 9},    // no such element
		{"/a/0/x", 2, 11}, // the number, which has no parts
		{"/a/1/x/y", 3, 3},
	} {
		if linje, kolonne := Place(body, c.sti); linje != c.linje || kolonne != c.kolonne {
			t.Errorf("Place(%q) = %d, %d; want %d, %d", c.sti, linje, kolonne, c.linje, c.kolonne)
		}
	}
	for _, body := range []string{"", " ", "{", `{"a"`, `{"a":`, "[", "]", "\xff"} {
		if linje, kolonne := Place([]byte(body), "/a/0"); linje != 1 || kolonne < 1 {
			t.Errorf("Place in %q = %d, %d", body, linje, kolonne)
		}
	}
}

// At the place of a value, that value begins.
func TestPlaceIsWhereTheValueBegins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := drawValue(t, 4)
		text, err := json.MarshalIndent(doc, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		var check func(sti string, v any)
		check = func(sti string, v any) {
			linje, kolonne := Place(text, sti)
			rest := string([]rune(lines[linje-1])[kolonne-1:]) + "\n" + strings.Join(lines[linje:], "\n")
			var got any
			d := json.NewDecoder(strings.NewReader(rest))
			d.UseNumber()
			if err := d.Decode(&got); err != nil || angitt(got) != angitt(v) {
				t.Fatalf("%q at %d, %d in\n%s\nfound %v (%v), want %v", sti, linje, kolonne, text, got, err, v)
			}
			switch v := v.(type) {
			case map[string]any:
				for name, member := range v {
					check(place{sti: sti}.below(v, name).sti, member)
				}
			case []any:
				for i, element := range v {
					check(place{sti: sti}.below(v, strconv.Itoa(i)).sti, element)
				}
			}
		}
		check("", doc)
	})
}
