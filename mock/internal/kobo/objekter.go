package kobo

// The objects of the page, spelled and ordered as there (kobo seed, Objekter). A pointer or an empty text that the page lets be missing is
// null on the wire (K207). Dates are åååå-mm-dd (K232) and not compared with anything (K218); manedsleie is written without the å that the page has in two of its tables (K233).

// Adresse is where a home or a person is.
type Adresse struct {
	Gatenavn   string  `json:"gatenavn"`
	Husnummer  int64   `json:"husnummer"`
	Husbokstav *string `json:"husbokstav"`
	Postnummer string  `json:"postnummer"`
	Poststed   *string `json:"poststed"`
}

// Beboer is a person of a household. Its adresse is an object, though the page types it as a uuid (K235).
type Beboer struct {
	KoboID                           string  `json:"koboId"`
	Adresse                          Adresse `json:"adresse"`
	Personidentifikator              string  `json:"personidentifikator"` // eleven digits; their check digits are not looked at (K219)
	Fodselsdato                      *string `json:"fodselsdato"`
	Fornavn                          *string `json:"fornavn"`
	Mellomnavn                       *string `json:"mellomnavn"`
	Etternavn                        *string `json:"etternavn"`
	Epost                            *string `json:"epost"`
	Telefonnummer                    *string `json:"telefonnummer"`
	ReservertMotDigitalKommunikasjon *bool   `json:"reservertMotDigitalKommunikasjon"`
}

// Husstand is the household of a case. It can be sent only with a new tenancy (K237).
type Husstand struct {
	AntallBarn int64    `json:"antallBarn"`
	Beboere    []Beboer `json:"beboere"`
}

// Bygning is the building a home is in.
type Bygning struct {
	KoboID              string  `json:"koboId"`
	LeverandorBygningID string  `json:"leverandorBygningId"`
	Bygningsnummer      int64   `json:"bygningsnummer"`
	Lopenummer          int64   `json:"lopenummer"`
	Eiendom             Eiendom `json:"eiendom"`
	MatrikkelenhetID    *int64  `json:"matrikkelenhetId"`
}

// Matrikkelenhet is what Eiendom and Eieseksjon have in common.
type Matrikkelenhet struct {
	KoboID           string `json:"koboId"`
	Kommunenummer    string `json:"kommunenummer"`
	Gaardsnummer     int64  `json:"gaardsnummer"`
	Bruksnummer      int64  `json:"bruksnummer"`
	Festenummer      *int64 `json:"festenummer"`
	Seksjonsnummer   *int64 `json:"seksjonsnummer"`
	MatrikkelenhetID *int64 `json:"matrikkelenhetId"`
}

// Eiendom is the property a home is on.
type Eiendom struct {
	Matrikkelenhet
	LeverandorEiendomID string `json:"leverandorEiendomId"`
}

// Eieseksjon is the section of a property that a home is.
type Eieseksjon struct {
	Matrikkelenhet
	LeverandorEieseksjonID string `json:"leverandorEieseksjonId"`
}

// Eier is who owns a home.
type Eier struct {
	BoligeiersNavn                string  `json:"boligeiersNavn"`
	BoligeiersOrganisasjonsnummer *string `json:"boligeiersOrganisasjonsnummer"`
	BoligeiersMobilnummer         *string `json:"boligeiersMobilnummer"`
}

// Leiekostnad is what a home costs.
type Leiekostnad struct {
	Depositum  *float64 `json:"depositum"`
	Manedsleie *float64 `json:"manedsleie"`
}

// Boligreservasjon is a case's reservation of a home.
type Boligreservasjon struct {
	ReservertDato     string `json:"reservertDato"` // set by Kobo
	KoboSaksreferanse string `json:"koboSaksreferanse"`
}

// Boligtildeling is the case that a home is assigned to.
type Boligtildeling struct {
	TildeltDato       string `json:"tildeltDato"` // set by Kobo
	KoboSaksreferanse string `json:"koboSaksreferanse"`
}

// Meta is when a thing came to be and was last changed, in days (K245).
type Meta struct {
	Opprettet  string `json:"opprettet"`
	SistEndret string `json:"sistEndret"`
}

// Kontrakt is what a tenancy's contract says. manedsleie and depositum are kept and shown, and never asked for (K225).
type Kontrakt struct {
	KontraktStartdato  string   `json:"kontraktStartdato"`
	KontraktUtlopsdato *string  `json:"kontraktUtlopsdato"`
	ErTidsubegrenset   bool     `json:"erTidsubegrenset"`
	Manedsleie         *float64 `json:"manedsleie"`
	Depositum          *float64 `json:"depositum"`
}

// Oppsigelse is a notice of termination: six fields that come and go together (reference kobo, I5).
type Oppsigelse struct {
	OppsagtAktor            string  `json:"oppsagtAktor"`
	Oppsigelsestid          string  `json:"oppsigelsestid"`
	OppsigelseMottattDato   string  `json:"oppsigelseMottattDato"`
	AnnenOppsigelsestid     *string `json:"annenOppsigelsestid"`
	OppsagtFraDato          string  `json:"oppsagtFraDato"`
	PlanlagtUtflyttingsdato string  `json:"planlagtUtflyttingsdato"`
}

// Avslutning is what is said when a tenancy ends.
type Avslutning struct {
	Utflyttetdato    string `json:"utflyttetdato"`
	Boligstatus      string `json:"boligstatus"`
	Avslutningsgrunn string `json:"avslutningsgrunn"`
}

// Leieforhold is a tenancy as Kobo keeps it. What the page's table says on which of its fields can be changed is not used (K234).
type Leieforhold struct {
	KoboID            string      `json:"koboId"`
	KoboSaksreferanse string      `json:"koboSaksreferanse"`
	Kontrakt          Kontrakt    `json:"kontrakt"`
	Oppsigelse        *Oppsigelse `json:"oppsigelse"`
	Avslutning        *Avslutning `json:"avslutning"`
	Avsluttetdato     *string     `json:"avsluttetdato"` // set by Kobo
	Meta              Meta        `json:"meta"`
}
