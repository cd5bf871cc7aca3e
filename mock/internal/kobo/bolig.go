package kobo

import (
	"time"

	"sandkasse/mock/internal/store"
)

// The statuses of a home that Kobo itself sets or asks for (kobo seed, Boligstatus enum).
const (
	statusKlar   = "KLAR_FOR_INNFLYTTING"
	statusUtleid = "UTLEID"
)

// Bolig is a home as Kobo keeps it.
type Bolig struct {
	KoboID    string    `json:"koboId"`
	Kommune   string    `json:"kommune"` // the token's consumer; a home belongs to one (municipality, system)
	System    string    `json:"system"`  // x-kobo-systemid
	Opprettet time.Time `json:"opprettet"`
	Endret    time.Time `json:"endret"`
	Slettet   bool      `json:"slettet,omitempty"` // softly: kept, and seen by nobody

	Faste        Faste        `json:"faste"`
	Foranderlige Foranderlige `json:"foranderlige"`

	Reservasjoner        []Boligreservasjon `json:"reservasjoner"` // by the day they were made
	Tildeling            *Boligtildeling    `json:"tildeling"`
	Leieforhold          *Leieforhold       `json:"leieforhold"`
	TidligereLeieforhold []Leieforhold      `json:"tidligereLeieforhold"` // the oldest first (K217)
}

// Faste are the fields of a home that are set when it is created and never after: "Kan oppdateres: nei" (kobo seed, Kobobolig). What the
// page does not say of leverandorBoligId and matrikkelBruksenhetstype is in K238 and K241.
type Faste struct {
	Adresse                  Adresse  `json:"adresse"`
	Bruksenhetsnummer        *string  `json:"bruksenhetsnummer"`
	Bygning                  *Bygning `json:"bygning"`
	Eier                     *Eier    `json:"eier"`
	EkstraReferanse          *string  `json:"ekstraReferanse"`
	LeverandorBoligID        string   `json:"leverandorBoligId"`
	MatrikkelID              *string  `json:"matrikkelId"` // as the vendor sent it: nothing is looked up in Matrikkelen (K220)
	MatrikkelBruksenhetstype *string  `json:"matrikkelBruksenhetstype"`
}

// Foranderlige are the fields that a change replaces, all at once: what it leaves out becomes null (K205). The objects among them are
// replaced whole, though their own fields are marked "nei" (K236). egenvurdertRisikogruppe is what was sent; nothing is computed (K242).
type Foranderlige struct {
	AntallSoverom                    *int64       `json:"antallSoverom"`
	Boligtype                        string       `json:"boligtype"`
	Bruksareal                       *float64     `json:"bruksareal"`
	Disposisjonsform                 *string      `json:"disposisjonsform"`
	Eieform                          *string      `json:"eieform"`
	Eiendom                          *Eiendom     `json:"eiendom"`
	Eieseksjon                       *Eieseksjon  `json:"eieseksjon"`
	Egenskaper                       []string     `json:"egenskaper"`
	ErBofellesskap                   *bool        `json:"erBofellesskap"`
	ErTilgjengeligForRullestolbruker *bool        `json:"erTilgjengeligForRullestolbruker"`
	Etasjenummer                     *int64       `json:"etasjenummer"`
	KvalifisererMvaKompensasjon      *bool        `json:"kvalifisererMvaKompensasjon"`
	Leiekostnad                      *Leiekostnad `json:"leiekostnad"`
	LeieTilEiePotensial              *bool        `json:"leieTilEiePotensial"`
	MalernummerStrom                 *string      `json:"malernummerStrom"`
	MalernummerVann                  *string      `json:"malernummerVann"`
	EgenvurdertRisikogruppe          *string      `json:"egenvurdertRisikogruppe"`
	OvrigInformasjon                 *string      `json:"ovrigInformasjon"`
	Sikkerhet                        []string     `json:"sikkerhet"`
	SolgtDato                        *string      `json:"solgtDato"`
	SolgtTilLeietaker                *bool        `json:"solgtTilLeietaker"`
	Status                           string       `json:"status"`
	Statusdato                       *string      `json:"statusdato"`
	TilfortHusbankenMidler           *bool        `json:"tilfortHusbankenMidler"`
	Tilrettelegginger                []string     `json:"tilrettelegginger"`
	UnderkategoriBoligtype           *string      `json:"underkategoriBoligtype"`
	Uteplass                         []string     `json:"uteplass"`
}

// Sak is a case in Kobo: a household that is to have a home, the first of its members the hovedsøker.
type Sak struct {
	Saksreferanse string    `json:"koboSaksreferanse"` // opaque (K208)
	Opprettet     time.Time `json:"opprettet"`
	Husstand      Husstand  `json:"husstand"`
}

// System is an FDVU system that is set up in Kobo.
type System struct {
	ID        string    `json:"id"`
	Opprettet time.Time `json:"opprettet,omitzero"` // its first use; zero before
}

// What is stored. Homes and cases have keys that are UUIDs of version 7, so they are listed in the order in which they were made.
var (
	boliger      = store.NewCollection[Bolig]("kobo-bolig")       // by koboId
	saker        = store.NewCollection[Sak]("kobo-sak")           // by koboSaksreferanse
	systemer     = store.NewCollection[System]("kobo-system")     // by id
	leverandorID = store.NewCollection[string]("kobo-leverandor") // owner and leverandorBoligId → koboId
	reserverte   = store.NewCollection[bool]("kobo-reservert")    // koboSaksreferanse/koboId, for every reservation
	tildelte     = store.NewCollection[string]("kobo-tildelt")    // koboSaksreferanse → koboId, for every assignment
)
