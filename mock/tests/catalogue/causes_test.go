package catalogue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/testkit"
)

// Whatever differs from call to call, and says nothing about what was wrong.
var perCall = regexp.MustCompile(`"(korrelasjonsid|traceId|instance)":"[^"]*"|<korrelasjonsid>[^<]*</korrelasjonsid>`)

// sameCause returns one name for all provocations of a cause, and of causes that an answer must not
// distinguish.
func sameCause(name string) string {
	for _, prefix := range []string{
		"unknown-forsendelse", "unknown-dialog", "unknown-home", "unexpected-failure",
		"unspecified-failure", "backend-failure",
		"year-not-supported", "bad-parameter-year", "not-acceptable-q0", "not-acceptable",
	} {
		if strings.HasPrefix(name, prefix) && name != "not-acceptable-document" {
			return strings.TrimSuffix(prefix, "-q0")
		}
	}
	return name
}

// TestCausesAreDistinguished: of all that leads to one answer of a reporting API, in JSON and in
// XML, and of Kobo, the caller can tell from the answer which it was, beside a code that says so
// itself.
func TestCausesAreDistinguished(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.APIs(t) {
		if api.Schema == nil && api.Family != "kobo" {
			continue
		}
		for _, accept := range []string{"application/json", "application/xml"} {
			if accept == "application/xml" && api.ErrorBody != "feil" {
				continue
			}
			t.Run(api.Name+"/"+accept, func(t *testing.T) {
				t.Parallel()
				for _, route := range api.Routes {
					checkDistinguished(t, api, route, accept)
				}
			})
		}
	}
}

// checkDistinguished provokes every offence on a route, and checks that different causes have
// different answers.
func checkDistinguished(t *testing.T, api *catalog.API, route *catalog.Route, accept string) {
	causes := map[string]string{} // an answer without what is of the call → its cause
	for _, p := range provocations() {
		if !p.fits(api, route) || p.offence == feil.UnexpectedFailure || p.offence == feil.UnspecifiedFailure ||
			p.offence == feil.BackendFailure {
			continue // of failures inside nothing more is said
		}
		s := testkit.ServerAt(t, testkit.Noon)
		c := testkit.GoodCall(t, s, api, route)
		c.Header.Set("Accept", accept)
		p.spoil(t, s, api, c)
		answer := c.Do(s)
		row := api.Feil[p.offence]
		body := perCall.ReplaceAllString(answer.Body.String(), "")
		if answer.Code != row.Status || !strings.Contains(body, row.Kode) {
			t.Errorf("%s: %d %s", p.name, answer.Code, answer.Body)
		}
		if other, again := causes[body]; again && other != sameCause(p.name) {
			t.Errorf("%s and %s are both answered %s", p.name, other, body)
		}
		causes[body] = sameCause(p.name)
		if bare := strings.Count(body, row.Melding+`"`)+strings.Count(body, row.Melding+"<") > 0 &&
			!strings.Contains(body, "spesifisering"); bare && api.Family != "kobo" {
			t.Errorf("%s is answered without saying what is wrong: %s", p.name, body)
		}
	}
	if len(causes) < 10 {
		t.Errorf("%s: only %d different answers", route.Name, len(causes))
	}
}

// TestWrongContentTypes: each thing that can be wrong with a Content-Type is reported in its own
// words, where the code says no more than that it is wrong; the journal distinguishes them
// everywhere.
func TestWrongContentTypes(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for _, api := range backend.Of(s).Catalog.APIs {
		if api.Schema == nil && api.Family != "kobo" || testkit.LeftOut(api.Name) {
			continue
		}
		answers, whys := map[string]bool{}, map[string]bool{}
		sent := [][]string{
			{"text/xml"},
			{"application/json", "application/json"},
			{"application/json; charset"},
			{"application/json; charset=latin1"},
			nil,
		}
		for _, values := range sent {
			c := testkit.GoodCall(t, s, api, api.Routes[slices.IndexFunc(api.Routes,
				func(r *catalog.Route) bool { return r.Method == http.MethodPost })])
			c.Header["Content-Type"] = values
			answer := c.Do(s)
			row := api.Feil[feil.WrongContentType]
			if answer.Code != row.Status || !strings.Contains(answer.Body.String(), row.Kode) {
				t.Errorf("%s: %q is answered %d %s", api.Name, values, answer.Code, answer.Body)
			}
			answers[perCall.ReplaceAllString(answer.Body.String(), "")] = true
			calls := s.Calls(mock.CallQuery{Limit: 1})
			whys[calls[0].Why] = true
		}
		if len(answers) != len(sent) || len(whys) != len(sent) {
			t.Errorf("%s: of %d causes the answers tell %d: %v; and the journal: %v", api.Name, len(sent), len(answers),
				answers, whys)
		}
	}
}

