package mock

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/token"
)

// The bodies of good calls to Kobo; SAK stands for a case reference.
const (
	koboBolig = `{"adresse":{"gatenavn":"Prøvegata","husnummer":12,"husbokstav":"B","postnummer":"0155","poststed":"OSLO"},` +
		`"boligtype":"ORDINAR_BOLIG","status":"KLAR_FOR_INNFLYTTING","leverandorBoligId":"FDV-1","antallSoverom":2,"bruksareal":55.5,` +
		`"bruksenhetsnummer":"H0201","eier":{"boligeiersNavn":"Prøve kommune","boligeiersOrganisasjonsnummer":"313367002"},` +
		`"egenskaper":["BOD_INKLUDERT"],"leiekostnad":{"manedsleie":9500}}`
	koboHusstand = `{"antallBarn":1,"beboere":[{"adresse":{"gatenavn":"Prøvegata","husnummer":3,"postnummer":"0155"},` +
		`"personidentifikator":"01810112345","fornavn":"Prøve","etternavn":"Person"}]}`
	koboTildeling = `{"koboSaksreferanse":"SAK"}`
	koboKontrakt  = `{"kontraktStartdato":"2026-04-01","kontraktUtlopsdato":"2029-03-31","erTidsubegrenset":false,"manedsleie":9500,"depositum":28500}`
	koboLeie      = `{"koboSaksreferanse":"SAK","leieforhold":` + koboKontrakt + `}`
	koboLeieNy    = `{"koboSaksreferanse":null,"leieforhold":` + koboKontrakt + `,"husstand":` + koboHusstand + `}`
	koboNotice    = `{"oppsagtAktor":"LEIETAKER","oppsigelsestid":"ANNET","annenOppsigelsestid":"14 dager",` +
		`"oppsigelseMottattDato":"2026-05-01","oppsagtFraDato":"2026-05-02","planlagtUtflyttingsdato":"2026-05-16"}`
	koboEnd = `{"utflyttetdato":"2026-05-16","boligstatus":"VEDLIKEHOLD","avslutningsgrunn":"FUNNET_BOLIG_PA_EGENHAND"}`
	koboKey = `{"apiKey":"prove"}`
)

// koboSuccess is the status of a good call to an operation.
func koboSuccess(route *catalog.Route) int {
	switch route.Name {
	case "opprettBolig", "reserverBolig", "tildelBolig", "opprettLeieforhold", "registrerOppsigelseLeieforhold":
		return http.StatusCreated
	case "slettBolig", "registrerApiKey":
		return http.StatusNoContent
	}
	return http.StatusOK
}

// fdvu is an FDVU system of a municipality that calls Kobo.
type fdvu struct {
	t      testing.TB
	s      *Server
	token  string
	system string
}

// newFDVU is one of the municipality that also goodCall is for.
func newFDVU(t testing.TB, s *Server) fdvu {
	t.Helper()
	return fdvu{t: t, s: s, token: mint(t, s, s.backend.Catalog.ByName("kobo"), func(*token.Spec) {}), system: "fdvu-1"}
}

func (f fdvu) call(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/kobo"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Header.Set("x-kobo-systemid", f.system)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.s.ServeHTTP(w, r)
	return w
}

// ok is a call that must succeed, and the home it answers with.
func (f fdvu) ok(method, path, body string) (shown kobo.KoboboligTO) {
	f.t.Helper()
	answer := f.call(method, path, body)
	if answer.Code >= 300 {
		f.t.Fatalf("%s %s is answered %d %s", method, path, answer.Code, answer.Body)
	}
	if answer.Code != http.StatusNoContent {
		if err := json.Unmarshal(answer.Body.Bytes(), &shown); err != nil {
			f.t.Fatal(err)
		}
	}
	return shown
}

