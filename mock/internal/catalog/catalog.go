// Package catalog holds the imitated APIs as data: a family file, and an API file over it.
//
// A file names checks and behaviours from closed sets and picks response members that a behaviour knows; there is no template language
// and no condition. What cannot be understood is refused at load, all faults at once, each with its file and line.
package catalog

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/schema"
)

//go:embed apis
var embedded embed.FS

// Embedded is the built-in catalogue: one folder a family, in it family.yaml and one file an API.
func Embedded() fs.FS {
	sub, err := fs.Sub(embedded, "apis")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Catalog is every imitated API, ordered by name.
type Catalog struct {
	APIs []*API
}

// API is one imitated API, whole: its family's rules with its own data merged in. It does not change after Load.
type API struct {
	Family      string
	Name        string // what sandkasse calls it: `--api NAME`
	Title       string
	Label       string   // the first label of its host and the first segment of its path
	Hosts       []string // names of the real one, in lower case: under them the API has the whole host, without Label
	Scope       string   // what a token must hold
	Resource    string   // the Altinn resource of its systembruker right
	Pakker      []string // the Altinn access packages that give it too
	ErrorBody   string   // the form in which an error is told, a name of Vocabulary.ErrorBodies
	SchemaName  string
	Schema      func() *schema.Schema // what it takes, compiled once; nil in an API that takes no documents
	Example     []byte                // the page's example
	exampleName string                // its file
	MaxBody     int64                 // bytes
	Inntektsaar Span
	Routes      []*Route
	NotImitated []Operation  // what the real API has and Sandkasse does not
	Matching    PathMatching // how the path of a call is compared with those of the routes
	Svar        []string     // members of a delivery's answer, in order
	Felter      Felter
	Feil        feil.Table
	Kontroll    Kontroll
	Masked      []string // members of bodies that no journal shows
	codes       []Code
}

// PathMatching is how the path of a call is compared with the templates of an API's routes.
type PathMatching string

const (
	ExactPaths  PathMatching = "exact"  // to the letter (K019)
	AspNetPaths PathMatching = "aspnet" // as ASP.NET does: letter case and one slash at the end make no difference
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
	Idempotent bool // answers are kept under the caller's idempotencyKey
	SchemaName string
	Schema     func() *schema.Schema // of this operation's body, where it is another than the API's
}

// Felter says where a family's documents keep what its behaviours read.
type Felter struct {
	Inntektsaar   Pointer
	Leveransetype Pointer
	Oppgavegiver  Pointer
	Referanse     Pointer
	Oppgave       Pointer
	Sletteoppgave Pointer // empty in a family that has none; see API.Sletteoppgaver
}

// Kontroll is what the feedback on a delivery looks at, beyond the schema: pointers from the document's root where it says so, else from an
// oppgave or a sletteoppgave.
type Kontroll struct {
	AntallOppgaver Pointer // from the root
	Sums           []Sum
	Leveranse      []Identifier // from the root
	Oppgave        []Identifier
	Sletteoppgave  []Identifier
	Dates          []Date
	Identity       []Pointer // what makes two oppgaver the same
}

// Sum is a member of the summary (from the root) that must be the sum of a member of the oppgaver.
type Sum struct{ Sum, Of Pointer }

// Identifier is a place where a number with check digits stands.
type Identifier struct {
	At   Pointer
	Kind string // foedselsnummer, organisasjonsnummer or kontonummer
}

// Date is a place where a date stands that has to lie somewhere.
type Date struct {
	At        Pointer
	DDMM      bool    // day and month of the inntektsaar, as DDMM; else a whole date
	Within    string  // inntektsaar, or untilYearEnd
	NotBefore Pointer // a date of the same oppgave that must not be later; empty for none
}

// ByName is the API of that name, or nil.
func (c *Catalog) ByName(name string) *API {
	return c.find(func(a *API) bool { return a.Name == name })
}

// ByLabel is the API whose label this is, in any case, or nil.
func (c *Catalog) ByLabel(label string) *API {
	return c.find(func(a *API) bool { return strings.EqualFold(a.Label, label) })
}

// AtHost is the API that the real one's host belongs to, or nil. The name is in lower case, without port and
// without a full stop at the end.
func (c *Catalog) AtHost(name string) *API {
	return c.find(func(a *API) bool { return slices.Contains(a.Hosts, name) })
}

func (c *Catalog) find(is func(*API) bool) *API {
	if i := slices.IndexFunc(c.APIs, is); i >= 0 {
		return c.APIs[i]
	}
	return nil
}

// Sletteoppgaver is where a delivery keeps what it deletes; empty in an API whose schema has no such place: a member
// that a schema does not name has no effect (K046).
func (a *API) Sletteoppgaver() Pointer {
	if a.Schema != nil && !a.Schema().Path(a.Felter.Sletteoppgave).Taken {
		return nil
	}
	return a.Felter.Sletteoppgave
}

// RefusingUnknown is the catalogue with reporting APIs that refuse the members that their schemas do not name.
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

// WithConflictStatus is the catalogue with another status for every offence that is a conflict with what is stored (K224).
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

// Names lists the APIs' names.
func (c *Catalog) Names() []string {
	names := make([]string, len(c.APIs))
	for i, a := range c.APIs {
		names[i] = a.Name
	}
	return names
}

// Span is the years an API takes: from First to the clock's year plus LastFromNow, both included.
type Span struct {
	First       int
	LastFromNow int
}

// Last is the newest year taken at that time. The year turns in UTC, wherever the machine stands (K009).
func (s Span) Last(now time.Time) int { return now.UTC().Year() + s.LastFromNow }

// Holds tells whether the API takes the year at that time.
func (s Span) Holds(year int, now time.Time) bool { return s.First <= year && year <= s.Last(now) }

// Pointer is a JSON pointer, parsed.
type Pointer []string

// ParsePointer reads a pointer such as /leveranse/oppgave; ok is false when it does not begin with a slash.
func ParsePointer(text string) (p Pointer, ok bool) {
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return nil, false
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for segment := range strings.SplitSeq(rest, "/") {
		p = append(p, unescape.Replace(segment))
	}
	return p, true
}

// String is the pointer as it stands in a document.
func (p Pointer) String() string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, segment := range p {
		b.WriteString("/" + escape.Replace(segment))
	}
	return b.String()
}

// In is the value the pointer leads to in a decoded document; ok is false when nothing is there.
func (p Pointer) In(document any) (value any, ok bool) {
	value = document
	for _, segment := range p {
		switch at := value.(type) {
		case map[string]any:
			if value, ok = at[segment]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			value = at[i]
		default:
			return nil, false
		}
	}
	return value, true
}