// TestCausesOnDemand: an offence that a scenario asks for says what is wrong, too.
func TestCausesOnDemand(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.ReportingAPIs(t) {
		s := testkit.ServerAt(t, testkit.Noon)
		for _, code := range api.Codes() {
			if code.Row.Status >= http.StatusInternalServerError || code.Name == "MVA-007" {
				continue
			}
			c := testkit.GoodCall(t, s, api, api.Routes[0])
			c.Header.Set("Sandkasse-Scenario", code.Name)
			body := perCall.ReplaceAllString(c.Do(s).Body.String(), "")
			if !strings.Contains(body, "spesifisering") && strings.Contains(body, code.Row.Melding+`"`) {
				t.Errorf("%s %s: %s", api.Name, code.Name, body)
			}
		}
	}
}

// TestKorrelasjonsid: what comes with the call is the error's, whatever tells it and in whatever
// form; what cannot be one is passed over, with a remark, also where the call is answered well.
func TestKorrelasjonsid(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	for _, api := range testkit.ReportingAPIs(t) {
		s := testkit.ServerAt(t, testkit.Noon)
		for _, test := range []struct {
			name  string
			sent  []string
			taken bool
		}{
			{"none", nil, false},
			{"one character", []string{"x"}, true},
			{"uuid", []string{"0193B5CD-cb85-7320-bd8c-6c78c88dc8af"}, true},
			{"signs", []string{`!"#<>&~{}`}, true},
			{"hundred", []string{strings.Repeat("a", 100)}, true},
			{"hundred and one", []string{strings.Repeat("a", 101)}, false},
			{"empty", []string{""}, false},
			{"space", []string{"a b"}, false},
			{"letter beyond ASCII", []string{"blåbær"}, false},
			{"control character", []string{"a\x7f"}, false},
			{"two", []string{"a", "b"}, false},
			{"two of the same", []string{"a", "a"}, false},
		} {
			for way, spoil := range map[string]func(*testkit.APICall){
				"refused":   func(c *testkit.APICall) { c.Header.Del("idempotencyKey") },
				"not found": func(c *testkit.APICall) { c.Path = "/finnes/ikke" },
				"no token":  func(c *testkit.APICall) { c.Header.Del("Authorization") },
				"on demand": func(c *testkit.APICall) {
					c.Header.Set("Sandkasse-Scenario", api.CodeNames()[len(api.CodeNames())-1])
				},
				"at the door": func(c *testkit.APICall) { c.Header.Set("Sandkasse-Scenario", firstCode(api)) },
				"in XML": func(c *testkit.APICall) {
					c.Header.Set("Accept", "application/xml")
					c.Header.Del("idempotencyKey")
				},
				"answered well": func(*testkit.APICall) {},
			} {
				c := testkit.GoodCall(t, s, api, api.Routes[0])
				c.Header["Korrelasjonsid"] = append(c.Header["Korrelasjonsid"], test.sent...)
				spoil(c)
				answer := c.Do(s)
				what := fmt.Sprintf("%s, %s, %s", api.Name, test.name, way)
				calls := s.Calls(mock.CallQuery{Limit: 1})
				why := calls[0].Why
				if remarked := strings.Contains(why, "Korrelasjonsid"); remarked != (test.sent != nil && !test.taken) {
					t.Errorf("%s: the journal says %q", what, why)
				}
				if way == "answered well" {
					if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), "orrelasjonsid") {
						t.Errorf("%s: %d %s", what, answer.Code, answer.Body)
					}
					continue
				}
				got := korrelasjonsidOf(t, answer.Body.Bytes())
				if test.taken && got != test.sent[0] || !test.taken && !uuid.MatchString(got) {
					t.Errorf("%s: korrelasjonsid %q in %s", what, got, answer.Body)
				}
			}
		}
	}
}

