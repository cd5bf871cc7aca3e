package catalogue

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// koboProvocations returns the ways to make a good call to Kobo wrong that no other API has.
func koboProvocations() (all []provocation) {
	type spoil = func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall)
	param := func(name, value string) spoil {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Params[name] = value }
	}
	header := func(name string, values ...string) spoil {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
			c.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	// before does something to the home that the call is about.
	before := func(do func(f testkit.FDVU, home, id, sak string)) spoil {
		return func(t *testing.T, s *mock.Server, _ *catalog.API, c *testkit.APICall) {
			f := testkit.NewFDVU(t, s)
			do(f, "/kobobolig/"+c.Params["koboBoligId"], c.Params["koboBoligId"], c.Params["saksreferanse"])
		}
	}
	body := func(old, new string) spoil {
		return func(t *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
			old := strings.Replace(old, "SAK", c.Params["saksreferanse"], 1)
			if !strings.Contains(string(c.Body), old) {
				t.Fatalf("%s has no %s", c.Body, old)
			}
			c.Body = []byte(strings.Replace(string(c.Body), old, new, 1))
		}
	}
	check := func(name string, offence feil.Offence, check string, spoil spoil) {
		all = append(all, provocation{name: name, offence: offence, check: check, spoil: spoil})
	}
	add := func(name string, offence feil.Offence, operation string, spoil spoil) {
		all = append(all, provocation{name: name, offence: offence, step: "behaviour kobo-" + operation, spoil: spoil})
	}
	check("missing-header", feil.MissingHeader, "kobo-systemid", header("x-kobo-systemid"))
	check("bad-parameter-systemid", feil.BadParameter, "kobo-systemid", header("x-kobo-systemid", "fdvu-1", "fdvu-2"))
	check("unknown-system", feil.UnknownSystem, "kobo-system",
		func(_ *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
			fixSystems(s, "fdvu-2", "fdvu-3")
		})
	check("bad-parameter-id", feil.BadParameter, "kobo-bolig-id", param("koboBoligId", "FDV-1"))
	check("broken-json", feil.BrokenJSON, "json-or-nothing",
		func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Body = []byte("{") })
	for _, operation := range []string{
		"hentBolig", "oppdaterBolig", "slettBolig", "reserverBolig", "fjernReservasjon",
		"tildelBolig", "fjernTildeling",
		"opprettLeieforhold", "oppdaterEksisterendeLeieforhold", "avsluttLeieforhold", "registrerOppsigelseLeieforhold",
		"endreOppsigelseLeieforhold", "opphevOppsigelseLeieforhold",
	} {
		add("unknown-home", feil.UnknownHome, operation, param("koboBoligId", testkit.AnotherID))
		add("unknown-home-of-another-system", feil.UnknownHome, operation, header("x-kobo-systemid", "fdvu-2"))
		add("unknown-home-of-another-municipality", feil.UnknownHome, operation,
			func(t *testing.T, s *mock.Server, api *catalog.API, c *testkit.APICall) {
				foreign := testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = "319000011" })
				c.Header.Set("Authorization", "Bearer "+foreign)
			})
	}
	add("unknown-home-by-vendor-id", feil.UnknownHome, "oppdaterBolig", body("FDV-1", "FDV-2"))
	add("unknown-home-by-vendor-id", feil.UnknownHome, "slettBolig",
		func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
			c.Body = []byte(`{"leverandorBoligId":"FDV-2"}`)
		})
	for _, operation := range []string{"opprettBolig", "oppdaterBolig"} {
		add("schema-violation-manedsleie", feil.SchemaViolation, operation,
			body(`"manedsleie":9500`, `"manedsleie":9500,"månedsleie":9501`))
	}
	for _, operation := range []string{"opprettLeieforhold", "oppdaterEksisterendeLeieforhold"} {
		add("schema-violation-manedsleie", feil.SchemaViolation, operation,
			body(`"manedsleie":9500`, `"manedsleie":9500,"månedsleie":9501`))
	}
	nextDoor := strings.Replace(testkit.Bolig, `"husnummer":12`, `"husnummer":13`, 1)
	add("other-address", feil.OtherAddress, "opprettBolig",
		func(t *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
			testkit.NewFDVU(t, s).OK("POST", "/kobobolig", nextDoor)
		})
	add("unknown-case", feil.UnknownCase, "reserverBolig", param("saksreferanse", testkit.AnotherID))
	add("unknown-case", feil.UnknownCase, "fjernReservasjon", param("saksreferanse", testkit.AnotherID))
	add("unknown-case", feil.UnknownCase, "tildelBolig", body("SAK", testkit.AnotherID))
	add("unknown-case", feil.UnknownCase, "opprettLeieforhold", body("SAK", testkit.AnotherID))
	add("no-reservation", feil.NoReservation, "fjernReservasjon", before(func(f testkit.FDVU, home, _, sak string) {
		f.OK("DELETE", home+"/sak/"+sak+"/reservasjon", "")
	}))
	add("no-assignment", feil.NoAssignment, "fjernTildeling", body("SAK", testkit.AnotherID))
	assignOther := before(func(f testkit.FDVU, home, _, _ string) {
		f.OK("POST", home+"/tildeling", strings.Replace(testkit.Tildeling, "SAK", f.NewSak(), 1))
	})
	assignElsewhere := before(func(f testkit.FDVU, _, _, sak string) {
		f.OK("POST", "/kobobolig/"+f.NewBolig("FDV-2")+"/tildeling", strings.Replace(testkit.Tildeling, "SAK", sak, 1))
	})
	for _, operation := range []string{"tildelBolig", "opprettLeieforhold"} {
		add("assigned-otherwise-home", feil.AssignedOtherwise, operation, assignOther)
		add("assigned-otherwise-case", feil.AssignedOtherwise, operation, assignElsewhere)
	}
	let := before(func(f testkit.FDVU, home, _, _ string) {
		f.OK("POST", home+"/leieforhold", testkit.NyttLeieforhold)
	})
	add("tenancy-exists", feil.TenancyExists, "opprettLeieforhold", let)
	add("case-reserves-others", feil.CaseReservesOthers, "opprettLeieforhold",
		before(func(f testkit.FDVU, _, _, sak string) {
			f.OK("PUT", "/kobobolig/"+f.NewBolig("FDV-2")+"/sak/"+sak+"/reservasjon", "")
		}))
	add("home-linked", feil.HomeLinked, "opprettLeieforhold",
		func(t *testing.T, s *mock.Server, api *catalog.API, c *testkit.APICall) {
			let(t, s, api, c)
			c.Body = []byte(testkit.NyttLeieforhold)
		})
	ended := before(func(f testkit.FDVU, home, _, _ string) { f.OK("DELETE", home+"/leieforhold", testkit.Avslutning) })
	for _, operation := range []string{
		"oppdaterEksisterendeLeieforhold", "avsluttLeieforhold",
		"registrerOppsigelseLeieforhold",
		"endreOppsigelseLeieforhold", "opphevOppsigelseLeieforhold",
	} {
		add("no-tenancy", feil.NoTenancy, operation, ended)
	}
	add("notice-exists", feil.NoticeExists, "registrerOppsigelseLeieforhold",
		before(func(f testkit.FDVU, home, _, _ string) {
			f.OK("POST", home+"/leieforhold/oppsigelse", testkit.Oppsigelse)
		}))
	lifted := before(func(f testkit.FDVU, home, _, _ string) { f.OK("DELETE", home+"/leieforhold/oppsigelse", "") })
	add("no-notice", feil.NoNotice, "endreOppsigelseLeieforhold", lifted)
	add("no-notice", feil.NoNotice, "opphevOppsigelseLeieforhold", lifted)
	return all
}

