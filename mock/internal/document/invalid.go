package document

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sandkasse/fixtures/homes"
	"sandkasse/mock/internal/schema"
)

// APISpec is an API as it is called: what must be known to say which answer a broken document or call gets.
type APISpec struct {
	DocumentSpec                   // without a Schema where a call takes no document
	Prefix       string            // of the names of its rules, where the API has several operations: opprettBolig/
	Method       string            // of a delivery: POST
	Path         string            // of a delivery, whole: /innrapporteringbsu/v1/{inntektsaar}
	Dokument     string            // of a document of a delivery, likewise, with {forsendelseId} and {dokumentId}; empty for none
	Headers      map[string]string // of an ordinary call, beside Authorization, Content-Type and idempotencyKey
	Checks       []string          // those of a delivery, by their names in the catalogue
	Answers      map[string]Answer // how each offence is told, by its name in the catalogue
	ErrorHasSti  bool              // whether the error body says where a fault is
	First        int               // the years that are taken
	Last         int
	MaxBody      int64 // bytes
	// Valid makes a plausible document; nil for an API of which there are none but those that Draw makes.
	Valid func(Options) ([]byte, error)
}

// Answer is how an offence is told.
type Answer struct {
	Status        int
	Kode          string
	Spesifisering string // empty where there is no specification code
}

// InvalidCall is a call that is wrong in exactly one way.
type InvalidCall struct {
	Rule        string   // what is wrong, such as required:/leveranse/oppgavegiver (K442)
	Body        []byte   // the document that is delivered, with a newline at its end; nil for a call without one
	Inntektsaar int      // of the path
	Org         string   // whose systembruker delivers
	Expected    Expected // the answer that it must get
	Request     *Request // the call, whole
}

// Expected is an error, or, where Feedback is not nil, a delivery that is taken in and told what is wrong afterwards.
type Expected struct {
	Status        int       `json:"status,omitempty"`
	Kode          string    `json:"kode,omitempty"`
	Spesifisering string    `json:"spesifisering,omitempty"`
	Sti           string    `json:"sti,omitempty"`
	Feedback      *Feedback `json:"feedback,omitempty"`
}

// Feedback is the one finding in the feedback on a delivery (K444).
type Feedback struct {
	Avvikskode string `json:"avvikskode"`
	Sti        string `json:"sti"` // how its beskrivelse begins
}

// Request is how a call is made (K443).
type Request struct {
	Method  string             `json:"method,omitempty"`
	Path    string             `json:"path,omitempty"`    // under the server's address; {forsendelseId} is that of After
	Headers map[string]*string `json:"headers,omitempty"` // null: left out; Authorization only where it is not Token's
	Token   map[string]string  `json:"token,omitempty"`   // the parameters with which /_sandkasse/token gives the token
	After   string             `json:"after,omitempty"`   // a file to post first, with the same headers: ValidFile
	// AfterPath is where the document of After is posted; empty without one.
	AfterPath string `json:"afterPath,omitempty"`
	// Before is calls that are made first, in their order, by the same caller; what they keep stands in braces in Path and document (K473).
	Before []homes.Call `json:"before,omitempty"`
}

// Rules are the names of all that Broken makes, in its order.
func (s APISpec) Rules(w Options) ([]string, error) {
	list, err := s.InvalidCalls(w)
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.Rule
	}
	return names, err
}

// InvalidCall makes the call that breaks one rule. The error lists the rules that are most like a name that is none.
func (s APISpec) InvalidCall(w Options, rule string) (InvalidCall, error) {
	list, err := s.InvalidCalls(w)
	if err == nil {
		list, err = Select(list, s.Name, rule)
	}
	if err != nil {
		return InvalidCall{}, err
	}
	return list[0], nil
}

