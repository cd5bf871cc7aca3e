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
// pointers from the root, or from an oppgave or sletteoppgave. A field that documents do not have
// is empty.
type FieldMap struct {
	Inntektsaar   []string
	Leveransetype []string
	Oppgavegiver  []string
	Oppgave       []string // the list
	Sletteoppgave []string // the list

	AntallOppgaver []string
	Sums           []Sum

	LeveranseIdentifiers     []Identifier // from the root
	OppgaveIdentifiers       []Identifier // within an oppgave
	SletteoppgaveIdentifiers []Identifier // within a sletteoppgave
	Dates                    []Date
	Identity                 [][]string // within an oppgave: two with the same values are duplicates
}

// Sum is a member of the summary (from the root) that is the sum of a member of the oppgaver.
type Sum struct{ Sum, Of []string }

// Identifier is a field with an identifier that has control digits.
type Identifier struct {
	At   []string
	Kind string // foedselsnummer, organisasjonsnummer or kontonummer
}

// Date is a date within an oppgave and its limits.
type Date struct {
	At        []string
	DDMM      bool     // day and month of the inntektsaar as DDMM; otherwise a whole date
	InYear    bool     // must be in the inntektsaar; otherwise no later than its end
	NotBefore []string // a date of the same oppgave that must not be later; empty for none
}
