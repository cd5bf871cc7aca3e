package catalogue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestEveryCode asks for every row of every API's tables, on every route, in all four ways: by
// header, by address, armed, and by the organisation that is reserved for it. Each way gives the
// same answer, byte for byte, and it is the row.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.APIs(t) {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			for i, route := range api.Routes {
				server := testkit.ServerAt(t, testkit.Noon)
				suite, err := server.Session("suite")
				if err != nil {
					t.Fatal(err)
				}
				good := testkit.GoodCall(t, server, api, route)
				good.Header.Set("Sandkasse-Session", "suite")
				for j, code := range api.Codes() {
					if api.Family == "authentication" && i > 0 && (i+j)%9 != 0 { // it has many of both
						continue
					}
					everyWay(t, server, suite, api, route, good, code, i == 0)
				}
			}
		})
	}
}

// everyWay asks for one code on one route in all four ways.
func everyWay(t *testing.T, server *mock.Server, suite *mock.Session, api *catalog.API, route *catalog.Route,
	good *testkit.APICall, code catalog.Code, first bool,
) {
	t.Helper()
	name := fmt.Sprintf("%s/%s/%s", api.Name, route.Name, code.Name)
	var answers []string
	for way, ask := range map[string]func(*testkit.APICall){
		"header":  func(c *testkit.APICall) { c.Header.Set("Sandkasse-Scenario", code.Name) },
		"address": func(c *testkit.APICall) { c.Base = "/_scenario/" + code.Name + c.Base },
		"armed": func(*testkit.APICall) {
			if _, err := suite.Play(mock.Play{Scenario: code.Name}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		},
		"organisation": func(c *testkit.APICall) {
			c.Header.Set("Authorization", "Bearer "+
				testkit.Mint(t, server, api, func(g *token.Spec) { g.Org = scenario.Organisation(code.Name) }))
		},
	} {
		if err := suite.Reset(); err != nil {
			t.Fatal(err)
		}
		c := *good
		c.Header = good.Header.Clone()
		ask(&c)
		answer := c.Do(server)
		if played := answer.Header().Get("Sandkasse-Played"); played != code.Name {
			t.Errorf("%s by %s: %q was played: %d %s %s", name, way, played, answer.Code,
				answer.Header().Get("Sandkasse-Feil"), answer.Body)
			continue
		}
		isCode(t, name, api, code, answer)
		if code.Row.Offence == feil.NotAcceptable || way == "address" &&
			strings.Contains(answer.Body.String(), "/_scenario/") {
			continue // the one repeats what was asked for, the other the address
		}
		answers = append(answers, string(testkit.Dump(answer)))
		calls := suite.Calls(mock.CallQuery{Scenario: code.Name})
		if len(calls) != 1 || calls[0].Status != answer.Code || calls[0].StoppedBy == "" {
			t.Errorf("%s by %s: the journal has %+v", name, way, calls)
		}
	}
	for _, other := range answers[min(1, len(answers)):] {
		if diff := gocmp.Diff(answers[0], other); diff != "" {
			t.Errorf("%s: the ways differ:\n%s", name, diff)
		}
	}
	if first && len(answers) > 0 {
		compareGolden(t, "codes", api, code.Name, []byte(answers[0]))
	}
}

// isCode checks that an answer is the one that a real cause of the code has.
func isCode(t *testing.T, name string, api *catalog.API, code catalog.Code, answer *httptest.ResponseRecorder) {
	t.Helper()
	if feil := answer.Header().Get("Sandkasse-Feil"); feil != "" {
		t.Errorf("%s: sandkasse refuses it: %s", name, feil)
	}
	if known, found := altinn.FindCode(code.Name); found && code.Behaviour != "" {
		if answer.Code != known.Status || !strings.Contains(answer.Body.String(), `"code":"`+known.Name+`"`) ||
			!strings.Contains(answer.Body.String(), string(plainjson.MustMarshal(known.Text))) {
			t.Errorf("%s: answered %d %s", name, answer.Code, answer.Body)
		}
		return
	}
	if code.Behaviour != "" { // Maskinporten's own
		var body struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		page, found := maskinporten.Explain(code.Name)
		if json.Unmarshal(answer.Body.Bytes(), &body) != nil || body.Description == "" || found &&
			(body.Error != page.Error || answer.Code != page.Status) {
			t.Errorf("%s: answered %d %s", name, answer.Code, answer.Body)
		}
		return
	}
	if answer.Code != code.Row.Status ||
		(answer.Header().Get("Allow") != "") != (code.Row.Offence == feil.MethodNotAllowed) {
		t.Errorf("%s: answered %d, Allow %q", name, answer.Code, answer.Header().Get("Allow"))
	}
	switch api.ErrorBody {
	case "spesifisering":
		isSpesifisert(t, code.Row, answer)
	case "problem":
		isProblem(t, code.Row, answer)
	case "altinn":
		isAltinnProblem(t, code.Row, answer)
	case "kobo-problem":
		var body struct{ Kode string }
		if json.Unmarshal(answer.Body.Bytes(), &body) != nil || body.Kode != code.Row.Kode {
			t.Errorf("%s: answered %s", name, answer.Body)
		}
	default:
		var body struct{ Kode, Melding, Error string }
		if json.Unmarshal(answer.Body.Bytes(), &body) != nil || body.Kode+body.Error != code.Row.Kode {
			t.Errorf("%s: answered %s", name, answer.Body)
		}
	}
}

// TestCodesAreAsTheirCause: on demand a code is answered as by its real cause: with the same
// members, and with the same place where there is one.
func TestCodesAreAsTheirCause(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.APIs(t) {
		route := api.Routes[0]
		otherCauses := []string{
			"bad-parameter-year", "bad-parameter-year-of-five", "body-broken-off", "body-too-large",
			"broken-json-trailing", "broken-json-empty", "contradictory-metadata-oppgavegiver",
		}
		for _, p := range provocations() {
			if !p.fits(api, route) || slices.Contains(otherCauses, p.name) {
				continue // one demand stands for several causes
			}
			row := api.Feil[p.offence]
			name := row.Spesifisering
			if code, _ := api.Code(row.Kode); name == "" && code.Row.Offence == p.offence {
				name = row.Kode
			}
			if name == "" || api.ErrorBody != "spesifisering" {
				continue
			}
			t.Run(api.Name+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				server := testkit.ServerAt(t, testkit.Noon)
				c := testkit.GoodCall(t, server, api, route)
				p.spoil(t, server, api, c)
				real := spesifiseringer(t, c.Do(server))
				demand := testkit.GoodCall(t, server, api, route)
				demand.Header.Set("Sandkasse-Scenario", name)
				asked := spesifiseringer(t, demand.Do(server))
				if len(real) > 0 && (len(asked) == 0 || (real[0].Sti != "") != (asked[0].Sti != "")) {
					t.Errorf("on demand %+v, by its cause %+v", asked, real)
				}
				if p.offence != feil.SchemaViolation && p.offence != feil.BrokenJSON && len(real) > 0 &&
					asked[0].Sti != real[0].Sti {
					t.Errorf("on demand at %q, by its cause at %q", asked[0].Sti, real[0].Sti)
				}
			})
		}
	}
}

