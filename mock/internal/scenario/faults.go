package scenario

import (
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/yamlfile"
)

// Fault is one thing to do with a call. Values of a Fault never change.
type Fault interface {
	// Apply notes in the effect what the fault changes about a call. draw returns the next random
	// number, from 0 up to 1.
	Apply(e *Effect, draw func() float64)
}

// Role says what the faults of a kind change, and so where they may play and what they go with.
type Role int

// The roles.
const (
	Waits    Role = iota // nothing: at every point, with every other fault
	Answers              // the answer, wholly
	Tears                // there is no answer
	Shapes               // an answer that something else gives
	Works                // the work of the call
	Messages             // the event messages that the work of the call sends
)

// faultKind is one kind of fault: how a script writes it, and how it is read.
type faultKind struct {
	name    string // of the member in a step's do
	role    Role
	schema  string // JSON Schema of the member's value
	written func() any
	read    func(r *reader, place string, written any) Fault
}

// newKind returns the kind of fault whose value in a script is decoded into a V by its yaml tags.
// read reports what is wrong with the value at its place, such as $.steps[0].do[1].delay, and
// returns the fault.
func newKind[V any](
	name string, role Role, schema string, read func(r *reader, place string, written V) Fault,
) faultKind {
	return faultKind{
		name: name, role: role, schema: schema, written: func() any { return new(V) },
		read: func(r *reader, place string, written any) Fault { return read(r, place, *written.(*V)) },
	}
}

// flagKind returns the kind of a fault that is written as true.
func flagKind(name string, role Role, description string, fault Fault) faultKind {
	schema := `{"const": true, "description": "` + description + `"}`
	return newKind(name, role, schema, func(r *reader, place string, on bool) Fault {
		if !on {
			r.Fault(place, "%s is false; it must be true, or left out", name)
		}
		return fault
	})
}

// faultKinds returns every kind of fault. Error texts and the JSON Schema list them in this order.
func faultKinds() []faultKind {
	return []faultKind{
		codeKind(), offenceKind(), respondKind(),
		resetKind(), closeKind(),
		headersKind(), cutKind(), dripKind(), contentTypeKind(), invalidJSONKind(),
		duplicateKind(), feedbackKind(), approvalKind(), webhookKind(),
		delayKind(),
	}
}

// Act is a fault in a step of a script.
type Act struct {
	Kind string // the fault's name in the script
	Role Role
	Fault
}

// endsCall reports whether the act ends the call, or replaces its answer.
func (a Act) endsCall() bool { return a.Role == Answers || a.Role == Tears }

// changesWork reports whether the act is about the work of the call.
func (a Act) changesWork() bool { return a.Role == Works || a.Role == Messages }

// Effect collects the changes that scenarios make to a call at one point. Of Code, Offence,
// Response and Tear at most one is set; the zero Effect does nothing.
type Effect struct {
	Delay time.Duration // to wait before anything else, in real time

	Code     string    // answer with this code of the API
	Offence  string    // answer with this offence, in the API's own words
	Response *Response // answer with this
	Tear     Tear      // tear the connection instead of answering

	Headers    map[string]string     // to set on the answer, by canonical name
	ChangeBody []func([]byte) []byte // to apply to the answer's body in order; the argument may not be changed
	Cut        *int                  // send only so many bytes of the body, and promise all in the header
	Drip       *Drip                 // send the body so

	Duplicate bool   // carry the call out twice
	Feedback  string // what becomes of the feedback on the delivery: rejected or never
	// Approval selects the answer of the customer to a request for a system user: approve, reject,
	// timeout, never or not-delegable. ApprovalAfter is the time until then, by the session's clock.
	Approval      string
	ApprovalAfter time.Duration
	Webhook       string // what becomes of the call's event messages: drop, duplicate, reorder, delay or wrong-key
}

// Response is an answer written out in a script. At most one of Body and JSON is set; JSON also
// decides the Content-Type, unless Headers has another.
type Response struct {
	Status  int
	Headers map[string]string
	Body    string
	JSON    string // a JSON document as text
}

// Tear is a way to end a connection without an answer; empty for none.
type Tear string

// The ways to end a connection.
const (
	TearReset Tear = "reset" // at once, as by a machine that is gone (RST)
	TearClose Tear = "close" // in good order
)

// Drip sends a body Bytes at a time with a wait of Every after each, and stops after MaxDelay in
// all.
type Drip struct {
	Bytes int
	Every time.Duration
}

// setHeaders adds headers to those that are to be set, over earlier ones of the same name.
func (e *Effect) setHeaders(headers map[string]string) {
	if e.Headers == nil {
		e.Headers = map[string]string{}
	}
	maps.Copy(e.Headers, headers)
}

// ofRole returns the names of the kinds that have one of the roles, in their order.
func ofRole(kinds []faultKind, roles ...Role) (names []string) {
	for _, kind := range kinds {
		if slices.Contains(roles, kind.role) {
			names = append(names, kind.name)
		}
	}
	return names
}

// names returns the names of kinds.
func names(kinds []faultKind) (names []string) {
	for _, kind := range kinds {
		names = append(names, kind.name)
	}
	return names
}

