package mock

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/token"
	"sandkasse/schemas"
)

// Catalog is a set of imitated APIs, with what can be done for them without a server. It does not change, and is safe
// for concurrent use.
type Catalog struct {
	known *catalog.Catalog
	level FeedbackLevel // of documents that are generated, where no other is asked for; empty for FeedbackFormat
}

// LoadCatalog returns the built-in APIs with those of a folder over them (as in Options.APIs): a [Dir], another file
// system, or nil for the built-in APIs only. The error is a *FaultsError with everything that is wrong with the files,
// or an *ArgumentError where the folder cannot be read.
func LoadCatalog(apis fs.FS) (*Catalog, error) {
	known, err := loadCatalog(apis)
	if err != nil {
		return nil, err
	}
	return &Catalog{known: known}, nil
}

// loadCatalog returns the internal catalogue that LoadCatalog wraps.
func loadCatalog(apis fs.FS) (*catalog.Catalog, error) {
	root, dir := folder(apis)
	if root == nil {
		known, err := backend.BuiltIn()
		return known, public(err)
	}
	if info, err := fs.Stat(root, "."); err != nil || !info.IsDir() {
		return nil, argument(fmt.Errorf("%s is no folder of API files", cmp.Or(dir, "the file system")))
	}
	known, err := backend.Over(root, dir)
	return known, public(err)
}

// Catalog returns the APIs of the server, with its Options.UnknownMembers. What it generates is for the server's
// Options.Feedback where no other level is asked for.
func (s *Server) Catalog() *Catalog { return &Catalog{s.backend.Catalog, s.options.Feedback} }

// RefusingUnknown returns the same APIs as a server with RefuseUnknown has them: Validate reports members that the
// schema does not name, and GenerateInvalid makes calls with such members.
func (c *Catalog) RefusingUnknown() *Catalog {
	return &Catalog{RefuseUnknown.catalog(c.known), c.level}
}

// API describes an imitated API.
type API struct {
	Name     string    `json:"name"`                     // such as bsu
	Title    string    `json:"title"`                    // such as Boligsparing for ungdom
	Group    string    `json:"group,omitempty"`          // heading under which lists have it, such as Primary sector
	Label    string    `json:"label"`                    // the first element of its paths, and of its host names
	Scope    string    `json:"scope"`                    // that a token must have
	Resource string    `json:"resource,omitempty"`       // in Altinn, that a system user must have been given
	Packages []string  `json:"accessPackages,omitempty"` // in Altinn, of which one does instead; agents have no other
	Schema   string    `json:"schema,omitempty"`         // file of the JSON Schema of its documents
	Years    *[2]int   `json:"inntektsaar,omitempty"`    // first and last that it accepts; nil for none
	MaxBody  int64     `json:"maxBody"`                  // bytes
	Routes   []Route   `json:"routes"`                   // operations
	Svar     []string  `json:"svar,omitempty"`           // members of the answer to a delivery
	Offences []Offence `json:"offences"`                 // every error that it can answer
}

// Route is one operation of an API.
type Route struct {
	Name   string   `json:"name"`   // such as innsending
	Method string   `json:"method"` // HTTP method
	Paths  []string `json:"paths"`  // from the root of the server, with parameters in braces
	Checks []string `json:"checks"` // in the order in which they run
}

// Offence is one thing that can be wrong with a call to an API, and the error that the API answers then.
type Offence struct {
	Offence              string `json:"offence"`                        // such as missing-token
	Status               int    `json:"status"`                         // HTTP status
	Kode                 string `json:"kode"`                           // such as GLD_004
	Melding              string `json:"melding"`                        // text of the code
	Spesifisering        string `json:"spesifisering,omitempty"`        // such as GLD_1007; empty for none
	SpesifiseringMelding string `json:"spesifiseringMelding,omitempty"` // text of the specification
}

// newAPI returns the description of an API at a time.
func newAPI(api *catalog.API, at time.Time) API {
	view := describe.API(api, at)
	shown := API{
		Name: view.Name, Title: view.Title, Group: view.Group, Label: view.Label, Scope: view.Scope,
		Resource: view.Resource, Packages: slices.Clone(view.Packages),
		Schema: view.Schema, Years: view.Years, MaxBody: view.MaxBody, Svar: view.Svar,
	}
	for _, route := range view.Routes {
		shown.Routes = append(shown.Routes, Route(route))
	}
	for _, offence := range view.Offences {
		shown.Offences = append(shown.Offences, Offence(offence))
	}
	return shown
}

// APIs returns the APIs as they are at a time, which determines the years that they accept, sorted by name.
func (c *Catalog) APIs(at time.Time) []API {
	var list []API
	for _, api := range c.known.APIs {
		list = append(list, newAPI(api, at))
	}
	return list
}

// API returns the API of that name as it is at a time. The error is ErrUnknownAPI.
func (c *Catalog) API(name string, at time.Time) (API, error) {
	api, err := apiOf(c.known, name)
	if err != nil {
		return API{}, err
	}
	return newAPI(api, at), nil
}

