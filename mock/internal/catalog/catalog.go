// Package catalog holds the imitated APIs as data: a family file, and an API file over it.
//
// A file names checks and behaviours from closed sets and picks response members that a behaviour
// knows; there are no templates and no conditions. Load refuses what it does not understand, with
// all faults at once, each with its file and line.
package catalog

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
)

//go:embed apis
var embedded embed.FS

// Embedded returns the built-in catalogue: a folder for each family, with family.yaml and a file
// for each API.
func Embedded() fs.FS {
	sub, err := fs.Sub(embedded, "apis")
	if err != nil {
		panic(err) // impossible: the folder is embedded
	}
	return sub
}

// Catalog holds all imitated APIs, sorted by name.
type Catalog struct {
	APIs []*API
}

// API is an imitated API: its family's rules merged with its own data. It does not change after
// Load.
type API struct {
	Family      string
	Name        string // as in `--api NAME`
	Title       string
	Group       string   // heading under which lists have it; empty for an API of its own
	Label       string   // the first label of its host and the first segment of its path
	Hosts       []Host   // of the real API, under which it is imitated as that host
	Scope       string   // required of a token
	Resource    string   // the Altinn resource of its systembruker right
	Pakker      []string // Altinn access packages that include it
	ErrorBody   string   // form of an error body, a name in Vocabulary.ErrorBodies
	SchemaName  string
	Schema      func() *schema.Schema // of its documents, compiled once; nil for an API that takes none
	Example     []byte                // the page's example
	exampleName string                // its file
	MaxBody     int64                 // bytes
	Inntektsaar Span
	Routes      []*Route
	NotImitated []Operation // operations of the real API that Sandkasse does not imitate
	// ExchangedTokens says that tokens exchanged at Altinn are taken as well as those of Maskinporten.
	ExchangedTokens bool
	Matching        PathMatching // how the path of a call is matched with the routes
	Svar            []string     // members of a delivery's answer, in order
	// SvarPerLeveranse is the one of Svar that is a list with an entry for each leveranse; its Name
	// is empty where there is none.
	SvarPerLeveranse ListMember
	Felter           Felter
	Feil             feil.Table
	Kontroll         func() Kontroll     // worked out once
	Values           map[string][]string // values of generated documents, by a member's name or the end of its path
	Masked           []string            // members of bodies that the journal masks
	codes            []Code
	// hasSletteoppgaver reports whether the schema has them; asked once, since every delivery needs it
	hasSletteoppgaver func() bool
}

// PathMatching says how the path of a call is matched with the templates of an API's routes.
type PathMatching string

// The ways of matching paths.
const (
	ExactPaths  PathMatching = "exact"  // exact match (K019)
	AspNetPaths PathMatching = "aspnet" // as in ASP.NET: letter case and one trailing slash are ignored
)

// Operation is a method on a path.
type Operation struct {
	Method string
	Path   string // a template under the API's address: /v1/{inntektsaar}
}

// Route is one operation of an API.
type Route struct {
	Name       string
	Method     string
	Paths      []string // templates under the API's address: /v1/{inntektsaar}
	Checks     []string // names, in the order in which they run
	Behaviour  string
	Idempotent bool     // answers are stored under the caller's idempotencyKey
	Scopes     []string // one of which a token must have; empty for the API's
	SchemaName string
	Schema     func() *schema.Schema // of this operation's body, if it differs from the API's
}

// ListMember is a list in an answer, and the members of each of its entries, in order. A member that
// no behaviour knows is that of the leveranse.
type ListMember struct {
	Name    string
	Members []string
}

// Felter holds the places in an API's documents that its behaviours read. They are relative to a
// leveranse: that is an element of the list at Leveranser, or the whole document where that is
// empty.
type Felter struct {
	Leveranser    jsonptr.Pointer
	Inntektsaar   jsonptr.Pointer
	Leveransetype jsonptr.Pointer
	Oppgavegiver  jsonptr.Pointer
	Referanse     jsonptr.Pointer
	Oppgave       jsonptr.Pointer
	Sletteoppgave jsonptr.Pointer // empty in a family that has none; see API.Sletteoppgaver
}

// Document returns where in a document a place of its leveranse is. Where a delivery has several
// leveranser, that is with schema.Element for each of them.
func (f Felter) Document(place jsonptr.Pointer) jsonptr.Pointer {
	if len(f.Leveranser) == 0 || len(place) == 0 {
		return place
	}
	return slices.Concat(f.Leveranser, jsonptr.Pointer{schema.Element}, place)
}

// First returns where in a document a place of its first leveranse is.
func (f Felter) First(place jsonptr.Pointer) jsonptr.Pointer {
	if len(f.Leveranser) == 0 || len(place) == 0 {
		return place
	}
	return slices.Concat(f.Leveranser, jsonptr.Pointer{"0"}, place)
}