// act reads one act. It has no Kind where it is not exactly one.
func (r *reader) act(place string, node yamlfile.Node) Act {
	all := names(r.kinds)
	values := make([]any, len(all))
	for i, kind := range r.kinds {
		values[i] = kind.written()
	}
	r.Members(node, place, all, func(name string) any { return values[slices.Index(all, name)] })
	var given []int
	for i, name := range all {
		if r.Has(place + "." + name) {
			given = append(given, i)
		}
	}
	if len(given) != 1 {
		r.Fault(place, "an act is one of %s; here stand %d of them, and each needs a - of its own",
			strings.Join(all, ", "), len(given))
		return Act{}
	}
	kind := r.kinds[given[0]]
	return Act{kind.name, kind.role, kind.read(r, place+"."+kind.name, values[given[0]])}
}

var (
	headerName  = textForm{regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"), 100}
	headerValue = textForm{regexp.MustCompile(`^[ -~]*$`), 1000}
)

// textForm is the form of a text and its length. A bound within the expression would take a
// millisecond to compile.
type textForm struct {
	form *regexp.Regexp
	max  int
}

// MatchString reports whether a text is short enough and of the form.
func (b textForm) MatchString(text string) bool {
	return len(text) <= b.max && b.form.MatchString(text)
}

// headers checks headers and returns them by canonical name; of two spellings of one name the last
// in the alphabet counts.
func (r *reader) headers(place string, written map[string]yamlfile.Text) map[string]string {
	if r.Has(place) && len(written) == 0 {
		r.Fault(place, "there are no headers; leave it out")
	}
	headers := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		value := string(written[name])
		lower := strings.ToLower(name)
		switch at := place + "." + name; {
		case !headerName.MatchString(name):
			r.Fault(at, "%q cannot be the name of a header", name)
		case lower == "content-length" || lower == "transfer-encoding":
			r.Fault(at, "%s follows from the body; to promise more than is sent there is cut", name)
		case strings.HasPrefix(lower, "sandkasse-"):
			r.Fault(at, "%s is a header of sandkasse's own", name)
		case !headerValue.MatchString(value):
			r.Fault(at, "the value of %s must be at most 1000 printable characters of ASCII", name)
		}
		headers[textproto.CanonicalMIMEHeaderKey(name)] = value
	}
	return headers
}

// bytes checks a number of bytes.
func (r *reader) bytes(place, what string, n yamlfile.Int, min int) {
	if int(n) < min || n > maxBody {
		r.Fault(place, "%s is %d; it must be %d to %d bytes", what, n, min, maxBody)
	}
}

// point returns where a step plays (the package's comment has the rules), and reports what cannot
// be done together or there.
func (r *reader) point(place string, at Point, acts []Act, outcome bool) Point {
	done := slices.DeleteFunc(slices.Clone(r.kinds), func(kind faultKind) bool {
		return !slices.ContainsFunc(acts, func(act Act) bool { return act.Kind == kind.name })
	})
	answers, tears := ofRole(done, Answers), ofRole(done, Tears)
	shapes, works := ofRole(done, Shapes), ofRole(done, Works, Messages)
	ends := slices.Concat(answers, tears)
	if r.Has(place + ".at") {
		points := []string{string(BeforeChecks), string(InsteadOfWork), string(AfterWork)}
		r.oneOf(place+".at", "point", string(at), points)
	} else {
		at = defaultPoint(answers, shapes, works, outcome)
	}
	do := place + ".do"
	if len(ends) > 1 {
		r.Fault(do, "%s cannot be done in one step; a call ends in one way", strings.Join(ends, " and "))
	}
	if len(tears) > 0 && len(shapes) > 0 {
		r.Fault(do, "%s answers nothing, so there is nothing for %s to change", tears[0], strings.Join(shapes, " and "))
	}
	if len(works) > 0 && len(ends)+len(shapes) > 0 {
		r.Fault(do, "%s is about the work, and %s in place of it or after it; ask for two scenarios",
			works[0], slices.Concat(ends, shapes)[0])
	}
	switch {
	case outcome && at != AfterWork:
		r.Fault(place+".at", "the outcome is not known before the answer; %s is too early", at)
	case len(works) > 0 && at != InsteadOfWork:
		r.Fault(place+".at", "%s is settled when the call is carried out; it must be at work, not at the %s",
			works[0], at)
	case len(shapes) > 0 && len(answers) == 0 && at != AfterWork && len(works) == 0:
		r.Fault(place+".at", "there is no answer yet at the %s that %s could change; "+
			"it must be at answer, or beside %s",
			at, shapes[0], strings.Join(ofRole(r.kinds, Answers), ", "))
	}
	return at
}

// defaultPoint returns where a step plays that does not say so.
func defaultPoint(answers, shapes, works []string, outcome bool) Point {
	switch {
	case outcome:
		return AfterWork
	case len(works) > 0:
		return InsteadOfWork
	case len(shapes) > 0 && len(answers) == 0:
		return AfterWork
	}
	return BeforeChecks
}
