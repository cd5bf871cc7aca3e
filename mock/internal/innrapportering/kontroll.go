package innrapportering

import (
	"fmt"

	"sandkasse/fixtures"
	"sandkasse/mock/internal/catalog"
)

// kontroller looks at a delivery as its API's data says (catalog.Kontroll): whether it adds up, whether its numbers have the right control
// digits, whether its dates lie where they should, and whether it reports a thing twice. The time it takes is in proportion to the document.
//
// What is left out, or is not of the kind that is looked for, is passed over: that is for the schema to judge. The delivery as a whole is
// looked at first, so that its avvik are listed also where there are too many.
func kontroller(api *catalog.API, document any, inntektsaar int, control Control) funn {
	rules, oppgaver := api.Kontroll, list(api.Felter.Oppgave, document)
	k := &kontroll{control: control}
	k.antall(rules.AntallOppgaver, document, len(oppgaver))
	k.sums(rules.Sums, document, oppgaver)
	k.identifiers(rules.Leveranse, document, element{})
	first := make(map[string]int, len(oppgaver))
	at := element{list: string(appendPointer(nil, api.Felter.Oppgave))}
	for i, oppgave := range oppgaver {
		at.index = i
		k.beginOppgave()
		k.identifiers(rules.Oppgave, oppgave, at)
		k.dates(rules.Dates, oppgave, at, inntektsaar)
		k.dublett(rules.Identity, oppgave, at, first)
		k.endOppgave()
	}
	at = element{list: string(appendPointer(nil, api.Felter.Sletteoppgave))}
	for i, sletteoppgave := range list(api.Sletteoppgaver(), document) {
		at.index = i
		k.identifiers(rules.Sletteoppgave, sletteoppgave, at)
	}
	return k.result()
}

// antall: "Totalt antall oppgaver i leveransens oppgaver" (bsu seed, Informasjonsmodell).
func (k *kontroll) antall(at catalog.Pointer, document any, right int) {
	value := member(at, document)
	stated, ok := totalOf(value)
	if !ok || stated.equals(total{whole: int64(right)}) {
		return
	}
	k.found(skAntall, element{}, at, value, func() string {
		return fmt.Sprintf("%s er %s, men leveransen har %d", name(at), shown(value), right)
	})
}

// sums: "Sum av … i leveransens oppgaver" (bsu seed, Informasjonsmodell). What is missing, and what is text: K053.
func (k *kontroll) sums(sums []catalog.Sum, document any, oppgaver []any) {
	for _, sum := range sums {
		value := member(sum.Sum, document)
		stated, ok := totalOf(value)
		if !ok {
			continue
		}
		var right total
		for _, oppgave := range oppgaver {
			right.add(member(sum.Of, oppgave))
		}
		if stated.equals(right) {
			continue
		}
		k.found(skSum, element{}, sum.Sum, value, func() string {
			return fmt.Sprintf("%s er %s, men summen av %s i leveransens oppgaver er %s", name(sum.Sum), shown(value), name(sum.Of), cut(right.String()))
		})
	}
}

// identifiers looks at the control digits of the numbers in a document, or in an element of a list in it.
func (k *kontroll) identifiers(identifiers []catalog.Identifier, from any, in element) {
	for _, identifier := range identifiers {
		value := member(identifier.At, from)
		text, ok := identifying(value)
		if !ok {
			continue
		}
		if kode, wrong := wrongIdentifier(identifier.Kind, text); wrong != nil {
			k.found(kode, in, identifier.At, value, func() string { return sentence(wrong.Melding()) })
		}
	}
}

// wrongIdentifier tells what is wrong with an identifier of a kind that the catalogue knows; nil is nothing.
func wrongIdentifier(kind, text string) (kode avvikskode, wrong *fixtures.NumberError) {
	var err error
	switch kind {
	case "foedselsnummer":
		kode = skFoedselsnummer
		_, err = fixtures.ParseFoedselsnummer(text)
	case "organisasjonsnummer":
		kode = skOrganisasjonsnummer
		_, err = fixtures.ParseOrganisasjonsnummer(text)
	case "kontonummer":
		kode = skKontonummer
		_, err = fixtures.ParseKontonummer(text)
	}
	wrong, _ = err.(*fixtures.NumberError) // a parser gives no other error
	return kode, wrong
}

// dublett: an oppgave that is there already, by what makes two of them the same. Each is told against the first (K059).
func (k *kontroll) dublett(by []catalog.Pointer, oppgave any, in element, first map[string]int) {
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
	k.found(skDublett, in, nil, what, func() string {
		return fmt.Sprintf("Oppgaven gjelder det samme som %s (%s)", element{in.list, original}.append(nil), what)
	})
}
