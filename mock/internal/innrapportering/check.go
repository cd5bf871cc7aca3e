package innrapportering

import (
	"errors"
	"fmt"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

// check checks a delivery by the rules in the data of its API (catalog.Kontroll): counts and sums,
// control digits, dates, and duplicates. It takes time in proportion to the document.
//
// Missing values and values of another type are ignored: the schema judges them. The rules for the
// delivery as a whole run first, so that their avvik are listed even when there are too many.
func check(api *catalog.API, document any, inntektsaar int, control Control) findings {
	rules, oppgaver := api.Kontroll, list(api.Felter.Oppgave, document)
	k := &checker{control: control}
	k.checkCount(rules.AntallOppgaver, document, len(oppgaver))
	k.checkSums(rules.Sums, document, oppgaver)
	k.checkIdentifiers(rules.Leveranse, document, element{})
	first := make(map[string]int, len(oppgaver))
	at := element{list: api.Felter.Oppgave.String()}
	for i, oppgave := range oppgaver {
		at.index = i
		k.beginOppgave()
		k.checkIdentifiers(rules.Oppgave, oppgave, at)
		k.checkDates(rules.Dates, oppgave, at, inntektsaar)
		k.checkDuplicate(rules.Identity, oppgave, at, first)
		k.endOppgave()
	}
	at = element{list: api.Felter.Sletteoppgave.String()}
	for i, sletteoppgave := range list(api.Sletteoppgaver(), document) {
		at.index = i
		k.checkIdentifiers(rules.Sletteoppgave, sletteoppgave, at)
	}
	return k.result()
}

// checkCount compares antallOppgaver with the oppgaver: "Totalt antall oppgaver i leveransens
// oppgaver" (BSU page, Informasjonsmodell).
func (k *checker) checkCount(at jsonptr.Pointer, document any, right int) {
	value := member(at, document)
	stated, ok := sumOf(value)
	if !ok || stated.equals(decimalSum{whole: int64(right)}) {
		return
	}
	k.add(skAntall, element{}, at, value, func() string {
		return fmt.Sprintf("%s er %s, men leveransen har %d", name(at), quote(value), right)
	})
}

// checkSums compares each stated sum with the oppgaver: "Sum av … i leveransens oppgaver" (BSU
// page, Informasjonsmodell). Missing amounts and amounts as text: K053.
func (k *checker) checkSums(sums []catalog.Sum, document any, oppgaver []any) {
	for _, sum := range sums {
		value := member(sum.Sum, document)
		stated, ok := sumOf(value)
		if !ok {
			continue
		}
		var right decimalSum
		for _, oppgave := range oppgaver {
			right.add(member(sum.Of, oppgave))
		}
		if stated.equals(right) {
			continue
		}
		k.add(skSum, element{}, sum.Sum, value, func() string {
			return fmt.Sprintf("%s er %s, men summen av %s i leveransens oppgaver er %s", name(sum.Sum), quote(value),
				name(sum.Of), truncate(right.String()))
		})
	}
}

// checkIdentifiers checks the control digits of the identifiers in a document, or in one element of
// a list in it.
func (k *checker) checkIdentifiers(identifiers []catalog.Identifier, from any, in element) {
	for _, identifier := range identifiers {
		value := member(identifier.At, from)
		text, ok := identifying(value)
		if !ok {
			continue
		}
		if kode, wrong := wrongIdentifier(identifier.Kind, text); wrong != nil {
			k.add(kode, in, identifier.At, value, func() string { return sentence(wrong.Melding()) })
		}
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

// checkDuplicate adds an avvik for an oppgave with the identity of an earlier one. Each refers to
// the first (K059).
func (k *checker) checkDuplicate(by []jsonptr.Pointer, oppgave any, in element, first map[string]int) {
	key, ok := identity(by, oppgave)
	if !ok {
		return
	}
	original, again := first[key]
	if !again {
		first[key] = in.index
		return
	}
	what := identityShown(by, oppgave)
	k.add(skDublett, in, nil, what, func() string {
		return fmt.Sprintf("Oppgaven gjelder det samme som %s (%s)", element{in.list, original}.append(nil), what)
	})
}
