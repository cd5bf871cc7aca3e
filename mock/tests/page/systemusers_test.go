package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
)

// askForSystemUsers registers a system and asks two customers for a system user of it. It returns the
// addresses of the pages on which they answer. A third customer has an agent's system user with clients, and
// customers can choose another system from the list.
func askForSystemUsers(t *testing.T, c testkit.Client) (pages []string, agent string) {
	t.Helper()
	got := c.Call("GET", c.URL("")+"/_sandkasse/token?api=authentication&vendor=319000003", "")
	bearer := strings.TrimSpace(got.Body)
	post := func(path, body string) string {
		t.Helper()
		got := c.Call("POST", c.URL("authentication")+"/api/v1/"+path, body, "Authorization", "Bearer "+bearer,
			"Content-Type", "application/json")
		if got.Status >= 300 {
			t.Fatalf("%s: %d %s", path, got.Status, got.Body)
		}
		return got.Body
	}
	post("systemregister/vendor", testkit.SystemBody)
	post("systemregister/vendor", testkit.VisibleSystemBody())
	ask := func(path, body string) (asked struct{ ID, ConfirmURL string }) {
		t.Helper()
		if err := json.Unmarshal([]byte(post("systemuser/request/vendor"+path, body)), &asked); err != nil {
			t.Fatal(err)
		}
		return asked
	}
	agent = ask("/agent", testkit.AgentBody("319000046")).ID
	c.Control("POST", "altinn/requests/"+agent+"/approve", "", nil)
	for _, client := range []string{testkit.Customer, "319000038"} {
		c.Control("POST", "altinn/users/"+agent+"/clients", `{"organisation": "`+client+`"}`, nil)
	}
	for _, customer := range []string{testkit.Customer, "319000003"} {
		body := testkit.RequestBody(customer)
		long := `{"integrationTitle": "` + strings.Repeat("regnskap", 30) + `", `
		if customer == testkit.Customer {
			long += `"externalRef": "` + strings.Repeat("avdeling", 30) + `", `
		}
		pages = append(pages, ask("", strings.Replace(body, "{", long, 1)).ConfirmURL)
	}
	return pages, agent
}

// TestSystemUsersByForms: the view lists what vendors asked for, with approve and reject, and so does the
// page on which a customer answers, which then leads to the vendor's redirectUrl.
func TestSystemUsersByForms(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if empty := r.open("systemusers"); !strings.Contains(empty, "No requests yet") {
		t.Errorf("the empty view: %s", empty)
	}
	confirm, _ := askForSystemUsers(t, r.Client)
	waiting := r.open("systemusers")
	if n := strings.Count(waiting, ">Approve<"); n != 2 || !strings.Contains(waiting, testkit.System) {
		t.Errorf("%d requests wait: %s", n, waiting)
	}
	if !strings.Contains(waiting, `class="whole">`+testkit.Customer+`</th>`) {
		t.Errorf("the customer's number may break: %s", waiting)
	}
	first := locate(t, waiting, `action="systemusers/`, `/approve"`)
	if got := r.submit("systemusers/" + first + "/reject").Body; strings.Count(got, ">Approve<") != 1 ||
		!strings.Contains(got, `<td class="whole">Rejected</td>`) {
		t.Errorf("rejected: %s", got)
	}
	if again := r.submit("systemusers/" + first + "/approve"); again.Status != http.StatusConflict {
		t.Errorf("answered twice: %d", again.Status)
	}
	if !strings.Contains(confirm[0], first) { // the other one is answered by the customer
		confirm[1] = confirm[0]
	}
	if page := r.Call("GET", confirm[1], "").Body; !strings.Contains(page, "Godkjenn") ||
		!strings.Contains(page, "ske-innrapportering-boligsparing-ungdom") {
		t.Errorf("the customer's page: %s", page)
	}
	answer := r.Call("POST", confirm[1], "answer=approve", "Content-Type", "application/x-www-form-urlencoded",
		"Origin", origin(r.URL("")))
	const redirect = "https://demo.example/ok?a=1"
	if answer.Status != http.StatusOK || !strings.HasSuffix(answer.Header.Get("Refresh"), redirect) ||
		!strings.Contains(answer.Body, `href="`+redirect+`"`) {
		t.Errorf("approved: %d %v %s", answer.Status, answer.Header, answer.Body)
	}
	again := r.Call("POST", confirm[1], "answer=reject", "Content-Type", "application/x-www-form-urlencoded", "Origin",
		origin(r.URL("")))
	const already = "Det gikk ikke: Forespørselen er allerede besvart, eller utløpt. (AUTH-00013)"
	if again.Status != http.StatusConflict || !strings.Contains(again.Body, already) {
		t.Errorf("answered twice by the customer: %d %s", again.Status, again.Body)
	}
	if last := r.open("systemusers"); strings.Contains(last, ">Approve<") ||
		!strings.Contains(last, `<td class="whole">Accepted</td>`) {
		t.Errorf("at last: %s", last)
	}
	if foreign := r.Call("POST", confirm[1], "answer=reject", "Content-Type", "application/x-www-form-urlencoded",
		"Origin", "https://evil.example"); foreign.Status != http.StatusForbidden {
		t.Errorf("a foreign page: %d", foreign.Status)
	}
}

