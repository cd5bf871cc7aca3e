package onboarding

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	codes "sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// cause holds a call that is refused, and the answer to it. testkit's system is registered.
type cause struct {
	name   string
	code   string // of Altinn's; empty for an answer without one
	status int
	call   func(s site) reply // makes what the call needs, and then the call
	body   string             // of an answer without a code; of one with a code its extra member; T is the trace id
	step   string             // that stopped the call; empty for an operation of the control API
	why    string             // a part of the reason
	choice string             // that the answer rests on; empty for none
}

// sent returns a function that makes one call as the vendor.
func sent(method, path, body string, headers ...string) func(s site) reply {
	return func(s site) reply { return s.send(method, path, body, headers...) }
}

// TestCauses: every refusal is answered by its cause, with its status and body in the form of today and
// the older one, and the journal says why, where, and what to do.
func TestCauses(t *testing.T) {
	t.Parallel()
	for _, form := range []int{5, 4} {
		older := form == 4
		options := mock.Options{Altinn: mock.AltinnOptions{ProblemDetails: 4}}
		if !older {
			options = mock.Options{}
		}
		server := newSite(t, options)
		for i, one := range allCauses() {
			if older && testkit.FewerData() && i%5 > 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", form, one.name), func(t *testing.T) {
				t.Parallel()
				s := server.in(t, "s"+uuid.NewString())
				s = s.as(token.DefaultVendor, "")
				s.register()
				s.isCause(one, older)
			})
		}
	}
}

// allCauses returns the causes of all codes.
func allCauses() (list []cause) {
	for _, some := range [][]cause{
		gatewayCauses(), registerCauses(), replaceCauses(), requestCauses(), changeCauses(), userCauses(),
		customerCauses(),
	} {
		list = append(list, some...)
	}
	return list
}

// isCause makes the call of a cause and checks its answer and explanation.
func (s site) isCause(one cause, older bool) {
	s.Helper()
	got := one.call(s)
	if one.step == "" { // an operation of the control API, which answers in words
		known, _ := codes.FindCode(one.code)
		end := "(" + strings.TrimSpace(one.code+" "+known.Text) + ")"
		if got.status != one.status || !strings.Contains(got.body, one.why) || !strings.Contains(got.body, end) {
			s.Fatalf("%d %s, want %d, %q and %q", got.status, got.body, one.status, one.why, end)
		}
		return
	}
	want := one.body
	if one.code != "" {
		want = bodyOf(one.code, one.body, older)
	}
	if got.status != one.status || untraced(got.body) != want {
		s.Fatalf("answered %d %s\nwant     %d %s", got.status, untraced(got.body), one.status, want)
	}
	if kind := got.header.Get("Content-Type"); (kind == "") != (want == "") || strings.HasPrefix(want, "{") !=
		(kind == "application/problem+json") {
		s.Fatalf("the type of %q is %q", want, kind)
	}
	x := s.explain(got)
	if x.Status != one.status || !strings.Contains(x.Why, one.why) || x.stoppedBy() != one.step || x.Client == "" {
		s.Fatalf("the journal says %+v, want why %q at %q", x, one.why, one.step)
	}
	number := ""
	if x.Choice != nil {
		number = x.Choice.Number
	}
	if number != one.choice {
		s.Fatalf("the answer rests on %q, want %q: %+v", number, one.choice, x)
	}
	if known, found := codes.FindCode(one.code); found && x.Client != known.Fix {
		s.Fatalf("the advice is %q, want %q", x.Client, known.Fix)
	}
	if strings.HasPrefix(one.code, "AUTH.VLD") && (len(x.Places) != 1 || x.Places[0].Kode != one.code ||
		x.Places[0].Sti == "" || x.Places[0].Melding == "") {
		s.Fatalf("the places are %+v", x.Places)
	}
}

