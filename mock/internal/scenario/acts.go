package scenario

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

type actFile struct {
	Code        string            `yaml:"code"`
	Offence     string            `yaml:"offence"`
	Respond     respondFile       `yaml:"respond"`
	Headers     map[string]string `yaml:"headers"`
	Delay       string            `yaml:"delay"`
	Reset       bool              `yaml:"reset"`
	Close       bool              `yaml:"close"`
	Cut         int               `yaml:"cut"`
	Drip        dripFile          `yaml:"drip"`
	ContentType string            `yaml:"contentType"`
	InvalidJSON bool              `yaml:"invalidJSON"`
	Duplicate   bool              `yaml:"duplicate"`
	Feedback    string            `yaml:"feedback"`
	Webhook     string            `yaml:"webhook"`
}

type respondFile struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	JSON    string            `yaml:"json"`
}

type dripFile struct {
	Bytes int    `yaml:"bytes"`
	Every string `yaml:"every"`
}

// The kinds of acts by what they do to a call.
var (
	answering = []string{"code", "offence", "respond"}
	tearing   = []string{"reset", "close"}
	shaping   = []string{"headers", "cut", "drip", "contentType", "invalidJSON"}
	working   = []string{"duplicate", "feedback", "webhook"}
	actKinds  = slices.Concat(answering, tearing, shaping, working, []string{"delay"})
)

// kinds are those of the acts of a step.
type kinds map[string]bool

// of are those of the step's kinds that stand in a list.
func (k kinds) of(list []string) (names []string) {
	for _, name := range list {
		if k[name] {
			names = append(names, name)
		}
	}
	return names
}

