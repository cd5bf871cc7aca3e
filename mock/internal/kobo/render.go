package kobo

import (
	"time"

	"sandkasse/mock/internal/store"
)

// KoboboligTO is a home as every answer has it, complete and without an envelope (K202), in the
// order of the page's table. Missing values are null, missing lists are empty (K207).
type KoboboligTO struct {
	Adresse                          Adresse            `json:"adresse"`
	AntallSoverom                    *int64             `json:"antallSoverom"`
	Boligtype                        string             `json:"boligtype"`
	Bruksareal                       *float64           `json:"bruksareal"`
	Bruksenhetsnummer                *string            `json:"bruksenhetsnummer"`
	Bygning                          *Bygning           `json:"bygning"`
	Disposisjonsform                 *string            `json:"disposisjonsform"`
	Eieform                          *string            `json:"eieform"`
	Eiendom                          *Eiendom           `json:"eiendom"`
	Eieseksjon                       *Eieseksjon        `json:"eieseksjon"`
	Eier                             *Eier              `json:"eier"`
	Egenskaper                       []string           `json:"egenskaper"`
	EkstraReferanse                  *string            `json:"ekstraReferanse"`
	ErBofellesskap                   *bool              `json:"erBofellesskap"`
	ErTilgjengeligForRullestolbruker *bool              `json:"erTilgjengeligForRullestolbruker"`
	Etasjenummer                     *int64             `json:"etasjenummer"`
	LeverandorBoligID                string             `json:"leverandorBoligId"`
	Husstand                         *Husstand          `json:"husstand"`
	KoboID                           string             `json:"koboId"`
	KvalifisererMvaKompensasjon      *bool              `json:"kvalifisererMvaKompensasjon"`
	Leieforhold                      *LeieforholdTO     `json:"leieforhold"`
	Leiekostnad                      *Leiekostnad       `json:"leiekostnad"`
	LeieTilEiePotensial              *bool              `json:"leieTilEiePotensial"`
	MalernummerStrom                 *string            `json:"malernummerStrom"`
	MalernummerVann                  *string            `json:"malernummerVann"`
	MatrikkelID                      *string            `json:"matrikkelId"`
	Meta                             Meta               `json:"meta"`
	MatrikkelBruksenhetstype         *string            `json:"matrikkelBruksenhetstype"`
	EgenvurdertRisikogruppe          *string            `json:"egenvurdertRisikogruppe"`
	OvrigInformasjon                 *string            `json:"ovrigInformasjon"`
	Reservasjoner                    []Boligreservasjon `json:"reservasjoner"`
	Sikkerhet                        []string           `json:"sikkerhet"`
	SolgtDato                        *string            `json:"solgtDato"`
	SolgtTilLeietaker                *bool              `json:"solgtTilLeietaker"`
	Status                           string             `json:"status"`
	Statusdato                       *string            `json:"statusdato"`
	TidligereLeieforhold             []LeieforholdTO    `json:"tidligereLeieforhold"`
	Tildeling                        *Boligtildeling    `json:"tildeling"`
	TilfortHusbankenMidler           *bool              `json:"tilfortHusbankenMidler"`
	Tilrettelegginger                []string           `json:"tilrettelegginger"`
	UnderkategoriBoligtype           *string            `json:"underkategoriBoligtype"`
	Uteplass                         []string           `json:"uteplass"`
	UtledetLedigFraDato              *string            `json:"utledetLedigFraDato"`
}

// LeieforholdTO is a tenancy in an answer. Its meta is an object, though the page types it as a
// date (K235).
type LeieforholdTO struct {
	KoboID                      string   `json:"koboId"`
	Depositum                   *float64 `json:"depositum"`
	KoboSaksreferanse           string   `json:"koboSaksreferanse"`
	ErTidsubegrenset            bool     `json:"erTidsubegrenset"`
	KontraktStartdato           string   `json:"kontraktStartdato"`
	KontraktUtlopsdato          *string  `json:"kontraktUtlopsdato"`
	Manedsleie                  *float64 `json:"manedsleie"`
	Meta                        Meta     `json:"meta"`
	OppsagtAktor                *string  `json:"oppsagtAktor"`
	Oppsigelsestid              *string  `json:"oppsigelsestid"`
	OppsigelseMottattDato       *string  `json:"oppsigelseMottattDato"`
	AnnenOppsigelsestid         *string  `json:"annenOppsigelsestid"`
	OppsagtFraDato              *string  `json:"oppsagtFraDato"`
	PlanlagtUtflyttingsdato     *string  `json:"planlagtUtflyttingsdato"`
	Utflyttetdato               *string  `json:"utflyttetdato"`
	Avsluttetdato               *string  `json:"avsluttetdato"`
	LeieforholdAvslutningsgrunn *string  `json:"leieforholdAvslutningsgrunn"`
}

