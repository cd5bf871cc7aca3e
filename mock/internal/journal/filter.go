package journal

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// filter holds the demands of a Query or an Expected. It is comparable, and an empty field demands
// nothing.
type filter struct {
	api, route, method string
	organisation       string
	key, scenario      string
	trace              string
	statuses           statusRange
	code, stoppedBy    string
	body               string // in the request's body
	text               string // anywhere in the call
}

// fields is a set of fields of a filter, as bits. The greater ones say which call it was, the
// lesser ones how it ended, so that a greater value is the worse mismatch.
type fields uint16

const (
	textField fields = 1 << iota
	bodyField
	stoppedByField
	codeField
	statusField
	scenarioField
	keyField
	traceField
	organisationField
	methodField
	routeField
	apiField
)

// len returns the number of fields in the set.
func (f fields) len() int { return bits.OnesCount(uint(f)) }

// mismatch returns the fields in which a call does not fit; 0 when it fits.
func (f *filter) mismatch(e *Entry) fields {
	var m fields
	if f.api != "" && f.api != e.API {
		m |= apiField
	}
	if f.route != "" && f.route != e.Route {
		m |= routeField
	}
	if f.method != "" && !strings.EqualFold(f.method, e.Method) {
		m |= methodField
	}
	if f.organisation != "" && f.organisation != e.Organisation {
		m |= organisationField
	}
	if f.key != "" && f.key != e.IdempotencyKey {
		m |= keyField
	}
	if f.trace != "" && f.trace != e.Trace {
		m |= traceField
	}
	if f.scenario != "" && !slices.ContainsFunc(e.Played, f.plays) {
		m |= scenarioField
	}
	if f.statuses != (statusRange{}) && !f.statuses.has(e.Status) {
		m |= statusField
	}
	if f.code != "" && f.code != e.Code && !slices.Contains(e.Specification, f.code) {
		m |= codeField
	}
	if f.stoppedBy != "" && f.stoppedBy != e.StoppedBy {
		m |= stoppedByField
	}
	if f.body != "" && !bytes.Contains(e.Request.Body, []byte(f.body)) {
		m |= bodyField
	}
	if f.text != "" && !e.contains(f.text) {
		m |= textField
	}
	return m
}

// contains reports whether a text stands in the call, as Query.Text says.
func (e *Entry) contains(text string) bool {
	lower := strings.ToLower(text)
	isIn := func(where string) bool {
		return strings.Contains(where, text) || strings.Contains(strings.ToLower(where), lower)
	}
	return isIn(e.Path) || isIn(e.Why) || isIn(e.Code) || isIn(e.IdempotencyKey) ||
		slices.ContainsFunc(e.Specification, isIn) || slices.ContainsFunc(e.Played, isIn) ||
		bytes.Contains(e.Request.Body, []byte(text)) || bytes.Contains(e.Answer.Body, []byte(text))
}

// plays reports whether a scenario that was played, such as slow;ms=8000, is the one asked for: so
// written, or by its name.
func (f *filter) plays(played string) bool {
	name, _, _ := strings.Cut(played, ";")
	return f.scenario == played || f.scenario == name
}

// Difference is one field in which a call is not what was expected.
type Difference struct {
	// Field is the name of the field in the JSON of Expected.
	Field string `json:"field"`
	// Want is the expected value, and Got the call's; empty if it has none.
	Want string `json:"want"`
	Got  string `json:"got"`
}

// differences describes the fields in which a call does not fit, in the order of Expected.
func (f *filter) differences(e *Entry) []Difference {
	list, m := []Difference{}, f.mismatch(e)
	for _, d := range []struct {
		field           fields
		name, want, got string
	}{
		{apiField, "api", f.api, e.API},
		{routeField, "route", f.route, e.Route},
		{methodField, "method", f.method, e.Method},
		{statusField, "status", f.statuses.String(), strconv.Itoa(e.Status)},
		{codeField, "code", f.code, strings.Join(append([]string{e.Code}, e.Specification...), ", ")},
		{organisationField, "organisation", f.organisation, e.Organisation},
		{keyField, "key", f.key, e.IdempotencyKey},
		{traceField, "trace", f.trace, e.Trace},
		{scenarioField, "scenario", f.scenario, strings.Join(e.Played, ", ")},
		{stoppedByField, "stoppedBy", f.stoppedBy, e.StoppedBy},
		{
			bodyField, "bodyContains", f.body,
			fmt.Sprintf("a body of %d bytes without it, of which %d are kept", e.Request.BodyBytes,
				len(e.Request.Body)),
		},
	} {
		if m&d.field != 0 {
			list = append(list, Difference{d.name, d.want, d.got})
		}
	}
	return list
}
