package onboarding

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// roles holds what a search for organisations finds, with their roles.
type roles struct {
	Organisasjonsnummer     string
	RegnskapsfoerereOrgnr   []string
	RevisorerOrgnr          []string
	ForretningsfoerereOrgnr []string
}

// search returns the first organisation that a search finds.
func (s site) search(query string) roles {
	s.Helper()
	name, value, _ := strings.Cut(query, "=")
	var list struct{ Dokumentliste []roles }
	s.read(s.control(200, http.MethodGet, "testdata/organisasjoner?antall=1&vis=organisasjonsnummer,"+
		"regnskapsfoerereOrgnr,revisorerOrgnr,forretningsfoerereOrgnr&"+name+"="+url.QueryEscape(value), ""), &list)
	if len(list.Dokumentliste) == 0 {
		s.Fatalf("%s finds nobody", query)
	}
	return list.Dokumentliste[0]
}

// TestOrganisationsFoundBySearch: the searches of docs/test-data.md find organisations with roles that
// fit each kind of system user, and each of them goes the whole way to a delivery.
func TestOrganisationsFoundBySearch(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../docs/test-data.md")
	if err != nil {
		t.Fatal(err)
	}
	const (
		accountants, auditors = "naeringKode=69.201", "naeringKode=69.202"
		alone                 = "kql=NOT regnskapsfoerereOrgnr:* AND NOT naeringKode:69.* AND organisasjonsform.kode:AS"
		managed               = "kql=forretningsfoerereOrgnr:*"
		anyClient             = "kql=regnskapsfoerereOrgnr:*"
	)
	for _, query := range []string{
		accountants, auditors, alone, managed, anyClient, "regnskapsfoerereOrgnr=NUMBER", "revisorerOrgnr=NUMBER",
	} {
		if !strings.Contains(string(document), "`"+query+"`") {
			t.Errorf("docs/test-data.md has no search %s", query)
		}
	}
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register("urn:altinn:accesspackage:skattegrunnlag", "urn:altinn:accesspackage:ansvarlig-revisor")
	accountant, auditor := s.search(accountants).Organisasjonsnummer, s.search(auditors).Organisasjonsnummer
	books, audited := s.search("regnskapsfoerereOrgnr="+accountant), s.search("revisorerOrgnr="+auditor)
	some := s.search(anyClient)
	if len(some.RegnskapsfoerereOrgnr) == 0 || books.RegnskapsfoerereOrgnr[0] != accountant ||
		audited.RevisorerOrgnr[0] != auditor {
		t.Errorf("%+v is no client of %s, %+v none of %s, %+v of nobody", books, accountant, audited, auditor, some)
	}
	for _, one := range []struct{ agent, client, body string }{
		{accountant, books.Organisasjonsnummer, testkit.AgentBody(accountant)},
		{
			auditor, audited.Organisasjonsnummer,
			s.with(testkit.AgentBody(auditor), "regnskapsforer-med-signeringsrettighet", "ansvarlig-revisor"),
		},
	} {
		id := s.approved("request/vendor/agent", one.body)
		s.control(200, http.MethodPost, "altinn/users/"+id+"/clients", `{"organisation": "`+one.client+`"}`)
		bearer, refusal := s.grant(testkit.SystemClient, gaver.scope, one.agent, "")
		if refusal != "" {
			t.Fatal(refusal)
		}
		s.isTaken("for a client of "+one.agent, s.deliver(gaver, bearer, one.client))
	}
	itself := s.search(alone)
	if len(itself.RegnskapsfoerereOrgnr) > 0 {
		t.Errorf("%+v has an accountant", itself)
	}
	id := s.approved("request/vendor", testkit.RequestBody(itself.Organisasjonsnummer))
	s.isTaken("for itself", s.deliver(bsu, s.userToken("bsu", id), itself.Organisasjonsnummer))
	if house := s.search(managed); len(house.ForretningsfoerereOrgnr) == 0 || house.Organisasjonsnummer == "" {
		t.Errorf("%+v has no manager", house)
	}
}
