package document

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/schema"
)

// The codes of findings in the feedback. Sandkasse defines them (K055).
const (
	skAntall  = "SK-ANTALL"
	skSum     = "SK-SUM"
	skDato    = "SK-DATO"
	skDublett = "SK-DUBLETT"
)

// breakFindings adds documents that are accepted and in which the feedback finds one fault.
func (b *breaker) breakFindings(from *validDocument) {
	leveranser := b.Fields.leveranser(from.document)
	for _, l := range leveranser {
		b.breakLeveranse(from, l, len(leveranser) > 1)
	}
}

// breakLeveranse adds documents with one fault in a leveranse. The oppgavegiver of one of several is
// not changed: all must have the same.
func (b *breaker) breakLeveranse(from *validDocument, l leveranse, several bool) {
	p := b.Fields
	inside := func(place []string) []string {
		if len(place) == 0 {
			return nil
		}
		return slices.Concat(l.at, place)
	}
	b.total(from, "count", skAntall, inside(p.AntallOppgaver))
	for _, sum := range p.Sums {
		b.total(from, "sum", skSum, inside(sum.Sum))
	}
	whole := slices.DeleteFunc(slices.Clone(p.LeveranseIdentifiers), func(identifier Identifier) bool {
		return several && slices.Equal(identifier.At, p.Oppgavegiver)
	})
	b.identifiers(from, whole, l.content, l.at)
	for i, oppgave := range listAt(l.content, p.Oppgave) {
		at := within(inside(p.Oppgave), i, nil)
		b.identifiers(from, p.OppgaveIdentifiers, oppgave, at)
		for _, rule := range p.Dates {
			eachAt(oppgave, rule.At, func(place []string, value any) { b.date(from, rule, at, place, value) })
		}
	}
	for i, sletteoppgave := range listAt(l.content, p.Sletteoppgave) {
		b.identifiers(from, p.SletteoppgaveIdentifiers, sletteoppgave, within(inside(p.Sletteoppgave), i, nil))
	}
	b.duplicate(from, inside(p.Oppgave))
}

// identifiers adds documents with a wrong identifier in a part of the document that is at a place.
func (b *breaker) identifiers(from *validDocument, list []Identifier, part any, at []string) {
	for _, identifier := range list {
		eachAt(part, identifier.At, func(place []string, _ any) {
			b.identifier(from, identifier.Kind, slices.Concat(at, place))
		})
	}
}

// addFinding adds a document with one finding, if it still fits the schema.
func (b *breaker) addFinding(from *validDocument, rule, kode, sti string, edits ...edit) {
	if b.opts.ended() != nil {
		return
	}
	body := from.apply(edits...)
	document, err := schema.Decode(body)
	if err != nil || len(b.Validate(document)) > 0 {
		return
	}
	b.add(InvalidCall{
		Rule: rule, Body: body, Inntektsaar: b.opts.Inntektsaar,
		Org:      textAt(document, b.Fields.first(b.Fields.Oppgavegiver)), // it may be the one that is wrong
		Expected: Expected{Feedback: &Feedback{kode, sti}},
	})
}

// total adds a document in which a number of the summary is one too large.
func (b *breaker) total(from *validDocument, rule, kode string, at []string) {
	value, ok := valueAt(from.document, at)
	n, isNumber := parseRat(value)
	if !ok || !isNumber {
		return
	}
	sti := pointer(at)
	b.addFinding(from, rule+":"+wildcards(sti), kode, sti, from.replace(sti,
		quotedLike(from.text(sti), decimal(n.Add(n, big.NewRat(1, 1))))))
}

// quotedLike returns text in quotes if the value before has them.
func quotedLike(before, text string) string {
	if strings.HasPrefix(before, `"`) {
		return strconv.Quote(text)
	}
	return text
}

