package innrapportering

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

// TestConsistent: for each API, a delivery in which everything is right has no avvik, and each
// single break in it has exactly its own.
func TestConsistent(t *testing.T) {
	t.Parallel()
	for name, api := range testAPIs(t) {
		original := example(t, api)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				c := consistent(t, api, original)
				fits(t, api, c.document)
				if found := check(api, c.document, c.year, ControlStrict); len(found.Avvik) > 0 ||
					found.status() != godkjent {
					t.Fatalf("a consistent delivery has %v", found)
				}
				breaks := c.breaks(t)
				which := rapid.SampledFrom(slices.Sorted(maps.Keys(breaks))).Draw(t, "break")
				want := breaks[which]()
				found := check(api, c.document, c.year, ControlStrict)
				if diff := cmp.Diff([]string{want}, codes(found.Avvik)); diff != "" || found.status() != avvist {
					t.Fatalf("%s: %s (-want +got):\n%s", which, found.status(), diff)
				}
			})
		})
	}
}

// fits fails the test when a document breaks its API's schema.
func fits(t *rapid.T, api *catalog.API, document any) {
	for _, avvik := range api.Schema().Validate(document) {
		t.Fatalf("%s: %s", avvik.Sti, avvik.Melding)
	}
}

// consistentDelivery is a delivery under construction.
type consistentDelivery struct {
	api      *catalog.API
	document any
	year     int
	numbers  int // identifiers that have been given out
}

// consistent returns the page's example with oppgaver of its own kinds, as many as it happens, in
// which all that is looked at is right.
func consistent(t *rapid.T, api *catalog.API, original []byte) *consistentDelivery {
	c := &consistentDelivery{
		api: api, document: unmarshal(t, original),
		year: rapid.IntRange(2015, 2026).Draw(t, "year"),
	}
	set(c.document, api.Felter.Inntektsaar, json.Number(strconv.Itoa(c.year)))
	for _, identifier := range api.Kontroll.Leveranse {
		c.identify(t, c.document, identifier)
	}
	kinds := list(api.Felter.Oppgave, c.document)
	oppgaver := []any{}
	for range rapid.IntRange(1, 8).Draw(t, "oppgaver") {
		oppgaver = append(oppgaver, c.oppgave(t, rapid.SampledFrom(kinds).Draw(t, "kind")))
	}
	set(c.document, api.Felter.Oppgave, oppgaver)
	c.sumUp()
	return c
}

// oppgave returns one of a kind, with right values in the places that the kind has.
func (c *consistentDelivery) oppgave(t *rapid.T, kind any) any {
	text, err := json.Marshal(kind)
	if err != nil {
		t.Fatal(err)
	}
	oppgave := unmarshal(t, text)
	for _, identifier := range c.api.Kontroll.Oppgave {
		c.identify(t, oppgave, identifier)
	}
	for _, sum := range c.api.Kontroll.Sums {
		if member(sum.Of, oppgave) != nil {
			set(oppgave, sum.Of, json.Number(strconv.Itoa(rapid.IntRange(0, 1_000_000).Draw(t, "amount"))))
		}
	}
	for _, date := range c.api.Kontroll.Dates {
		if member(date.At, oppgave) != nil {
			set(oppgave, date.At, c.date(t, date, oppgave))
		}
	}
	return oppgave
}

