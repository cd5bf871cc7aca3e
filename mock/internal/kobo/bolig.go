package kobo

import (
	"time"

	"sandkasse/mock/internal/store"
)

// The statuses of a home that Kobo itself sets or checks (Kobo page, Boligstatus enum).
const (
	statusKlar   = "KLAR_FOR_INNFLYTTING"
	statusUtleid = "UTLEID"
)

// Bolig is a stored home.
type Bolig struct {
	KoboID    string    `json:"koboId"`
	Kommune   string    `json:"kommune"` // the token's consumer; a home belongs to one (municipality, system)
	System    string    `json:"system"`  // x-kobo-systemid
	Opprettet time.Time `json:"opprettet"`
	Endret    time.Time `json:"endret"`
	Endringer int64     `json:"endringer"`         // how often it was changed, its creation included
	Slettet   bool      `json:"slettet,omitempty"` // soft delete: stored, but no longer visible

	Faste        Faste        `json:"faste"`
	Foranderlige Foranderlige `json:"foranderlige"`

	Reservasjoner        []Boligreservasjon `json:"reservasjoner"` // in the order of their dates
	Tildeling            *Boligtildeling    `json:"tildeling"`
	Leieforhold          *Leieforhold       `json:"leieforhold"`
	TidligereLeieforhold []Leieforhold      `json:"tidligereLeieforhold"` // the oldest first (K217)
}

// Faste holds the fields of a home that never change after its creation: "Kan oppdateres: nei"
// (Kobo page, Kobobolig). What the page leaves open about leverandorBoligId and
// matrikkelBruksenhetstype: K238, K241.
type Faste struct {
	Adresse                  Adresse  `json:"adresse"`
	Bruksenhetsnummer        *string  `json:"bruksenhetsnummer"`
	Bygning                  *Bygning `json:"bygning"`
	Eier                     *Eier    `json:"eier"`
	EkstraReferanse          *string  `json:"ekstraReferanse"`
	LeverandorBoligID        string   `json:"leverandorBoligId"`
	MatrikkelID              *string  `json:"matrikkelId"` // as sent; nothing is looked up in Matrikkelen (K220)
	MatrikkelBruksenhetstype *string  `json:"matrikkelBruksenhetstype"`
}

// Foranderlige holds the fields that a change replaces, all at once: what it leaves out becomes
// null (K205). Objects are replaced whole, though their fields are marked "nei" (K236).
// egenvurdertRisikogruppe is stored as sent; nothing is computed (K242).
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

// Sak is a case in Kobo: a household that needs a home. Its first member is the hovedsøker.
type Sak struct {
	Saksreferanse string    `json:"koboSaksreferanse"` // opaque (K208)
	Opprettet     time.Time `json:"opprettet"`
	Husstand      Husstand  `json:"husstand"`
}

// System is an FDVU system that is known to Kobo.
type System struct {
	ID        string    `json:"id"`
	Opprettet time.Time `json:"opprettet,omitzero"` // time of its first use; zero before
}

// Collections. Homes and cases have version 7 UUIDs as keys, so they are listed in the order of
// their creation.
var (
	boliger      = store.NewCollection[Bolig]("kobo-bolig")       // by koboId
	saker        = store.NewCollection[Sak]("kobo-sak")           // by koboSaksreferanse
	systemer     = store.NewCollection[System]("kobo-system")     // by id
	leverandorID = store.NewCollection[string]("kobo-leverandor") // owner and leverandorBoligId → koboId
	reserverte   = store.NewCollection[bool]("kobo-reservert")    // koboSaksreferanse/koboId, for every reservation
	tildelte     = store.NewCollection[string]("kobo-tildelt")    // koboSaksreferanse → koboId, for every assignment
)
