package mock

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"sandkasse/fixtures/homes"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/generation"
)

// GenerateOptions are the settings of Catalog.Generate. Kind is required.
type GenerateOptions struct {
	Kind     string // name of an API that takes deliveries (bsu), or kobobolig, sak or husstand
	Count    int    // number of documents, at most MaxDocuments; 0: one
	Oppgaver int    // in each delivery; 0: a delivery that says that there are none; AsManyAsFit: the largest accepted
	Year     int    // inntektsår of deliveries; 0: 2024, or the first year of the API if that is later
	Seed     uint64 // other documents for each seed

	// Org is the organisation number of the oppgavegiver in deliveries, or of the municipality that owns the homes.
	// Empty: one that follows from Seed, or for homes DefaultMunicipality.
	Org string
	// Feedback is the level of the server that the documents are for: at FeedbackModulus and FeedbackStrict the check
	// digit of Org must be right. Empty: the level of the server whose Catalog it is, else FeedbackFormat.
	Feedback FeedbackLevel
	// Today is the day, such as 2024-12-31, for which homes and households are made. Empty: the last day of Year.
	Today string
}

// AsManyAsFit (-1), as GenerateOptions.Oppgaver, makes deliveries of the greatest size that the API accepts. Only the
// built-in APIs with generators of their own support it.
const AsManyAsFit = generation.AsManyAsFit

// MaxDocuments is the greatest GenerateOptions.Count: a million.
const MaxDocuments = generation.MaxDocuments

func (o GenerateOptions) request(level FeedbackLevel) generation.Request {
	return generation.Request{
		Kind: o.Kind, Count: o.Count, Oppgaver: o.Oppgaver, Year: o.Year, Seed: o.Seed, Org: o.Org,
		Control: string(cmp.Or(o.Feedback, level)), Today: o.Today,
	}
}

// Document is a generated document. Its text is made when it is written, so that large documents need little memory.
type Document struct {
	Name string // for a file, without an ending: bsu-000001

	made generation.Document
}

// WriteTo writes the document as JSON on one line with a newline at its end. It writes the same each time.
func (d Document) WriteTo(w io.Writer) (int64, error) { return d.made.WriteTo(w) }

// InvalidOptions are the settings of Catalog.GenerateInvalid. Kind is required.
type InvalidOptions struct {
	Kind     string        // name of an API that takes deliveries (bsu), kobobolig, or kobo for every operation of Kobo
	Rule     string        // the rule that is broken; empty: a call for each rule
	Year     int           // as in GenerateOptions
	Seed     uint64        // as in GenerateOptions
	Org      string        // as in GenerateOptions
	Feedback FeedbackLevel // as in GenerateOptions
	Today    string        // as in GenerateOptions
	System   string        // x-kobo-systemid of calls to Kobo; empty: DefaultSystem
}

func (o InvalidOptions) request(level FeedbackLevel) generation.Request {
	return generation.Request{
		Kind: o.Kind, Year: o.Year, Seed: o.Seed, Org: o.Org, Control: string(cmp.Or(o.Feedback, level)),
		Today: o.Today, System: o.System,
	}
}

// InvalidCalls are calls that break one rule each.
type InvalidCalls struct {
	// Valid is a valid document, which is delivered before the calls whose Request.After names it; nil where there is
	// none.
	Valid []byte
	Calls []InvalidCall

	made generation.InvalidCalls
}

// InvalidCall is a call that is wrong in exactly one way.
type InvalidCall struct {
	Rule        string         // such as required:/leveranse/oppgavegiver
	Body        []byte         // document, with a newline at its end; nil for a call without one
	Inntektsaar int            // in the path of a delivery
	Org         string         // organisation number of the system user that makes the call
	Expected    ExpectedAnswer // what it must be answered
	Request     CallRequest    // how it is made
}

// ExpectedAnswer is the answer that an InvalidCall must get: an error, or a delivery that is received and of which the
// feedback has a finding.
type ExpectedAnswer struct {
	Status        int              // HTTP status; 0 where Feedback is not nil
	Kode          string           // such as GLD_006
	Spesifisering string           // such as GLD_1047; empty for none
	Sti           string           // place of the fault; empty where the answer does not say it
	Feedback      *ExpectedFinding // nil for an error
}

// ExpectedFinding is the only finding in the feedback on a delivery.
type ExpectedFinding struct {
	Avvikskode string // code of the finding
	Sti        string // how its beskrivelse begins
}

// CallRequest holds the request of an InvalidCall, and the calls to make before it.
type CallRequest struct {
	Method    string             // HTTP method
	Path      string             // from the root of the server
	Headers   map[string]*string // nil: leave the header out. Authorization is here only where it is not Token's
	Token     map[string]string  // parameters of GET /_sandkasse/token, which returns the token to send
	After     string             // valid.json: InvalidCalls.Valid is delivered first, with the same headers; else empty
	AfterPath string             // where that is delivered; the answer's forsendelseId replaces {forsendelseId} in Path
	Before    []homes.Call       // calls that are made first; what they keep replaces {NAME} in Path and Body
}

func newInvalidCalls(made generation.InvalidCalls) InvalidCalls {
	calls := InvalidCalls{Valid: made.Valid, made: made}
	for _, one := range made.Calls {
		call := InvalidCall{
			Rule: one.Rule, Body: one.Body, Inntektsaar: one.Inntektsaar, Org: one.Org,
			Request: CallRequest(*one.Request),
			Expected: ExpectedAnswer{
				Status: one.Expected.Status, Kode: one.Expected.Kode, Spesifisering: one.Expected.Spesifisering,
				Sti: one.Expected.Sti, Feedback: (*ExpectedFinding)(one.Expected.Feedback),
			},
		}
		calls.Calls = append(calls.Calls, call)
	}
	return calls
}

// Lines returns the calls as lines of JSON, each with its document in it. The valid document, where there is one, is
// the first line, without rule and expected answer. An error ends the sequence.
func (c InvalidCalls) Lines() iter.Seq2[[]byte, error] { return c.made.Lines() }

// WriteFolder writes the calls to a folder, which it creates where it does not exist: each document to a file of its
// own, the valid one to valid.json, and a line of JSON about each call to manifest.ndjson. The error is an
// *ArgumentError where the folder cannot be created.
func (c InvalidCalls) WriteFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return argument(fmt.Errorf("%q is no folder, and none can be made there", dir))
	}
	if c.Valid != nil {
		if err := os.WriteFile(filepath.Join(dir, document.ValidFile), c.Valid, 0o666); err != nil {
			return err
		}
	}
	manifest, err := os.Create(filepath.Join(dir, document.ManifestFile))
	if err != nil {
		return err
	}
	defer manifest.Close()
	for _, call := range c.made.Calls {
		if file := call.File(); file != "" {
			if err := os.WriteFile(filepath.Join(dir, file), call.Body, 0o666); err != nil {
				return err
			}
		}
		line, err := call.ManifestLine()
		if err != nil {
			return fmt.Errorf("%s: %w", call.Rule, err)
		}
		if _, err := manifest.Write(line); err != nil {
			return err
		}
	}
	return manifest.Close()
}
