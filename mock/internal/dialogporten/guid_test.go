package dialogporten

import (
	"errors"
	"net/url"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/wire"
)

// TestParseGUID: the forms that .NET's Guid.TryParse takes, and those it does not.
func TestParseGUID(t *testing.T) {
	t.Parallel()
	const want = "0193b5cd-cbce-7dbd-b188-1437db673767"
	for text, ok := range map[string]bool{
		want:                                   true,
		"0193B5CD-CBCE-7DBD-B188-1437DB673767": true,
		"0193b5cdcbce7dbdb1881437db673767":     true,
		"{" + want + "}":                       true,
		"(" + want + ")":                       true,
		" " + want + "\t":                      true,
		"{0x0193b5cd,0xcbce,0x7dbd,{0xb1,0x88,0x14,0x37,0xdb,0x67,0x37,0x67}}":    true,
		"{0x193B5CD, 0xCBCE, 0x7DBD, {0xB1,0x88,0x14,0x37,0xDB,0x67,0x37,0x67} }": true,
		"":                                       false,
		"abc":                                    false,
		"{" + want:                               false,
		want + "}":                               false,
		"{" + want + ")":                         false,
		"[" + want + "]":                         false,
		"urn:uuid:" + want:                       false,
		"{0193b5cdcbce7dbdb1881437db673767}":     false,
		"0193b5cd-cbce-7dbd-b188-1437db67376":    false,
		"0193b5cd-cbce-7dbd-b188-1437db67376g":   false,
		"0193b5cdcbce-7dbd-b188-1437-db673767":   false,
		"'0193b5cd-cbce-7dbd-b188-1437db673767'": false,
		"{0x0193b5cd,0xcbce,0x7dbd,{0xb1,0x88,0x14,0x37,0xdb,0x67,0x37}}":       false,
		"{0x10193b5cd,0xcbce,0x7dbd,{0xb1,0x88,0x14,0x37,0xdb,0x67,0x37,0x67}}": false,
	} {
		id, got := parseGUID(text)
		if got != ok || ok && id.String() != want {
			t.Errorf("%q is read as %s, %v; want %v", text, id, got, ok)
		}
	}
}

// TestBindIDs: what FastEndpoints makes of parameters that are UUIDs: each that cannot be read is
// reported, and one in the query counts in place of the one in the path.
func TestBindIDs(t *testing.T) {
	t.Parallel()
	const one, other = "0193b5cd-cbce-7dbd-b188-1437db673767", "0193b5cd-cbce-7dbd-b188-1437db673768"
	value := func(text string) string { return "Value [" + text + "] is not valid for a [Guid] property!" }
	for _, test := range []struct {
		name, dialog, part, query string
		want                      map[string]string   // ids
		faults                    map[string][]string // texts by parameter
	}{
		{
			name: "good", dialog: one, part: "{" + other + "}",
			want: map[string]string{"dialogId": one, "activityId": other},
		},
		{name: "dialog", dialog: "abc", part: other, faults: map[string][]string{"dialogId": {value("abc")}}},
		{name: "part", dialog: one, part: "7", faults: map[string][]string{"activityId": {value("7")}}},
		{
			name: "both", dialog: "a%2Fb", part: "7",
			faults: map[string][]string{"dialogId": {value("a%2Fb")}, "activityId": {value("7")}},
		},
		{
			name: "query wins", dialog: one, part: one, query: "ACTIVITYID=" + other,
			want: map[string]string{"dialogId": one, "activityId": other},
		},
		{
			name: "query alone", dialog: one, part: one, query: "activityid=x",
			faults: map[string][]string{"activityid": {value("x")}},
		},
		{
			name: "empty query", dialog: one, part: one, query: "dialogId=",
			faults: map[string][]string{"dialogId": {value("")}},
		},
		{
			name: "twice", dialog: one, part: one, query: "dialogId=" + one + "&dialogId=" + one,
			faults: map[string][]string{"dialogId": {value(one + "," + one)}},
		},
		{
			name: "path and query", dialog: "a", part: one, query: "dialogId=b",
			faults: map[string][]string{"dialogId": {value("a"), value("b")}},
		},
		{
			name: "other queries", dialog: one, part: one, query: "id=x&transmissionId=y",
			want: map[string]string{"dialogId": one, "activityId": one},
		},
	} {
		query, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := bindIDs(&wire.Request{
			Params: map[string]string{"dialogId": test.dialog, "activityId": test.part},
			Query:  query,
		}, "dialogId", "activityId")
		var f *feil.Feil
		message := map[string][]string{}
		if errors.As(err, &f) {
			for _, d := range f.Detaljer {
				message[d.Sti] = append(message[d.Sti], d.Melding)
			}
		}
		if test.faults != nil {
			if diff := gocmp.Diff(test.faults, message); diff != "" || f.Offence != feil.BadParameter {
				t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
			}
		} else if diff := gocmp.Diff(test.want, ids); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}
