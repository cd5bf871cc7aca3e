// Package feil lists what can be wrong with a call, and how each agency answers it.
//
// What is wrong is an Offence, one of a closed list. The answer (status, code, text) differs from
// agency to agency and from API to API, and is data: a Table. A check never names a code, and a
// table never names a check.
package feil

import (
	"cmp"
	"fmt"

	"sandkasse/mock/internal/excerpt"
)

// Offence is one way in which a call can be wrong. The list below is closed: a catalogue with
// another one is refused.
type Offence string

// The offences, in the order in which a call meets them.
const (
	UnknownURL         Offence = "unknown-url"            // nothing at this path under a known API
	MethodNotAllowed   Offence = "method-not-allowed"     // the path exists, the method does not
	MissingToken       Offence = "missing-token"          // no bearer token on the call
	InvalidToken       Offence = "invalid-token"          // a malformed, wrongly signed, expired or foreign token
	WrongScope         Offence = "wrong-scope"            // a valid token with another scope
	NoSystembruker     Offence = "no-systembruker"        // a valid token without a systembruker
	EnterpriseUser     Offence = "enterprise-user"        // a header of Altinn's that is no longer taken
	NotAcceptable      Offence = "not-acceptable"         // Accept leaves out what the API answers
	WrongContentType   Offence = "wrong-content-type"     // the body is declared as something else than JSON
	BodyTooLarge       Offence = "body-too-large"         // more bytes than the API takes
	MissingHeader      Offence = "missing-header"         // a required header is not there
	BadParameter       Offence = "bad-parameter"          // a header or path parameter of the wrong form
	KeyReused          Offence = "key-reused"             // the idempotencyKey was answered before, for another body
	YearNotSupported   Offence = "year-not-supported"     // an inntektsaar outside the span the API takes
	BrokenJSON         Offence = "broken-json"            // the body is not one well-formed JSON document
	SchemaViolation    Offence = "schema-violation"       // the document breaks the JSON Schema
	YearMismatch       Offence = "year-mismatch"          // inntektsaar in the path and in the document differ
	ContradictoryData  Offence = "contradictory-metadata" // what the delivery says of itself contradicts what it holds
	Underenhet         Offence = "underenhet"             // the oppgavegiver is one; its hovedenhet must report
	NoRightToReport    Offence = "no-right-to-report"     // the caller may not report for this oppgavegiver
	UnknownForsendelse Offence = "unknown-forsendelse"    // no such forsendelse for this caller
	NoDialog           Offence = "no-dialog"              // no such forsendelse, and nothing delivered for that year
	UnknownDokument    Offence = "unknown-dokument"       // the forsendelse is there, the document is not
	UnknownDialog      Offence = "unknown-dialog"         // no such dialog for this caller
	ForbiddenDialog    Offence = "forbidden-dialog"       // the dialog is there, the caller may not see it
	DialogGone         Offence = "dialog-gone"            // the dialog was deleted: only on demand
	UnknownDialogPart  Offence = "unknown-dialog-part"    // the dialog is there, its transmission or activity is not
	UnknownSystem      Offence = "unknown-system"         // no FDVU system of this id is set up in Kobo
	UnknownHome        Offence = "unknown-home"           // no such home for this caller
	UnknownCase        Offence = "unknown-case"           // no such case in Kobo
	NoReservation      Offence = "no-reservation"         // the case has not reserved this home
	NoAssignment       Offence = "no-assignment"          // the home is not assigned to this case
	NoTenancy          Offence = "no-tenancy"             // the home has no tenancy
	NoNotice           Offence = "no-notice"              // the tenancy has no notice
	OtherAddress       Offence = "other-address"          // the vendor's id is of a home with another address
	TenancyExists      Offence = "tenancy-exists"         // the home has a tenancy already
	CaseReservesOthers Offence = "case-reserves-others"   // the case has reserved other homes
	AssignedOtherwise  Offence = "assigned-otherwise"     // the home has another case, or the case another home
	HomeLinked         Offence = "home-linked"            // no case is named, and the home is linked to one
	NoticeExists       Offence = "notice-exists"          // the tenancy has a notice already
	UnexpectedFailure  Offence = "unexpected-failure"     // something inside failed
	UnspecifiedFailure Offence = "unspecified-failure"    // "Uspesifisert systemfeil": only on demand
	BackendFailure     Offence = "backend-failure"        // a system behind the API is down: only on demand
)

