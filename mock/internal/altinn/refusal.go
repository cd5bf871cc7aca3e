package altinn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/wire"
)

// Refusal is an error of Altinn's. It is an error, so that operations return it like any other; it
// becomes an answer, and nothing is stored.
type Refusal struct {
	Code   string // AUTH-00011, STD-00000, or the status of an answer without a code
	Status int
	Text   string // Altinn's
	Why    string // for the journal: what was wrong and what would be right

	form       form
	extension  member              // of a problem; zero for none
	violations []violation         // of a validation
	errors     map[string][]string // of a bad form
}

// Error returns the code and why.
func (r *Refusal) Error() string { return r.Code + ": " + r.Why }

// form is the form of an error body (docs/sources/systembruker.md, Error bodies).
type form int

const (
	problemForm    form = iota // a code with its text
	validationForm             // a list of codes
	plainForm                  // problem details without a code
	badForm                    // members at fault, as ASP.NET has them
	textForm                   // a bare text
	emptyForm                  // nothing
)

// violation is one entry of a validation.
type violation struct {
	code      Code
	extension member
	why       string
}

// member is a member of a JSON object; the zero member is none.
type member struct {
	name  string
	value any
}

// refuse returns a problem with the code.
func refuse(name, why string, args ...any) *Refusal {
	c := code(name)
	return &Refusal{Code: c.Name, Status: c.Status, Text: c.Text, Why: fmt.Sprintf(why, args...)}
}

// with adds a member to a problem.
func (r *Refusal) with(name string, values []string) *Refusal {
	r.extension = member{name, strings.Join(values, " | ")}
	return r
}

// refuseAll returns a validation of all that is wrong; nil for nothing.
func refuseAll(all []violation) error {
	if len(all) == 0 {
		return nil
	}
	reasons := make([]string, len(all))
	for i, v := range all {
		reasons[i] = v.code.Name + ": " + v.why
	}
	return &Refusal{
		Code: "STD-00000", Status: 400, Text: validationTitle, Why: strings.Join(reasons, "; "),
		form: validationForm, violations: all,
	}
}

const validationTitle = "One or more validation errors occurred."

// refusePlain returns problem details of a status alone.
func refusePlain(status int, why string, args ...any) *Refusal {
	return &Refusal{Code: strconv.Itoa(status), Status: status, Why: fmt.Sprintf(why, args...), form: plainForm}
}

// refuseEmpty returns a status without a body.
func refuseEmpty(status int, why string, args ...any) *Refusal {
	return &Refusal{Code: strconv.Itoa(status), Status: status, Why: fmt.Sprintf(why, args...), form: emptyForm}
}

// refuseText returns a status with a bare text.
func refuseText(status int, text, why string, args ...any) *Refusal {
	return &Refusal{
		Code: strconv.Itoa(status), Status: status, Text: text, Why: fmt.Sprintf(why, args...),
		form: textForm,
	}
}

// refuseMembers returns a 400 that names the members at fault, with a text for each.
func refuseMembers(wrong map[string][]string, why string, args ...any) *Refusal {
	return &Refusal{
		Code: "400", Status: 400, Text: validationTitle, Why: fmt.Sprintf(why, args...), form: badForm,
		errors: wrong,
	}
}

// Names of media types in answers.
const (
	jsonType    = "application/json; charset=utf-8"
	problemType = "application/problem+json"
	textType    = "text/plain; charset=utf-8"
)

// render returns the refusal as an answer, in the form of today or, where older is set, of before
// July 2026.
func (r *Refusal) render(ids *wire.IDs, older bool) wire.Response {
	response := wire.Response{Status: r.Status, ContentType: problemType, Document: []byte{}}
	refused := &wire.Refusal{Code: r.Code, Why: r.Why}
	for _, v := range r.violations {
		refused.Specifications = append(refused.Specifications, v.code.Name)
	}
	response.Refused = refused
	trace := member{"traceId", ids.Traceparent()}
	switch r.form {
	case emptyForm:
		response.ContentType = ""
	case textForm:
		response.ContentType, response.Document = textType, []byte(r.Text)
	case plainForm:
		response.Document = object(member{"type", StatusType(r.Status)}, member{"title", StatusTitle(r.Status)},
			member{"status", r.Status}, trace)
	case badForm:
		response.Document = object(member{"type", StatusType(r.Status)}, member{"title", r.Text},
			member{"status", r.Status}, member{"errors", r.errors}, trace)
	case problemForm:
		response.Document = object(append(r.head(older, trace), r.extension)...)
	case validationForm:
		var entries []json.RawMessage
		for _, v := range r.violations {
			text := member{"title", v.code.Text}
			if older {
				text.name = "detail"
			}
			entries = append(entries, json.RawMessage(object(member{"code", v.code.Name}, text,
				member{"paths", []string{v.path()}}, v.extension)))
		}
		response.Document = object(append(r.head(older, trace), member{"validationErrors", entries})...)
	}
	return response
}

// path returns the place of a violation as Altinn writes it.
func (v violation) path() string {
	if strings.HasPrefix(v.code.Path, "?") {
		return v.code.Path
	}
	return "/registersystemrequest/" + v.code.Path
}

// head returns the members that problems and validations begin with.
func (r *Refusal) head(older bool, trace member) []member {
	if older {
		return []member{
			{"type", StatusType(r.Status)},
			{"title", StatusTitle(r.Status)},
			{"status", r.Status},
			{"detail", r.Text},
			{"code", r.Code},
			trace,
		}
	}
	head := []member{
		{"type", "urn:altinn:error:" + r.Code}, {"title", r.Text}, {"status", r.Status}, {"code", r.Code},
	}
	description := member{"statusDescription", StatusTitle(r.Status)}
	if r.form == validationForm {
		return append(head, description, trace)
	}
	return append(head, trace, description)
}

// object returns a JSON object with the members in order, without zero members.
func object(members ...member) []byte {
	body := []byte{'{'}
	for _, m := range members {
		if m.name == "" {
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = plainjson.Append(append(plainjson.Append(body, m.name), ':'), m.value)
	}
	return append(body, '}')
}

// statuses has the sections of RFC 9110 and the names of the statuses in errors.
var statuses = map[int]struct{ section, title string }{
	400: {"15.5.1", "Bad Request"}, 401: {"15.5.2", "Unauthorized"}, 403: {"15.5.4", "Forbidden"},
	404: {"15.5.5", "Not Found"}, 405: {"15.5.6", "Method Not Allowed"}, 409: {"15.5.10", "Conflict"},
	410: {"15.5.11", "Gone"}, 413: {"15.5.14", "Content Too Large"}, 415: {"15.5.16", "Unsupported Media Type"},
	500: {"15.6.1", "An error occurred while processing your request."}, 503: {"15.6.4", "Service Unavailable"},
}

// StatusType returns the type of problem details of a status, as ASP.NET has it.
func StatusType(status int) string {
	return "https://tools.ietf.org/html/rfc9110#section-" + cmp.Or(statuses[status].section, "15.5")
}

// StatusTitle returns the title of problem details of a status, as ASP.NET has it.
func StatusTitle(status int) string { return cmp.Or(statuses[status].title, "Error") }

// asRefusal returns the Refusal in an error; nil if there is none.
func asRefusal(err error) *Refusal {
	var refused *Refusal
	if errors.As(err, &refused) {
		return refused
	}
	return nil
}