// apiOf returns the API of that name. The error is ErrUnknownAPI.
func apiOf(known *catalog.Catalog, name string) (*catalog.API, error) {
	if api := known.ByName(name); api != nil {
		return api, nil
	}
	return nil, unknownAPI(name, known.Names())
}

// TokenRequest is a request for a Maskinporten token. API is required, and Org or Vendor.
type TokenRequest struct {
	API    string // name of the API that the token is for: bsu
	Org    string // organisation of the system user, nine digits; empty for a token without a system user
	Vendor string // organisation that holds the token, nine digits; empty: 319000003, or none for boligsameie
	Scope  string // empty: the scope of the API
	// SystemUser and System are the ids of the system user and of its system; empty: derived from Org and Vendor.
	SystemUser, System string
	TTL                time.Duration // at least a second; 0: 120 seconds
	Expired            bool          // makes a token that expired a minute ago

	// BaseURL is the address of the server whose Maskinporten issues the token. Empty: that of the session; of a
	// Catalog http://127.0.0.1:8080. Servers accept tokens of any address, since all sign with one published test key.
	BaseURL string
	// IssuedAt is the token's iat. Zero stands for the session's time, or the machine's for
	// Catalog.Token.
	IssuedAt time.Time
}

// mint returns the token of a request whose BaseURL and IssuedAt are given. The id becomes its jti.
func (r TokenRequest) mint(known *catalog.Catalog, key token.Key, id string) (string, error) {
	if r.API != "" {
		if _, err := apiOf(known, r.API); err != nil {
			return "", err
		}
	}
	minted, err := token.MintFor(token.Request{
		API: r.API, Org: r.Org, Vendor: r.Vendor, SystemUser: r.SystemUser, System: r.System, Scope: r.Scope,
		TTL: r.TTL, Expired: r.Expired,
	}, token.MintOptions{Catalog: known, Key: key, Issuer: token.IssuerAt(r.BaseURL), Now: r.IssuedAt, ID: id})
	return minted, argument(err)
}

// Token returns a Maskinporten token that every sandkasse with that API accepts. The error is an *ArgumentError, of an
// unknown API also ErrUnknownAPI.
func (c *Catalog) Token(request TokenRequest) (string, error) {
	key, err := token.TestKey()
	if err != nil {
		return "", err
	}
	request.BaseURL = cmp.Or(request.BaseURL, defaultBase)
	if request.IssuedAt.IsZero() {
		request.IssuedAt = machineClock()
	}
	id := make([]byte, 32)
	rand.Read(id) // never fails (crypto/rand)
	return request.mint(c.known, key, base64.RawURLEncoding.EncodeToString(id))
}

// defaultBase is the address of a server that is started without flags.
const defaultBase = "http://127.0.0.1:8080"

// Violation is one thing that is wrong with a document.
type Violation struct {
	Sti         string // JSON pointer to the place: /leveranse/oppgave/0/beloep
	AngittVerdi string // the value there; empty for none
	Melding     string // what it must be, in Norwegian, as the API's answer says it
	Line        int    // of the place, from 1
	Column      int    // of the place, from 1
}

// Validate checks a document as the API of that name does on delivery, as far as this depends on the document alone:
// its JSON, its schema, and whether it contradicts itself. It returns the violations sorted by Sti, none for a document
// that can be delivered. Members that the schema does not name are accepted (but see RefusingUnknown). The error is
// an *ArgumentError: an unknown API (ErrUnknownAPI), or one that takes no documents.
func (c *Catalog) Validate(api string, document []byte) ([]Violation, error) {
	at, err := apiOf(c.known, api)
	if err != nil {
		return nil, err
	}
	if at.Schema == nil {
		return nil, argument(fmt.Errorf("the API %s takes no documents; only the reporting APIs do", api))
	}
	found, err := innrapportering.Violations(at, document)
	if err != nil {
		return nil, err
	}
	var violations []Violation
	for _, one := range found {
		violations = append(violations, Violation(one))
	}
	return violations, nil
}

// Scenario describes a scenario: a script, or a code that an API documents.
type Scenario struct {
	Name         string      `json:"name"`                 // such as lost-answer or GLD_1015
	Description  string      `json:"description"`          // what happens
	Client       string      `json:"client"`               // what a client should do
	Organisation string      `json:"organisation"`         // reserved organisation number that selects the scenario
	APIs         []string    `json:"apis,omitempty"`       // that document the code; empty for a script
	Parameters   []Parameter `json:"parameters,omitempty"` // that may follow the name: slow;ms=8000
	Own          bool        `json:"own"`                  // a script of the caller, not built in
	File         string      `json:"file,omitempty"`       // of a script
	Text         string      `json:"text,omitempty"`       // of a script; empty for a code
	Faults       []string    `json:"faults,omitempty"`     // in a newer version of the file, which is not used
}

// Parameter is a setting of a scenario.
type Parameter struct {
	Name  string `json:"name"`  // such as ms
	Means string `json:"means"` // what it sets, with its default and its limits
}