// bolig is a new home, by its vendor's id.
func (f fdvu) bolig(leverandorBoligID string) string {
	f.t.Helper()
	body := strings.Replace(strings.Replace(koboBolig, "FDV-1", leverandorBoligID, 1), `"antallSoverom"`,
		`"ekstraReferanse":"`+leverandorBoligID+`","antallSoverom"`, 1)
	return f.ok("POST", "/kobobolig", body).KoboID
}

// sak is a new case.
func (f fdvu) sak() string {
	f.t.Helper()
	var sak kobo.Sak
	f.admin("POST", "/saker", `{"husstand":`+koboHusstand+`}`, http.StatusOK, &sak)
	return sak.Saksreferanse
}

// admin is a call on the case worker's side.
func (f fdvu) admin(method, path, body string, status int, into any) string {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.s.ServeHTTP(w, httptest.NewRequest(method, "/_sandkasse/kobo"+path, strings.NewReader(body)))
	if w.Code != status {
		f.t.Fatalf("%s %s is answered %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			f.t.Fatal(err)
		}
	}
	return w.Body.String()
}

// goodKoboCall is a call to an operation that succeeds: the home is there, and in the state that
// the operation is for.
func goodKoboCall(t *testing.T, s *Server, api *catalog.API, route *catalog.Route) *testCall {
	t.Helper()
	f := newFDVU(t, s)
	c := &testCall{
		method: route.Method, path: route.Paths[0], base: "/" + api.Label, header: http.Header{},
		params: map[string]string{},
	}
	c.header.Set("Authorization", "Bearer "+f.token)
	c.header.Set("x-kobo-systemid", f.system)
	body := map[string]string{
		"opprettBolig": koboBolig, "oppdaterBolig": koboBolig, "tildelBolig": koboTildeling,
		"fjernTildeling":     koboTildeling,
		"opprettLeieforhold": koboLeie, "oppdaterEksisterendeLeieforhold": koboKontrakt, "avsluttLeieforhold": koboEnd,
		"registrerOppsigelseLeieforhold": koboNotice, "endreOppsigelseLeieforhold": koboNotice,
		"registrerApiKey": koboKey,
	}[route.Name]
	if route.Name != "opprettBolig" && route.Name != "registrerApiKey" {
		id, sak := f.ok("POST", "/kobobolig", koboBolig).KoboID, f.sak()
		c.params["koboBoligId"], c.params["saksreferanse"] = id, sak
		body = strings.Replace(body, "SAK", sak, 1)
		switch route.Name {
		case "fjernReservasjon":
			f.ok("PUT", "/kobobolig/"+id+"/sak/"+sak+"/reservasjon", "")
		case "fjernTildeling":
			f.ok("POST", "/kobobolig/"+id+"/tildeling", strings.Replace(koboTildeling, "SAK", sak, 1))
		case "oppdaterEksisterendeLeieforhold", "avsluttLeieforhold", "registrerOppsigelseLeieforhold",
			"endreOppsigelseLeieforhold",
			"opphevOppsigelseLeieforhold":
			f.ok("POST", "/kobobolig/"+id+"/leieforhold", strings.Replace(koboLeie, "SAK", sak, 1))
		}
		if route.Name == "endreOppsigelseLeieforhold" || route.Name == "opphevOppsigelseLeieforhold" {
			f.ok("POST", "/kobobolig/"+id+"/leieforhold/oppsigelse", koboNotice)
		}
	}
	if body != "" {
		c.header.Set("Content-Type", "application/json")
		c.body = []byte(body)
	}
	return c
}

