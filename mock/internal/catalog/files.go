package catalog

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sandkasse/mock/internal/readfile"
)

// familyFile is the content of family.yaml.
type familyFile struct {
	Family    string      `yaml:"family"`
	MaxBody   int64       `yaml:"maxBody"`
	ErrorBody string      `yaml:"errorBody"`
	Masked    []string    `yaml:"masked"` // members of bodies that the journal masks
	Routes    []routeFile `yaml:"routes"`

	Hosts     []string `yaml:"hosts"`     // of every API, with LABEL. in place of its label
	TestHosts []string `yaml:"testHosts"` // the same in the test environment

	PathMatching string `yaml:"pathMatching"` // how a path is matched with the routes; exact if left out
	// tokens exchanged at Altinn are taken as well as those of Maskinporten
	ExchangedTokens bool     `yaml:"exchangedTokens"`
	NotImitated     []string `yaml:"notImitated"` // operations of the real API that no route serves: GET /v1/parties

	Felter   felterFile             `yaml:"felter"`
	Koder    map[string]kodeFile    `yaml:"koder"` // for APIs whose page does not list the code
	Offences map[string]offenceFile `yaml:"offences"`
}

type routeFile struct {
	Name       string   `yaml:"name"`
	Method     string   `yaml:"method"`
	Paths      []string `yaml:"paths"`
	Checks     []string `yaml:"checks"`
	Behaviour  string   `yaml:"behaviour"`
	Idempotent bool     `yaml:"idempotent"`
	Scopes     []string `yaml:"scopes"` // one of which a token must have, instead of the API's
	Schema     string   `yaml:"schema"` // of this operation's body, in a family without one document
}

// felterFile holds JSON pointers from a document's root. Where a delivery has several leveranser,
// leveranser is their list, and the others go on from it and a *.
type felterFile struct {
	Leveranser    string `yaml:"leveranser"`
	Inntektsaar   string `yaml:"inntektsaar"`
	Leveransetype string `yaml:"leveransetype"`
	Oppgavegiver  string `yaml:"oppgavegiver"`
	Referanse     string `yaml:"referanse"`
	Oppgave       string `yaml:"oppgave"`
	Sletteoppgave string `yaml:"sletteoppgave"`
}

type offenceFile struct {
	Kode          string   `yaml:"kode"`
	Spesifisering []string `yaml:"spesifisering"`
	// WhereListed (K720) says that only an API whose page lists one of the specification codes answers with
	// the offence; a check that finds nothing else is not made by the others.
	WhereListed bool `yaml:"whereListed"`
}

// apiFile is the content of an API's file.
type apiFile struct {
	Name           string     `yaml:"name"`
	Title          string     `yaml:"title"`
	Group          string     `yaml:"group"` // heading under which lists have it
	Label          string     `yaml:"label"`
	Hosts          []string   `yaml:"hosts"`     // of the real one: see Host
	TestHosts      []string   `yaml:"testHosts"` // the same in the test environment
	Skyporten      []string   `yaml:"skyporten"` // which of them are Skyporten's
	Scope          string     `yaml:"scope"`
	Resource       string     `yaml:"resource"`
	Tilgangspakker []string   `yaml:"tilgangspakker"`
	Schema         string     `yaml:"schema"`
	Example        string     `yaml:"example"`
	Inntektsaar    spanFile   `yaml:"inntektsaar"`
	Felter         felterFile `yaml:"felter"` // those that differ from the family's
	Svar           []string   `yaml:"svar"`
	// the members of each entry, by the name of the list in svar that has one for each leveranse
	SvarPerLeveranse map[string][]string `yaml:"svarPerLeveranse"`
	Koder            map[string]kodeFile `yaml:"koder"`
	Spesifiseringer  map[string]string   `yaml:"spesifiseringer"`
	Tilbakemelding   tilbakemeldingFile  `yaml:"tilbakemelding"`
	// what generated documents have in a member, by its name or by the end of its path: livdel/forsikringstype
	Values map[string][]string `yaml:"values"`
}

