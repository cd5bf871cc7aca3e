package catalogue

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// dialogShape returns the name of the shape that a route's answer has.
func dialogShape(route *catalog.Route) string {
	switch route.Name {
	case "search":
		return "page"
	case "activity":
		return "describedActivity"
	case "seenlog-entry":
		return "seen"
	}
	return route.Name
}

// dialogProvocations returns the ways to make a good call to Dialogporten wrong that no other API
// has.
func dialogProvocations() (all []provocation) {
	query := func(value string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Query = value }
	}
	param := func(name, value string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Params[name] = value }
	}
	gone := func(_ *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
		failBehaviours(s, func() error { return feil.New(feil.DialogGone, "provoked") })
	}
	another := func(t *testing.T, s *mock.Server, api *catalog.API, c *testkit.APICall) {
		c.Header.Set("Authorization", "Bearer "+testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = "319000011" }))
	}
	add := func(name string, offence feil.Offence, behaviour string,
		spoil func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall),
	) {
		all = append(all, provocation{name: name, offence: offence, step: "behaviour " + behaviour, spoil: spoil})
	}
	add("bad-parameter-neither", feil.BadParameter, "dialog-search", query("status=Completed"))
	add("bad-parameter-many", feil.BadParameter, "dialog-search",
		query("party=312222221&limit=1001&createdAfter=2026-01-31&status=Done&search=bo"))
	parts := []string{
		"dialog-transmissions", "dialog-transmission", "dialog-activities", "dialog-activity",
		"dialog-seenlog", "dialog-seenlog-entry",
	}
	for _, behaviour := range append([]string{"dialog"}, parts...) {
		add("unknown-dialog", feil.UnknownDialog, behaviour, param("dialogId", testkit.AnotherID))
		add("bad-parameter-dialog", feil.BadParameter, behaviour, param("dialogId", "finnes-ikke"))
		add("dialog-gone", feil.DialogGone, behaviour, gone)
	}
	add("forbidden-dialog", feil.ForbiddenDialog, "dialog", another)
	for _, behaviour := range parts {
		add("unknown-dialog-of-another", feil.UnknownDialog, behaviour, another)
	}
	add("unknown-dialog-part", feil.UnknownDialogPart, "dialog-transmission",
		param("transmissionId", testkit.AnotherID))
	add("unknown-dialog-part", feil.UnknownDialogPart, "dialog-activity", param("activityId", testkit.AnotherID))
	add("unknown-dialog-part", feil.UnknownDialogPart, "dialog-seenlog-entry", param("seenLogId", testkit.AnotherID))
	add("bad-parameter-part", feil.BadParameter, "dialog-transmission", param("transmissionId", "1"))
	add("bad-parameter-part", feil.BadParameter, "dialog-activity", param("activityId", "1"))
	add("bad-parameter-part", feil.BadParameter, "dialog-seenlog-entry", param("seenLogId", "1"))
	return all
}

// isProblem checks problem details against the row of the table; a 503 is a text
// (docs/sources/dialogporten.md, Operations and errors).
func isProblem(t *testing.T, row feil.Row, answer *httptest.ResponseRecorder) {
	t.Helper()
	if answer.Code != row.Status {
		t.Errorf("answered %d, the table has %d", answer.Code, row.Status)
	}
	if row.Status == http.StatusServiceUnavailable {
		if answer.Body.String() != row.Melding || answer.Header().Get("Retry-After") == "" ||
			answer.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("answered %q with %v", answer.Body, answer.Header())
		}
		return
	}
	testkit.IsDialogAnswer(t, "problem", answer.Body.Bytes())
	var body struct {
		Type, Title string
		Status      int
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	contentType := "application/problem+json"
	if row.Status == http.StatusNotAcceptable { // RequireJsonAcceptPreProcessor.cs
		contentType = "application/json; charset=utf-8"
	}
	if body.Type != row.Type || body.Title != row.Melding || body.Status != row.Status ||
		answer.Header().Get("Content-Type") != contentType {
		t.Errorf("answered %v as %s, the table has %s %q %d", body, answer.Header().Get("Content-Type"), row.Type,
			row.Melding, row.Status)
	}
}
