package onboarding

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// Bodies of requests for a system user of one customer, of a system that customers see in the list and of one that
// has a package for agents.
var (
	visible       = testkit.System + "_visible"
	askVisible    = strings.Replace(testkit.RequestBody(testkit.Customer), testkit.System, visible, 1)
	askAsAgent    = testkit.AgentBody(testkit.Customer)
	askStandard   = testkit.RequestBody(testkit.Customer)
	askOther      = strings.Replace(askStandard, `"partyOrgNo"`, `"externalRef": "other", "partyOrgNo"`, 1)
	chooseVisible = `{"system": "` + visible + `", "organisation": "` + testkit.Customer + `"}`
)

// newFrozenSite starts a server, whose clock stands still, with a system.
func newFrozenSite(t *testing.T, options mock.Options) site {
	t.Helper()
	s := newSite(t, options)
	s.control(200, http.MethodPut, "clock", `{"freeze": "2026-03-02T12:00:00Z"}`)
	s = s.in(t, "") // with a token of that time
	s.register()
	return s
}

// askSlowly asks for a system user that the customer approves a minute later, and returns the id.
func (s site) askSlowly(path, body string) string {
	s.Helper()
	got := s.call(http.MethodPost, "/authentication/api/v1/systemuser/"+path, s.bearer, body, "Sandkasse-Scenario",
		"systembruker-slow")
	if got.status != 201 {
		s.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	var made asked
	s.read(got.body, &made)
	return made.ID
}

// forward moves the clock.
func (s site) forward(by string) {
	s.Helper()
	s.control(200, http.MethodPut, "clock", `{"advance": "`+by+`"}`)
}

// has fails the test unless the system has these live system users and no other, whichever way they are looked for,
// and the request the status.
func (s site) has(system, request, status string, users ...string) {
	s.Helper()
	var page struct{ Data []struct{ ID string } }
	s.read(s.altinn(200, http.MethodGet, "/systemuser/vendor/bysystem/"+system, ""), &page)
	var listed, shown []string
	for _, one := range page.Data {
		listed = append(listed, one.ID)
	}
	var list struct {
		Users []struct {
			ID, SystemID string
			Deleted      bool
		}
	}
	s.read(s.control(200, http.MethodGet, "altinn/users", ""), &list)
	for _, one := range list.Users {
		if one.SystemID == system && !one.Deleted {
			shown = append(shown, one.ID)
		}
	}
	if !slices.Equal(listed, users) || !slices.Equal(shown, users) {
		s.Fatalf("Altinn lists %v, the control API %v, want %v", listed, shown, users)
	}
	byQuery := "/systemuser/vendor/byquery?system-id=" + system + "&orgno=" + testkit.Customer
	if len(users) == 0 {
		s.altinn(404, http.MethodGet, byQuery, "")
	} else if got := s.altinn(200, http.MethodGet, byQuery, ""); !strings.Contains(got, `"id":"`+users[0]+`"`) {
		s.Fatalf("byquery: %s, want %s", got, users[0])
	}
	var asked struct{ Status string }
	s.read(s.control(200, http.MethodGet, "altinn/requests/"+request, ""), &asked)
	if asked.Status != status {
		s.Fatalf("the request is %s, want %s", asked.Status, status)
	}
}

// TestOneSystemUserForEachKey: whatever happens while the customer's approval is still to come, a system, a customer
// and an externalRef have one system user at most; the approval that finds one is refused, and its request stays New.
func TestOneSystemUserForEachKey(t *testing.T) {
	t.Parallel()
	run := func(name string, act func(s site)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFrozenSite(t, mock.Options{})
			s.altinn(200, http.MethodPost, "/systemregister/vendor", testkit.VisibleSystemBody())
			act(s)
		})
	}
	approve := func(s site, status int, id string) {
		s.Helper()
		s.control(status, http.MethodPost, "altinn/requests/"+id+"/approve", "")
	}
	remove := func(s site, user string) {
		s.Helper()
		s.control(200, http.MethodDelete, "altinn/users/"+user, "")
	}
	run("another request is approved", func(s site) {
		slow := s.askSlowly("request/vendor", askStandard)
		other := s.ask("request/vendor/agent", askAsAgent).ID
		approve(s, 200, other)
		s.has(testkit.System, slow, "New", other)
		s.forward("2m")
		s.has(testkit.System, slow, "New", other)
		if got := s.control(400, http.MethodPost, "altinn/requests/"+slow+"/approve", ""); !strings.Contains(got,
			"AUTH-00004") {
			t.Errorf("approved by hand: %s", got)
		}
		remove(s, other)
		s.has(testkit.System, slow, "New") // its customer tried once
		approve(s, 200, slow)
		s.has(testkit.System, slow, "Accepted", slow)
	})
	run("the system is chosen from the list", func(s site) {
		slow := s.askSlowly("request/vendor", askVisible)
		var user struct{ ID string }
		s.read(s.control(200, http.MethodPost, "altinn/users", chooseVisible), &user)
		s.forward("2m")
		s.has(visible, slow, "New", user.ID)
		remove(s, user.ID)
		s.has(visible, slow, "New")
	})
	run("the other system user is deleted before the answer", func(s site) {
		slow := s.askSlowly("request/vendor", askVisible)
		var user struct{ ID string }
		s.read(s.control(200, http.MethodPost, "altinn/users", chooseVisible), &user)
		remove(s, user.ID)
		s.has(visible, slow, "New")
		s.forward("2m")
		s.has(visible, slow, "Accepted", slow)
	})
	run("two answers are to come", func(s site) {
		slow := s.askSlowly("request/vendor", askStandard)
		s.forward("10s")
		second := s.askSlowly("request/vendor/agent", askAsAgent)
		s.forward("55s") // between the two
		s.has(testkit.System, slow, "Accepted", slow)
		remove(s, slow)
		s.has(testkit.System, second, "New")
		s.forward("1m")
		s.has(testkit.System, second, "Accepted", second)
	})
	for _, how := range []string{"reject", "timeout"} {
		run(how+" of the first of two", func(s site) {
			slow := s.askSlowly("request/vendor", askStandard)
			second := s.askSlowly("request/vendor/agent", askAsAgent)
			s.control(200, http.MethodPost, "altinn/requests/"+slow+"/"+how, "")
			s.forward("2m")
			s.has(testkit.System, second, "Accepted", second)
		})
	}
	run("the first of two is withdrawn", func(s site) {
		slow := s.askSlowly("request/vendor", askStandard)
		second := s.askSlowly("request/vendor/agent", askAsAgent)
		s.altinn(202, http.MethodDelete, "/systemuser/request/vendor/"+slow, "")
		s.forward("2m")
		s.has(testkit.System, second, "Accepted", second)
	})
	run("the system is deleted", func(s site) {
		slow := s.askSlowly("request/vendor", askStandard)
		s.altinn(200, http.MethodDelete, "/systemregister/vendor/"+testkit.System, "")
		s.forward("2m")
		s.has(testkit.System, slow, "New")
	})
	run("the clock is set back", func(s site) {
		s.forward("1h")
		user := s.approved("request/vendor", askStandard)
		s.forward("-1h")
		other := s.ask("request/vendor/agent", askAsAgent).ID
		if got := s.control(400, http.MethodPost, "altinn/requests/"+other+"/approve", ""); !strings.Contains(got,
			"AUTH-00004") {
			t.Errorf("approved: %s", got)
		}
		slow := s.askSlowly("request/vendor", askOther)
		s.forward("30s")
		s.has(testkit.System, slow, "New")
		s.forward("30s")
		s.forward("1h")
		s.altinn(200, http.MethodGet, "/systemuser/vendor/byquery?system-id="+testkit.System+"&orgno="+
			testkit.Customer+"&external-ref=other", "")
		s.altinn(200, http.MethodGet, "/systemuser/vendor/byquery?system-id="+testkit.System+"&orgno="+
			testkit.Customer, `"id":"`+user)
	})
}

