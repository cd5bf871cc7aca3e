package tenor

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sandkasse/fixtures/population"
	"sandkasse/mock/internal/splice"
)

// sameSearch compares searches without where their parts stand.
var sameSearch = cmp.Options{
	cmp.AllowUnexported(KQL{}, node{}, value{}, bound{}),
	cmpopts.IgnoreFields(node{}, "at"), cmpopts.IgnoreFields(value{}, "at"), cmpopts.IgnoreFields(bound{}, "at"),
}

func TestParseKQL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                  "",
		"  \t ":                             "",
		"kjoenn:kvinne":                     "kjoenn:kvinne",
		`bostedsadresse: "Rotebergvegen 1"`: `bostedsadresse:"Rotebergvegen 1"`,
		`navn:"a \"b\" \\ c"`:               `navn:"a \"b\" \\ c"`,
		"doedsdato:*":                       "doedsdato:*",
		"fornavn:A* AND etternavn:*TO*":     "fornavn:A* and etternavn:*TO*",
		"foedselsdato:[2003 to 2005]":       "foedselsdato:[2003 to 2005]",
		"foedselsdato:[2003 TO *]":          "foedselsdato:[2003 to *]",
		"antallBarn:[1to3]":                 "antallBarn:[1 to 3]",
		"foedselsdato:[*to2005-12-31]":      "foedselsdato:[* to 2005-12-31]",
		"foedselsdato > 2003-12-01":         "foedselsdato > 2003-12-01",
		"alder>=18 and alder<67":            "alder >= 18 and alder < 67",
		"a:1 or b:2 and not c:3":            "a:1 or (b:2 and not c:3)",
		"(a:1 or b:2) and c:3":              "(a:1 or b:2) and c:3",
		"not (a:1 and b:2)":                 "not (a:1 and b:2)",
		"not not a:1":                       "not not a:1",
		"((a:1))":                           "a:1",
		"kjoenn:(kvinne or mann)":           "kjoenn:kvinne or kjoenn:mann",
		"a:(b and not (c or d)) and e:f":    "(a:b and not (a:c or a:d)) and e:f",
		`a:"and"`:                           `a:"and"`,
		"organisasjonsform.kode:\"AS\"":     `organisasjonsform.kode:"AS"`,
		"tenorRelasjoner.freg: {tenorRelasjonsnavn: \"barn\" AND " +
			"bostedsadresse: \"Rotebergvegen 1\"}": `tenorRelasjoner.freg:` +
			`{tenorRelasjonsnavn:"barn" and bostedsadresse:"Rotebergvegen 1"}`,
		"tenorRelasjoner.brreg-er-fr:{dagligLeder:*}": "tenorRelasjoner.brreg-er-fr:{dagligLeder:*}",
	} {
		k, err := ParseKQL(text)
		if err != nil || k.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, k, err, want)
		}
	}
}

func TestParseKQLRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		position int
		problem  string
	}{
		{"kjoenn", 7, "the search ends here, but there must be a colon and a value after the field kjoenn"},
		{"kjoenn:", 8, "the search ends here, but there must be a value"},
		{"kjoenn kvinne", 8, `here is "kvinne", but there must be a colon`},
		{"kjoenn:kvinne alder:3", 15, `here is "alder", but there must be and, or or the end`},
		{"kjoenn:kvinne and", 18, "but there must be a field"},
		{"and kjoenn:kvinne", 1, `here is "and", but there must be a field`},
		{"kjoenn:and", 8, `"and" means something in a search`},
		{`navn:"æøå`, 6, "the quote is never closed"},
		{"(kjoenn:kvinne", 15, "but there must be )"},
		{"kjoenn:kvinne)", 14, `here is ")"`},
		{"alder:[18 25]", 11, `here is "25", but there must be to`},
		{"alder:[18 to]", 13, `here is "]", but there must be a number, a date or *`},
		{"alder:[18 to 25", 16, "but there must be ]"},
		{"alder:[1* to 25]", 8, `here is "1*"`},
		{"alder > *", 9, "not *"},
		{"alder >", 8, "the search ends here"},
		{"a*:3", 1, `here is "a*"`},
		{"tenorRelasjoner.freg:{}", 23, `here is "}", but there must be a field`},
		{"tenorRelasjoner.freg:{kjoenn:mann", 34, "but there must be }"},
		{strings.Repeat("(", 40), 33, "more than 32"},
		{strings.Repeat("not ", 40), 129, "more than 32"},
		{"a:" + strings.Repeat("(", 40), 35, "more than 32"},
		{strings.Repeat("a:{", 40), 97, "more than 32"},
		{strings.Repeat("x", 4001), 4001, "has 4001 characters, but may have 4000"},
	} {
		_, err := ParseKQL(c.text)
		e, ok := errors.AsType[*QueryError](err)
		if !ok || e.Position != c.position || !strings.Contains(e.Problem, c.problem) || e.Parameter != "kql" {
			t.Errorf("%.60q: %v; want %d: %q", c.text, err, c.position, c.problem)
		}
	}
}