// Kontroll holds the rules of the feedback on a delivery, beyond the schema. Its pointers are
// relative to a leveranse, as those of Felter, where noted, else to an oppgave or a sletteoppgave.
// Those of sums, identifiers and dates may have jsonptr.Any for the elements of a list.
type Kontroll struct {
	AntallOppgaver jsonptr.Pointer // from the leveranse
	Sums           []Sum
	Leveranse      []Identifier // from the leveranse
	Oppgave        []Identifier
	Sletteoppgave  []Identifier
	Dates          []Date
	Identity       Identity
}

// Sum is a member of the summary (from the leveranse) that must be the sum of a member of the
// oppgaver.
type Sum struct{ Sum, Of jsonptr.Pointer }

// Identity says what makes two oppgaver the same: equal values at all these places.
type Identity struct {
	Oppgave       []jsonptr.Pointer
	Sletteoppgave []jsonptr.Pointer // the same places of a sletteoppgave, in the same order
	Leveranse     []jsonptr.Pointer // places of the leveranse that has them
}

// Identifier is the place of a number with check digits.
type Identifier struct {
	At   jsonptr.Pointer
	Kind string // foedselsnummer, organisasjonsnummer or kontonummer
}

// Date is the place of a date, with the period that it must lie in.
type Date struct {
	At        jsonptr.Pointer
	Form      DateForm
	Within    string          // inntektsaar, or untilYearEnd
	NotBefore jsonptr.Pointer // a date of the same oppgave that must not be later; empty for none
}

// DateForm says how a date is written.
type DateForm string

// The forms of a date.
const (
	FullDate DateForm = ""          // 2024-12-31
	DDMM     DateForm = "DDMM"      // day and month of the inntektsaar
	DateTime DateForm = "date-time" // 2024-12-31T12:00:00+01:00
)

// ByName returns the API with the name, or nil.
func (c *Catalog) ByName(name string) *API {
	return c.find(func(a *API) bool { return a.Name == name })
}

// ByLabel returns the API with the label, in any letter case, or nil.
func (c *Catalog) ByLabel(label string) *API {
	return c.find(func(a *API) bool { return strings.EqualFold(a.Label, label) })
}

func (c *Catalog) find(is func(*API) bool) *API {
	if i := slices.IndexFunc(c.APIs, is); i >= 0 {
		return c.APIs[i]
	}
	return nil
}

// Sletteoppgaver returns the place of the sletteoppgaver in a delivery. It is empty for an API
// whose schema has none: a member that a schema does not name has no effect (K046).
func (a *API) Sletteoppgaver() jsonptr.Pointer {
	if a.hasSletteoppgaver != nil && !a.hasSletteoppgaver() {
		return nil
	}
	return a.Felter.Sletteoppgave
}

// RefusingUnknown returns a copy of the catalogue whose reporting APIs refuse members that their
// schemas do not name.
func (c *Catalog) RefusingUnknown() *Catalog {
	changed := &Catalog{}
	for _, api := range c.APIs {
		other := *api
		if api.Schema != nil {
			other.Schema = sync.OnceValue(func() *schema.Schema { return api.Schema().Closed() })
		}
		changed.APIs = append(changed.APIs, &other)
	}
	return changed
}

// WithConflictStatus returns a copy of the catalogue with another status for every offence that is
// a conflict with stored data (K224).
func (c *Catalog) WithConflictStatus(status int) *Catalog {
	changed := &Catalog{}
	for _, api := range c.APIs {
		other := *api
		other.Feil = maps.Clone(api.Feil)
		for offence, row := range other.Feil {
			if row.Conflict {
				row.Status = status
				other.Feil[offence] = row
			}
		}
		other.codes = slices.Clone(api.codes)
		for i := range other.codes {
			if other.codes[i].Row.Conflict {
				other.codes[i].Row.Status = status
			}
		}
		changed.APIs = append(changed.APIs, &other)
	}
	return changed
}

// Names returns the names of the APIs, sorted.
func (c *Catalog) Names() []string {
	names := make([]string, len(c.APIs))
	for i, a := range c.APIs {
		names[i] = a.Name
	}
	return names
}

// Span is the range of years that an API accepts: from First to the clock's year plus LastFromNow,
// both included.
type Span struct {
	First       int
	LastFromNow int
}

// Last returns the last accepted year at the given time. Years begin in UTC (K009).
func (s Span) Last(now time.Time) int { return now.UTC().Year() + s.LastFromNow }

// Holds reports whether the API accepts the year at the given time.
func (s Span) Holds(year int, now time.Time) bool { return s.First <= year && year <= s.Last(now) }
