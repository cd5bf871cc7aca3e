package mock

import (
	"cmp"
	"errors"
	"io/fs"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/openapi"
)

// OpenAPIOptions says what an OpenAPI document is for. The zero value stands for a document in JSON, for a server that
// is started without flags.
type OpenAPIOptions struct {
	BaseURL   string    // address of the server; empty: http://127.0.0.1:8080
	At        time.Time // determines the years that APIs accept; zero: the machine's time
	YAML      bool      // YAML instead of JSON
	Scenarios fs.FS     // scripts beside the built-in ones, as in Options.Scenarios; nil for none

	// UnknownMembers is AcceptUnknown (default) or RefuseUnknown, as in Options.UnknownMembers: what a server refuses,
	// its documents do not allow.
	UnknownMembers UnknownMembers

	Version string // of Sandkasse, as in Options.Version; empty: "development"
}

// OpenAPI returns an OpenAPI 3.1 document: that of the API of that name, of Sandkasse's own API (control), or of
// everything (all). A server answers with the same document at /_sandkasse/openapi/NAME.json and NAME.yaml. The error
// is an *ArgumentError for an unknown name (ErrUnknownAPI) or for a BaseURL that is none, and a *FaultsError for
// faults in the scripts.
func (c *Catalog) OpenAPI(name string, o OpenAPIOptions) ([]byte, error) {
	library, err := loadScenarios(c.known, o.Scenarios)
	if err != nil {
		return nil, err
	}
	source, err := backend.Documents(o.UnknownMembers.catalog(c.known), library, cmp.Or(o.Version, defaultVersion))
	if err != nil {
		return nil, err
	}
	base, err := address.CheckBase(cmp.Or(o.BaseURL, defaultBase))
	if err != nil {
		return nil, argument(err)
	}
	if o.At.IsZero() {
		o.At = machineClock()
	}
	format := openapi.JSON
	if o.YAML {
		format = openapi.YAML
	}
	text, err := source.Document(name, openapi.At{Root: base, SessionRoot: base, Now: o.At}, format)
	if unknown, ok := errors.AsType[*openapi.UnknownNameError](err); ok {
		return nil, argument(detailedError{unknown, ErrUnknownAPI})
	}
	return text, err
}
