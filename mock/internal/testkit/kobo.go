package testkit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/token"
)

// Bodies of good calls to Kobo, and of a new case on its case worker's side. SAK stands for a case
// reference.
const (
	Bolig = `{"adresse":{"gatenavn":"Prøvegata","husnummer":12,"husbokstav":"B","postnummer":"0155",` +
		`"poststed":"OSLO"},"boligtype":"ORDINAR_BOLIG","status":"KLAR_FOR_INNFLYTTING",` +
		`"leverandorBoligId":"FDV-1","antallSoverom":2,"bruksareal":55.5,"bruksenhetsnummer":"H0201","eier":{"boligeiersNavn":"Prøve kommune","boligeiersOrganisasjonsnummer":"313367002"},` +
		`"egenskaper":["BOD_INKLUDERT"],"leiekostnad":{"manedsleie":9500}}`
	Husstand = `{"antallBarn":1,"beboere":[{"adresse":{"gatenavn":"Prøvegata","husnummer":3,"postnummer":"0155"},` +
		`"personidentifikator":"01810112345","fornavn":"Prøve","etternavn":"Person"}]}`
	NySak        = `{"husstand":` + Husstand + `}`
	Tildeling    = `{"koboSaksreferanse":"SAK"}`
	Leiekontrakt = `{"kontraktStartdato":"2026-04-01","kontraktUtlopsdato":"2029-03-31","erTidsubegrenset":false,` +
		`"manedsleie":9500,"depositum":28500}`
	Leieforhold     = `{"koboSaksreferanse":"SAK","leieforhold":` + Leiekontrakt + `}`
	NyttLeieforhold = `{"koboSaksreferanse":null,"leieforhold":` + Leiekontrakt + `,"husstand":` + Husstand + `}`
	Oppsigelse      = `{"oppsagtAktor":"LEIETAKER","oppsigelsestid":"ANNET","annenOppsigelsestid":"14 dager",` +
		`"oppsigelseMottattDato":"2026-05-01","oppsagtFraDato":"2026-05-02","planlagtUtflyttingsdato":"2026-05-16"}`
	Avslutning = `{"utflyttetdato":"2026-05-16","boligstatus":"VEDLIKEHOLD",` +
		`"avslutningsgrunn":"FUNNET_BOLIG_PA_EGENHAND"}`
	APIKey = `{"apiKey":"prove"}`
)

// KoboStatus returns the status of a good call to an operation of Kobo.
func KoboStatus(route *catalog.Route) int {
	switch route.Name {
	case "opprettBolig", "reserverBolig", "tildelBolig", "opprettLeieforhold", "registrerOppsigelseLeieforhold":
		return http.StatusCreated
	case "slettBolig", "registrerApiKey":
		return http.StatusNoContent
	}
	return http.StatusOK
}

// FDVU is an FDVU system of a municipality that calls Kobo. Its methods end the test where they fail
// unless they say otherwise.
type FDVU struct {
	T      testing.TB
	Server *mock.Server
	Token  string
	System string
}

// NewFDVU returns the system fdvu-1 of the municipality that GoodCall is for.
func NewFDVU(t testing.TB, s *mock.Server) FDVU {
	t.Helper()
	token := Mint(t, s, backend.Of(s).Catalog.ByName("kobo"), func(*token.Spec) {})
	return FDVU{T: t, Server: s, Token: token, System: "fdvu-1"}
}

// Call makes a call, whatever is answered.
func (f FDVU) Call(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/kobo"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+f.Token)
	r.Header.Set("x-kobo-systemid", f.System)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.Server.ServeHTTP(w, r)
	return w
}

// OK makes a call that must succeed, and returns the home that it answers with.
func (f FDVU) OK(method, path, body string) (shown kobo.KoboboligTO) {
	f.T.Helper()
	answer := f.Call(method, path, body)
	if answer.Code >= 300 {
		f.T.Fatalf("%s %s is answered %d %s", method, path, answer.Code, answer.Body)
	}
	if answer.Code != http.StatusNoContent {
		if err := json.Unmarshal(answer.Body.Bytes(), &shown); err != nil {
			f.T.Fatal(err)
		}
	}
	return shown
}

// NewBolig makes a home with that id of its vendor, and returns Kobo's id.
func (f FDVU) NewBolig(leverandorBoligID string) string {
	f.T.Helper()
	body := strings.Replace(strings.Replace(Bolig, "FDV-1", leverandorBoligID, 1), `"antallSoverom"`,
		`"ekstraReferanse":"`+leverandorBoligID+`","antallSoverom"`, 1)
	return f.OK("POST", "/kobobolig", body).KoboID
}

// NewSak makes a case, and returns its reference.
func (f FDVU) NewSak() string {
	f.T.Helper()
	var sak kobo.Sak
	f.Admin("POST", "/saker", NySak, http.StatusOK, &sak)
	return sak.Saksreferanse
}

// Admin makes a call on the case worker's side, and decodes the answer unless into is nil.
func (f FDVU) Admin(method, path, body string, status int, into any) string {
	f.T.Helper()
	w := httptest.NewRecorder()
	f.Server.ServeHTTP(w, httptest.NewRequest(method, "/_sandkasse/kobo"+path, strings.NewReader(body)))
	if w.Code != status {
		f.T.Fatalf("%s %s is answered %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			f.T.Fatal(err)
		}
	}
	return w.Body.String()
}

// Leieforhold returns the tenancy of a home as GET shows it, member by member.
func (f FDVU) Leieforhold(home string) map[string]any {
	f.T.Helper()
	var shown struct{ Leieforhold map[string]any }
	if err := json.Unmarshal(f.Call("GET", home, "").Body.Bytes(), &shown); err != nil {
		f.T.Fatal(err)
	}
	return shown.Leieforhold
}

// Members returns the home that a call answers with, member by member.
func (f FDVU) Members(method, path, body string) (shown map[string]json.RawMessage) {
	f.T.Helper()
	answer := f.Call(method, path, body)
	if err := json.Unmarshal(answer.Body.Bytes(), &shown); err != nil || answer.Code >= 300 {
		f.T.Fatalf("%s %s is answered %d %s", method, path, answer.Code, answer.Body)
	}
	return shown
}

// OfOtherMunicipality returns the same system for another municipality.
func (f FDVU) OfOtherMunicipality() FDVU {
	token, err := f.Server.Token(mock.TokenRequest{API: "kobo", Org: "319000011"})
	if err != nil {
		f.T.Fatal(err)
	}
	f.Token = token
	return f
}

// OKWhy makes a call that must succeed, and returns what the journal says of it, empty for nothing.
func (f FDVU) OKWhy(method, path, body string) string {
	f.T.Helper()
	f.OK(method, path, body)
	return f.NewestWhy()
}

// NewestWhy returns what the journal says of the newest call of this system.
func (f FDVU) NewestWhy() string {
	f.T.Helper()
	for _, call := range slices.Backward(f.Server.Calls(mock.CallQuery{})) {
		if call.Request.Header.Get("x-kobo-systemid") == f.System {
			return call.Why
		}
	}
	f.T.Fatalf("no call of %s is in the journal", f.System)
	return ""
}

// Refused makes a call that must be refused with a status and a code.
func (f FDVU) Refused(method, path, body string, status int, kode string) {
	f.T.Helper()
	answer := f.Call(method, path, body)
	var problem struct{ Kode string }
	err := json.Unmarshal(answer.Body.Bytes(), &problem)
	if err != nil || answer.Code != status || problem.Kode != kode {
		f.T.Errorf("%s %s is answered %d %s, want %d with %s", method, path, answer.Code, answer.Body, status, kode)
	}
}
