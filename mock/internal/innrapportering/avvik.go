package innrapportering

// avvik is one thing that the feedback found in a delivery, as it stands in the feedback document: the members of the documented structure
// in its order (reference skatteetaten 5.3).
type avvik struct {
	Avvikskode       avvikskode `json:"avvikskode" xml:"avvikskode"`
	Avvikstekst      string     `json:"avvikstekst" xml:"avvikstekst"`
	Beskrivelse      string     `json:"beskrivelse,omitempty" xml:"beskrivelse,omitempty"` // where, and what stands there
	Veiledning       string     `json:"veiledning,omitempty" xml:"veiledning,omitempty"`   // what would be right, the same for each avvik of a code
	Alvorlighetsgrad string     `json:"alvorlighetsgrad" xml:"alvorlighetsgrad"`           // avvist or advarsel

	at place
}

// avvikskode says what kind of avvik it is. No source has the agency's own codes; these begin with SK, for Sandkasse (K055).
type avvikskode string

// All the codes there are; veiledning has a sentence on each.
const (
	skAntall              avvikskode = "SK-ANTALL"
	skSum                 avvikskode = "SK-SUM"
	skFoedselsnummer      avvikskode = "SK-FOEDSELSNUMMER"
	skOrganisasjonsnummer avvikskode = "SK-ORGANISASJONSNUMMER"
	skKontonummer         avvikskode = "SK-KONTONUMMER"
	skDato                avvikskode = "SK-DATO"
	skDublett             avvikskode = "SK-DUBLETT"
	skFlere               avvikskode = "SK-FLERE"    // in place of those that are too many to be listed
	skScenario            avvikskode = "SK-SCENARIO" // on demand, whatever the delivery holds
)

// Avvikskoder are the codes of what the feedback finds in a delivery by itself, whatever else is delivered and on demand.
func Avvikskoder() []string {
	var list []string
	for _, k := range []avvikskode{skAntall, skSum, skFoedselsnummer, skOrganisasjonsnummer, skKontonummer, skDato, skDublett} {
		list = append(list, string(k))
	}
	return list
}

func (k avvikskode) isIdentifier() bool {
	return k == skFoedselsnummer || k == skOrganisasjonsnummer || k == skKontonummer
}

// veiledning is what would be right, for a person who has got an avvik of that code.
func (k avvikskode) veiledning() string {
	switch k {
	case skAntall:
		return "antallOppgaver skal være antallet oppgaver i leveransen; sletteoppgaver er ikke med i antallet"
	case skSum:
		return "En sum i oppsummeringen skal være summen av beløpet i alle leveransens oppgaver; en oppgave uten beløpet teller som 0"
	case skFoedselsnummer:
		return "Et fødselsnummer eller D-nummer har elleve sifre, der de seks første er en dato og de to siste er kontrollsifre"
	case skOrganisasjonsnummer:
		return "Et organisasjonsnummer har ni sifre, der det siste er et kontrollsiffer"
	case skKontonummer:
		return "Et kontonummer har elleve sifre, der det siste er et kontrollsiffer"
	case skDato:
		return "En dato skal finnes i kalenderen; det som skjedde i inntektsåret, skal ha en dato i det, og ingen dato skal ligge etter det"
	case skDublett:
		return "Hver oppgave skal være med én gang i en leveranse"
	case skFlere:
		return "Rett det som er listet, og lever på nytt"
	case skScenario:
		return "Ingenting er galt med leveransen; lever på nytt uten scenarioet"
	}
	return ""
}

// maxAvvik is how many avvik of a delivery are listed at the most; one more then says how many there are besides (K061).
const maxAvvik = 10_000