// koboProvocations are the ways to make a good call to Kobo wrong that no other API has.
func koboProvocations() (all []provocation) {
	type spoil = func(*testing.T, *Server, *catalog.API, *testCall)
	param := func(name, value string) spoil {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.params[name] = value }
	}
	header := func(name string, values ...string) spoil {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
			c.header[http.CanonicalHeaderKey(name)] = values
		}
	}
	// before does something to the home that the call is about.
	before := func(do func(f fdvu, home, id, sak string)) spoil {
		return func(t *testing.T, s *Server, _ *catalog.API, c *testCall) {
			f := newFDVU(t, s)
			do(f, "/kobobolig/"+c.params["koboBoligId"], c.params["koboBoligId"], c.params["saksreferanse"])
		}
	}
	body := func(old, new string) spoil {
		return func(t *testing.T, _ *Server, _ *catalog.API, c *testCall) {
			old := strings.Replace(old, "SAK", c.params["saksreferanse"], 1)
			if !strings.Contains(string(c.body), old) {
				t.Fatalf("%s has no %s", c.body, old)
			}
			c.body = []byte(strings.Replace(string(c.body), old, new, 1))
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
		func(_ *testing.T, s *Server, _ *catalog.API, _ *testCall) { s.fixSystems("fdvu-2", "fdvu-3") })
	check("bad-parameter-id", feil.BadParameter, "kobo-bolig-id", param("koboBoligId", "FDV-1"))
	check("broken-json", feil.BrokenJSON, "json-or-nothing",
		func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.body = []byte("{") })
	for _, operation := range []string{
		"hentBolig", "oppdaterBolig", "slettBolig", "reserverBolig", "fjernReservasjon",
		"tildelBolig", "fjernTildeling",
		"opprettLeieforhold", "oppdaterEksisterendeLeieforhold", "avsluttLeieforhold", "registrerOppsigelseLeieforhold",
		"endreOppsigelseLeieforhold", "opphevOppsigelseLeieforhold",
	} {
		add("unknown-home", feil.UnknownHome, operation, param("koboBoligId", anotherID))
		add("unknown-home-of-another-system", feil.UnknownHome, operation, header("x-kobo-systemid", "fdvu-2"))
		add("unknown-home-of-another-municipality", feil.UnknownHome, operation,
			func(t *testing.T, s *Server, api *catalog.API, c *testCall) {
				c.header.Set("Authorization", "Bearer "+mint(t, s, api, func(g *token.Spec) { g.Org = "319000011" }))
			})
	}
	add("unknown-home-by-vendor-id", feil.UnknownHome, "oppdaterBolig", body("FDV-1", "FDV-2"))
	add("unknown-home-by-vendor-id", feil.UnknownHome, "slettBolig",
		func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
			c.body = []byte(`{"leverandorBoligId":"FDV-2"}`)
		})
	for _, operation := range []string{"opprettBolig", "oppdaterBolig"} {
		add("schema-violation-manedsleie", feil.SchemaViolation, operation,
			body(`"manedsleie":9500`, `"manedsleie":9500,"månedsleie":9501`))
	}
	for _, operation := range []string{"opprettLeieforhold", "oppdaterEksisterendeLeieforhold"} {
		add("schema-violation-manedsleie", feil.SchemaViolation, operation,
			body(`"manedsleie":9500`, `"manedsleie":9500,"månedsleie":9501`))
	}
	add("other-address", feil.OtherAddress, "opprettBolig", func(t *testing.T, s *Server, _ *catalog.API, _ *testCall) {
		newFDVU(t, s).ok("POST", "/kobobolig", strings.Replace(koboBolig, `"husnummer":12`, `"husnummer":13`, 1))
	})
	add("unknown-case", feil.UnknownCase, "reserverBolig", param("saksreferanse", anotherID))
	add("unknown-case", feil.UnknownCase, "fjernReservasjon", param("saksreferanse", anotherID))
	add("unknown-case", feil.UnknownCase, "tildelBolig", body("SAK", anotherID))
	add("unknown-case", feil.UnknownCase, "opprettLeieforhold", body("SAK", anotherID))
	add("no-reservation", feil.NoReservation, "fjernReservasjon", before(func(f fdvu, home, _, sak string) {
		f.ok("DELETE", home+"/sak/"+sak+"/reservasjon", "")
	}))
	add("no-assignment", feil.NoAssignment, "fjernTildeling", body("SAK", anotherID))
	assignOther := before(func(f fdvu, home, _, _ string) {
		f.ok("POST", home+"/tildeling", strings.Replace(koboTildeling, "SAK", f.sak(), 1))
	})
	assignElsewhere := before(func(f fdvu, _, _, sak string) {
		f.ok("POST", "/kobobolig/"+f.bolig("FDV-2")+"/tildeling", strings.Replace(koboTildeling, "SAK", sak, 1))
	})
	for _, operation := range []string{"tildelBolig", "opprettLeieforhold"} {
		add("assigned-otherwise-home", feil.AssignedOtherwise, operation, assignOther)
		add("assigned-otherwise-case", feil.AssignedOtherwise, operation, assignElsewhere)
	}
	let := before(func(f fdvu, home, _, _ string) { f.ok("POST", home+"/leieforhold", koboLeieNy) })
	add("tenancy-exists", feil.TenancyExists, "opprettLeieforhold", let)
	add("case-reserves-others", feil.CaseReservesOthers, "opprettLeieforhold", before(func(f fdvu, _, _, sak string) {
		f.ok("PUT", "/kobobolig/"+f.bolig("FDV-2")+"/sak/"+sak+"/reservasjon", "")
	}))
	add("home-linked", feil.HomeLinked, "opprettLeieforhold",
		func(t *testing.T, s *Server, api *catalog.API, c *testCall) {
			let(t, s, api, c)
			c.body = []byte(koboLeieNy)
		})
	ended := before(func(f fdvu, home, _, _ string) { f.ok("DELETE", home+"/leieforhold", koboEnd) })
	for _, operation := range []string{
		"oppdaterEksisterendeLeieforhold", "avsluttLeieforhold",
		"registrerOppsigelseLeieforhold",
		"endreOppsigelseLeieforhold", "opphevOppsigelseLeieforhold",
	} {
		add("no-tenancy", feil.NoTenancy, operation, ended)
	}
	add("notice-exists", feil.NoticeExists, "registrerOppsigelseLeieforhold", before(func(f fdvu, home, _, _ string) {
		f.ok("POST", home+"/leieforhold/oppsigelse", koboNotice)
	}))
	lifted := before(func(f fdvu, home, _, _ string) { f.ok("DELETE", home+"/leieforhold/oppsigelse", "") })
	add("no-notice", feil.NoNotice, "endreOppsigelseLeieforhold", lifted)
	add("no-notice", feil.NoNotice, "opphevOppsigelseLeieforhold", lifted)
	return all
}

