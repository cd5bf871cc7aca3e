// Package generation tests the documents that are generated, and the search in test data.
package generation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/fixtures/homes"
	"sandkasse/fixtures/ident"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// generated returns the documents of a request, each as it is written.
func generated(t testing.TB, s *mock.Server, g mock.GenerateOptions) (all []string) {
	t.Helper()
	documents, err := s.Catalog().Generate(g)
	if err != nil {
		t.Fatal(err)
	}
	for document, err := range documents {
		var b bytes.Buffer
		if err == nil {
			_, err = document.WriteTo(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.String())
	}
	return all
}

// TestGenerateIsAFunction: the same request gives the same bytes, by any number of goroutines and
// in any order; the beginning of a longer run is the shorter one; another seed, year or number
// gives others.
func TestGenerateIsAFunction(t *testing.T) {
	t.Parallel()
	s := strictServer(t, testkit.OwnAPI(t))
	for _, kind := range s.Catalog().Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			g := mock.GenerateOptions{Kind: kind, Count: 6, Oppgaver: 4, Seed: 7}
			first := generated(t, s, g)
			if len(slices.Compact(slices.Sorted(slices.Values(first)))) != g.Count {
				t.Errorf("not all of %d are different", g.Count)
			}
			var running sync.WaitGroup
			for n := range 8 {
				running.Go(func() {
					other := g
					other.Count += n - 3
					got := generated(t, s, other)
					shared := min(g.Count, other.Count)
					if diff := cmp.Diff(first[:shared], got[:shared]); diff != "" {
						t.Errorf("of %d documents: %s", other.Count, diff)
					}
				})
			}
			documents, err := s.Catalog().Generate(g)
			if err != nil {
				t.Fatal(err)
			}
			var held []mock.Document
			for document := range documents {
				held = append(held, document)
			}
			for i, document := range slices.Backward(held) { // written in another order than made
				var b bytes.Buffer
				if document.WriteTo(&b); b.String() != first[i] {
					t.Errorf("document %d is another one when it is written later", i)
				}
			}
			running.Wait()
			for name, change := range map[string]func(*mock.GenerateOptions){
				"seed": func(g *mock.GenerateOptions) { g.Seed++ },
				"year": func(g *mock.GenerateOptions) { g.Year = 2023 },
			} {
				other := g
				if change(&other); name == "year" && (kind == "husstand" || kind == "sak") {
					continue // a household changes when somebody comes of age
				}
				if slices.Equal(generated(t, s, other), first) {
					t.Errorf("another %s gives the same", name)
				}
			}
		})
	}
}

// TestGenerateRefuses what it cannot make, before anything is made, and says what there is.
func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for want, g := range map[string]mock.GenerateOptions{
		`nothing of the kind "bus" can be generated; there are aandsverk,`:       {Kind: "bus"},
		`nothing of the kind "dialogporten" can be generated`:                    {Kind: "dialogporten"},
		"the count is -1; it must be 1 to 1000000":                               {Kind: "bsu", Count: -1},
		"the count is 1000001; it must be 1 to 1000000":                          {Kind: "bsu", Count: 1_000_001},
		"the number of oppgaver is -2; it must be 0 or more":                     {Kind: "bsu", Oppgaver: -2},
		"delivery: 99999999 oppgaver are asked for, but one of the kind bsu":     {Kind: "bsu", Oppgaver: 99_999_999},
		"bsu takes the year 2015 and later, not 2014":                            {Kind: "bsu", Year: 2014},
		"the year is 2038; it must be 2000 to 2037":                              {Kind: "bsu", Year: 2038},
		`the organisation: organisasjonsnummer "987654321": the control digit`:   {Kind: "bsu", Org: "987654321"},
		`today is "yesterday"; it must be a day such as 2024-12-31`:              {Kind: "sak", Today: "yesterday"},
		"town: home 100000 is asked for; there are 0 to 99999":                   {Kind: "kobobolig", Count: 100_001},
		"town: today is 1812-01-01, but must be a day of the years 2000 to 2099": {Kind: "sak", Today: "1812-01-01"},
	} {
		_, err := s.Catalog().Generate(g)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: got %v, wanted %s", g, err, want)
		}
	}
	if _, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: "sak"}); err == nil ||
		!strings.HasPrefix(err.Error(), "sak is not sent to an API by itself: take kobobolig, or kobo") {
		t.Errorf("broken cases: %v", err)
	}
	if _, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{
		Kind: "kobobolig", Rule: "opprettBolig/required:/x",
	}); err == nil ||
		!strings.Contains(err.Error(), "it has opprettBolig/required:/adresse") {
		t.Errorf("an unknown rule: %v", err)
	}
}