// identifier adds documents with a wrong identifier: its control digit, and what else can be wrong
// with one of its kind.
func (b *breaker) identifier(from *validDocument, kind string, at []string) {
	sti := pointer(at)
	value, ok := valueAt(from.document, at)
	if !ok {
		return
	}
	number := fmt.Sprint(value)
	if len(number) < 9 {
		return
	}
	spoil := func(rule string, wrong ...ident.Reason) func(string) bool {
		return func(other string) bool {
			var err *ident.NumberError
			if !errors.As(parse(kind, other), &err) || !slices.Contains(wrong, err.Reason) {
				return false
			}
			b.addFinding(from, rule+":"+wildcards(sti), "SK-"+strings.ToUpper(kind), sti,
				from.replace(sti, quotedLike(from.text(sti), other)))
			return true
		}
	}
	last := number[len(number)-1]
	spoil("control-digit", ident.ReasonControlDigit, ident.ReasonControlDigit2)(number[:len(number)-1] +
		string('0'+(last-'0'+1)%10))
	switch kind {
	case "foedselsnummer":
		for digit := '0'; digit <= '9'; digit++ { // of the first control digit
			if spoil("control-digit-1", ident.ReasonControlDigit1)(number[:9] + string(digit) + number[10:]) {
				break
			}
		}
		spoil("date-of-birth", ident.ReasonDate)("00" + number[2:])
	case "kontonummer":
		spoil("account-group", ident.ReasonAccountGroup)(number[:4] + "00" + number[6:])
	}
}

// parse returns the error of an identifier of a kind, as the feedback does.
func parse(kind, number string) (err error) {
	switch kind {
	case "foedselsnummer":
		_, err = ident.ParseFoedselsnummer(number)
	case "organisasjonsnummer":
		_, err = ident.ParseOrganisasjonsnummer(number)
	case "kontonummer":
		_, err = ident.ParseKontonummer(number)
	}
	return err
}

// date adds documents with a date of an oppgave outside its limits.
func (b *breaker) date(from *validDocument, rule Date, oppgave, place []string, value any) {
	at := slices.Concat(oppgave, place)
	if _, isText := value.(string); !isText {
		return
	}
	year := b.opts.Inntektsaar
	day, err := rule.parse(value, year)
	if err != nil {
		return
	}
	sti := pointer(at)
	put := func(name, text string) {
		b.addFinding(from, name+":"+wildcards(sti), skDato, sti, from.replace(sti, strconv.Quote(text)))
	}
	if rule.Form == DDMM {
		put("date", "3002")
	} else {
		put("date", rule.format(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)))
		if rule.InYear {
			put("date-too-early", rule.format(time.Date(year, 1, 0, 0, 0, 0, 0, time.UTC)))
		}
	}
	if len(rule.NotBefore) == 0 {
		return
	}
	earliest := slices.Concat(oppgave, rule.NotBefore)
	value, ok := valueAt(from.document, earliest)
	first, err := rule.parse(value, year)
	rest := "date-order:" + wildcards(sti)
	switch {
	case !ok || err != nil:
	case first.YearDay() > 1:
		b.addFinding(from, rest, skDato, sti, from.replace(sti, strconv.Quote(rule.format(first.AddDate(0, 0, -1)))))
	case day.AddDate(0, 0, 1).Year() == year:
		other := pointer(earliest)
		b.addFinding(from, rest, skDato, sti, from.replace(other, strconv.Quote(rule.format(day.AddDate(0, 0, 1)))))
	}
}

// duplicate adds a document in which one oppgave has the identity of another before it.
func (b *breaker) duplicate(from *validDocument, list []string) {
	for second := range listAt(from.document, list) {
		for first := range second {
			var edits []edit
			same := true
			for _, at := range b.Fields.Identity {
				one, hasOne := valueAt(from.document, within(list, first, at))
				_, hasOther := valueAt(from.document, within(list, second, at))
				if same = same && hasOne == hasOther; hasOne && hasOther {
					sti := pointer(within(list, second, at))
					edits = append(edits, from.replace(sti, quotedLike(from.text(sti), fmt.Sprint(one))))
				}
			}
			if same && len(edits) > 0 {
				b.addFinding(from, "duplicate:"+wildcards(pointer(list)), skDublett, pointer(within(list, second, nil)),
					edits...)
			}
		}
	}
}
