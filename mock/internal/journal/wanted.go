package journal

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// wanted is what a call is asked to be, by a query or by an expectation. What is empty is not asked for.
type wanted struct {
	api, route, method string
	organisation       string
	key                spellings
	scenario           string
	statuses           statusRange
	code, stoppedBy    string
	body               spellings // which the request's body contains
}

// spellings are a text as it was written, and as a journal that masks has it.
type spellings struct{ plain, masked string }

func bothWays(plain string) spellings { return spellings{plain, hideTokens(plain)} }

// fields is a set of the fields of wanted. The later ones stand for what came of a call and the earlier ones for which
// call it was, and an earlier one counts for more than all later ones together.
type fields uint16

const (
	bodyField fields = 1 << iota
	stoppedByField
	codeField
	statusField
	scenarioField
	keyField
	organisationField
	methodField
	routeField
	apiField
)

func (f fields) len() int { return bits.OnesCount(uint(f)) }

// differs returns the fields in which the call is not what is wanted; none when it fits.
func (w *wanted) differs(e *Entry) fields {
	var f fields
	if w.api != "" && w.api != e.API {
		f |= apiField
	}
	if w.route != "" && w.route != e.Route {
		f |= routeField
	}
	if w.method != "" && !strings.EqualFold(w.method, e.Method) {
		f |= methodField
	}
	if w.organisation != "" && w.organisation != e.Organisation {
		f |= organisationField
	}
	if w.key.plain != "" && w.key.plain != e.IdempotencyKey && w.key.masked != e.IdempotencyKey {
		f |= keyField
	}
	if w.scenario != "" && !slices.ContainsFunc(e.Played, w.plays) {
		f |= scenarioField
	}
	if w.statuses != (statusRange{}) && !w.statuses.has(e.Status) {
		f |= statusField
	}
	if w.code != "" && w.code != e.Code && !slices.Contains(e.Specification, w.code) {
		f |= codeField
	}
	if w.stoppedBy != "" && w.stoppedBy != e.StoppedBy {
		f |= stoppedByField
	}
	if w.body.plain != "" && !bytes.Contains(e.Request.Body, []byte(w.body.plain)) && !bytes.Contains(e.Request.Body, []byte(w.body.masked)) {
		f |= bodyField
	}
	return f
}

// plays tells whether a scenario that was played, such as slow;ms=8000, is the one that is wanted: so written, or by its name alone.
func (w *wanted) plays(played string) bool {
	name, _, _ := strings.Cut(played, ";")
	return w.scenario == played || w.scenario == name
}

// Difference is one field in which a call is not what was expected.
type Difference struct {
	// Field is the field's name in Expected's JSON.
	Field string `json:"field"`
	// Want is what was expected, Got what the call has; empty when it has nothing there.
	Want string `json:"want"`
	Got  string `json:"got"`
}

// differences spells out the fields in which the call differs, in the order of Expected.
func (w *wanted) differences(e *Entry) []Difference {
	list, f := []Difference{}, w.differs(e)
	for _, d := range []struct {
		field           fields
		name, want, got string
	}{
		{apiField, "api", w.api, e.API},
		{routeField, "route", w.route, e.Route},
		{methodField, "method", w.method, e.Method},
		{statusField, "status", w.statuses.String(), strconv.Itoa(e.Status)},
		{codeField, "code", w.code, strings.Join(append([]string{e.Code}, e.Specification...), ", ")},
		{organisationField, "organisation", w.organisation, e.Organisation},
		{keyField, "key", w.key.masked, e.IdempotencyKey},
		{scenarioField, "scenario", w.scenario, strings.Join(e.Played, ", ")},
		{stoppedByField, "stoppedBy", w.stoppedBy, e.StoppedBy},
		{bodyField, "bodyContains", w.body.masked,
			fmt.Sprintf("a body of %d bytes without it, of which %d are kept", e.Request.BodyBytes, len(e.Request.Body))},
	} {
		if f&d.field != 0 {
			list = append(list, Difference{d.name, d.want, d.got})
		}
	}
	return list
}