// Render returns the home as it stands in an answer at the given time, with the values that Kobo
// computes: husstand, meta and utledetLedigFraDato.
func (b Bolig) Render(tx *store.Tx, now time.Time) (KoboboligTO, error) {
	husstand, err := b.husstand(tx)
	f, g := b.Foranderlige, b.Faste
	shown := KoboboligTO{
		Adresse: g.Adresse, AntallSoverom: f.AntallSoverom, Boligtype: f.Boligtype, Bruksareal: f.Bruksareal,
		Bruksenhetsnummer: g.Bruksenhetsnummer, Bygning: g.Bygning, Disposisjonsform: f.Disposisjonsform,
		Eieform: f.Eieform,
		Eiendom: f.Eiendom, Eieseksjon: f.Eieseksjon, Eier: g.Eier, Egenskaper: list(f.Egenskaper),
		EkstraReferanse: g.EkstraReferanse,
		ErBofellesskap:  f.ErBofellesskap, ErTilgjengeligForRullestolbruker: f.ErTilgjengeligForRullestolbruker,
		Etasjenummer: f.Etasjenummer, LeverandorBoligID: g.LeverandorBoligID, Husstand: husstand, KoboID: b.KoboID,
		KvalifisererMvaKompensasjon: f.KvalifisererMvaKompensasjon, Leieforhold: renderLeieforhold(b.Leieforhold),
		Leiekostnad:         f.Leiekostnad,
		LeieTilEiePotensial: f.LeieTilEiePotensial, MalernummerStrom: f.MalernummerStrom,
		MalernummerVann: f.MalernummerVann,
		MatrikkelID:     g.MatrikkelID, Meta: Meta{dato(b.Opprettet), dato(b.Endret)},
		MatrikkelBruksenhetstype: g.MatrikkelBruksenhetstype,
		EgenvurdertRisikogruppe:  f.EgenvurdertRisikogruppe, OvrigInformasjon: f.OvrigInformasjon,
		Reservasjoner: list(b.Reservasjoner),
		Sikkerhet:     list(f.Sikkerhet), SolgtDato: f.SolgtDato, SolgtTilLeietaker: f.SolgtTilLeietaker,
		Status:     f.Status,
		Statusdato: f.Statusdato, TidligereLeieforhold: []LeieforholdTO{}, Tildeling: b.Tildeling,
		TilfortHusbankenMidler: f.TilfortHusbankenMidler, Tilrettelegginger: list(f.Tilrettelegginger),
		UnderkategoriBoligtype: f.UnderkategoriBoligtype, Uteplass: list(f.Uteplass),
		UtledetLedigFraDato: b.availableFrom(now),
	}
	for _, l := range b.TidligereLeieforhold {
		shown.TidligereLeieforhold = append(shown.TidligereLeieforhold, *renderLeieforhold(&l))
	}
	return shown, err
}

// husstand returns the household of the case that the home is linked to: the tenancy's, else the
// assignment's, else that of the only reservation (K210).
func (b Bolig) husstand(tx *store.Tx) (*Husstand, error) {
	var saksreferanse string
	switch {
	case b.Leieforhold != nil:
		saksreferanse = b.Leieforhold.KoboSaksreferanse
	case b.Tildeling != nil:
		saksreferanse = b.Tildeling.KoboSaksreferanse
	case len(b.Reservasjoner) == 1:
		saksreferanse = b.Reservasjoner[0].KoboSaksreferanse
	default:
		return nil, nil
	}
	sak, found, err := FindSak(tx, saksreferanse)
	if !found {
		return nil, err
	}
	return &sak.Husstand, err
}

// availableFrom returns the date from which the home is free, or nil: "Styres via feltene status og
// statusdato, samt leieforhold" (Kobo page, Kobobolig). How is K211.
func (b Bolig) availableFrom(now time.Time) *string {
	if l := b.Leieforhold; l != nil {
		switch {
		case l.Oppsigelse != nil:
			return &l.Oppsigelse.PlanlagtUtflyttingsdato
		case !l.Kontrakt.ErTidsubegrenset:
			return l.Kontrakt.KontraktUtlopsdato
		}
		return nil
	}
	if b.Foranderlige.Statusdato == nil && b.Foranderlige.Status == statusKlar {
		today := dato(now)
		return &today
	}
	return b.Foranderlige.Statusdato
}

func renderLeieforhold(l *Leieforhold) *LeieforholdTO {
	if l == nil {
		return nil
	}
	shown := &LeieforholdTO{
		KoboID: l.KoboID, Depositum: l.Kontrakt.Depositum, KoboSaksreferanse: l.KoboSaksreferanse,
		ErTidsubegrenset:  l.Kontrakt.ErTidsubegrenset,
		KontraktStartdato: l.Kontrakt.KontraktStartdato, KontraktUtlopsdato: l.Kontrakt.KontraktUtlopsdato,
		Manedsleie: l.Kontrakt.Manedsleie,
		Meta:       l.Meta, Avsluttetdato: l.Avsluttetdato,
	}
	if o := l.Oppsigelse; o != nil {
		shown.OppsagtAktor, shown.Oppsigelsestid, shown.OppsigelseMottattDato = &o.OppsagtAktor, &o.Oppsigelsestid,
			&o.OppsigelseMottattDato
		shown.AnnenOppsigelsestid, shown.OppsagtFraDato, shown.PlanlagtUtflyttingsdato = o.AnnenOppsigelsestid,
			&o.OppsagtFraDato, &o.PlanlagtUtflyttingsdato
	}
	if a := l.Avslutning; a != nil {
		shown.Utflyttetdato, shown.LeieforholdAvslutningsgrunn = &a.Utflyttetdato, &a.Avslutningsgrunn
	}
	return shown
}

// list returns values that are encoded as [] when there are none.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}