func spesifiseringer(t *testing.T, answer *httptest.ResponseRecorder) []feil.Spesifisering {
	t.Helper()
	var body feil.Body
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	return body.Spesifisering
}

// TestReservedOrganisations: no two scenarios of the catalogue have the same reserved number.
func TestReservedOrganisations(t *testing.T) {
	t.Parallel()
	list, err := testkit.Catalog(t).Scenarios(nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range list {
		names = append(names, one.Name)
	}
	if _, err := scenario.Reserved(names); err != nil {
		t.Error(err)
	}
}

// TestScriptsFitEveryAPI: every offence of a built-in script is one that all APIs of the families
// that its steps are for can answer with.
func TestScriptsFitEveryAPI(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	offences := 0
	for _, script := range backend.Of(server).Scenarios.All() {
		for _, step := range script.Steps {
			for _, act := range step.Do {
				for _, api := range backend.Of(server).Catalog.APIs {
					var e scenario.Effect
					act.Apply(&e, func() float64 { return 0 })
					if e.Offence == "" || !slices.Contains(step.When.Family, api.Family) {
						continue
					}
					offences++
					if _, there := api.Feil[feil.Offence(e.Offence)]; !there {
						t.Errorf("%s plays %s, which %s never answers with", script.Name, e.Offence, api.Name)
					}
				}
			}
		}
	}
	if offences == 0 {
		t.Error("no script has an offence")
	}
}

// TestUndocumentedCode: a code that an API does not document is refused by sandkasse itself, with
// those that it does.
func TestUndocumentedCode(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	for _, test := range []struct{ api, ask, holds string }{
		{"boligsameie", "GLD_1015", "MVA-001"},
		{"bsu", "MVA-001", "GLD_1015"},
		{"bsu", "GLD_1016", "Did you mean GLD_1015"},
		{"bsu", "lost-anwser", "Did you mean lost-answer"},
		{"bsu", "slow;seconds=3", "ms"},
		{"kobo", "500", "503"},
	} {
		api := backend.Of(server).Catalog.ByName(test.api)
		c := testkit.GoodCall(t, server, api, api.Routes[0])
		c.Header.Set("Sandkasse-Scenario", test.ask)
		answer := c.Do(server)
		if answer.Code != http.StatusBadRequest ||
			!strings.Contains(answer.Header().Get("Sandkasse-Feil"), test.holds) ||
			answer.Header().Get("Sandkasse-Played") != "" {
			t.Errorf("%s on %s: answered %d %q", test.ask, test.api, answer.Code, answer.Header().Get("Sandkasse-Feil"))
		}
	}
}