// fixSystems puts a gateway before the same store in which these systems are set up, and no others.
func (s *Server) fixSystems(ids ...string) {
	register := kobo.Register{Systems: ids}
	config := s.backend.Gateway.Config
	maps.Copy(config.Checks, register.Checks())
	maps.Copy(config.Behaviours, register.Behaviours())
	s.backend.Gateway = gateway.New(config)
}

// isKoboProblem checks Kobo's problem details against the row of the table.
func isKoboProblem(t *testing.T, row feil.Row, answer *httptest.ResponseRecorder) {
	t.Helper()
	var told struct {
		Type, Title, Detail, Kode string
		Status                    int
		Errors                    []struct{ Sti, Melding string }
	}
	decode(t, answer, &told)
	if answer.Code != row.Status || told.Status != row.Status || told.Kode != row.Kode || told.Title != row.Melding ||
		told.Type != row.Type ||
		told.Detail == "" || answer.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d %+v, the table has %+v", answer.Code, told, row)
	}
	if row.Offence == feil.SchemaViolation && len(told.Errors) == 0 {
		t.Error("no errors are told")
	}
	for _, at := range told.Errors {
		if at.Sti == "" || at.Melding == "" {
			t.Errorf("%+v says too little", at)
		}
	}
	if (answer.Header().Get("Www-Authenticate") != "") != (row.Status == http.StatusUnauthorized) {
		t.Errorf("WWW-Authenticate is %q", answer.Header().Get("Www-Authenticate"))
	}
}
