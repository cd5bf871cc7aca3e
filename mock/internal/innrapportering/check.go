package innrapportering

import (
	"errors"
	"fmt"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

// check checks a delivery by the rules in the data of its API (catalog.Kontroll): counts and sums,
// control digits, dates, and duplicates. It returns what it finds in each of its leveranser. It
// takes time in proportion to the document.
//
// Missing values and values of another type are ignored: the schema judges them. The rules for a
// leveranse as a whole run first, so that their avvik are listed even when there are too many.
func check(api *catalog.API, document any, inntektsaar int, control Control) []findings {
	leveranser := leveranserOf(api.Felter, document)
	all := make([]findings, len(leveranser))
	listed, first := 0, map[string]element{}
	for i, l := range leveranser {
		k := &checker{control: control, space: maxAvvik - listed}
		k.checkLeveranse(api, l, inntektsaar, first)
		listed += len(k.list)
		all[i] = k.result()
		all[i].Referanse = text(api.Felter.Referanse, l.content)
		all[i].AntallOppgaver = len(list(api.Felter.Oppgave, l.content))
	}
	return all
}

// checkLeveranse checks one leveranse. first has the first oppgave of each identity in those before
// it.
func (k *checker) checkLeveranse(api *catalog.API, l leveransePart, inntektsaar int, first map[string]element) {
	rules, oppgaver := api.Kontroll(), list(api.Felter.Oppgave, l.content)
	k.checkCount(rules.AntallOppgaver, l, len(oppgaver))
	k.checkSums(rules.Sums, l, oppgaver)
	k.checkIdentifiers(rules.Leveranse, l.content, l.element)
	at := element{list: l.listAt(api.Felter.Oppgave)}
	whole := identityOf(rules.Identity.Leveranse, l.content)
	for i, oppgave := range oppgaver {
		at.index = i
		k.beginOppgave()
		k.checkIdentifiers(rules.Oppgave, oppgave, at)
		k.checkDates(rules.Dates, oppgave, at, inntektsaar)
		k.checkDuplicate(rules.Identity.Oppgave, oppgave, whole, at, first)
		k.endOppgave()
	}
	sletteoppgaver := api.Sletteoppgaver()
	at = element{list: l.listAt(sletteoppgaver)}
	for i, sletteoppgave := range list(sletteoppgaver, l.content) {
		at.index = i
		k.checkIdentifiers(rules.Sletteoppgave, sletteoppgave, at)
	}
}

// checkCount compares antallOppgaver with the oppgaver: "Totalt antall oppgaver i leveransens
// oppgaver" (BSU page, Informasjonsmodell).
func (k *checker) checkCount(at jsonptr.Pointer, l leveransePart, right int) {
	value := member(at, l.content)
	stated, ok := sumOf(value)
	if !ok || stated.equals(decimalSum{whole: int64(right)}) {
		return
	}
	k.add(skAntall, l.element, at, value, func() string {
		return fmt.Sprintf("%s er %s, men leveransen har %d", name(at), quote(value), right)
	})
}

// checkSums compares each stated sum with the oppgaver: "Sum av … i leveransens oppgaver" (BSU
// page, Informasjonsmodell). Missing amounts and amounts as text: K053.
func (k *checker) checkSums(sums []catalog.Sum, l leveransePart, oppgaver []any) {
	for _, sum := range sums {
		value := member(sum.Sum, l.content)
		stated, ok := sumOf(value)
		if !ok {
			continue
		}
		var right decimalSum
		for _, oppgave := range oppgaver {
			right.addAll(sum.Of, oppgave)
		}
		if stated.equals(right) {
			continue
		}
		k.add(skSum, l.element, sum.Sum, value, func() string {
			return fmt.Sprintf("%s er %s, men summen av %s i leveransens oppgaver er %s", name(sum.Sum), quote(value),
				strings.TrimPrefix(sum.Of.String(), "/"), truncate(right.String()))
		})
	}
}

// checkIdentifiers checks the control digits of the identifiers in a document, or in one element of
// a list in it.
func (k *checker) checkIdentifiers(identifiers []catalog.Identifier, from any, in element) {
	for _, identifier := range identifiers {
		eachMember(identifier.At, from, func(at jsonptr.Pointer, value any) {
			text, ok := identifying(value)
			if !ok {
				return
			}
			if kode, wrong := wrongIdentifier(identifier.Kind, text); wrong != nil {
				k.add(kode, in, at, value, func() string { return sentence(wrong.Melding()) })
			}
		})
	}
}

// wrongIdentifier returns what is wrong with an identifier of a kind that the catalogue knows, or
// nil.
func wrongIdentifier(kind, text string) (kode avvikskode, wrong *ident.NumberError) {
	var err error
	switch kind {
	case "foedselsnummer":
		kode = skFoedselsnummer
		_, err = ident.ParseFoedselsnummer(text)
	case "organisasjonsnummer":
		kode = skOrganisasjonsnummer
		_, err = ident.ParseOrganisasjonsnummer(text)
	case "kontonummer":
		kode = skKontonummer
		_, err = ident.ParseKontonummer(text)
	}
	errors.As(err, &wrong) // a parser returns no other error
	return kode, wrong
}

// checkDuplicate adds an avvik for an oppgave with the identity of an earlier one, in a leveranse
// whose own part of it is whole. Each refers to the first (K059).
func (k *checker) checkDuplicate(by []jsonptr.Pointer, oppgave any, whole string, in element,
	first map[string]element,
) {
	key, ok := identity(by, oppgave)
	if !ok {
		return
	}
	key = whole + key
	original, again := first[key]
	if !again {
		first[key] = in
		return
	}
	what := identityShown(by, oppgave)
	k.add(skDublett, in, nil, what, func() string {
		return fmt.Sprintf("Oppgaven gjelder det samme som %s (%s)", original.append(nil), what)
	})
}
