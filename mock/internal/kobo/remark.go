package kobo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/wire"
)

// Remarks say, in the journal and the log, what a call did that its answer does not show (K293).

func (op *operation) remark(format string, values ...any) {
	op.remarks = append(op.remarks, fmt.Sprintf(format, values...))
}

// remarksShown bounds the places or cases that one remark names.
const remarksShown = 10

// named lists the first few places or cases.
func named(list []string) string {
	text := strings.Join(list[:min(len(list), remarksShown)], ", ")
	if more := len(list) - remarksShown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// remarkEmptied adds a remark with every place that had a value and is empty after a change: a
// client that sends half a home loses the rest (K205). All places are named; a home has some forty.
// at is the place of the two values in the home.
func (op *operation) remarkEmptied(at string, before, after any) {
	earlier, later := decoded(plainjson.MustMarshal(before)), decoded(plainjson.MustMarshal(after))
	places := emptied(at, earlier, later)
	op.emptied = append(op.emptied, places...)
	if len(places) > 0 {
		op.remark("null or empty from now on, since a change replaces everything that can change (K205): %s",
			strings.Join(places, ", "))
	}
}

// emptied returns the places that have a value in before and none in after. A removed object is one
// place.
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

// decoded decodes a document of our own, keeping numbers as written.
func decoded(text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err) // a bug: we encoded it
	}
	return value
}

// shownAs returns the part of a home that corresponds to the body of an act, in the same form; nil
// if there is none.
func shownAs(act Act, sent map[string]any, home KoboboligTO) any {
	switch act {
	case Opprett, Endre:
		return home
	case Tildel:
		return home.Tildeling
	case LeiUt, LeiUtNySak:
		as := map[string]any{
			"leieforhold": home.Leieforhold, "husstand": home.Husstand,
			"koboSaksreferanse": home.Leieforhold.KoboSaksreferanse,
		}
		if act == LeiUt {
			as["husstand"] = sent["husstand"] // has a remark of its own
		}
		return as
	case EndreLeieforhold, SiOpp, EndreOppsigelse:
		return home.Leieforhold
	case Avslutt:
		over := home.TidligereLeieforhold[len(home.TidligereLeieforhold)-1]
		return map[string]any{
			"utflyttetdato": over.Utflyttetdato, "boligstatus": home.Status,
			"avslutningsgrunn": over.LeieforholdAvslutningsgrunn,
		}
	case FjernTildeling:
		return map[string]any{"koboSaksreferanse": sent["koboSaksreferanse"]}
	case Slett:
		return map[string]any{"leverandorBoligId": sent["leverandorBoligId"]}
	}
	return nil
}

// notTaken returns remarks on what was sent and is not in the answer, because it is Kobo's, cannot
// change, or is not on the page (K206, K239, K241). Names of unknown members are not repeated: they
// may be anything. It sets Request.Unknown.
func notTaken(q *wire.Request, act Act, home KoboboligTO) []string {
	sent := object(q.Document)
	if len(sent) == 0 {
		return nil
	}
	d := difference{}
	d.object("", sent, decoded(plainjson.MustMarshal(shownAs(act, sent, home))))
	var remarks []string
	if act == LeiUt && sent["husstand"] != nil {
		remarks = append(remarks,
			"husstand was passed over, because koboSaksreferanse names a case, which has a household")
	}
	if len(d.otherwise) > 0 {
		remarks = append(remarks,
			"not shown as it was sent, because it is Kobo's, does not change or follows from something else: "+
				named(d.otherwise))
	}
	q.Unknown = d.unknown
	return append(remarks, unknownMembers(len(d.unknown))...)
}

// unknownMembers returns a remark on n members that the page does not have.
func unknownMembers(n int) []string {
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("passed over, because the page has no such member: %d members", n)}
}

// difference collects the places where an answer differs from what was sent.
type difference struct {
	otherwise []string // places
	unknown   []string // places
}

func (d *difference) object(at string, sent, shown any) {
	members, has := object(sent), object(shown)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, known := has[strings.ReplaceAll(name, "å", "a")] // K233
		if !known {
			d.unknown = append(d.unknown, at+"/"+jsonptr.Escape(name))
			continue
		}
		d.value(at+"/"+name, members[name], value)
	}
}

// value compares one value. A null that was sent for a value of Kobo's, or one that cannot change,
// takes nothing away and is no difference.
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
