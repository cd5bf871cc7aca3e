package tenor

import (
	"testing"

	"sandkasse/fixtures/population"
)

func BenchmarkSearchPersoner(b *testing.B) {
	p := population.Population{Seed: 1, Size: population.Capacity}
	for _, kql := range []string{
		"kjoenn:kvinne", "fornavn:A*", "foedselsdato:1990-05-03", "foedselsdato:1990",
		"tenorRelasjoner.freg:{tenorRelasjonsnavn:barn and alder < 3}",
		"id:" + must(p.Person(7_777_777)).Foedselsnummer,
	} {
		b.Run(kql, func(b *testing.B) {
			q := Query{KQL: must(ParseKQL(kql))}
			for b.Loop() {
				if _, err := SearchPersoner(b.Context(), p, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSearchOrganisasjoner(b *testing.B) {
	q := Query{KQL: must(ParseKQL("antallAnsatte:[100 to *] and organisasjonsform.kode:KOMM"))}
	for name, size := range map[string]int{"million": 1_000_000, "largest": population.Capacity} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p := population.Population{Seed: 1, Size: size}
				if _, err := SearchOrganisasjoner(b.Context(), p, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