var (
	codeForm    = bounded{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`), 64}
	headerName  = bounded{regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"), 100}
	headerValue = bounded{regexp.MustCompile(`^[ -~]*$`), 1000}
	mediaType   = bounded{regexp.MustCompile(`^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( ?;[ -~]+)?$`), 200}
)

// bounded is the form of a text and how many bytes it may have. A bound within the expression would take a millisecond to compile.
type bounded struct {
	form *regexp.Regexp
	max  int
}

func (b bounded) MatchString(text string) bool {
	return len(text) <= b.max && b.form.MatchString(text)
}

// act reads one act and says of which kind it is; the kind is empty where it is not one act.
func (r reader) act(place string, written actFile) (act Act, kind string) {
	var given []string
	for _, name := range actKinds {
		if r.Has(place + "." + name) {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		r.Fault(place, "an act is one of %s; here stand %d of them, and each needs a - of its own", strings.Join(actKinds, ", "), len(given))
		return Act{}, ""
	}
	at := place + "." + given[0]
	switch given[0] {
	case "code":
		act.Code = written.Code
		if r.oneOf(at, "code", act.Code, r.known.Codes); act.Code != "" && !codeForm.MatchString(act.Code) {
			r.Fault(at, "%q cannot be a code; it must be letters, digits, and . _ - between", act.Code)
		}
	case "offence":
		act.Offence = written.Offence
		r.oneOf(at, "offence", act.Offence, r.known.Offences)
	case "respond":
		act.Response = r.respond(at, written.Respond)
	case "headers":
		act.Headers = r.headers(at, written.Headers)
	case "delay":
		act.Delay = r.delay(at, written.Delay)
	case "cut":
		act.Cut = &written.Cut
		r.bytes(at, "cut", written.Cut, 0)
	case "drip":
		act.Drip = &Drip{Bytes: written.Drip.Bytes, Every: r.duration(at+".every", "every", written.Drip.Every, MaxDelay)}
		r.bytes(at+".bytes", "bytes", written.Drip.Bytes, 1)
	case "contentType":
		if act.ContentType = written.ContentType; !mediaType.MatchString(act.ContentType) {
			r.Fault(at, "contentType is %q; it must look like text/html or text/html; charset=utf-8", act.ContentType)
		}
	case "feedback":
		act.Feedback = written.Feedback
		r.oneOf(at, "fate of a feedback", act.Feedback, feedbacks)
	case "webhook":
		act.Webhook = written.Webhook
		r.oneOf(at, "fate of a message", act.Webhook, webhooks)
	default:
		act.Reset, act.Close, act.InvalidJSON, act.Duplicate = written.Reset, written.Close, written.InvalidJSON, written.Duplicate
		if !(act.Reset || act.Close || act.InvalidJSON || act.Duplicate) {
			r.Fault(at, "%s is false; it must be true, or left out", given[0])
		}
	}
	return act, given[0]
}

func (r reader) respond(place string, written respondFile) *Response {
	if written.Status < 200 || written.Status > 599 {
		r.Fault(place+".status", "status is %d; it must be 200 to 599", written.Status)
	}
	if r.Has(place+".body") && r.Has(place+".json") {
		r.Fault(place+".json", "an answer has a body or json, not both")
	}
	if r.Has(place+".json") && !validJSON(written.JSON) {
		r.Fault(place+".json", "json is no JSON document; it must be one as text, such as '{\"a\": 1}'")
	}
	if bodiless := written.Status == 204 || written.Status == 304; bodiless && (written.Body != "" || written.JSON != "") {
		r.Fault(place+".status", "an answer with the status %d has no body", written.Status)
	}
	return &Response{Status: written.Status, Headers: r.headers(place+".headers", written.Headers), Body: written.Body, JSON: written.JSON}
}

func (r reader) headers(place string, headers map[string]string) map[string]string {
	if r.Has(place) && len(headers) == 0 {
		r.Fault(place, "there are no headers; leave it out")
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		lower := strings.ToLower(name)
		switch at := place + "." + name; {
		case !headerName.MatchString(name):
			r.Fault(at, "%q cannot be the name of a header", name)
		case lower == "content-length" || lower == "transfer-encoding":
			r.Fault(at, "%s follows from the body; to promise more than is sent there is cut", name)
		case strings.HasPrefix(lower, "sandkasse-"):
			r.Fault(at, "%s is a header of sandkasse's own", name)
		case !headerValue.MatchString(headers[name]):
			r.Fault(at, "the value of %s must be at most 1000 printable characters of ASCII", name)
		}
	}
	return headers
}

// delay reads 2s, or 1s-5s for a draw between the two.
func (r reader) delay(place, text string) *Delay {
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		return &Delay{Fixed: r.duration(place, "delay", text, MaxDelay)}
	}
	from, ok := parseDuration(low)
	to, alsoOK := parseDuration(high)
	switch {
	case !ok || !alsoOK || to > MaxDelay || from > MaxDelay:
		r.Fault(place, "delay is %q; it must be like 2s, or like 1s-5s, and at most %s", text, shortest(MaxDelay))
	case from > to:
		r.Fault(place, "delay is %q; the shorter one comes first", text)
	}
	return &Delay{Min: from, Max: to}
}

func (r reader) bytes(place, what string, n, least int) {
	if n < least || n > maxBody {
		r.Fault(place, "%s is %d; it must be %d to %d bytes", what, n, least, maxBody)
	}
}

// point settles where a step plays (the package's comment has the rules), and whether what it does can be done together and there.
func (r reader) point(place string, at Point, done kinds, outcome bool) Point {
	answers, tears, shapes, works := done.of(answering), done.of(tearing), done.of(shaping), done.of(working)
	ends := slices.Concat(answers, tears)
	said := r.Has(place + ".at")
	if said {
		r.oneOf(place+".at", "point", string(at), []string{string(BeforeChecks), string(InsteadOfWork), string(AfterWork)})
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
		r.Fault(do, "%s is about the work, and %s in place of it or after it; ask for two scenarios", works[0], slices.Concat(ends, shapes)[0])
	}
	switch {
	case outcome && at != AfterWork:
		r.Fault(place+".at", "the outcome is not known before the answer; %s is too early", at)
	case len(works) > 0 && at != InsteadOfWork:
		r.Fault(place+".at", "%s is settled when the call is carried out; it must be at work, not at the %s", works[0], at)
	case len(shapes) > 0 && len(answers) == 0 && at != AfterWork && len(works) == 0:
		r.Fault(place+".at", "there is no answer yet at the %s that %s could change; it must be at answer, or beside %s", at, shapes[0],
			strings.Join(answering, ", "))
	}
	return at
}

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

// fixed is the delay that a draw, from 0 up to 1, comes to.
func (d Delay) fixed(draw func() float64) time.Duration {
	if d.Max == 0 {
		return d.Fixed
	}
	return d.Min + time.Duration(draw()*float64(d.Max-d.Min)).Round(time.Millisecond)
}
