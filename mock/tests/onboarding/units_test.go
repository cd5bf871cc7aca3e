package onboarding

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// hovedenhet returns an organisation of the test data and its underenhet, found by search.
func (s site) hovedenhet() (organisation, underenhet string) {
	s.Helper()
	var found struct {
		Dokumentliste []struct {
			Organisasjonsnummer string
			HarUnderenheter     []string
		}
	}
	s.read(s.control(200, http.MethodGet, "testdata/organisasjoner?antall=1&kql=antallUnderenheter:1"+
		"&vis=organisasjonsnummer,harUnderenheter", ""), &found)
	if len(found.Dokumentliste) != 1 || len(found.Dokumentliste[0].HarUnderenheter) != 1 {
		s.Fatalf("the search finds %+v", found)
	}
	return found.Dokumentliste[0].Organisasjonsnummer, found.Dokumentliste[0].HarUnderenheter[0]
}

// TestUnderenhet: what is held for an organisation counts for its underenhet, for a standard system user, for
// the client of an agent's, and where nothing is registered; where a page has GLD_1062, that comes first.
func TestUnderenhet(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	s.register()
	organisation, underenhet := s.hovedenhet()
	user := s.approved("request/vendor", testkit.RequestBody(organisation))
	ofUnit := s.isTaken("for the underenhet", s.deliver(bsu, s.userToken("bsu", user), underenhet))
	of := s.isTaken("for the organisation", s.deliver(bsu, s.userToken("bsu", user), organisation))
	s.isRefused("for another", s.deliver(bsu, s.userToken("bsu", user), testkit.Customer), "its owner "+organisation)
	if got := s.dialogs(user, underenhet); !reflect.DeepEqual(got, []string{ofUnit}) {
		t.Errorf("the dialogs of the underenhet: %v, want %s", got, ofUnit)
	}
	if got := s.dialogs(user, organisation); !reflect.DeepEqual(got, []string{of}) {
		t.Errorf("the dialogs of the organisation: %v, want %s", got, of)
	}

	melk := reporting{"innrapporteringprimaernaeringmelk", "melk.json", ""}
	withCode := s.deliver(melk, s.control(200, http.MethodGet, "token?api=melk&org="+organisation, ""), underenhet)
	if withCode.status < 400 || !strings.Contains(withCode.body, "GLD_1062") {
		t.Errorf("to melk: %d %s", withCode.status, withCode.body)
	}

	agent := s.approved("request/vendor/agent", testkit.AgentBody(testkit.Customer))
	bearer := s.userToken("gavertilfrivillige", agent)
	s.isRefused("for the underenhet of no client", s.deliver(gaver, bearer, underenhet), "not among its clients")
	s.control(200, http.MethodPost, "altinn/users/"+agent+"/clients", `{"organisation": "`+organisation+`"}`)
	ofClient := s.isTaken("for the client's underenhet", s.deliver(gaver, bearer, underenhet))
	if got := s.dialogs(agent, underenhet); !reflect.DeepEqual(got, []string{ofClient}) {
		t.Errorf("the dialogs that the agent is shown: %v, want %s", got, ofClient)
	}
	s.control(200, http.MethodDelete, "altinn/users/"+agent+"/clients/"+organisation, "")
	s.isRefused("after the client was removed", s.deliver(gaver, bearer, underenhet), "not among its clients")

	open := s.control(200, http.MethodGet, "token?api=bsu&org="+organisation, "")
	s.isTaken("with a system user that is not registered", s.deliver(bsu, open, underenhet))
	all := s.call(http.MethodGet, "/dialogporten/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+
		underenhet, s.control(200, http.MethodGet, "token?api=dialogporten&org="+organisation, ""), "")
	var list struct{ Items []struct{ ID string } }
	if s.read(all.body, &list); len(list.Items) != 2 {
		t.Errorf("the dialogs of the underenhet, to the organisation: %s", all.body)
	}
}