// TestNothingGeneratedIsReal: whatever is made, right or wrong, no number in it is of a register:
// every person is synthetic, every account of a bank that there is not, every organisation of the
// synthetic series and none of the scenarios', every e-mail address reserved, and every telephone
// of the films'.
func TestNothingGeneratedIsReal(t *testing.T) {
	t.Parallel()
	s := strictServer(t, testkit.OwnAPI(t))
	texts := map[string][]string{}
	seeds := 4
	if testkit.FewerData() {
		seeds = 1 // what is looked for is in the data
	}
	for _, kind := range s.Catalog().Kinds() {
		for seed := range seeds {
			texts[kind] = append(texts[kind], generated(t, s,
				mock.GenerateOptions{Kind: kind, Count: 20, Oppgaver: 20, Seed: uint64(seed), Year: 2015 + 3*seed})...)
		}
	}
	town := homes.Town{Seed: 1, Today: ident.Date{Year: 2024, Month: 12, Day: 31}}
	plan, err := town.Plan(homes.SmallTownHomes, homes.SmallTownCases)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range plan {
		text, err := json.Marshal(call.Body)
		if err != nil {
			t.Fatal(err)
		}
		texts["plan"] = append(texts["plan"], string(text))
	}
	for _, kind := range append(reporting(s), "kobo") {
		calls, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls.Calls {
			texts["broken "+kind] = append(texts["broken "+kind], string(call.Body[:min(len(call.Body), 1<<16)]),
				`"org":"`+call.Org+`"`)
		}
	}
	seen := map[string]int{}
	for kind, list := range texts {
		for _, text := range list {
			for what, found := range numbersIn(text) {
				seen[what] += len(found)
				for _, number := range found {
					if wrong := realIn(what, number); wrong != "" {
						t.Fatalf("%s: %s is %s, in %.3000s", kind, number, wrong, text)
					}
				}
			}
		}
	}
	for _, what := range []string{"eleven", "nine", "epost", "telefon"} {
		if seen[what] < 500 {
			t.Errorf("only %d of %s were looked at", seen[what], what)
		}
	}
}

// somebodys holds patterns of what in a document could be somebody's, by kind.
var somebodys = map[string]*regexp.Regexp{
	"eleven":  regexp.MustCompile(`"([0-9]{11})"`),
	"nine":    regexp.MustCompile(`[oO]rg(?:anisasjonsnummer)?":"?([0-9]{9})"`),
	"epost":   regexp.MustCompile(`"([^"@ ]+@[^"@ ]+)"`),
	"telefon": regexp.MustCompile(`"(?:telefonnummer|varselSmsMobilnummer|boligeiersMobilnummer)":"([^"]*)"`),
}

// numbersIn returns what in a document could be somebody's, by kind.
func numbersIn(text string) map[string][]string {
	found := map[string][]string{}
	for what, pattern := range somebodys {
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			found[what] = append(found[what], match[1])
		}
	}
	return found
}

// realIn returns why something may be real; empty where it cannot. Only the series count: what is
// wrong on purpose has a wrong control digit.
func realIn(what, text string) string {
	switch what {
	case "eleven":
		if account := strings.HasPrefix(text, "99"); !account && (text[2:4] < "81" || text[2:4] > "92") {
			return "neither a synthetic person nor an account of the unassigned series"
		}
	case "nine":
		underenhet := text >= "225000000" && text < "230000000"
		if !underenhet && !strings.HasPrefix(text, "31") || strings.HasPrefix(text, "3199") {
			return "no organisation of the synthetic series, or one of the scenarios'"
		}
	case "epost":
		if !strings.HasSuffix(strings.TrimRight(text, "x"), ".example") { // one that is too long ends in many x
			return "no reserved address"
		}
	case "telefon":
		digits := regexp.MustCompile(`[^0-9]`).ReplaceAllString(text, "")
		if digits = strings.TrimPrefix(digits, "47"); digits != "" && !strings.HasPrefix(digits, "6805") {
			return fmt.Sprintf("no number of the films' (%s)", digits)
		}
	}
	return ""
}
