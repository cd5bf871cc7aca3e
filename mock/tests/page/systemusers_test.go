package page

import (
	"encoding/json"
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
	if !strings.Contains(chosen.Body, "<td>"+visible+"</td>") {
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
