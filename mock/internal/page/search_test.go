package page

import (
	"strings"
	"testing"

	"sandkasse/mock/internal/describe"
)

// TestParseSearch: words of the form name:value become parameters, and the others one text.
func TestParseSearch(t *testing.T) {
	t.Parallel()
	for search, want := range map[string]string{
		"":                               "",
		"api:bsu code:GLD_1028":          "api=bsu&code=GLD_1028",
		"status:4xx  two words":          "status=4xx&text=two+words",
		`org:987654321 "a  b"`:           "organisation=987654321&text=a++b",
		`route:"/v1/{inntektsaar}"`:      "route=%2Fv1%2F%7Binntektsaar%7D",
		"stoppedby:schema":               "stoppedBy=schema",
		"http://x.example:80 api: foo:b": "text=http%3A%2F%2Fx.example%3A80+api%3A+foo%3Ab",
		`"`:                              "",
	} {
		if got := parseSearch(search).Encode(); got != want {
			t.Errorf("%q: %s, want %s", search, got, want)
		}
	}
}

// lines returns a body as it is laid out, with its marks.
func lines(list []*node, indent string) (text string) {
	for _, n := range list {
		text += indent + n.Key + n.Value
		for _, mark := range n.Marks {
			text += " <- " + mark.Melding
		}
		text += "\n" + lines(n.Children, indent+" ")
		if n.Close != "" {
			text += indent + n.Close + "\n"
		}
	}
	return text
}

// TestLayoutJSON: a body is laid out with a mark at each place, or at the nearest part around one that is
// not there; one that breaks off as far as it goes; and no JSON as it is.
func TestLayoutJSON(t *testing.T) {
	t.Parallel()
	places := []describe.PlaceView{
		{Sti: "/a/1/b", Melding: "one"},
		{Sti: "/a/0/missing/deep", Melding: "two"},
		{Sti: "/x~1y", Melding: "three"},
		{Sti: "Accept", Melding: "no"},
		{Sti: "", Melding: "whole"},
	}
	for body, want := range map[string]string{
		`{"a":[{},{"b":1.50e3}],"x/y":"\u00e6<"}`: "" +
			"{ <- whole\n \"a\": [\n  {} <- two\n  {\n   \"b\": 1.50e3 <- one\n" +
			"  }\n ]\n \"x/y\": \"\\u00e6<\" <- three\n}\n",
		`{"a": [1, {"b": "cut o`: "{ <- three <- whole\n \"a\": [\n  1 <- two\n  { <- one\n  …\n …\n…\n",
		`{"a": nope}`:            "{\"a\": nope}\n",
		`{} {}`:                  "{} {}\n",
		"{\n\x00}":               "{\n�}\n",
	} {
		if got := lines(layoutJSON(body, places).Root, ""); got != want {
			t.Errorf("%s is laid out as\n%s\nwant\n%s", body, got, want)
		}
	}
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	if l := layoutJSON(deep, nil); len(l.Root) != 1 || l.Root[0].Kind != "text" {
		t.Error("a body of 200 levels is laid out")
	}
}

// TestCompareLines: what both have stands once, and the rest with its sign.
func TestCompareLines(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, line := range compareLines([]string{"a", "b", "c"}, []string{"a", "x", "c", "d"}) {
		got.WriteString(line.Sign + line.Text + " ")
	}
	if got.String() != " a -b +x  c +d " {
		t.Errorf("%q", got.String())
	}
	many := make([]string, 5000)
	if lines := compareLines(many, many[:3]); len(lines) != maxCompared+1 {
		t.Errorf("%d lines", len(lines))
	}
}