// Offences returns every offence, in the order in which a call meets them.
func Offences() []Offence {
	return []Offence{
		UnknownURL, MethodNotAllowed, MissingToken, InvalidToken, WrongScope, NoSystembruker, EnterpriseUser,
		NotAcceptable,
		WrongContentType, BodyTooLarge, MissingHeader, BadParameter, KeyReused, YearNotSupported, BrokenJSON,
		SchemaViolation, YearMismatch, ContradictoryData, Underenhet, NoRightToReport,
		UnknownForsendelse, NoDialog, UnknownDokument,
		UnknownDialog, ForbiddenDialog, DialogGone, UnknownDialogPart,
		UnknownSystem, UnknownHome, UnknownCase, NoReservation, NoAssignment, NoTenancy, NoNotice, OtherAddress,
		TenancyExists, CaseReservesOthers, AssignedOtherwise, HomeLinked, NoticeExists,
		UnexpectedFailure, UnspecifiedFailure, BackendFailure,
	}
}

// Feil is an offence of one call. It is an error, so that checks and behaviours return it like any
// other.
type Feil struct {
	Offence  Offence
	Why      string   // for the journal: an English sentence saying what was wrong and what would be right
	Detaljer []Detalj // where in the call, as far as the agency shows it

	// Sandbox, unless empty, is for Sandkasse-Feil, beside the agency's answer: what the real API
	// may well have and Sandkasse has not.
	Sandbox string
}

// Detalj is one place in a call. Sti is a JSON pointer into the body, or the name of a header or a
// path parameter.
type Detalj struct {
	Sti         string
	AngittVerdi string // what stood there; empty when nothing did
	Melding     string // a Norwegian sentence saying what would be right; empty where the table's text says it all
	UtenKode    string // such a sentence for an API whose page has no specification code, and so no text, for this
}

// New returns an offence with its reason and the places it concerns.
func New(offence Offence, why string, detaljer ...Detalj) *Feil {
	return &Feil{Offence: offence, Why: why, Detaljer: detaljer}
}

// Error returns what was wrong, in English. Row.Body has the agency's words.
func (f *Feil) Error() string { return fmt.Sprintf("%s: %s", f.Offence, f.Why) }

// Row holds an API's answer to one offence. Melding is the text of the page's table; Spesifisering
// is empty where the page has no specification code for it.
type Row struct {
	Offence              Offence
	Status               int
	Kode                 string
	Melding              string
	Type                 string // of an error as problem details (RFC 9457); else empty
	Spesifisering        string
	SpesifiseringMelding string
	Conflict             bool // a conflict with what is stored, for which no status is documented
}

// Table holds an API's answers, by offence.
type Table map[Offence]Row

// Body is the error body of Skatteetaten's reporting APIs, its members in the documented order
// (docs/sources/skatteetaten.md).
type Body struct {
	Kode           string          `json:"kode"`
	Melding        string          `json:"melding"`
	Korrelasjonsid string          `json:"korrelasjonsid"`
	Spesifisering  []Spesifisering `json:"spesifisering,omitempty"`
}

// Spesifisering is one entry of the error body. Kode is left out where the page has no
// specification code for the offence (K003).
type Spesifisering struct {
	Kode        string `json:"kode,omitempty"`
	Melding     string `json:"melding"`
	Sti         string `json:"sti,omitempty"`
	AngittVerdi string `json:"angittVerdi,omitempty"`
}

// Body returns the error body for an offence (K002). Entries come in the order of the Detaljer; an
// offence with a specification code has at least one, one with neither code nor place has none, and
// the member is left out.
func (row Row) Body(f *Feil, korrelasjonsid string) Body {
	body := Body{Kode: row.Kode, Melding: row.Melding, Korrelasjonsid: korrelasjonsid}
	detaljer := f.Detaljer
	if len(detaljer) == 0 && row.Spesifisering != "" {
		detaljer = []Detalj{{}}
	}
	for _, d := range detaljer {
		body.Spesifisering = append(body.Spesifisering, Spesifisering{
			Kode: row.Spesifisering, Melding: excerpt.Fit(row.melding(d), MaxText), Sti: excerpt.Fit(d.Sti, MaxText),
			AngittVerdi: excerpt.Fit(d.AngittVerdi, MaxText),
		})
	}
	return body
}

// melding returns the table's text, followed by what is wrong at this place where the check says it
// (K004).
func (row Row) melding(d Detalj) string {
	text := cmp.Or(row.SpesifiseringMelding, row.Melding)
	switch {
	case d.Melding == "" && (row.Spesifisering != "" || d.UtenKode == ""):
		return text
	case row.Spesifisering == "":
		return cmp.Or(d.Melding, d.UtenKode)
	default:
		return text + ": " + d.Melding
	}
}

// MaxText is the most characters of a text of an error: melding, sti and angittVerdi are of the
// type Tekst in the official documents (boligsameie-api 1.0.0, boligselskap-api 1.0.1). A longer
// one ends in an ellipsis (K026).
const MaxText = 4000
