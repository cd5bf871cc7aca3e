package onboarding

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// Parts of the bodies of requests and changes.
const (
	rightToBSU = `{"resource": [{"id": "urn:altinn:resource", "value": ` +
		`"ske-innrapportering-boligsparing-ungdom"}]}`
	skattegrunnlag = `{"urn": "urn:altinn:accesspackage:skattegrunnlag"}`
)

// isRefused fails the test unless a delivery was refused for lack of a right, with a reason.
func (s site) isRefused(what string, got reply, reason string) {
	s.Helper()
	if got.status != 403 || !strings.Contains(got.body, `"GLD_005"`) || !strings.Contains(got.body, `"GLD_1015"`) ||
		!strings.Contains(s.why(), reason) {
		s.Fatalf("%s: %d %s: the journal says %q, want %q", what, got.status, got.body, s.why(), reason)
	}
}

// isTaken fails the test unless a delivery was taken.
func (s site) isTaken(what string, got reply) (dialog string) {
	s.Helper()
	if got.status != 200 {
		s.Fatalf("%s: %d %s: %s", what, got.status, got.body, s.why())
	}
	var receipt struct{ DialogID string }
	s.read(got.body, &receipt)
	return receipt.DialogID
}

// TestApprovedChange: a change takes effect when the customer approves it, and not before: the right that
// it adds lets a delivery through, the one that it takes away no longer does, and what was delivered with
// it is hidden in Dialogporten.
func TestApprovedChange(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	s.register()
	user := s.approved("request/vendor", testkit.RequestBody(testkit.Customer))
	toBSU, toGaver := s.userToken("bsu", user), s.userToken("gavertilfrivillige", user)
	change := func(body string) (id string) {
		id = s.ask("changerequest/vendor?correlation-id="+uuid.NewString()+"&system-user-id="+user, body).ID
		return id
	}
	answer := func(id, how string) { s.control(200, http.MethodPost, "altinn/requests/"+id+"/"+how, "") }
	dialog := func(id string) reply {
		return s.call(http.MethodGet, "/dialogporten/api/v1/enduser/dialogs/"+id, s.userToken("dialogporten", user), "")
	}

	ofBSU := s.isTaken("to BSU at first", s.deliver(bsu, toBSU, testkit.Customer))
	s.isRefused("to gaver at first", s.deliver(gaver, toGaver, testkit.Customer), "neither the resource")
	waiting := change(`{"requiredAccessPackages": [` + skattegrunnlag + `], "unwantedRights": [` + rightToBSU + `]}`)
	refused := change(`{"unwantedRights": [` + rightToBSU + `]}`)
	answer(refused, "reject")
	s.isTaken("to BSU before the approval", s.deliver(bsu, toBSU, testkit.Customer))
	s.isRefused("to gaver before the approval", s.deliver(gaver, toGaver, testkit.Customer), "neither the resource")

	answer(waiting, "approve")
	s.isRefused("to BSU after it", s.deliver(bsu, toBSU, testkit.Customer), "neither the resource")
	ofGaver := s.isTaken("to gaver after it", s.deliver(gaver, toGaver, testkit.Customer))
	if got := s.dialogs(user, testkit.Customer); !reflect.DeepEqual(got, []string{ofGaver}) ||
		!strings.Contains(s.why(), "a dialog is left out: the system user has neither the resource") {
		t.Errorf("the list has %v, want %s alone: %s", got, ofGaver, s.why())
	}
	if got := dialog(ofBSU); got.status != 403 || !strings.Contains(got.body, `"errors":{"Forbidden":["Forbidden"]}`) ||
		!strings.Contains(s.why(), "neither the resource") {
		t.Errorf("the dialog is %d %s: %s", got.status, got.body, s.why())
	}
	if got := dialog(ofGaver); got.status != 200 {
		t.Errorf("the other dialog is %d %s", got.status, got.body)
	}

	again := s.call(http.MethodPost, "/_sandkasse/altinn/requests/"+waiting+"/approve", "", "")
	if again.status != 409 || !strings.Contains(again.body, "AUTH-00061") {
		t.Errorf("approved again: %d %s", again.status, again.body)
	}
	answer(change(`{"requiredRights": [`+rightToBSU+`], "unwantedAccessPackages": [`+skattegrunnlag+`]}`), "approve")
	s.isTaken("to BSU with the right back", s.deliver(bsu, toBSU, testkit.Customer))
	s.isRefused("to gaver without it", s.deliver(gaver, toGaver, testkit.Customer), "neither the resource")
	if got := s.dialogs(user, testkit.Customer); !reflect.DeepEqual(got, []string{ofBSU}) {
		t.Errorf("the list has %v, want %s alone", got, ofBSU)
	}
}