// bodyOf returns the body of a problem with a code, and of the validation with it alone; more is a
// further member.
func bodyOf(name, more string, older bool) string {
	code, _ := codes.FindCode(name)
	text, err := json.Marshal(code.Text)
	if err != nil {
		panic(err) // a text
	}
	title := http.StatusText(code.Status)
	section := map[int]string{400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 409: "15.5.10"}[code.Status]
	if more != "" {
		more = "," + more
	}
	if strings.HasPrefix(name, "AUTH.VLD") {
		member := "title"
		head := `{"type":"urn:altinn:error:STD-00000","title":"One or more validation errors ` +
			`occurred.","status":400,` +
			`"code":"STD-00000","statusDescription":"Bad Request","traceId":"T"`
		if older {
			member = "detail"
			head = `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"Bad ` +
				`Request","status":400,` +
				`"detail":"One or more validation errors occurred.","code":"STD-00000","traceId":"T"`
		}
		return fmt.Sprintf(`%s,"validationErrors":[{"code":%q,%q:%s,"paths":["/registersystemrequest/%s"]%s}]}`, head,
			name, member, text, code.Path, more)
	}
	if older {
		return fmt.Sprintf(`{"type":"https://tools.ietf.org/html/rfc9110#section-%s","title":%q,"status":%d,`+
			`"detail":%s,"code":%q,"traceId":"T"%s}`, section, title, code.Status, text, name, more)
	}
	return fmt.Sprintf(`{"type":"urn:altinn:error:%s","title":%s,"status":%d,"code":%q,"traceId":"T",`+
		`"statusDescription":%q%s}`, name, text, code.Status, name, title, more)
}

// plainBody returns the problem details of a status without a code.
func plainBody(status int) string {
	section := map[int]string{404: "15.5.5", 415: "15.5.16", 500: "15.6.1"}[status]
	title := map[int]string{500: "An error occurred while processing your request."}[status]
	if title == "" {
		title = http.StatusText(status)
	}
	return fmt.Sprintf(`{"type":"https://tools.ietf.org/html/rfc9110#section-%s","title":%q,"status":%d,"traceId":"T"}`,
		section, title, status)
}

// badForm returns the 400 of ASP.NET that has the errors.
func badForm(errors string) string {
	return `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors ` +
		`occurred.","status":400,"errors":` + errors + `,"traceId":"T"}`
}

// onDemandOnly has the codes of Altinn's authentication that no call has a cause for, with the reason.
func onDemandOnly() map[string]string {
	const inside = "Altinn fails inside; nothing of Sandkasse's does"
	const person = "what the person who approves may do is not imitated: whoever opens the page may approve"
	return map[string]string{
		"503":        inside,
		"AUTH-00002": inside, "AUTH-00003": inside, "AUTH-00012": inside, "AUTH-00014": inside, "AUTH-00050": inside,
		"AUTH-00052": inside, "AUTH-00060": inside,
		"AUTH-00006": "an accepted request has its system user, and that is told before (AUTH-00004)",
		"AUTH-00008": "Altinn never sets the status Denied",
		"AUTH-00017": "the name of a system is required",
		"AUTH-00024": person, "AUTH-00041": person, "AUTH-00042": person, "AUTH-00053": person, "AUTH-00066": person,
		"AUTH-00025": "the approval page asks for a request by its kind", "AUTH-00030": "as AUTH-00025",
		"AUTH-00080": "no register of clients and what they give their accountant is imitated: every one can be " +
			"added",
	}
}

// TestEachCodeHasACause: each code that the catalogue documents of Altinn's authentication has a cause
// in TestCauses, or a reason not to.
func TestEachCodeHasACause(t *testing.T) {
	t.Parallel()
	caused := map[string]bool{"AUTH-00023": true} // by TestTokenWithoutConsumer
	for _, one := range allCauses() {
		if one.code != "" {
			caused[one.code] = true
		} else {
			caused[fmt.Sprint(one.status)] = true
		}
	}
	reasons := onDemandOnly()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range known.ByName("authentication").CodeNames() {
		if reason, only := reasons[code]; caused[code] == only {
			t.Errorf("%s: has a cause: %v, is on demand only: %q", code, caused[code], reason)
		}
		delete(reasons, code)
	}
	for code := range reasons {
		t.Errorf("%s is no code of Altinn's authentication", code)
	}
}
