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

// Service is an API as it is called: what must be known to say which answer a broken document or call gets.
type Service struct {
	API                        // without a Schema where a call takes no document
	Prefix   string            // of the names of its rules, where the API has several operations: opprettBolig/
	Method   string            // of a delivery: POST
	Path     string            // of a delivery, whole: /innrapporteringbsu/v1/{inntektsaar}
	Dokument string            // of a document of a delivery, likewise, with {forsendelseId} and {dokumentId}; empty for none
	Headers  map[string]string // of an ordinary call, beside Authorization, Content-Type and idempotencyKey
	Checks   []string          // those of a delivery, by their names in the catalogue
	Answers  map[string]Answer // how each offence is told, by its name in the catalogue
	TellsSti bool              // whether the error body says where a fault is
	First    int               // the years that are taken
	Last     int
	MaxBody  int64 // bytes
	// Valid makes a plausible document; nil for an API of which there are none but those that Draw makes.
	Valid func(Wanted) ([]byte, error)
}

// Answer is how an offence is told.
type Answer struct {
	Status        int
	Kode          string
	Spesifisering string // empty where there is no specification code
}

// Broken is a call that is wrong in exactly one way.
type Broken struct {
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
func (s Service) Rules(w Wanted) ([]string, error) {
	list, err := s.Broken(w)
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.Rule
	}
	return names, err
}

// Break makes the call that breaks one rule. The error lists the rules that are most like a name that is none.
func (s Service) Break(w Wanted, rule string) (Broken, error) {
	list, err := s.Broken(w)
	if err == nil {
		list, err = Only(list, s.Name, rule)
	}
	if err != nil {
		return Broken{}, err
	}
	return list[0], nil
}

// Only is the one of the calls to an API, or of a kind, that breaks a rule. The error lists the rules that are most like a name that is none.
func Only(list []Broken, name, rule string) ([]Broken, error) {
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

// Broken makes a call for each rule that the API has: each keyword of its schema at each place, each identifier, each rule between the parts
// of a document, and each rule about the call itself. Every one differs from a valid one in that alone. Of a rule that cannot be broken
// without breaking another, none is made.
//
// Number, Oppgaver and Everything of what is wanted are not looked at. The error tells why there is no valid document to begin with.
func (s Service) Broken(w Wanted) ([]Broken, error) {
	bases, err := s.bases(w)
	if err != nil {
		return nil, err
	}
	b := &breaker{Service: s, wanted: w, bases: bases, done: map[string]bool{}}
	b.calls()
	for i := range bases {
		b.schema(&bases[i])
	}
	for i := range bases {
		b.findings(&bases[i])
	}
	order := map[string]int{}
	for i, rule := range b.list {
		kind, _, _ := strings.Cut(rule.Rule, ":")
		if _, known := order[kind]; !known {
			order[kind] = i
		}
	}
	slices.SortStableFunc(b.list, func(x, y Broken) int {
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
func (s Service) ValidDocument(w Wanted) ([]byte, error) {
	bases, err := s.bases(w)
	if err != nil {
		return nil, err
	}
	return bases[0].body, nil
}

func (s Service) valid(w Wanted) ([]byte, error) {
	if s.Valid != nil {
		return s.Valid(w)
	}
	return s.Draw(w)
}

// base is a valid document that broken ones are made of.
type base struct {
	body     []byte
	document any
	spans    map[string]span
	org      string
}

// How many valid documents are looked at for places to break: some that are plausible, and some with everything that the schema takes.
const plausible, complete = 3, 6

// oppgaverInBase is how many oppgaver each has: enough for two to be the same.
const oppgaverInBase = 3

func (s Service) bases(w Wanted) ([]base, error) {
	if s.Schema == nil {
		return []base{{org: w.Org}}, nil
	}
	if w.Oppgaver = oppgaverInBase; len(s.Places.Oppgave) == 0 {
		w.Oppgaver = 0
	}
	var bases []base
	for w.Number = range plausible + complete {
		w.Everything = w.Number >= plausible
		source := s.valid
		if w.Everything {
			source = s.Draw
		}
		body, err := source(w)
		if err != nil {
			return nil, err
		}
		made, err := newBase(s, body, w.Org)
		if err != nil {
			return nil, err
		}
		bases = append(bases, made)
		w.Org = made.org // all by one oppgavegiver, so that a token does for all
	}
	return bases, nil
}

// newBase is a base of one who reports for the oppgavegiver of the document, or where it names none for org.
func newBase(s Service, body []byte, org string) (base, error) {
	document, err := schema.Decode(body)
	if err != nil {
		return base{}, fmt.Errorf("a valid document of %s: %w", s.Name, err)
	}
	if wrong := s.Validate(document); len(wrong) > 0 {
		return base{}, fmt.Errorf("a valid document of %s: %s: %s", s.Name, wrong[0].Sti, wrong[0].Melding)
	}
	return base{body, document, spansOf(body), cmp.Or(textAt(document, s.Places.Oppgavegiver), org)}, nil
}

// breaker collects broken calls.
type breaker struct {
	Service
	wanted Wanted
	bases  []base
	done   map[string]bool // rules
	list   []Broken
}

// add adds a broken call, the first for its rule. An offence that the API does not tell has none.
func (b *breaker) add(broken Broken) {
	broken.Rule = b.Prefix + broken.Rule
	if b.done[broken.Rule] {
		return
	}
	b.done[broken.Rule] = true
	broken.Request = b.whole(broken)
	if b.Prefix != "" { // an ordinary call is no delivery
		broken.Inntektsaar = 0
	}
	b.list = append(b.list, broken)
}

// whole is the request of a broken call with what is as in an ordinary one filled in. The idempotencyKey is the
// same each time, so that the same manifest gets the same answers again (K513).
func (b *breaker) whole(broken Broken) *Request {
	var r Request
	if broken.Request != nil {
		r = *broken.Request
	}
	r.Method, r.Path = cmp.Or(r.Method, b.Method), cmp.Or(r.Path, b.path(broken.Inntektsaar))
	if r.Token == nil {
		r.Token = map[string]string{"api": b.Name, "org": broken.Org}
	}
	headers := map[string]*string{}
	for name, value := range b.Headers {
		headers[name] = &value
	}
	if broken.Body != nil || r.After != "" {
		contentType := "application/json"
		headers["Content-Type"] = &contentType
	}
	if slices.Contains(b.Checks, "idempotency-key") && (r.Method != http.MethodGet || r.After != "") {
		key := Key(b.wanted.Seed, broken.Rule, broken.Body)
		headers["idempotencyKey"] = &key
	}
	if r.After != "" {
		r.AfterPath = b.path(broken.Inntektsaar)
	}
	maps.Copy(headers, r.Headers)
	r.Headers = headers
	return &r
}

// refused is the answer to an offence at a place; ok is false where the API does not tell it.
func (b *breaker) refused(offence, sti string) (e Expected, ok bool) {
	answer, ok := b.Answers[offence]
	if !b.TellsSti {
		sti = ""
	}
	return Expected{Status: answer.Status, Kode: answer.Kode, Spesifisering: answer.Spesifisering, Sti: sti}, ok
}
