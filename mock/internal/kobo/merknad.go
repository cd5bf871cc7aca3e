package kobo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sandkasse/mock/internal/wire"
)

// What is taken without a word, though the sender may have meant something else: the journal and the log say so (K293).

func (s *scene) remark(format string, values ...any) {
	s.merknader = append(s.merknader, fmt.Sprintf(format, values...))
}

// remarksShown bounds how many places or cases one remark names.
const remarksShown = 10

// named lists the first few of some places or cases.
func named(list []string) string {
	text := strings.Join(list[:min(len(list), remarksShown)], ", ")
	if more := len(list) - remarksShown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// remarkEmptied remarks on every place of the home that had a value and has none after a change: what a client that
// sends half a home wipes out (K205). All places are named; a home has some forty. at is where the two values stand
// in the home.
func (s *scene) remarkEmptied(at string, before, after any) {
	if places := emptied(at, decoded(wire.Encode(before)), decoded(wire.Encode(after))); len(places) > 0 {
		s.remark("null or empty from now on, since a change replaces everything that can change (K205): %s", strings.Join(places, ", "))
	}
}

// emptied returns the places that have a value in before and none in after. Of an object that is gone, its own
// place is enough.
func emptied(at string, before, after any) (places []string) {
	if isEmpty(before) {
		return nil
	}
	if isEmpty(after) {
		return []string{at}
	}
	was, is := object(before), object(after)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		places = append(places, emptied(at+"/"+name, was[name], is[name])...)
	}
	return places
}

// isEmpty reports whether a value is null or a list without elements.
func isEmpty(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}

// decoded is a document of our own, with its numbers as they are written.
func decoded(text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err) // we wrote it
	}
	return value
}

// shownAs is the part of a home that shows what an act was sent, in the form in which it is sent; nil where nothing
// of it is shown.
func shownAs(act Act, sent map[string]any, home KoboboligTO) any {
	switch act {
	case Opprett, Endre:
		return home
	case Tildel:
		return home.Tildeling
	case LeiUt, LeiUtNySak:
		as := map[string]any{"leieforhold": home.Leieforhold, "husstand": home.Husstand, "koboSaksreferanse": home.Leieforhold.KoboSaksreferanse}
		if act == LeiUt {
			as["husstand"] = sent["husstand"] // has a remark of its own
		}
		return as
	case EndreLeieforhold, SiOpp, EndreOppsigelse:
		return home.Leieforhold
	case Avslutt:
		over := home.TidligereLeieforhold[len(home.TidligereLeieforhold)-1]
		return map[string]any{"utflyttetdato": over.Utflyttetdato, "boligstatus": home.Status, "avslutningsgrunn": over.LeieforholdAvslutningsgrunn}
	case FjernTildeling:
		return map[string]any{"koboSaksreferanse": sent["koboSaksreferanse"]}
	case Slett:
		return map[string]any{"leverandorBoligId": sent["leverandorBoligId"]}
	}
	return nil
}

// notTaken remarks on what was sent and does not stand in the answer: it is Kobo's, cannot change, or is not on the
// page (K206, K239, K241). Names of members that the page does not have are not repeated: they may be anything.
func notTaken(act Act, document any, home KoboboligTO) []string {
	sent := object(document)
	if len(sent) == 0 {
		return nil
	}
	d := difference{}
	d.object("", sent, decoded(wire.Encode(shownAs(act, sent, home))))
	var remarks []string
	if act == LeiUt && sent["husstand"] != nil {
		remarks = append(remarks, "husstand was passed over, because koboSaksreferanse names a case, which has a household")
	}
	if len(d.otherwise) > 0 {
		remarks = append(remarks, "not shown as it was sent, because it is Kobo's, does not change or follows from something else: "+named(d.otherwise))
	}
	return append(remarks, unknownMembers(d.unknown)...)
}

// unknownMembers remarks on n members that the page does not have.
func unknownMembers(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("passed over, because the page has no such member: %d members", n)}
}

// difference is where an answer does not show what was sent.
type difference struct {
	otherwise []string // places
	unknown   int      // members
}

func (d *difference) object(at string, sent, shown any) {
	members, has := object(sent), object(shown)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, known := has[strings.ReplaceAll(name, "å", "a")] // K233
		if !known {
			d.unknown++
			continue
		}
		d.value(at+"/"+name, members[name], value)
	}
}

// value compares one value. A null for what has a value in the answer is Kobo's or cannot change, and takes nothing
// away, so it says nothing.
func (d *difference) value(at string, sent, shown any) {
	switch sent := sent.(type) {
	case nil:
		return
	case map[string]any:
		if _, ok := shown.(map[string]any); ok {
			d.object(at, sent, shown)
			return
		}
	case []any:
		if list, ok := shown.([]any); ok && len(list) == len(sent) {
			for i := range sent {
				d.value(fmt.Sprintf("%s/%d", at, i), sent[i], list[i])
			}
			return
		}
	case string, bool:
		if sent == shown {
			return
		}
	default:
		if sameNumber(sent, shown) {
			return
		}
	}
	d.otherwise = append(d.otherwise, at)
}
