package kobo

// The objects of the page, with its names and order (Kobo page, Objekter). Optional values that are
// missing are null on the wire (K207). Dates are åååå-mm-dd (K232) and are not compared with
// anything (K218); manedsleie is spelled without the å that two of the page's tables have (K233).

// Adresse is the address of a home or a person.
type Adresse struct {
	Gatenavn   string  `json:"gatenavn"`
	Husnummer  int64   `json:"husnummer"`
	Husbokstav *string `json:"husbokstav"`
	Postnummer string  `json:"postnummer"`
	Poststed   *string `json:"poststed"`
}

// Beboer is a person of a household. Its adresse is an object, though the page types it as a uuid
// (K235).
type Beboer struct {
	KoboID  string  `json:"koboId"`
	Adresse Adresse `json:"adresse"`
	// eleven digits; the check digits are not checked (K219)
	Personidentifikator              string  `json:"personidentifikator"`
	Fodselsdato                      *string `json:"fodselsdato"`
	Fornavn                          *string `json:"fornavn"`
	Mellomnavn                       *string `json:"mellomnavn"`
	Etternavn                        *string `json:"etternavn"`
	Epost                            *string `json:"epost"`
	Telefonnummer                    *string `json:"telefonnummer"`
	ReservertMotDigitalKommunikasjon *bool   `json:"reservertMotDigitalKommunikasjon"`
}

// Husstand is the household of a case. Only a new tenancy can send it (K237).
type Husstand struct {
	AntallBarn int64    `json:"antallBarn"`
	Beboere    []Beboer `json:"beboere"`
}

// Bygning is the building of a home.
type Bygning struct {
	KoboID              string  `json:"koboId"`
	LeverandorBygningID string  `json:"leverandorBygningId"`
	Bygningsnummer      int64   `json:"bygningsnummer"`
	Lopenummer          int64   `json:"lopenummer"`
	Eiendom             Eiendom `json:"eiendom"`
	MatrikkelenhetID    *int64  `json:"matrikkelenhetId"`
}

// Matrikkelenhet holds the members common to Eiendom and Eieseksjon.
type Matrikkelenhet struct {
	KoboID           string `json:"koboId"`
	Kommunenummer    string `json:"kommunenummer"`
	Gaardsnummer     int64  `json:"gaardsnummer"`
	Bruksnummer      int64  `json:"bruksnummer"`
	Festenummer      *int64 `json:"festenummer"`
	Seksjonsnummer   *int64 `json:"seksjonsnummer"`
	MatrikkelenhetID *int64 `json:"matrikkelenhetId"`
}

// Eiendom is the property of a home.
type Eiendom struct {
	Matrikkelenhet
	LeverandorEiendomID string `json:"leverandorEiendomId"`
}

// Eieseksjon is the section of the property that is the home.
type Eieseksjon struct {
	Matrikkelenhet
	LeverandorEieseksjonID string `json:"leverandorEieseksjonId"`
}

// Eier is the owner of a home.
type Eier struct {
	BoligeiersNavn                string  `json:"boligeiersNavn"`
	BoligeiersOrganisasjonsnummer *string `json:"boligeiersOrganisasjonsnummer"`
	BoligeiersMobilnummer         *string `json:"boligeiersMobilnummer"`
}

// Leiekostnad is the rent of a home.
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

// Meta holds the dates of creation and of the last change (K245).
type Meta struct {
	Opprettet  string `json:"opprettet"`
	SistEndret string `json:"sistEndret"`
}

// Kontrakt is the contract of a tenancy. manedsleie and depositum are optional (K225).
type Kontrakt struct {
	KontraktStartdato  string   `json:"kontraktStartdato"`
	KontraktUtlopsdato *string  `json:"kontraktUtlopsdato"`
	ErTidsubegrenset   bool     `json:"erTidsubegrenset"`
	Manedsleie         *float64 `json:"manedsleie"`
	Depositum          *float64 `json:"depositum"`
}

// Oppsigelse is a notice of termination: six fields that are set and removed together
// (docs/sources/kobo.md, Invariants).
type Oppsigelse struct {
	OppsagtAktor            string  `json:"oppsagtAktor"`
	Oppsigelsestid          string  `json:"oppsigelsestid"`
	OppsigelseMottattDato   string  `json:"oppsigelseMottattDato"`
	AnnenOppsigelsestid     *string `json:"annenOppsigelsestid"`
	OppsagtFraDato          string  `json:"oppsagtFraDato"`
	PlanlagtUtflyttingsdato string  `json:"planlagtUtflyttingsdato"`
}

// Avslutning is the body of an ended tenancy.
type Avslutning struct {
	Utflyttetdato    string `json:"utflyttetdato"`
	Boligstatus      string `json:"boligstatus"`
	Avslutningsgrunn string `json:"avslutningsgrunn"`
}

// Leieforhold is a stored tenancy. What the page's table says about changeable fields is not used
// (K234).
type Leieforhold struct {
	KoboID            string      `json:"koboId"`
	KoboSaksreferanse string      `json:"koboSaksreferanse"`
	Kontrakt          Kontrakt    `json:"kontrakt"`
	Oppsigelse        *Oppsigelse `json:"oppsigelse"`
	Avslutning        *Avslutning `json:"avslutning"`
	Avsluttetdato     *string     `json:"avsluttetdato"` // set by Kobo
	Meta              Meta        `json:"meta"`
}