// identify puts a valid number, and never the same twice, where there is one of that kind.
func (c *consistentDelivery) identify(t *rapid.T, in any, identifier catalog.Identifier) {
	old := member(identifier.At, in)
	if old == nil {
		return
	}
	c.numbers++
	var number string
	var err error
	switch identifier.Kind {
	case "organisasjonsnummer":
		number, err = ident.NthOrganisasjonsnummer(c.numbers)
	case "kontonummer":
		number, err = ident.NthKontonummer(9921, 1, c.numbers)
	case "foedselsnummer":
		number, err = ident.NthFoedselsnummer(ident.Date{Year: 1990, Month: 5, Day: 17}, ident.Kvinne,
			ident.KindFoedselsnummer, c.numbers)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, isNumber := old.(json.Number); isNumber {
		set(in, identifier.At, json.Number(number))
		return
	}
	set(in, identifier.At, number)
}

func (c *consistentDelivery) date(t *rapid.T, rule catalog.Date, oppgave any) string {
	first := time.Date(c.year, time.January, 1, 0, 0, 0, 0, time.UTC)
	if rule.Within == "untilYearEnd" {
		first = first.AddDate(-20, 0, 0)
	}
	if other := text(rule.NotBefore, oppgave); other != "" {
		first, _ = parseDate(rule, other, c.year)
	}
	last := time.Date(c.year, time.December, 31, 0, 0, 0, 0, time.UTC)
	date := first.AddDate(0, 0, rapid.IntRange(0, int(last.Sub(first)/(24*time.Hour))).Draw(t, "day"))
	if rule.DDMM {
		return date.Format("0201")
	}
	return date.Format(time.DateOnly)
}

// sumUp states the count and the sums as they are.
func (c *consistentDelivery) sumUp() {
	oppgaver := list(c.api.Felter.Oppgave, c.document)
	set(c.document, c.api.Kontroll.AntallOppgaver, json.Number(strconv.Itoa(len(oppgaver))))
	for _, sum := range c.api.Kontroll.Sums {
		right := 0
		for _, oppgave := range oppgaver {
			if value, ok := member(sum.Of, oppgave).(json.Number); ok {
				n, _ := strconv.Atoi(string(value))
				right += n
			}
		}
		set(c.document, sum.Sum, json.Number(strconv.Itoa(right)))
	}
}

// breaks returns all ways to break one thing: each breaks it and returns what must be found then.
func (c *consistentDelivery) breaks(t *rapid.T) map[string]func() string {
	rules, oppgaver := c.api.Kontroll, list(c.api.Felter.Oppgave, c.document)
	breaks := map[string]func() string{}
	off := func(kode avvikskode, at jsonptr.Pointer) {
		breaks[at.String()] = func() string {
			n, _ := strconv.Atoi(string(member(at, c.document).(json.Number)))
			set(c.document, at, json.Number(strconv.Itoa(n+rapid.IntRange(1, 1000).Draw(t, "off"))))
			return fmt.Sprintf("%s %s", kode, at)
		}
	}
	off(skAntall, rules.AntallOppgaver)
	for _, sum := range rules.Sums {
		off(skSum, sum.Sum)
	}
	digit := func(in any, at string, identifier catalog.Identifier) {
		value := member(identifier.At, in)
		if value == nil {
			return
		}
		breaks[at+identifier.At.String()] = func() string {
			text, _ := plainText(value)
			text = text[:len(text)-1] + string('0'+(text[len(text)-1]-'0'+1)%10)
			if _, isNumber := value.(json.Number); isNumber {
				set(in, identifier.At, json.Number(text))
			} else {
				set(in, identifier.At, text)
			}
			kode := map[string]avvikskode{
				"foedselsnummer": skFoedselsnummer, "organisasjonsnummer": skOrganisasjonsnummer,
				"kontonummer": skKontonummer,
			}[identifier.Kind]
			return fmt.Sprintf("%s %s%s", kode, at, identifier.At)
		}
	}
	for _, identifier := range rules.Leveranse {
		digit(c.document, "", identifier)
	}
	for i, oppgave := range oppgaver {
		at := fmt.Sprintf("%s/%d", c.api.Felter.Oppgave, i)
		for _, identifier := range rules.Oppgave {
			digit(oppgave, at, identifier)
		}
		for _, date := range rules.Dates {
			if member(date.At, oppgave) == nil {
				continue
			}
			breaks[at+date.At.String()] = func() string {
				wrong := strconv.Itoa(c.year+1) + "-01-01"
				if date.DDMM {
					wrong = "3104"
				}
				set(oppgave, date.At, wrong)
				return fmt.Sprintf("%s %s%s", skDato, at, date.At)
			}
		}
	}
	breaks["dublett"] = func() string {
		again := rapid.SampledFrom(oppgaver).Draw(t, "again")
		set(c.document, c.api.Felter.Oppgave, append(slices.Clone(oppgaver), again))
		c.sumUp()
		return fmt.Sprintf("%s %s/%d", skDublett, c.api.Felter.Oppgave, len(oppgaver))
	}
	return breaks
}

// set puts a value where the document has one, or has the object that it belongs to.
func set(document any, at jsonptr.Pointer, value any) {
	parent, _ := at[:len(at)-1].In(document)
	parent.(map[string]any)[at[len(at)-1]] = value
}

func unmarshal(t interface{ Fatal(...any) }, text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