// TestClientsByForms: the clients of an agent's system user are added and removed by forms, a customer chooses
// a visible system and deletes what it has; a form that is refused is shown as it was.
func TestClientsByForms(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if empty := r.open("systemusers"); !strings.Contains(empty, "No system is visible to customers") {
		t.Errorf("the empty view: %s", empty)
	}
	_, agent := askForSystemUsers(t, r.Client)
	clients := "systemusers/" + agent + "/clients"

	removed := r.submit(clients+"/remove", "organisation", testkit.Customer).Body
	if strings.Contains(removed, `value="`+testkit.Customer+`">Remove`) ||
		!strings.Contains(removed, `value="319000038">Remove`) {
		t.Errorf("removed: %s", removed)
	}
	if added := r.submit(clients, "organisation", testkit.Customer).Body; !strings.Contains(added,
		`value="`+testkit.Customer+`">Remove`) {
		t.Errorf("added: %s", added)
	}
	wrong := r.submit(clients, "organisation", "31900001")
	if wrong.Status != http.StatusBadRequest || !strings.Contains(wrong.Body, `value="31900001" aria-label`) ||
		!strings.Contains(wrong.Body, "must be an organisation number") {
		t.Errorf("a wrong client: %d %s", wrong.Status, wrong.Body)
	}
	if again := r.submit(clients+"/remove", "organisation", "319000003"); again.Status != http.StatusNotFound {
		t.Errorf("no client of it: %d", again.Status)
	}

	visible := locate(t, wrong.Body, `<option value="`, `"`)
	if visible == testkit.System {
		t.Errorf("customers can choose %s, which is not visible", visible)
	}
	chosen := r.submit("systemusers", "system", visible, "organisation", "319000011")
	if !strings.Contains(chosen.Body, "<td>"+visible+" <span") {
		t.Errorf("chosen: %d %s", chosen.Status, chosen.Body)
	}
	twice := r.submit("systemusers", "system", visible, "organisation", "319000011")
	if twice.Status != http.StatusBadRequest ||
		!strings.Contains(twice.Body, `name="organisation" value="319000011"`) ||
		!strings.Contains(twice.Body, "AUTH-00004") {
		t.Errorf("chosen twice: %d %s", twice.Status, twice.Body)
	}
	if gone := r.submit("systemusers/" + agent + "/delete").Body; strings.Contains(gone, agent+"/clients") {
		t.Errorf("deleted: %s", gone)
	}
}

// TestManySystemUsers: of many requests and system users the view shows a hundred each, says how many there are, and
// finds the others by a search that stays when one is answered.
func TestManySystemUsers(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	askForSystemUsers(t, r.Client)
	bearer := strings.TrimSpace(r.Call("GET", r.URL("")+"/_sandkasse/token?api=authentication&vendor=319000003",
		"").Body)
	const many = 120
	for i := range many {
		ref := fmt.Sprintf(`{"externalRef": "Ref-%03d", `, i)
		body := strings.Replace(testkit.RequestBody(testkit.Customer), "{", ref, 1)
		got := r.Call("POST", r.URL("authentication")+"/api/v1/systemuser/request/vendor", body, "Authorization",
			"Bearer "+bearer, "Content-Type", "application/json")
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(got.Body), &made); err != nil || got.Status != http.StatusCreated {
			t.Fatalf("asked: %d %s", got.Status, got.Body)
		}
		if i < many-1 {
			r.Control("POST", "altinn/requests/"+made.ID+"/approve", "", nil)
		}
	}
	all := r.open("systemusers")
	for _, part := range []string{
		"<b>100 of 123 requests</b>", "<b>The newest 100 of 120 system users.</b>", "externalRef Ref-118</span>",
		testkit.System + " of 319000003</span>",
	} {
		if !strings.Contains(all, part) {
			t.Errorf("the view has no %s", part)
		}
	}
	if n := strings.Count(all, "<tr data-row"); n != 200 || strings.Contains(all, "Ref-000") || len(all) > 200<<10 {
		t.Errorf("the view has %d rows and %d bytes", n, len(all))
	}
	if last, old := strings.Index(all, "Ref-119"), strings.Index(all, "Ref-118"); last < 0 || last > old {
		t.Errorf("the one that waits stands at %d, the newest of the others at %d", last, old)
	}
	if n := strings.Count(all, ">Approval page<"); n != 3 { // of those that wait
		t.Errorf("%d approval pages", n)
	}
	confirm := strings.ReplaceAll(locate(t, all, `<a href="`+r.URL("")+"/accessmanagement", `"`), "&amp;", "&")
	if page := r.Call("GET", r.URL("")+"/accessmanagement"+confirm, "").Body; !strings.Contains(page, "Godkjenn") {
		t.Errorf("the approval page: %s", page)
	}

	found := r.open("systemusers?q=ref-000+" + testkit.System)
	if n := strings.Count(found, "<tr data-row"); n != 2 || !strings.Contains(found, `type="search" value="ref-000 `) {
		t.Errorf("an old one is found %d times", n)
	}
	if none := r.open("systemusers?q=nobody"); !strings.Contains(none, "No request fits <code>nobody</code>") {
		t.Errorf("nothing is found: %s", none)
	}
	waiting := locate(t, r.open("systemusers?q=Ref-119"), `action="systemusers/`, `/approve?q=Ref-119"`)
	if got := r.submit("systemusers/" + waiting + "/approve?q=Ref-119").Body; strings.Count(got, "<tr data-row") != 2 ||
		!strings.Contains(got, `<td class="whole">Accepted</td>`) {
		t.Errorf("the search after an answer: %s", got)
	}
}
