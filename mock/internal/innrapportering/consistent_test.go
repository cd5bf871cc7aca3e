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
				if found := check(api, c.document, c.year, ControlStrict)[0]; len(found.Avvik) > 0 ||
					found.status() != godkjent {
					t.Fatalf("a consistent delivery has %v", found)
				}
				breaks := c.breaks(t)
				which := rapid.SampledFrom(slices.Sorted(maps.Keys(breaks))).Draw(t, "break")
				want := breaks[which]()
				found := check(api, c.document, c.year, ControlStrict)[0]
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
	part     leveransePart // the first of its leveranser, which is changed
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
	c.part = leveranserOf(api.Felter, c.document)[0]
	set(c.part.content, api.Felter.Inntektsaar, json.Number(strconv.Itoa(c.year)))
	for _, identifier := range api.Kontroll().Leveranse {
		c.identify(t, c.part.content, identifier)
	}
	for _, sletteoppgave := range list(api.Sletteoppgaver(), c.part.content) {
		for _, identifier := range api.Kontroll().Sletteoppgave {
			c.identify(t, sletteoppgave, identifier)
		}
	}
	kinds := list(api.Felter.Oppgave, c.part.content)
	oppgaver := []any{}
	for range rapid.IntRange(1, 8).Draw(t, "oppgaver") {
		oppgaver = append(oppgaver, c.oppgave(t, rapid.SampledFrom(kinds).Draw(t, "kind")))
	}
	set(c.part.content, api.Felter.Oppgave, oppgaver)
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
	for _, identifier := range c.api.Kontroll().Oppgave {
		c.identify(t, oppgave, identifier)
	}
	for _, sum := range c.api.Kontroll().Sums {
		eachMember(sum.Of, oppgave, func(at jsonptr.Pointer, _ any) {
			setNumber(oppgave, at, strconv.Itoa(rapid.IntRange(0, 1_000_000).Draw(t, "amount")))
		})
	}
	for _, date := range c.api.Kontroll().Dates {
		eachMember(date.At, oppgave, func(at jsonptr.Pointer, _ any) { set(oppgave, at, c.date(t, date, oppgave)) })
	}
	return oppgave
}

// identify puts a valid number, and never the same twice, wherever there is one of that kind.
func (c *consistentDelivery) identify(t *rapid.T, in any, identifier catalog.Identifier) {
	eachMember(identifier.At, in, func(at jsonptr.Pointer, _ any) { setNumber(in, at, c.number(t, identifier)) })
}

// number returns a valid number of a kind.
func (c *consistentDelivery) number(t *rapid.T, identifier catalog.Identifier) string {
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
	return number
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
	switch rule.Form {
	case catalog.DDMM:
		return date.Format("0201")
	case catalog.DateTime:
		return date.Format(time.RFC3339)
	}
	return date.Format(time.DateOnly)
}

// sumUp states the count and the sums as they are.
func (c *consistentDelivery) sumUp() {
	oppgaver := list(c.api.Felter.Oppgave, c.part.content)
	setNumber(c.part.content, c.api.Kontroll().AntallOppgaver, strconv.Itoa(len(oppgaver)))
	for _, sum := range c.api.Kontroll().Sums {
		right := 0
		for _, oppgave := range oppgaver {
			eachMember(sum.Of, oppgave, func(_ jsonptr.Pointer, value any) {
				text, _ := numberText(value)
				n, _ := strconv.Atoi(text)
				right += n
			})
		}
		if member(sum.Sum, c.part.content) != nil {
			setNumber(c.part.content, sum.Sum, strconv.Itoa(right))
		}
	}
}

// breaks returns all ways to break one thing: each breaks it and returns what must be found then.
func (c *consistentDelivery) breaks(t *rapid.T) map[string]func() string {
	rules, oppgaver := c.api.Kontroll(), list(c.api.Felter.Oppgave, c.part.content)
	breaks := map[string]func() string{}
	off := func(kode avvikskode, at jsonptr.Pointer) {
		text, there := plainText(member(at, c.part.content))
		if !there {
			return
		}
		breaks[at.String()] = func() string {
			n, _ := strconv.Atoi(text)
			setNumber(c.part.content, at, strconv.Itoa(n+rapid.IntRange(1, 1000).Draw(t, "off")))
			return fmt.Sprintf("%s %s", kode, c.part.sti(at))
		}
	}
	off(skAntall, rules.AntallOppgaver)
	for _, sum := range rules.Sums {
		off(skSum, sum.Sum)
	}
	digit := func(in any, sti string, identifier catalog.Identifier) {
		eachMember(identifier.At, in, func(at jsonptr.Pointer, value any) {
			breaks[sti+at.String()] = func() string {
				text, _ := plainText(value)
				setNumber(in, at, text[:len(text)-1]+string('0'+(text[len(text)-1]-'0'+1)%10))
				kode := map[string]avvikskode{
					"foedselsnummer": skFoedselsnummer, "organisasjonsnummer": skOrganisasjonsnummer,
					"kontonummer": skKontonummer,
				}[identifier.Kind]
				return fmt.Sprintf("%s %s%s", kode, sti, at)
			}
		})
	}
	for _, identifier := range rules.Leveranse {
		digit(c.part.content, c.part.sti(nil), identifier)
	}
	for i, oppgave := range oppgaver {
		sti := fmt.Sprintf("%s/%d", c.part.sti(c.api.Felter.Oppgave), i)
		for _, identifier := range rules.Oppgave {
			digit(oppgave, sti, identifier)
		}
		for _, date := range rules.Dates {
			eachMember(date.At, oppgave, func(at jsonptr.Pointer, _ any) {
				breaks[sti+at.String()] = func() string {
					wrong := strconv.Itoa(c.year+1) + "-01-01"
					switch date.Form {
					case catalog.DDMM:
						wrong = "3104"
					case catalog.DateTime:
						wrong += "T00:00:00Z"
					}
					set(oppgave, at, wrong)
					return fmt.Sprintf("%s %s%s", skDato, sti, at)
				}
			})
		}
	}
	breaks["dublett"] = func() string {
		again := rapid.SampledFrom(oppgaver).Draw(t, "again")
		set(c.part.content, c.api.Felter.Oppgave, append(slices.Clone(oppgaver), again))
		c.sumUp()
		return fmt.Sprintf("%s %s/%d", skDublett, c.part.sti(c.api.Felter.Oppgave), len(oppgaver))
	}
	return breaks
}

// setNumber puts a number, as text where there is a text.
func setNumber(document any, at jsonptr.Pointer, number string) {
	if _, isText := member(at, document).(string); isText {
		set(document, at, number)
		return
	}
	set(document, at, json.Number(number))
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