// fixSystems puts a gateway before the same store in which these systems are set up, and no others.
func fixSystems(s *mock.Server, ids ...string) {
	register := kobo.Register{Systems: ids}
	config := backend.Of(s).Gateway.Config
	maps.Copy(config.Checks, register.Checks())
	maps.Copy(config.Behaviours, register.Behaviours())
	backend.Of(s).Gateway = gateway.New(config)
}

// isKoboProblem checks Kobo's problem details against the row of the table.
func isKoboProblem(t *testing.T, row feil.Row, answer *httptest.ResponseRecorder) {
	t.Helper()
	var problem struct {
		Type, Title, Detail, Kode string
		Status                    int
		Errors                    []struct{ Sti, Melding string }
	}
	testkit.Decode(t, answer, &problem)
	if answer.Code != row.Status || answer.Header().Get("Content-Type") != "application/problem+json" ||
		problem.Status != row.Status || problem.Kode != row.Kode || problem.Title != row.Melding ||
		problem.Type != row.Type || problem.Detail == "" {
		t.Errorf("answered %d %+v, the table has %+v", answer.Code, problem, row)
	}
	if row.Offence == feil.SchemaViolation && len(problem.Errors) == 0 {
		t.Error("no errors are listed")
	}
	for _, at := range problem.Errors {
		if at.Sti == "" || at.Melding == "" {
			t.Errorf("%+v says too little", at)
		}
	}
	if (answer.Header().Get("Www-Authenticate") != "") != (row.Status == http.StatusUnauthorized) {
		t.Errorf("WWW-Authenticate is %q", answer.Header().Get("Www-Authenticate"))
	}
}
