package compare

import (
	"slices"
	"strings"
)

// Context describes the answer of Sandkasse to a call.
type Context struct {
	API, Family, Method string
	Status              int
	Code                string
	Specification       []string
	StoppedBy           string // the check that refused the call; empty for none
}

// choice is a choice of ours that a difference may rest on (docs/choices.md). An empty field is met by
// anything.
type choice struct {
	number string
	family string
	kinds  []Kind
	checks []string // one of which refused the call
	codes  []string // one of which is the code or the specification of ours
	place  string   // the end of the place
	status int      // of ours
	method string
	ours   []string // one of which is the side of ours
}

// choices are looked through in this order; the first that a difference meets is the one.
var choices = []choice{
	{number: "K044", family: "boligsameie", kinds: []Kind{ContentType, Format, Melding}},
	{number: "K040", family: "boligsameie", checks: []string{"method"}},
	{number: "K042", family: "boligsameie", checks: []string{"content-type"}},
	{number: "K041", family: "boligsameie", codes: []string{"MVA-006"}},
	{number: "K043", family: "boligsameie", codes: []string{"MVA-001"}},

	{number: "K035", place: "/korrelasjonsid"},
	{number: "K019", kinds: []Kind{Status, Code}, checks: []string{"method"}, method: "HEAD"},
	{number: "K019", kinds: []Kind{Status, Code}, checks: []string{"method"}, method: "OPTIONS"},
	{number: "K502", family: "innrapportering", kinds: []Kind{Melding}, codes: []string{"GLD_1007", "GLD_1008"}},
	{number: "K018", family: "innrapportering", kinds: []Kind{Status, Code}, checks: []string{"content-type"}},
	{number: "K005", family: "innrapportering", kinds: []Kind{Status, Code}, checks: []string{"body-size"}},
	{
		number: "K009",
		family: "innrapportering",
		kinds:  []Kind{Status, Code, Value},
		checks: []string{"inntektsaar-supported"},
	},
	{
		number: "K036",
		family: "innrapportering",
		kinds:  []Kind{Status},
		checks: []string{"idempotency-key"},
		codes:  []string{"GLD_1022"},
	},
	{number: "K721", family: "innrapportering", kinds: []Kind{Status, Code}, checks: []string{"hovedenhet"}},
	{number: "K011", family: "innrapportering", kinds: []Kind{Status, Sti}, checks: []string{"schema"}},
	{number: "K504", family: "innrapportering", kinds: []Kind{Status, Code}, checks: []string{"accept-document"}},
	{number: "K008", family: "innrapportering", kinds: []Kind{Specification}},
	{number: "K006", family: "innrapportering", kinds: []Kind{Code}},
	{number: "K003", family: "innrapportering", kinds: []Kind{Member}, place: "/spesifisering/*/kode"},
	{number: "K004", family: "innrapportering", kinds: []Kind{Melding}, place: "/spesifisering/*/melding"},
	{number: "K002", family: "innrapportering", kinds: []Kind{Melding}},
	{number: "K026", family: "innrapportering", place: "/angittVerdi"},
	{number: "K014", family: "innrapportering", kinds: []Kind{Length}, place: "/spesifisering"},
	{number: "K016", family: "innrapportering", place: "/oppgavegiversLeveranseReferanse"},
	{number: "K054", family: "innrapportering", place: "/antallOppgaver"},
	{number: "K046", family: "innrapportering", place: "/antallSletteoppgaver"},
	{number: "K055", family: "innrapportering", place: "/avvikskode"},
	{number: "K065", family: "innrapportering", kinds: []Kind{Enumeration}, place: "/leveransestatus"},
	{number: "K056", family: "innrapportering", kinds: []Kind{Member, Type}, place: "avvik/*"},

	{number: "K070", family: "dialogporten", place: "/status"},
	{number: "K072", family: "dialogporten", place: "/activities"},
	{number: "K073", family: "dialogporten", place: "/hasUnopenedContent"},
	{number: "K073", family: "dialogporten", place: "/isOpened"},
	{number: "K074", family: "dialogporten", place: "/dialogToken"},
	{number: "K074", family: "dialogporten", place: "Actions"},
	{number: "K075", family: "dialogporten", place: "/contentReference"},
	{number: "K075", family: "dialogporten", place: "/contentReference/value/*/value"},
	{number: "K088", family: "dialogporten", place: "TransmissionsCount"},
	{number: "K088", family: "dialogporten", place: "/transmissions/*/type"},
	{number: "K089", family: "dialogporten", place: "/serviceResource"},
	{number: "K087", family: "dialogporten", kinds: []Kind{Header}, place: "ETag"},
	{number: "K086", family: "dialogporten", kinds: []Kind{Melding}, place: "/title"},
	{number: "K086", family: "dialogporten", kinds: []Kind{Header}, place: "Retry-After"},

	{number: "K203", family: "kobo", kinds: []Kind{Status}, status: 200},
	{number: "K203", family: "kobo", kinds: []Kind{Status}, status: 201},
	{number: "K223", family: "kobo", kinds: []Kind{Status}, method: "DELETE", checks: []string{"json"}},
	{number: "K248", family: "kobo", kinds: []Kind{Status}, checks: []string{"kobo-systemid"}},
	{number: "K249", family: "kobo", kinds: []Kind{Status}, checks: []string{"kobo-system"}},
	{number: "K247", family: "kobo", kinds: []Kind{Status, Code}, checks: []string{"token"}},
	{number: "K211", family: "kobo", place: "/utledetLedigFraDato"},
	{number: "K207", family: "kobo", kinds: []Kind{Member, Type}, ours: []string{"null", "a list"}},
	{number: "K202", family: "kobo", kinds: []Kind{Format}},
}

// ChoiceOf returns the number of the choice that a difference may rest on, such as K006; empty where
// none is known.
func ChoiceOf(f Finding, c Context) string {
	if f.Kind == Status && c.Family != "kobo" && (f.Theirs == "429" || strings.HasPrefix(f.Theirs, "5")) {
		return "" // a fault or a limit of theirs, whatever the call was; Kobo's conflicts may be a 502
	}
	for _, one := range choices {
		if one.isOf(f, c) {
			return one.number
		}
	}
	return ""
}

func (one choice) isOf(f Finding, c Context) bool {
	hasCode := func(code string) bool { return code == c.Code || slices.Contains(c.Specification, code) }
	return (one.family == "" || one.family == c.Family) &&
		(len(one.kinds) == 0 || slices.Contains(one.kinds, f.Kind)) &&
		(len(one.checks) == 0 || slices.Contains(one.checks, c.StoppedBy)) &&
		(len(one.codes) == 0 || slices.ContainsFunc(one.codes, hasCode)) &&
		strings.HasSuffix(f.Place, one.place) &&
		(one.status == 0 || one.status == c.Status) &&
		(len(one.ours) == 0 || slices.Contains(one.ours, f.Ours)) &&
		(one.method == "" || one.method == c.Method)
}