// TestTimedOutAdvice: the journal tells who asks for or polls a request that has timed out to delete it and ask
// again, which then works; and who asks for no change to name one.
func TestTimedOutAdvice(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register()
	user := s.user()
	advised := func(want string, got reply) {
		t.Helper()
		if x := s.explain(got); got.status != 200 || !strings.Contains(x.Client, want) {
			t.Errorf("%d %s: the journal says %q, want %q", got.status, got.body, x.Client, want)
		}
	}
	body := testkit.RequestBody(another)
	own := standardPath + "/" + s.ask("request/vendor", body).ID
	advised("Delete a rejected one", s.send("POST", standardPath, body))
	advised("Nobody has answered yet", s.send("GET", own, ""))
	s.control(200, http.MethodPut, "clock", `{"advance": "4320h"}`)
	advised("The request has timed out", s.send("POST", standardPath, body))
	advised("Delete it and ask again", s.send("GET", own, ""))
	s.altinn(202, http.MethodDelete, own, "")
	s.altinn(201, http.MethodPost, standardPath, body)
	advised("name the rights and packages", s.send("POST", changeAt(uuid.NewString(), user), `{}`))
}

// TestTimeOut: nobody's answer for 180 days of the session's clock is too late; the control API has a
// request time out at once, and then the vendor may ask again.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	s.control(200, http.MethodPut, "clock", `{"freeze": true}`)
	s.register()
	body := testkit.RequestBody(testkit.Customer)
	q := s.ask("request/vendor", body)
	status := func(id string) (got struct {
		Status   string
		TimedOut bool
	},
	) {
		s.read(s.altinn(200, http.MethodGet, "/systemuser/request/vendor/"+id, ""), &got)
		return got
	}
	advance := func(by string) { s.control(200, http.MethodPut, "clock", fmt.Sprintf(`{"advance": %q}`, by)) }
	advance("4319h59m59s") // of 180 days
	if got := status(q.ID); got.Status != "New" || got.TimedOut {
		t.Errorf("a second before: %+v", got)
	}
	advance("1s")
	if got := status(q.ID); got.Status != "New" || !got.TimedOut {
		t.Errorf("after 180 days: %+v", got)
	}
	late := s.control(409, http.MethodPost, "altinn/requests/"+q.ID+"/approve", "")
	if !strings.Contains(late, "nobody answered it in 180 days") {
		t.Errorf("approved too late: %s", late)
	}
	_, refusal := s.grant(testkit.SystemClient, bsu.scope, testkit.Customer, "")
	if !strings.Contains(refusal, "MP-303") || !strings.Contains(s.why(), "nobody answered the request "+q.ID) {
		t.Errorf("a token: %s: %s", refusal, s.why())
	}
	if again := s.altinn(200, http.MethodPost, "/systemuser/request/vendor", body); !strings.Contains(again, q.ID) ||
		!strings.Contains(again, `"timedOut":true`) {
		t.Errorf("asked again: %s", again)
	}
	s.control(200, http.MethodPost, "altinn/requests/"+q.ID+"/timeout", "")
	if got := status(q.ID); got.Status != "Timedout" {
		t.Errorf("after the control call, late: %+v", got)
	}

	q = s.ask("request/vendor", body)
	s.control(200, http.MethodPost, "altinn/requests/"+q.ID+"/timeout", "")
	if got := status(q.ID); got.Status != "Timedout" || !got.TimedOut {
		t.Errorf("after the control call: %+v", got)
	}
	if late := s.control(409, http.MethodPost, "altinn/requests/"+q.ID+"/approve", ""); !strings.Contains(late,
		"Timedout already") {
		t.Errorf("approved after the control call: %s", late)
	}
	user := s.approved("request/vendor", body) // 201, since the other has timed out
	if user == q.ID {
		t.Errorf("the new request has the id of the old one")
	}
	bearer, refusal := s.grant(testkit.SystemClient, bsu.scope, testkit.Customer, "")
	if refusal != "" || !strings.Contains(claimsOf(t, bearer), `"systemuser_id":["`+user+`"]`) {
		t.Errorf("the token after it: %s", refusal)
	}
}