// aNode draws a search.
func aNode(t *rapid.T, depth int) node {
	kinds := []operator{isField}
	if depth > 0 {
		kinds = []operator{isField, isAnd, isOr, isNot}
	}
	n := node{op: rapid.SampledFrom(kinds).Draw(t, "op")}
	switch n.op {
	case isNot:
		n.parts = []node{aNode(t, depth-1)}
		return n
	case isAnd, isOr:
		for range rapid.IntRange(2, 3).Draw(t, "parts") {
			n.parts = append(n.parts, aNode(t, depth-1))
		}
		return n
	}
	n.name = rapid.StringMatching(`[a-zæøå]{1,5}(\.[a-zA-Z-]{1,5})?`).Filter(plainWord).Draw(t, "name")
	n.value.form = rapid.SampledFrom([]valueForm{isWord, isPhrase, isRange, isCompared, isNested}).Draw(t, "form")
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z" \\]{0,6}`),
		rapid.SampledFrom([]string{"and", "TO", "*", ""}))
	aBound := func() bound {
		if rapid.Bool().Draw(t, "open") {
			return bound{open: true}
		}
		return bound{text: strings.ToValidUTF8(text.Draw(t, "bound"), "?")}
	}
	switch n.value.form {
	case isWord:
		n.value.text = rapid.StringMatching(`[a-zA-ZÆØÅ*.,0-9-]{1,8}`).Filter(func(s string) bool {
			return !reserved(s)
		}).Draw(t, "word")
	case isPhrase:
		n.value.text = strings.ToValidUTF8(text.Draw(t, "phrase"), "?")
	case isRange:
		n.value.low, n.value.high = aBound(), aBound()
	case isCompared:
		n.value.sign = rapid.SampledFrom([]string{">", ">=", "<", "<="}).Draw(t, "sign")
		n.value.low = bound{text: strings.ToValidUTF8(text.Draw(t, "low"), "?")}
	case isNested:
		if depth == 0 {
			n.value = value{form: isWord, text: "x"}
		} else {
			n.value.inner = []node{aNode(t, depth-1)}
		}
	}
	return n
}

// TestKQLPrintsWhatItReads: any search is read again as it was from its text.
func TestKQLPrintsWhatItReads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		top := aNode(t, 3)
		want := KQL{top: &top}
		got, err := ParseKQL(want.String())
		if len([]rune(want.String())) > kqlLength {
			t.Skip("too long")
		}
		if err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		if diff := cmp.Diff(want, got, sameSearch); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", want, diff)
		}
	})
}

// FuzzKQL: no text makes the parser or a search panic; what can be read is printed so that it is
// read as the same; an error has a place in the text.
func FuzzKQL(f *testing.F) {
	for _, text := range []string{
		"", "kjoenn:kvinne and (foedselsdato:[1990 to 2005] or not sivilstand:gift)",
		`navn:"a \" b"`, "alder>=18", "a:[1to3]",
		"tenorRelasjoner.freg:{tenorRelasjonsnavn:barn and alder < 3}", "tenorRelasjoner.brreg-er-fr:{dagligLeder:*}",
		"fornavn:(A* or *B)", "a:((", "\xff:\xfe",
	} {
		f.Add(text)
	}
	p := population.Population{Seed: 1, Size: population.FamilySize}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > splice.MaxText {
			return
		}
		k, err := ParseKQL(text)
		if err != nil {
			e, ok := errors.AsType[*QueryError](err)
			if !ok || e.Position < 1 || e.Position > len([]rune(text))+1 || e.Problem == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseKQL(k.String())
		// TestKQLPrintsWhatItReads compares the parts too, which is slow.
		if err != nil || again.String() != k.String() {
			t.Fatalf("%q is %q, and that is %q, %v", text, k, again, err)
		}
		for _, search := range []func(context.Context, population.Population, Query) (Result, error){
			SearchPersoner,
			SearchOrganisasjoner,
		} {
			if _, err := search(t.Context(), p, Query{KQL: k}); err != nil {
				if _, ok := errors.AsType[*QueryError](err); !ok {
					t.Fatalf("%q: %v", text, err)
				}
			}
		}
	})
}
