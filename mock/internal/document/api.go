// Package document makes documents for an API from a description of it: valid ones, from its schema
// and the names of its fields, and ones that are wrong in exactly one way, with the answer that
// each must get.
//
// The description is plain data; the catalogue is not needed. The same seed gives the same bytes.
package document

import (
	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/schema"
)

// Spec describes the documents of an API.
type Spec struct {
	Name     string
	Schema   *jsonschema.Schema                // compiled, with formats asserted
	Validate func(document any) []schema.Avvik // validates by the same schema
	Fields   FieldMap
}

// FieldMap says where documents have the fields that the feedback looks at, as segments of JSON
// pointers from a leveranse, or from an oppgave or sletteoppgave. A leveranse is an element of the
// list at Leveranser, or the whole document where that is empty. A field that documents do not have
// is empty. Pointers of sums, identifiers and dates may have an asterisk for the elements of a list.
type FieldMap struct {
	Leveranser    []string // the list, from the root
	Inntektsaar   []string
	Leveransetype []string
	Oppgavegiver  []string
	Oppgave       []string // the list
	Sletteoppgave []string // the list

	AntallOppgaver []string
	Sums           []Sum

	LeveranseIdentifiers     []Identifier // from a leveranse
	OppgaveIdentifiers       []Identifier // within an oppgave
	SletteoppgaveIdentifiers []Identifier // within a sletteoppgave
	Dates                    []Date
	Identity                 [][]string // within an oppgave: two with the same values are duplicates
	IdentityLeveranse        [][]string // from a leveranse: with Identity, if there are several

	// Values has what a member may hold, by its name or by the end of its path.
	Values map[string][]string
}

// Sum is a member of the summary (from a leveranse) that is the sum of a member of the oppgaver.
type Sum struct{ Sum, Of []string }

// Identifier is a field with an identifier that has control digits.
type Identifier struct {
	At   []string
	Kind string // foedselsnummer, organisasjonsnummer or kontonummer
}

// DateForm says how a date is written.
type DateForm string

// The forms of a date.
const (
	FullDate DateForm = ""          // 2024-12-31
	DDMM     DateForm = "DDMM"      // day and month of the inntektsaar
	DateTime DateForm = "date-time" // 2024-12-31T12:00:00Z
)

// Date is a date within an oppgave and its limits.
type Date struct {
	At        []string
	Form      DateForm
	InYear    bool     // must be in the inntektsaar; otherwise no later than its end
	NotBefore []string // a date of the same oppgave that must not be later; empty for none
}