func newScenario(view describe.ScenarioView) Scenario {
	shown := Scenario{
		Name: view.Name, Description: view.Description, Client: view.Client, Organisation: view.Organisation,
		APIs: view.APIs, Own: view.Own, File: view.File, Text: view.Text, Faults: view.Faults,
	}
	for _, parameter := range view.Parameters {
		shown.Parameters = append(shown.Parameters, Parameter(parameter))
	}
	return shown
}

// Scenarios returns all scenarios: the built-in scripts and those of a folder (as in Options.Scenarios; nil for none),
// sorted by name, then the codes that the APIs document. The error is a *FaultsError with everything that is wrong with
// the scripts, or an *ArgumentError where the folder cannot be read.
func (c *Catalog) Scenarios(scripts fs.FS) ([]Scenario, error) {
	library, err := loadScenarios(c.known, scripts)
	if err != nil {
		return nil, err
	}
	var list []Scenario
	for _, view := range describe.Scenarios(c.known, library, "") {
		list = append(list, newScenario(view))
	}
	return list, nil
}

// Scenario returns the scenario of that name, without parameters, from those that Scenarios returns. The error for an
// unknown one is an *ArgumentError, whose text lists what there is.
func (c *Catalog) Scenario(scripts fs.FS, name string) (Scenario, error) {
	library, err := loadScenarios(c.known, scripts)
	if err != nil {
		return Scenario{}, err
	}
	view, err := describe.Scenario(c.known, library, name)
	return newScenario(view), argument(err)
}

// ScenarioSchema returns the JSON Schema of a script, for editors. It cannot express every rule: Catalog.Scenarios
// also checks names of APIs, routes and codes, and values that depend on each other.
func ScenarioSchema() []byte { return scenario.Schema() }

// FileKinds returns the kinds of files that users write, of which FileSchema has a JSON Schema: config
// (sandkasse.yaml), api and family (Options.APIs), clients (Options.Clients) and scenario (Options.Scenarios).
func FileKinds() []string { return []string{"config", "api", "family", "clients", "scenario"} }

// FileSchema returns the JSON Schema of a kind of file, for editors. None of them can express every rule: whoever reads
// the file checks more. The error, for an unknown kind, is an *ArgumentError.
func FileSchema(kind string) ([]byte, error) {
	switch {
	case kind == "scenario":
		return ScenarioSchema(), nil
	case !slices.Contains(FileKinds(), kind):
		return nil, argument(fmt.Errorf("there is no kind of file %q; there are %s", kind,
			strings.Join(FileKinds(), ", ")))
	}
	return fs.ReadFile(schemas.Files(), "files/"+kind+".schema.json")
}

// loadScenarios reads the built-in scripts, and those of a folder unless it is nil. The error is a *FaultsError, or an
// *ArgumentError where the folder cannot be read.
func loadScenarios(known *catalog.Catalog, scripts fs.FS) (*scenario.Library, error) {
	names := scenario.Known{Codes: known.Codes()}
	for _, api := range known.APIs {
		names.APIs = append(names.APIs, api.Name)
		names.Families = append(names.Families, api.Family)
		for _, route := range api.Routes {
			names.Routes = append(names.Routes, route.Name)
		}
	}
	for _, offence := range feil.Offences() {
		names.Offences = append(names.Offences, string(offence))
	}
	root, dir := folder(scripts)
	library, err := scenario.Load(root, dir, names)
	if err != nil && root != nil {
		if _, unreadable := fs.ReadDir(root, "."); unreadable != nil {
			return nil, argument(err)
		}
	}
	return library, public(err)
}

// Kinds returns the kinds of documents that Generate makes: the names of the APIs that take deliveries, sorted, then
// kobobolig, sak and husstand.
func (c *Catalog) Kinds() []string { return generation.Kinds(c.known) }

// Generate returns valid test documents, which depend on the options only: the same options give the same bytes on any
// day. Each document is made when the sequence comes to it. The error is an *ArgumentError for an invalid option; an
// error in the sequence ends it.
func (c *Catalog) Generate(o GenerateOptions) (iter.Seq2[Document, error], error) {
	documents, err := generation.Documents(c.known, o.request(c.level))
	if err != nil {
		return nil, public(err)
	}
	return func(yield func(Document, error) bool) {
		for document, err := range documents {
			if !yield(Document{document.Name, document}, err) {
				return
			}
		}
	}, nil
}

// GenerateInvalid returns calls to an API that break one rule each, with the answers that they must get. The same
// options give the same bytes on any day. The error is an *ArgumentError for an invalid option; that of an unknown
// rule lists rules like it.
func (c *Catalog) GenerateInvalid(o InvalidOptions) (InvalidCalls, error) {
	made, err := generation.MakeInvalidCalls(c.known, o.request(c.level), o.Rule)
	if err != nil {
		return InvalidCalls{}, public(err)
	}
	return newInvalidCalls(made), nil
}
