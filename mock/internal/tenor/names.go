package tenor

import (
	"fmt"
	"slices"
	"strings"
)

// checkShown refuses a path in vis or skjul that no document has, since it would show or hide nothing
// (K490). Paths are compared as they are when documents are cut: in any case of letters, * for any text.
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
				return &QueryError{Parameter: asked.parameter, Problem: fmt.Sprintf("has %q, which no document has; %sThere are %s",
					truncate(path), meant, strings.Join(topLevel(known), ", "))}
			}
		}
	}
	return nil
}

// topLevel returns the paths that do not lie within another.
func topLevel(known []string) []string {
	return slices.DeleteFunc(slices.Clone(known), func(path string) bool { return strings.Contains(path, ".") })
}

// personPaths and organisationPaths return the paths of all members that documents may have.
func personPaths() []string {
	return documentPaths(append(fieldNames(personFields()), "hendelserMedSekvens.identifikator", "hendelserMedSekvens.hendelse",
		"hendelserMedSekvens.sekvens"))
}

func organisationPaths() []string {
	return documentPaths(append(fieldNames(organisationFields()), "naeringskoder.kode", "naeringskoder.beskrivelse",
		"naeringskoder.hjelpeenhetskode", "naeringskoder.rekkefolge", "naeringskoder.nivaa", "enhetStatuser.kode", "enhetStatuser.beskrivelse"))
}

// documentPaths returns the fields of a document, its relations with theirs and its metadata, and the
// objects that they lie in.
func documentPaths(fields []string) []string {
	paths := slices.Clone(fields)
	related := slices.Concat(fieldNames(personFields()), fieldNames(organisationFields()), fieldNames(employmentFields()), []string{"tenorRelasjonsnavn"})
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

// fieldNames returns the names of the fields that Tenor has in documents, also those that stand in none of
// ours: public clients ask for them. Tenor has no alder (K414).
func fieldNames[T any](fields []field[T]) (names []string) {
	for _, f := range fields {
		if f.kind != isRelation && f.name != "alder" {
			names = append(names, f.name)
		}
	}
	return names
}

// relationSources returns the sources of related documents (reference testdata, Tenor). Those that the
// population has nothing from may be asked for too.
func relationSources() []string {
	return []string{"freg", "brregErFr", "arbeidsforhold", "inntekt", "skattemelding", "skatteplikt", "beregnetSkatt",
		"summertSkattegrunnlag", "spesifisertSummertSkattegrunnlag", "tilleggsskatt", "tjenestepensjonsavtale",
		"samletReskontroinnsyn", "testinnsendingSkattPerson"}
}

// metadataPaths returns what Tenor's documents tell of themselves (reference testdata, Tenor).
func metadataPaths() []string {
	return []string{"tenorMetadata.id", "tenorMetadata.kilder", "tenorMetadata.kildedata", "tenorMetadata.kildeMime",
		"tenorMetadata.testdataVersjon", "tenorMetadata.datasettVersjon", "tenorMetadata.indeksert", "tenorMetadata.oppdatert",
		"tenorMetadata.opprettet"}
}

// allowedValues returns the values that a text field may have in Tenor (reference testdata) or in
// Enhetsregisteret, also those that nobody in the population has; nil for a field whose values are open.
func allowedValues(name string) []string {
	switch strings.ToLower(name) {
	case "kjoenn":
		return []string{"mann", "kvinne"}
	case "identifikatortype":
		return []string{"foedselsnummer", "dNummer", "dNummerOgFoedselsnr"}
	case "personstatus":
		return []string{"bosatt", "doed", "foedselsregistrert", "forsvunnet", "ikkeBosatt", "inaktiv", "midlertidig", "opphoert", "utflyttet"}
	case "sivilstand":
		return []string{"ugift", "gift", "registrertPartner", "separert", "separertPartner", "skilt", "skiltPartner", "enkeEllerEnkemann",
			"gjenlevendePartner", "uoppgitt"}
	case "bostedsadressetype":
		return []string{"matrikkel", "veiadresse", "ukjent"}
	case "maalform":
		return []string{"Bokmål", "Nynorsk"}
	case "slettetienhetsregisteret", "registrertiforetaksregisteret", "registrertimvaregisteret", "registrertifrivillighetsregisteret",
		"konkurs", "underavvikling", "haransatte":
		return []string{"J", "N"}
	case "organisasjonsform.kode":
		return []string{"ADOS", "ANNA", "ANS", "AS", "ASA", "BA", "BBL", "BEDR", "BO", "BRL", "DA", "ENK", "EØFG", "ESEK", "FKF", "FLI",
			"FYLK", "GFS", "IKJP", "IKS", "KBO", "KF", "KIRK", "KOMM", "KS", "KTRF", "NUF", "OPMV", "ORGL", "PERS", "PK", "PRE", "SA",
			"SAM", "SE", "SF", "SPA", "STAT", "STI", "SÆR", "TVAM", "UTLA", "VPFO", "AAFY"}
	}
	return nil
}

// checkValue refuses a value that no field of the name can have: it would find nothing (K490).
func checkValue(name string, v value) error {
	values := allowedValues(name)
	if values == nil || slices.ContainsFunc(values, func(one string) bool {
		return strings.EqualFold(one, v.text) || v.form == isWord && matches(v.text, one)
	}) {
		return nil
	}
	return &QueryError{Parameter: "kql", Position: v.at, Problem: fmt.Sprintf("%s is compared with %s, but must be with one of %s", name, v,
		strings.Join(values, ", "))}
}

// checkOnce refuses a parameter that is given twice where only one of its values could count.
func checkOnce(name string, values []string) error {
	if len(values) > 1 {
		return &QueryError{Parameter: name, Problem: fmt.Sprintf("is given %d times, but must be given once", len(values))}
	}
	return nil
}

// truncate shortens text to 40 characters, says so by an ellipsis, and replaces what is not UTF-8.
func truncate(text string) string {
	const limit = 40
	characters := 0
	for i := range text {
		if characters == limit {
			return strings.ToValidUTF8(text[:i], "\uFFFD") + "…"
		}
		characters++
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
