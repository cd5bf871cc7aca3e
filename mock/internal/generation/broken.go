package generation

import (
	"iter"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
)

// Broken are calls that are wrong in exactly one way each, with the answers that they must get.
type Broken struct {
	// Valid is the document that is delivered before some of them, as their Request.After says, and fits; nil where none is.
	Valid []byte
	Calls []document.Broken
}

// MakeBroken makes the broken calls of a request's API, all of them, or the one that breaks a rule. Of the request
// Kind, Year, Seed, Org, Control and System count. The error is an *Error where the request or the rule is at
// fault.
func MakeBroken(known *catalog.Catalog, r Request, rule string) (Broken, error) {
	if r.RefuseUnknown {
		known = known.RefusingUnknown()
	}
	if kobo := known.ByName(koboAPI); kobo != nil && (r.Kind == koboAPI || IsHome(r.Kind)) {
		return brokenHomes(known, kobo, r, rule)
	}
	r, api, err := r.settled(known)
	if err != nil {
		return Broken{}, err
	}
	wanted := document.Wanted{Seed: r.Seed, Inntektsaar: r.Year, Org: r.Org}
	s := deliveryService(api, r)
	valid, err := s.ValidDocument(wanted)
	if err != nil {
		return Broken{}, asked(err)
	}
	list, err := s.Broken(wanted)
	if r.Org != "" && r.controlDigitIsWrong() { // the feedback would find two things
		list = slices.DeleteFunc(list, func(b document.Broken) bool { return b.Expected.Feedback != nil })
	}
	if err == nil && rule != "" {
		list, err = document.Only(list, api.Name, rule)
	}
	return Broken{valid, list}, asked(err)
}

// brokenHomes are the broken calls of Kobo's API; of kobobolig those that send a home.
func brokenHomes(known *catalog.Catalog, kobo *catalog.API, r Request, rule string) (Broken, error) {
	kind := r.Kind
	if kind != koboAPI && kind != "kobobolig" {
		return Broken{}, wrong("%s is not sent to an API by itself: take kobobolig, or kobo for every operation of Kobo's API", kind)
	}
	r.Kind = "kobobolig"
	r, _, err := r.settled(known)
	if err != nil {
		return Broken{}, err
	}
	list, err := koboCalls(kobo, r)
	if err != nil {
		return Broken{}, asked(err)
	}
	if kind != koboAPI {
		list = slices.DeleteFunc(list, func(b document.Broken) bool { return !strings.HasPrefix(b.Rule, "opprettBolig/") })
	}
	if rule != "" {
		list, err = document.Only(list, kind, rule)
	}
	return Broken{Calls: list}, asked(err)
}

// Lines are the calls as lines of JSON, each with its document in it. Where a valid document is delivered before some of them, it is the first
// line, with no rule and nothing expected of it.
func (b Broken) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if b.Valid != nil && !yield(document.ValidLine(b.Valid)) {
			return
		}
		for _, call := range b.Calls {
			if line, err := call.Whole(); !yield(line, err) || err != nil {
				return
			}
		}
	}
}
