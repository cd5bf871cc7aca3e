package mock

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/token"
)

// APIView is an imitated API as it is shown to a user.
type APIView = describe.APIView

// APIs shows the imitated APIs as they stand at that time, by name: the built-in ones, and those of
// a folder over them unless dir is empty. The error has a line for each thing wrong with the
// folder's files, with file and line.
func APIs(dir string, now time.Time) ([]APIView, error) {
	known, err := loadCatalog(dir)
	if err != nil {
		return nil, err
	}
	var views []APIView
	for _, api := range known.APIs {
		views = append(views, describe.API(api, now))
	}
	return views, nil
}

// MintOptions are what MintToken needs to know beside the request.
type MintOptions struct {
	APIs   string    // a folder of API files that adds to the built-in ones; empty for none
	Server string    // the base address of the server that the token is for, such as http://127.0.0.1:8080
	Now    time.Time // when the token is issued
}

// MintToken returns a token without a server. Every sandkasse accepts it, since all sign with one
// published test key. The error of a wrong request is an *ArgumentError.
func MintToken(request TokenRequest, options MintOptions) (string, error) {
	known, err := loadCatalog(options.APIs)
	if err != nil {
		return "", err
	}
	key, err := token.TestKey()
	if err != nil {
		return "", err
	}
	id := make([]byte, 32)
	rand.Read(id) // never fails (crypto/rand)
	minted, err := token.MintFor(token.Request(request), token.MintOptions{
		Catalog: known, Key: key, Issuer: token.IssuerAt(options.Server), Now: options.Now,
		ID: base64.RawURLEncoding.EncodeToString(id),
	})
	return minted, argument(err)
}

// Violation is one thing wrong with a document. Line and Column count from 1.
type Violation struct {
	Sti         string // a JSON pointer
	AngittVerdi string // what stands there; empty when nothing does
	Melding     string // what would be right, in Norwegian, as the API's answer tells it
	Line        int
	Column      int
}

// Validate looks at a document as the API of that name would on delivery, as far as the document
// alone can tell: its JSON, its schema, and whether it contradicts itself. The violations come
// sorted by sti; none means that the document is fit to be delivered. Members that the schema does
// not name are none (see AcceptUnknown). The folder dir, unless empty, adds APIs or other schema.
// The error is an *ArgumentError for an unknown API, and for one that takes no documents.
func Validate(dir, api string, document []byte) ([]Violation, error) {
	validate, err := Validator(dir, api)
	if err != nil {
		return nil, err
	}
	return validate(document)
}

// Validator is Validate for many documents of one API. It reads the catalogue once.
func Validator(dir, api string) (func(document []byte) ([]Violation, error), error) {
	return validator(dir, api, AcceptUnknown)
}

// StrictValidator is Validator as a server with RefuseUnknown: members that the schema does not
// name are violations too.
func StrictValidator(dir, api string) (func(document []byte) ([]Violation, error), error) {
	return validator(dir, api, RefuseUnknown)
}

func validator(dir, api string, unknown UnknownMembers) (func(document []byte) ([]Violation, error), error) {
	known, err := loadCatalog(dir)
	if err != nil {
		return nil, err
	}
	known = unknown.of(known)
	at := known.ByName(api)
	if at == nil {
		return nil, argument(fmt.Errorf("there is no API %q; there are %s", api, strings.Join(known.Names(), ", ")))
	}
	if at.Schema == nil {
		return nil, argument(fmt.Errorf("the API %s takes no documents; only the reporting APIs do", api))
	}
	return func(document []byte) ([]Violation, error) { return validate(at, document) }, nil
}

// validate is Validate for an API that takes documents.
func validate(at *catalog.API, document []byte) ([]Violation, error) {
	decoded, err := schema.Decode(document)
	var syntax *schema.SyntaxError
	if errors.As(err, &syntax) {
		return []Violation{{Sti: syntax.Sti, Melding: syntax.Melding, Line: syntax.Linje, Column: syntax.Kolonne}}, nil
	}
	if err != nil {
		return nil, err
	}
	var violations []Violation
	for _, avvik := range at.Schema().Validate(decoded) {
		violations = append(violations, Violation{
			Sti: avvik.Sti, AngittVerdi: avvik.AngittVerdi,
			Melding: avvik.Melding,
		})
	}
	if len(violations) == 0 {
		if avvik, contradicts := innrapportering.Contradiction(at.Felter, decoded); contradicts {
			violations = append(violations, Violation{
				Sti: avvik.Sti, AngittVerdi: avvik.AngittVerdi,
				Melding: avvik.Melding,
			})
		}
	}
	stier := make([]string, len(violations))
	for i, v := range violations {
		stier[i] = v.Sti
	}
	places := schema.Places(document, stier)
	for i, v := range violations {
		violations[i].Line, violations[i].Column = places[v.Sti].Linje, places[v.Sti].Kolonne
	}
	return violations, nil
}

// ScenarioView is a scenario as it is shown to a user: a script, or a code that an API documents.
type ScenarioView = describe.ScenarioView

// Scenarios shows all scenarios there are, without a server: the built-in scripts, those of the
// folder scripts beside them, and the codes of every API, those of the folder apis among them.
// Either folder may be empty for none. The error has a line for each thing wrong with the files,
// with file and line.
func Scenarios(apis, scripts string) ([]ScenarioView, error) {
	known, err := loadCatalog(apis)
	if err != nil {
		return nil, err
	}
	library, err := loadScenarios(known, scripts)
	if err != nil {
		return nil, err
	}
	return describe.Scenarios(known, library, ""), nil
}

// Scenario is the one of that name. The error of an unknown one, an *ArgumentError, lists what
// there is.
func Scenario(apis, scripts, name string) (ScenarioView, error) {
	known, err := loadCatalog(apis)
	if err != nil {
		return ScenarioView{}, err
	}
	library, err := loadScenarios(known, scripts)
	if err != nil {
		return ScenarioView{}, err
	}
	view, err := describe.Scenario(known, library, name)
	return view, argument(err)
}

// ScenarioSchema is the JSON Schema of a script, for editors. What it takes may still have faults
// that Scenarios tells: names of the catalogue, and what holds between two places.
func ScenarioSchema() []byte { return scenario.Schema() }