// tilbakemeldingFile holds the rules of the feedback on a delivery. The pointers of antallOppgaver,
// sum, identifiers.leveranse and identityLeveranse are written as those of felter, the others are
// relative to an oppgave or sletteoppgave.
type tilbakemeldingFile struct {
	AntallOppgaver string          `yaml:"antallOppgaver"`
	Sums           []sumFile       `yaml:"sums"`
	Identifiers    identifiersFile `yaml:"identifiers"`
	Dates          []dateFile      `yaml:"dates"`
	Identity       []string        `yaml:"identity"`
	// the places of identity in a sletteoppgave, in the same order, if they are others
	IdentitySletteoppgave []string `yaml:"identitySletteoppgave"`
	IdentityLeveranse     []string `yaml:"identityLeveranse"` // of the leveranse, for all its oppgaver
}

type sumFile struct {
	Sum string `yaml:"sum"`
	Of  string `yaml:"of"`
}

type identifiersFile struct {
	Leveranse     []identifierFile `yaml:"leveranse"`
	Oppgave       []identifierFile `yaml:"oppgave"`
	Sletteoppgave []identifierFile `yaml:"sletteoppgave"`
}

type identifierFile struct {
	At   string `yaml:"at"`
	Kind string `yaml:"kind"`
}

type dateFile struct {
	At        string `yaml:"at"`
	Form      string `yaml:"form"`
	Within    string `yaml:"within"`
	NotBefore string `yaml:"notBefore"`
}

type spanFile struct {
	First       int `yaml:"first"`
	LastFromNow int `yaml:"lastFromNow"`
}

type kodeFile struct {
	Status   int    `yaml:"status"`
	Melding  string `yaml:"melding"`
	Type     string `yaml:"type"`     // of a problem (RFC 9457)
	Conflict bool   `yaml:"conflict"` // with stored data; the user chooses its status
}

// Limits of a catalogue's folder (K590).
const (
	maxAPIFiles = 1_000               // YAML files
	maxFiles    = readfile.MaxEntries // files and folders, of whatever kind
	maxDepth    = 16                  // folders within each other
	maxTotal    = 16 << 20            // bytes of all YAML files, and of all schemas or examples that no API names
)

// listFiles returns the family folders below a catalogue's root and their API files, sorted. The
// error says which limit the folder breaks.
func listFiles(files fs.FS) (map[string][]string, error) {
	found := map[string][]string{}
	count, size := 0, int64(0)
	err := walk(files, func(name string) error {
		if path.Ext(name) != ".yaml" && path.Ext(name) != ".yml" {
			return nil
		}
		// a larger one is not read
		if info, err := fs.Stat(files, name); err == nil && info.Size() <= readfile.MaxYAML {
			size += info.Size()
		}
		if count++; count > maxAPIFiles || size > maxTotal {
			return fmt.Errorf("the folder has more than %d API files, or more than %d MiB of them; move those that "+
				"are not needed elsewhere", maxAPIFiles, maxTotal>>20)
		}
		found[path.Dir(name)] = append(found[path.Dir(name)], name)
		return nil
	})
	for _, names := range found {
		slices.Sort(names)
	}
	return found, err
}

// walk calls visit with the name of each file below the root of files, and ends at its first error
// or where a limit is broken.
func walk(files fs.FS, visit func(name string) error) error {
	count := 0
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		count++
		switch {
		case err != nil:
			return readfile.Reason(err)
		case count > maxFiles:
			return fmt.Errorf("there are more than %d files in the folder and those below it; move those that are not "+
				"needed elsewhere", maxFiles)
		case strings.Count(name, "/") > maxDepth:
			return fmt.Errorf("there are more than %d folders within each other", maxDepth)
		case entry.IsDir():
			return nil
		}
		return visit(name)
	})
}