// TestChangeThatWaits: a change of a system user is of that one alone. Where the customer has deleted it, the change
// is refused, whatever has its references by then.
func TestChangeThatWaits(t *testing.T) {
	t.Parallel()
	s := newFrozenSite(t, mock.Options{})
	user := s.approved("request/vendor", askStandard)
	change := s.ask("changerequest/vendor?correlation-id="+uuid.NewString()+"&system-user-id="+user,
		testkit.ChangeBody).ID
	s.control(200, http.MethodDelete, "altinn/users/"+user, "")
	refused := func(when string) {
		t.Helper()
		got := s.control(404, http.MethodPost, "altinn/requests/"+change+"/approve", "")
		if !strings.Contains(got, "AUTH-00015") {
			t.Errorf("%s: %s", when, got)
		}
	}
	refused("after the system user was deleted")
	next := s.askSlowly("request/vendor", askStandard)
	refused("while the next one waits")
	s.has(testkit.System, next, "New")
	s.forward("2m")
	refused("after the next one was approved")
	s.has(testkit.System, next, "Accepted", next)
	s.has(testkit.System, change, "New", next)
	if got := s.control(200, http.MethodGet, "altinn/users/"+next, ""); strings.Contains(got, "skattegrunnlag") {
		t.Errorf("the next one has what the change was to give: %s", got)
	}
}

// TestAnswerTooLate: nobody answers after 180 days, whatever a scenario says.
func TestAnswerTooLate(t *testing.T) {
	t.Parallel()
	s := newFrozenSite(t, mock.Options{Scenarios: fstest.MapFS{"too-late.yaml": {Data: []byte(`name: too-late
description: The customer approves when nobody can any more.
client: Delete the request and ask again.
steps:
  - when: {family: [authentication], method: [POST]}
    do: [{approval: {answer: approve, after: 4320h}}]
`)}}})
	s.control(200, http.MethodPost, "plays", `{"scenario": "too-late"}`)
	q := s.ask("request/vendor", askStandard).ID
	s.forward("4321h")
	s.has(testkit.System, q, "New")
	if got := s.control(200, http.MethodGet, "altinn/requests/"+q, ""); !strings.Contains(got, `"timedOut": true`) {
		t.Errorf("after 180 days: %s", got)
	}
}

// TestApprovalAtOnceIsRefused: where customers approve at once, a request for a deleted system stays New, as Altinn
// takes the request and refuses its approval; and a change of a system user of that system changes nothing.
func TestApprovalAtOnceIsRefused(t *testing.T) {
	t.Parallel()
	s := newFrozenSite(t, mock.Options{Altinn: mock.AltinnOptions{Approve: mock.ApproveAtOnce}})
	user := s.ask("request/vendor", askStandard).ID
	s.altinn(200, http.MethodDelete, "/systemregister/vendor/"+testkit.System, "")
	other := s.ask("request/vendor", askOther).ID
	s.has(testkit.System, other, "New", user)
	if got := s.control(200, http.MethodGet, "altinn/requests/"+other, ""); !strings.Contains(got,
		`"answerRefused": true`) {
		t.Errorf("the request for the deleted system: %s", got)
	}
	change := s.ask("changerequest/vendor?correlation-id="+uuid.NewString()+"&system-user-id="+user,
		testkit.ChangeBody).ID
	s.has(testkit.System, change, "New", user)
	if got := s.control(200, http.MethodGet, "altinn/users/"+user, ""); strings.Contains(got, "skattegrunnlag") {
		t.Errorf("the change was carried out: %s", got)
	}
}
