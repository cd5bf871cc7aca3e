package generation

import (
	"iter"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
)

// InvalidCalls are calls that are wrong in exactly one way each, with the answers that they must get.
type InvalidCalls struct {
	// Valid is the document that is delivered before some of them, as their Request.After says, and fits; nil where none is.
	Valid []byte
	Calls []document.InvalidCall
}

// MakeInvalidCalls makes the broken calls of a request's API, all of them, or the one that breaks a rule. Of the request
// Kind, Year, Seed, Org, Control and System count. The error is an *Error where the request or the rule is at
// fault.
func MakeInvalidCalls(known *catalog.Catalog, r Request, rule string) (InvalidCalls, error) {
	if r.RefuseUnknown {
		known = known.RefusingUnknown()
	}
	if kobo := known.ByName(koboAPI); kobo != nil && (r.Kind == koboAPI || IsHome(r.Kind)) {
		return invalidHomeCalls(known, kobo, r, rule)
	}
	r, api, err := r.withDefaults(known)
	if err != nil {
		return InvalidCalls{}, err
	}
	opts := document.Options{Seed: r.Seed, Inntektsaar: r.Year, Org: r.Org}
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

// invalidHomeCalls are the broken calls of Kobo's API; of kobobolig those that send a home.
func invalidHomeCalls(known *catalog.Catalog, kobo *catalog.API, r Request, rule string) (InvalidCalls, error) {
	kind := r.Kind
	if kind != koboAPI && kind != "kobobolig" {
		return InvalidCalls{}, errorf("%s is not sent to an API by itself: take kobobolig, or kobo for every operation of Kobo's API", kind)
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
		list = slices.DeleteFunc(list, func(b document.InvalidCall) bool { return !strings.HasPrefix(b.Rule, "opprettBolig/") })
	}
	if rule != "" {
		list, err = document.Select(list, kind, rule)
	}
	return InvalidCalls{Calls: list}, requestError(err)
}

// Lines are the calls as lines of JSON, each with its document in it. Where a valid document is delivered before some of them, it is the first
// line, with no rule and nothing expected of it.
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
