package catalog

import (
	"io/fs"
	"path"
	"slices"
)

// familyFile is the content of family.yaml.
type familyFile struct {
	Family    string      `yaml:"family"`
	MaxBody   int64       `yaml:"maxBody"`
	ErrorBody string      `yaml:"errorBody"`
	Masked    []string    `yaml:"masked"` // members of bodies that the journal masks
	Routes    []routeFile `yaml:"routes"`

	PathMatching string   `yaml:"pathMatching"` // how a path is matched with the routes; exact if left out
	NotImitated  []string `yaml:"notImitated"`  // operations of the real API that no route serves: GET /v1/parties

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
	Schema     string   `yaml:"schema"` // of this operation's body, in a family without one document
}

type felterFile struct {
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
}

// apiFile is the content of an API's file.
type apiFile struct {
	Name            string              `yaml:"name"`
	Title           string              `yaml:"title"`
	Label           string              `yaml:"label"`
	Hosts           []string            `yaml:"hosts"` // names of the real one
	Scope           string              `yaml:"scope"`
	Resource        string              `yaml:"resource"`
	Tilgangspakker  []string            `yaml:"tilgangspakker"`
	Schema          string              `yaml:"schema"`
	Example         string              `yaml:"example"`
	Inntektsaar     spanFile            `yaml:"inntektsaar"`
	Svar            []string            `yaml:"svar"`
	Koder           map[string]kodeFile `yaml:"koder"`
	Spesifiseringer map[string]string   `yaml:"spesifiseringer"`
	Tilbakemelding  tilbakemeldingFile  `yaml:"tilbakemelding"`
}

// tilbakemeldingFile holds the rules of the feedback on a delivery. The pointers of antallOppgaver,
// sum and identifiers.leveranse are relative to the document's root, the others to an oppgave or
// sletteoppgave.
type tilbakemeldingFile struct {
	AntallOppgaver string          `yaml:"antallOppgaver"`
	Sums           []sumFile       `yaml:"sums"`
	Identifiers    identifiersFile `yaml:"identifiers"`
	Dates          []dateFile      `yaml:"dates"`
	Identity       []string        `yaml:"identity"`
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

// listFiles returns the family folders below a catalogue's root and their API files, sorted.
func listFiles(files fs.FS) (map[string][]string, error) {
	found := map[string][]string{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") {
			found[path.Dir(name)] = append(found[path.Dir(name)], name)
		}
		return err
	})
	for _, names := range found {
		slices.Sort(names)
	}
	return found, err
}
