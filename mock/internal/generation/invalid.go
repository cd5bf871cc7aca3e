package generation

import (
	"iter"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
)

// InvalidCalls are calls that are wrong in exactly one way each, with the answers that they must
// get.
type InvalidCalls struct {
	// Valid is the document to deliver before some of them, as their Request.After says; nil if
	// there is none.
	Valid []byte
	Calls []document.InvalidCall
}

// MakeInvalidCalls returns the invalid calls to a request's API: all, or the one that breaks a rule
// if rule is not empty. It uses Kind, Year, Seed, Org, Control and System of the request. The error
// is an *Error if the request or the rule is at fault.
func MakeInvalidCalls(known *catalog.Catalog, r Request, rule string) (InvalidCalls, error) {
	if kobo := known.ByName(koboAPI); kobo != nil && (r.Kind == koboAPI || IsHome(r.Kind)) {
		return invalidHomeCalls(known, kobo, r, rule)
	}
	r, api, err := r.withDefaults(known)
	if err != nil {
		return InvalidCalls{}, err
	}
	opts := document.Options{Context: r.Context, Seed: r.Seed, Inntektsaar: r.Year, Org: r.Org}
	s := deliverySpec(api, r)
	valid, err := s.ValidDocument(opts)
	if err != nil {
		return InvalidCalls{}, requestError(err)
	}
	list, err := s.InvalidCalls(opts)
	if r.Org != "" && r.controlDigitIsWrong() { // the feedback would find two things
		list = slices.DeleteFunc(list, func(b document.InvalidCall) bool { return b.Expected.Feedback != nil })
	}
	if err == nil && rule != "" {
		list, err = document.Select(list, api.Name, rule)
	}
	return InvalidCalls{valid, list}, requestError(err)
}

// invalidHomeCalls returns the invalid calls to Kobo's API; for kobobolig only those that send a
// home.
func invalidHomeCalls(known *catalog.Catalog, kobo *catalog.API, r Request, rule string) (InvalidCalls, error) {
	kind := r.Kind
	if kind != koboAPI && kind != "kobobolig" {
		return InvalidCalls{},
			errorf("%s is not sent to an API by itself: take kobobolig, or kobo for every operation of Kobo's API",
				kind)
	}
	r.Kind = "kobobolig"
	r, _, err := r.withDefaults(known)
	if err != nil {
		return InvalidCalls{}, err
	}
	list, err := koboInvalidCalls(kobo, r)
	if err != nil {
		return InvalidCalls{}, requestError(err)
	}
	if kind != koboAPI {
		list = slices.DeleteFunc(list, func(b document.InvalidCall) bool {
			return !strings.HasPrefix(b.Rule,
				"opprettBolig/")
		})
	}
	if rule != "" {
		list, err = document.Select(list, kind, rule)
	}
	return InvalidCalls{Calls: list}, requestError(err)
}

// RuleList names rules that calls break, and what each call must be answered with.
type RuleList struct {
	Rules    []string            `json:"rules"`
	Expected []document.Expected `json:"expected"` // in the order of the rules
}

// List returns the rules that the calls break.
func (b InvalidCalls) List() RuleList {
	list := RuleList{Rules: make([]string, len(b.Calls)), Expected: make([]document.Expected, len(b.Calls))}
	for i, call := range b.Calls {
		list.Rules[i], list.Expected[i] = call.Rule, call.Expected
	}
	return list
}

// Lines returns the calls as lines of JSON with their documents. If a valid document is to be
// delivered before some of them, it is the first line, without a rule and an expected answer.
func (b InvalidCalls) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if b.Valid != nil && !yield(document.ValidNDJSON(b.Valid)) {
			return
		}
		for _, call := range b.Calls {
			if line, err := call.NDJSON(); !yield(line, err) || err != nil {
				return
			}
		}
	}
}