func firstCode(api *catalog.API) string {
	codes := api.Codes()
	return codes[slices.IndexFunc(codes, func(c catalog.Code) bool {
		return strings.Contains(c.Name, "_0") ||
			strings.Contains(c.Name, "-0")
	})].Name
}

// korrelasjonsidOf returns the korrelasjonsid of an error body, in JSON or XML.
func korrelasjonsidOf(t *testing.T, body []byte) string {
	t.Helper()
	if text := string(body); strings.HasPrefix(text, "<feil") {
		_, text, _ = strings.Cut(text, "<korrelasjonsid>")
		text, _, _ = strings.Cut(text, "</korrelasjonsid>")
		return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&amp;", "&").Replace(text)
	}
	var answer struct{ Korrelasjonsid string }
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return answer.Korrelasjonsid
}

// TestDocumentsAndAccept: a document is given out for every Accept that allows its type, and for no
// other.
func TestDocumentsAndAccept(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	f := testkit.DeliverExample(t, s, testkit.FirstKey)
	documents := map[string]string{"application/json": f.ForsendelseID, "application/xml": ""}
	for _, d := range f.Tilbakemelding {
		documents[d.ContentType] = d.DokumentID
	}
	bsu := backend.Of(s).Catalog.ByName("bsu")
	for _, test := range []struct {
		accept    string
		json, xml bool
	}{
		{"", true, true},
		{"*/*", true, true},
		{"application/*", true, true},
		{"application/json", true, false},
		{"application/xml", false, true},
		{"APPLICATION/XML", false, true},
		{"application/xml;q=0.1, application/json;q=0", false, true},
		{"application/json, application/xml, application/pdf, text/csv, application/zip", true, true},
		{"application/pdf, */*;q=0.1", true, true},
		{"application/pdf, application/*;q=0.1", true, true},
		{"*/*, application/xml;q=0", true, false},
		{"application/json;charset=utf-8", true, false},
		{"application/pdf", false, false},
		{"text/csv", false, false},
		{"application/zip", false, false},
		{"text/csv, application/zip;q=0.5", false, false},
		{"text/xml", false, false},
		{"text/*", false, false},
		{"text/html, image/*", false, false},
		{"*/*;q=0", false, false},
		{"nonsense", false, false},
	} {
		for mediaType, id := range documents {
			c := testkit.GoodCall(t, s, bsu, bsu.Routes[1])
			c.Params["forsendelseId"], c.Params["dokumentId"] = f.ForsendelseID, strings.ToUpper(id)
			if test.accept != "" {
				c.Header.Set("Accept", test.accept)
			}
			answer := c.Do(s)
			allowed := mediaType == "application/json" && test.json || mediaType == "application/xml" && test.xml
			switch {
			case allowed && (answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != mediaType):
				t.Errorf("%s for %q: %d %v %s", mediaType, test.accept, answer.Code, answer.Header(), answer.Body)
			case !allowed && (answer.Code != http.StatusBadRequest ||
				!strings.Contains(answer.Body.String(), "GLD_1030")):
				t.Errorf("%s for %q: %d %s", mediaType, test.accept, answer.Code, answer.Body)
			}
		}
	}
}

// TestCausesOfTheOtherAPIs: Maskinporten, Kobo and Dialogporten tell the causes of a code apart
// too, but for a token that is not good, where the page of Kobo and the source of Dialogporten have
// no details, and a home of others.
func TestCausesOfTheOtherAPIs(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		if api.Schema != nil || api.Family == "authentication" { // ASP.NET gives no details of these errors
			continue
		}
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			for _, route := range api.Routes {
				causes := map[string]string{} // an answer without what is of the call → its cause
				for _, p := range provocations() {
					row := api.Feil[p.offence]
					if !p.fits(api, route) || row.Status >= http.StatusInternalServerError ||
						row.Status == http.StatusUnauthorized ||
						api.Family == "dialogporten" && row.Status == http.StatusForbidden {
						continue
					}
					s := testkit.ServerAt(t, testkit.Noon)
					c := testkit.GoodCall(t, s, api, route)
					p.spoil(t, s, api, c)
					body := perCall.ReplaceAllString(c.Do(s).Body.String(), "")
					if other, again := causes[body]; again && other != sameCause(p.name) {
						t.Errorf("%s: %s and %s are both answered %s", route.Name, p.name, other, body)
					}
					causes[body] = sameCause(p.name)
				}
			}
		})
	}
}
