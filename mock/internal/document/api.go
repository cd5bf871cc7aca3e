// Package document makes documents for an API from a description of it: valid ones, from its schema and the names of its fields alone, and
// ones that are wrong in exactly one way, each with the answer that it must get.
//
// The description is plain data, so that whoever knows an API can hand it in. Everything is a function of what is asked for: the same seed
// gives the same bytes.
package document

import (
	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/schema"
)

// DocumentSpec is what must be known of an API to make documents for it.
type DocumentSpec struct {
	Name     string
	Schema   *jsonschema.Schema                // compiled, with formats asserted
	Validate func(document any) []schema.Avvik // by the same schema
	Fields   FieldMap
}

// FieldMap says where an API's documents keep what its feedback looks at, as the segments of JSON pointers: from the root, or within one
// oppgave or sletteoppgave. Empty ones are not there.
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
	Identity                 [][]string // within an oppgave: what makes two the same
}

// Sum is a member of the summary (from the root) that is the sum of a member of the oppgaver.
type Sum struct{ Sum, Of []string }

// Identifier is a place where a number with control digits stands.
type Identifier struct {
	At   []string
	Kind string // foedselsnummer, organisasjonsnummer or kontonummer
}

// Date is a place, within an oppgave, of a date that has to lie somewhere.
type Date struct {
	At        []string
	DDMM      bool     // day and month of the inntektsaar, as DDMM; else a whole date
	InYear    bool     // in the inntektsaar; else no later than its end
	NotBefore []string // a date of the same oppgave that must not be later; empty for none
}
