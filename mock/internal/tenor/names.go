package tenor

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"sandkasse/mock/internal/excerpt"
)

// checkShown returns a *QueryError for a path in vis or skjul that no document has, since it would
// show or hide nothing (K490). Paths are compared in any case of letters, with * for any text.
func (q Query) checkShown(known []string) error {
	for _, asked := range []struct {
		parameter string
		paths     []string
	}{{"vis", q.Vis}, {"skjul", q.Skjul}} {
		for _, path := range asked.paths {
			if !slices.ContainsFunc(known, func(one string) bool { return matches(path, one) }) {
				meant := ""
				if !strings.Contains(path, "*") {
					meant = "is it " + nearest(path, known) + "? "
				}
				return &QueryError{
					Parameter: asked.parameter,
					Problem: fmt.Sprintf("has %q, which no document has; %sThere are %s",
						truncate(path), meant, strings.Join(topLevel(known), ", ")),
				}
			}
		}
	}
	return nil
}

// topLevel returns the paths without a point.
func topLevel(known []string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(path string) bool { return strings.Contains(path, ".") })
}

// personPaths returns the paths of all members that a person's document may have. The list must not
// be changed.
var personPaths = sync.OnceValue(func() []string {
	return documentPaths(append(fieldNames(personFields()), "hendelserMedSekvens.identifikator",
		"hendelserMedSekvens.hendelse",
		"hendelserMedSekvens.sekvens"))
})

// organisationPaths returns the paths of all members that an organisation's document may have. The
// list must not be changed.
var organisationPaths = sync.OnceValue(func() []string {
	return documentPaths(append(fieldNames(organisationFields()), "naeringskoder.kode", "naeringskoder.beskrivelse",
		"naeringskoder.hjelpeenhetskode", "naeringskoder.rekkefolge", "naeringskoder.nivaa", "enhetStatuser.kode",
		"enhetStatuser.beskrivelse"))
})

// documentPaths returns the paths of a document's fields, relations and metadata, and of the
// objects that contain them.
func documentPaths(fields []string) []string {
	paths := slices.Clone(fields)
	related := slices.Concat(fieldNames(personFields()), fieldNames(organisationFields()),
		fieldNames(employmentFields()), []string{"tenorRelasjonsnavn"})
	for _, source := range relationSources() {
		for _, name := range related {
			paths = append(paths, "tenorRelasjoner."+source+"."+name)
		}
	}
	paths = append(paths, metadataPaths()...)
	for _, path := range slices.Clone(paths) {
		for at := strings.LastIndexByte(path, '.'); at > 0; at = strings.LastIndexByte(path[:at], '.') {
			paths = append(paths, path[:at])
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// fieldNames returns the names of the fields that Tenor has in documents, including those that no
// document of the population has: public clients ask for them. Tenor has no alder (K414).
func fieldNames[T any](fields []field[T]) (names []string) {
	for _, f := range fields {
		if f.kind != isRelation && f.name != "alder" {
			names = append(names, f.name)
		}
	}
	return names
}

// relationSources returns the sources of related documents (docs/sources/testdata.md), including
// those from which the population has nothing.
func relationSources() []string {
	return []string{
		"freg", "brregErFr", "arbeidsforhold", "inntekt", "skattemelding", "skatteplikt", "beregnetSkatt",
		"summertSkattegrunnlag", "spesifisertSummertSkattegrunnlag", "tilleggsskatt", "tjenestepensjonsavtale",
		"samletReskontroinnsyn", "testinnsendingSkattPerson",
	}
}

// metadataPaths returns the paths of a document's metadata (docs/sources/testdata.md).
func metadataPaths() []string {
	return []string{
		"tenorMetadata.id", "tenorMetadata.kilder", "tenorMetadata.kildedata", "tenorMetadata.kildeMime",
		"tenorMetadata.testdataVersjon", "tenorMetadata.datasettVersjon", "tenorMetadata.indeksert",
		"tenorMetadata.oppdatert",
		"tenorMetadata.opprettet",
	}
}

// allowedValues returns the values that a text field may have in Tenor (docs/sources/testdata.md)
// or in Enhetsregisteret, including those that nobody in the population has. It returns nil for a
// field that may have any value.
func allowedValues(name string) []string {
	switch strings.ToLower(name) {
	case "kjoenn":
		return []string{"mann", "kvinne"}
	case "identifikatortype":
		return []string{"foedselsnummer", "dNummer", "dNummerOgFoedselsnr"}
	case "personstatus":
		return []string{
			"bosatt", "doed", "foedselsregistrert", "forsvunnet", "ikkeBosatt", "inaktiv", "midlertidig",
			"opphoert", "utflyttet",
		}
	case "sivilstand":
		return []string{
			"ugift", "gift", "registrertPartner", "separert", "separertPartner", "skilt", "skiltPartner",
			"enkeEllerEnkemann",
			"gjenlevendePartner", "uoppgitt",
		}
	case "bostedsadressetype":
		return []string{"matrikkel", "veiadresse", "ukjent"}
	case "maalform":
		return []string{"Bokmål", "Nynorsk"}
	case "slettetienhetsregisteret", "registrertiforetaksregisteret", "registrertimvaregisteret",
		"registrertifrivillighetsregisteret",
		"konkurs", "underavvikling", "haransatte":
		return []string{"J", "N"}
	case "organisasjonsform.kode":
		return []string{
			"ADOS", "ANNA", "ANS", "AS", "ASA", "BA", "BBL", "BEDR", "BO", "BRL", "DA", "ENK", "EØFG",
			"ESEK", "FKF", "FLI",
			"FYLK", "GFS", "IKJP", "IKS", "KBO", "KF", "KIRK", "KOMM", "KS", "KTRF", "NUF", "OPMV", "ORGL", "PERS",
			"PK", "PRE", "SA",
			"SAM", "SE", "SF", "SPA", "STAT", "STI", "SÆR", "TVAM", "UTLA", "VPFO", "AAFY",
		}
	}
	return nil
}

// checkValue returns a *QueryError for a value that no field of the name can have: it would find
// nothing (K490).
func checkValue(name string, v value) error {
	values := allowedValues(name)
	if values == nil || slices.ContainsFunc(values, func(one string) bool {
		return strings.EqualFold(one, v.text) || v.form == isWord && matches(v.text, one)
	}) {
		return nil
	}
	return &QueryError{
		Parameter: "kql", Position: v.at,
		Problem: fmt.Sprintf("%s is compared with %s, but must be with one of %s", name, v,
			strings.Join(values, ", ")),
	}
}

// checkOnce returns a *QueryError for a parameter that is given more than once although only one
// value can count.
func checkOnce(name string, values []string) error {
	if len(values) > 1 {
		return &QueryError{Parameter: name, Problem: fmt.Sprintf("is given %d times, but must be given once",
			len(values))}
	}
	return nil
}

// truncate shortens a quoted text to 40 characters, and replaces what is not UTF-8.
func truncate(text string) string {
	return strings.ToValidUTF8(excerpt.Truncate(text, 40, "…"), "\uFFFD")
}
