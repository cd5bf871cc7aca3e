package innrapportering

// avvik is one deviation in a delivery, with the members of the documented feedback in their order
// (docs/sources/skatteetaten.md, Tilbakemelding).
type avvik struct {
	Avvikskode  avvikskode `json:"avvikskode" xml:"avvikskode"`
	Avvikstekst string     `json:"avvikstekst" xml:"avvikstekst"`
	// the place and the value there
	Beskrivelse string `json:"beskrivelse,omitempty" xml:"beskrivelse,omitempty"`
	// what would be right; the same for every avvik of a code
	Veiledning       string `json:"veiledning,omitempty" xml:"veiledning,omitempty"`
	Alvorlighetsgrad string `json:"alvorlighetsgrad" xml:"alvorlighetsgrad"` // avvist or advarsel

	at place
}

// avvikskode is the code of an avvik. The agency's codes are not public, so these begin with SK,
// for Sandkasse (K055).
type avvikskode string

// The codes. veiledning explains each.
const (
	skAntall              avvikskode = "SK-ANTALL"
	skSum                 avvikskode = "SK-SUM"
	skFoedselsnummer      avvikskode = "SK-FOEDSELSNUMMER"
	skOrganisasjonsnummer avvikskode = "SK-ORGANISASJONSNUMMER"
	skKontonummer         avvikskode = "SK-KONTONUMMER"
	skDato                avvikskode = "SK-DATO"
	skDublett             avvikskode = "SK-DUBLETT"
	skFlere               avvikskode = "SK-FLERE"    // stands for those beyond maxAvvik
	skScenario            avvikskode = "SK-SCENARIO" // on demand by a scenario
)

// Avvikskoder returns the codes that the checks of a single delivery can give.
func Avvikskoder() []string {
	var list []string
	for _, k := range []avvikskode{
		skAntall, skSum, skFoedselsnummer, skOrganisasjonsnummer, skKontonummer, skDato,
		skDublett,
	} {
		list = append(list, string(k))
	}
	return list
}

func (k avvikskode) isIdentifier() bool {
	return k == skFoedselsnummer || k == skOrganisasjonsnummer || k == skKontonummer
}

// veiledning returns what would be right, for a person who has received an avvik of the code.
func (k avvikskode) veiledning() string {
	switch k {
	case skAntall:
		return "antallOppgaver skal være antallet oppgaver i leveransen; sletteoppgaver er ikke med i antallet"
	case skSum:
		return "En sum i oppsummeringen skal være summen av beløpet i alle leveransens oppgaver; en oppgave uten " +
			"beløpet teller som 0"
	case skFoedselsnummer:
		return "Et fødselsnummer eller D-nummer har elleve sifre, der de seks første er en dato og de to siste er " +
			"kontrollsifre"
	case skOrganisasjonsnummer:
		return "Et organisasjonsnummer har ni sifre, der det siste er et kontrollsiffer"
	case skKontonummer:
		return "Et kontonummer har elleve sifre, der det siste er et kontrollsiffer"
	case skDato:
		return "En dato skal finnes i kalenderen; det som skjedde i inntektsåret, skal ha en dato i det, og ingen " +
			"dato skal ligge etter det"
	case skDublett:
		return "Hver oppgave skal være med én gang i en leveranse"
	case skFlere:
		return "Rett det som er listet, og lever på nytt"
	case skScenario:
		return "Ingenting er galt med leveransen; lever på nytt uten scenarioet"
	}
	return ""
}

// maxAvvik bounds the avvik that are listed for a delivery; one more says how many are left out
// (K061).
const maxAvvik = 10_000