// Select is the one of the calls to an API, or of a kind, that breaks a rule. The error lists the rules that are most like a name that is none.
func Select(list []InvalidCall, name, rule string) ([]InvalidCall, error) {
	keyword, _, _ := strings.Cut(rule, ":")
	var like []string
	kinds := map[string]bool{}
	for i, b := range list {
		if b.Rule == rule {
			return list[i : i+1], nil
		}
		if strings.HasPrefix(b.Rule, keyword+":") || strings.Contains(b.Rule, rule) {
			like = append(like, b.Rule)
		}
		kind, _, _ := strings.Cut(b.Rule, ":")
		kinds[kind] = true
	}
	if len(like) == 0 {
		return nil, fmt.Errorf("%s has no rule %q; its rules begin with %s", name, rule, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	return nil, fmt.Errorf("%s has no rule %q; it has %s", name, rule, strings.Join(like, ", "))
}

// InvalidCalls makes a call for each rule that the API has: each keyword of its schema at each place, each identifier, each rule between the parts
// of a document, and each rule about the call itself. Every one differs from a valid one in that alone. Of a rule that cannot be broken
// without breaking another, none is made.
//
// Number, Oppgaver and Everything of what is wanted are not looked at. The error tells why there is no valid document to begin with.
func (s APISpec) InvalidCalls(w Options) ([]InvalidCall, error) {
	valid, err := s.validDocuments(w)
	if err != nil {
		return nil, err
	}
	b := &breaker{APISpec: s, opts: w, valid: valid, done: map[string]bool{}}
	b.breakCall()
	for i := range valid {
		b.breakSchema(&valid[i])
	}
	for i := range valid {
		b.breakFindings(&valid[i])
	}
	order := map[string]int{}
	for i, rule := range b.list {
		kind, _, _ := strings.Cut(rule.Rule, ":")
		if _, known := order[kind]; !known {
			order[kind] = i
		}
	}
	slices.SortStableFunc(b.list, func(x, y InvalidCall) int {
		kindX, restX, _ := strings.Cut(x.Rule, ":")
		kindY, restY, _ := strings.Cut(y.Rule, ":")
		if kindX != kindY {
			return order[kindX] - order[kindY]
		}
		return strings.Compare(restX, restY)
	})
	return b.list, nil
}

// ValidDocument makes the document that ValidFile is to hold: the first of those that the broken ones are made of.
func (s APISpec) ValidDocument(w Options) ([]byte, error) {
	valid, err := s.validDocuments(w)
	if err != nil {
		return nil, err
	}
	return valid[0].body, nil
}

func (s APISpec) makeValid(w Options) ([]byte, error) {
	if s.Valid != nil {
		return s.Valid(w)
	}
	return s.Generate(w)
}

// validDocument is a valid document that broken ones are made of.
type validDocument struct {
	body     []byte
	document any
	spans    map[string]span
	org      string
}

// How many valid documents are looked at for places to break: some that are plausible, and some with everything that the schema takes.
const plausible, complete = 3, 6

// oppgaverInValid is how many oppgaver each has: enough for two to be the same.
const oppgaverInValid = 3

func (s APISpec) validDocuments(w Options) ([]validDocument, error) {
	if s.Schema == nil {
		return []validDocument{{org: w.Org}}, nil
	}
	if w.Oppgaver = oppgaverInValid; len(s.Fields.Oppgave) == 0 {
		w.Oppgaver = 0
	}
	var list []validDocument
	for w.Number = range plausible + complete {
		w.Everything = w.Number >= plausible
		source := s.makeValid
		if w.Everything {
			source = s.Generate
		}
		body, err := source(w)
		if err != nil {
			return nil, err
		}
		made, err := newValidDocument(s, body, w.Org)
		if err != nil {
			return nil, err
		}
		list = append(list, made)
		w.Org = made.org // all by one oppgavegiver, so that a token does for all
	}
	return list, nil
}

// newValidDocument is a base of one who reports for the oppgavegiver of the document, or where it names none for org.
func newValidDocument(s APISpec, body []byte, org string) (validDocument, error) {
	document, err := schema.Decode(body)
	if err != nil {
		return validDocument{}, fmt.Errorf("a valid document of %s: %w", s.Name, err)
	}
	if wrong := s.Validate(document); len(wrong) > 0 {
		return validDocument{}, fmt.Errorf("a valid document of %s: %s: %s", s.Name, wrong[0].Sti, wrong[0].Melding)
	}
	return validDocument{body, document, spansOf(body), cmp.Or(textAt(document, s.Fields.Oppgavegiver), org)}, nil
}

// breaker collects broken calls.
type breaker struct {
	APISpec
	opts  Options
	valid []validDocument
	done  map[string]bool // rules
	list  []InvalidCall
}

// add adds a broken call, the first for its rule. An offence that the API does not tell has none.
func (b *breaker) add(call InvalidCall) {
	call.Rule = b.Prefix + call.Rule
	if b.done[call.Rule] {
		return
	}
	b.done[call.Rule] = true
	call.Request = b.completeRequest(call)
	if b.Prefix != "" { // an ordinary call is no delivery
		call.Inntektsaar = 0
	}
	b.list = append(b.list, call)
}

// completeRequest is the request of a broken call with what is as in an ordinary one filled in. The idempotencyKey is the
// same each time, so that the same manifest gets the same answers again (K513).
func (b *breaker) completeRequest(call InvalidCall) *Request {
	var r Request
	if call.Request != nil {
		r = *call.Request
	}
	r.Method, r.Path = cmp.Or(r.Method, b.Method), cmp.Or(r.Path, b.path(call.Inntektsaar))
	if r.Token == nil {
		r.Token = map[string]string{"api": b.Name, "org": call.Org}
	}
	headers := map[string]*string{}
	for name, value := range b.Headers {
		headers[name] = &value
	}
	if call.Body != nil || r.After != "" {
		contentType := "application/json"
		headers["Content-Type"] = &contentType
	}
	if slices.Contains(b.Checks, "idempotency-key") && (r.Method != http.MethodGet || r.After != "") {
		key := Key(b.opts.Seed, call.Rule, call.Body)
		headers["idempotencyKey"] = &key
	}
	if r.After != "" {
		r.AfterPath = b.path(call.Inntektsaar)
	}
	maps.Copy(headers, r.Headers)
	r.Headers = headers
	return &r
}

// expect is the answer to an offence at a place; ok is false where the API does not tell it.
func (b *breaker) expect(offence, sti string) (e Expected, ok bool) {
	answer, ok := b.Answers[offence]
	if !b.ErrorHasSti {
		sti = ""
	}
	return Expected{Status: answer.Status, Kode: answer.Kode, Spesifisering: answer.Spesifisering, Sti: sti}, ok
}
