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

// APISpec describes an API and how it is called, which determines the answer to an invalid call.
type APISpec struct {
	Spec          // its Schema is nil if calls have no body
	Prefix string // prefix of rules, for an API with several operations: opprettBolig/
	Method string // HTTP method of a delivery
	Path   string // path of a delivery: /innrapporteringbsu/v1/{inntektsaar}
	// path of a document of a delivery, with {forsendelseId} and {dokumentId}; empty for none
	Dokument    string
	Headers     map[string]string // headers of a valid call, except Authorization, Content-Type and idempotencyKey
	Checks      []string          // checks of a delivery, by name in the catalogue
	Answers     map[string]Answer // answers to offences, by name in the catalogue
	ErrorHasSti bool              // the error body says where a fault is
	First       int               // first and last year that is accepted
	Last        int
	MaxBody     int64 // bytes
	// Valid returns a plausible document. If it is nil, Generate is used.
	Valid func(Options) ([]byte, error)
}

// Answer is the answer to an offence.
type Answer struct {
	Status        int
	Kode          string
	Spesifisering string // empty where there is no specification code
}

// InvalidCall is a call that is wrong in exactly one way.
type InvalidCall struct {
	Rule        string   // what is wrong, such as required:/leveranse/oppgavegiver (K442)
	Body        []byte   // with a newline at its end; nil for a call without a body
	Inntektsaar int      // year in the path
	Org         string   // organisation of the token
	Expected    Expected // answer that it must get
	Request     *Request // the complete call
}

// Expected is an error or, if Feedback is not nil, a delivery that is accepted and gets that
// finding in its feedback.
type Expected struct {
	Status        int       `json:"status,omitempty"`
	Kode          string    `json:"kode,omitempty"`
	Spesifisering string    `json:"spesifisering,omitempty"`
	Sti           string    `json:"sti,omitempty"`
	Feedback      *Feedback `json:"feedback,omitempty"`
}

// Feedback is the only finding in the feedback on a delivery (K444).
type Feedback struct {
	Avvikskode string `json:"avvikskode"`
	Sti        string `json:"sti"` // beginning of its beskrivelse
}

// Request says how to make a call (K443).
type Request struct {
	Method string `json:"method,omitempty"`
	// below the server's address; {forsendelseId} is that of After
	Path string `json:"path,omitempty"`
	// null for one to leave out; has Authorization only if Token is not used
	Headers map[string]*string `json:"headers,omitempty"`
	Token   map[string]string  `json:"token,omitempty"` // query parameters of /_sandkasse/token
	After   string             `json:"after,omitempty"` // file to post first, with the same headers: ValidFile
	// AfterPath is the path to post After to.
	AfterPath string `json:"afterPath,omitempty"`
	// Before lists calls to make first, by the same caller. Values that they keep stand in braces
	// in Path and body (K473).
	Before []homes.Call `json:"before,omitempty"`
}

// Rules returns the rules that InvalidCalls breaks, in the same order.
func (s APISpec) Rules(w Options) ([]string, error) {
	list, err := s.InvalidCalls(w)
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.Rule
	}
	return names, err
}

// InvalidCall returns the call that breaks one rule. For an unknown rule the error lists similar
// ones.
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

// Select returns the only call in list that breaks a rule. For an unknown rule the error lists
// similar ones; name is what it calls the API.
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
		return nil, fmt.Errorf("%s has no rule %q; its rules begin with %s", name, rule,
			strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	return nil, fmt.Errorf("%s has no rule %q; it has %s", name, rule, strings.Join(like, ", "))
}

// InvalidCalls returns a call for each rule of the API: each keyword of its schema at each place,
// each identifier, each rule between parts of a document, and each rule about the call itself. Each
// call breaks only its rule; rules that cannot be broken alone are left out.
//
// Number, Oppgaver and Everything of the options are ignored. The error says why there is no valid
// document to start from.
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
	if err := w.ended(); err != nil {
		return nil, err
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

// ValidDocument returns the document for ValidFile.
func (s APISpec) ValidDocument(w Options) ([]byte, error) {
	valid, err := s.validDocuments(w)
	if err != nil {
		return nil, err
	}
	return valid[0].body, nil
}

// makeValid returns a plausible document, or a generated one if the API has no plausible ones.
func (s APISpec) makeValid(w Options) ([]byte, error) {
	if s.Valid != nil {
		return s.Valid(w)
	}
	return s.Generate(w)
}

// validDocument is a valid document from which invalid ones are made.
type validDocument struct {
	body     []byte
	document any
	spans    map[string]span
	org      string // organisation that delivers it
}

// The number of valid documents in which rules are looked for: plausible ones, and some with every
// optional member.
const plausible, complete = 3, 6

// oppgaverInValid is the number of oppgaver in a valid document: some, so that two can be made
// equal.
const oppgaverInValid = 3

// validDocuments returns the valid documents, all with the same oppgavegiver.
func (s APISpec) validDocuments(w Options) ([]validDocument, error) {
	if s.Schema == nil {
		return []validDocument{{org: w.Org}}, nil
	}
	if w.Oppgaver = oppgaverInValid; len(s.Fields.Oppgave) == 0 {
		w.Oppgaver = 0
	}
	var list []validDocument
	for w.Number = range plausible + complete {
		if err := w.ended(); err != nil {
			return nil, err
		}
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

// newValidDocument checks that a document is valid. Its organisation is the oppgavegiver, or org if
// it names none.
func newValidDocument(s APISpec, body []byte, org string) (validDocument, error) {
	document, err := schema.Decode(body)
	if err != nil {
		return validDocument{}, fmt.Errorf("a valid document of %s: %w", s.Name, err)
	}
	if wrong := s.Validate(document); len(wrong) > 0 {
		return validDocument{}, fmt.Errorf("a valid document of %s: %s: %s", s.Name, wrong[0].Sti, wrong[0].Melding)
	}
	org = cmp.Or(textAt(document, s.Fields.first(s.Fields.Oppgavegiver)), org)
	return validDocument{body, document, spansOf(body), org}, nil
}

// breaker collects invalid calls.
type breaker struct {
	APISpec
	opts   Options
	valid  []validDocument
	done   map[string]bool // rules that have a call
	visits int             // see maxVisits
	list   []InvalidCall
}

// add appends the first call for each rule.
func (b *breaker) add(call InvalidCall) {
	call.Rule = b.Prefix + call.Rule
	if b.done[call.Rule] || b.opts.ended() != nil {
		return
	}
	b.done[call.Rule] = true
	call.Request = b.completeRequest(call)
	if b.Prefix != "" { // an ordinary call is no delivery
		call.Inntektsaar = 0
	}
	b.list = append(b.list, call)
}

// completeRequest returns the call's request with everything else as in a valid call. The
// idempotencyKey depends on the call, so that the same manifest gets the same answers again (K513).
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

// expect returns the answer to an offence at a place, and false if the API does not document the
// offence.
func (b *breaker) expect(offence, sti string) (e Expected, ok bool) {
	answer, ok := b.Answers[offence]
	if !b.ErrorHasSti {
		sti = ""
	}
	return Expected{Status: answer.Status, Kode: answer.Kode, Spesifisering: answer.Spesifisering, Sti: sti}, ok
}
