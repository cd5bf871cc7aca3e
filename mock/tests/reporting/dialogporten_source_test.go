package reporting

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// do makes a call to Dialogporten under its address, as an organisation's system user.
func (p *portal) do(method, org, path string) *httptest.ResponseRecorder {
	p.t.Helper()
	token, err := p.server.Token(mock.TokenRequest{API: "dialogporten", Org: org})
	if err != nil {
		p.t.Fatal(err)
	}
	r := httptest.NewRequest(method, "http://sandkasse.test/dialogporten"+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	return w
}

// officialOperations are those of the descriptions in docs/schema/V1 of Altinn/dialogporten at
// 743f07f; the ones that are imitated have a +.
const officialOperations = `
+GET /api/v1/.well-known/jwks.json
+GET /api/v1/.well-known/oauth-authorization-server
GET /api/v1/enduser/dialoglookup
+GET /api/v1/enduser/dialogs
POST /api/v1/enduser/dialogs/context/systemlabels/actions/bulkset
+GET /api/v1/enduser/dialogs/{dialogId}
+GET /api/v1/enduser/dialogs/{dialogId}/activities
+GET /api/v1/enduser/dialogs/{dialogId}/activities/{activityId}
GET /api/v1/enduser/dialogs/{dialogId}/context/labellog
PUT /api/v1/enduser/dialogs/{dialogId}/context/systemlabels
+GET /api/v1/enduser/dialogs/{dialogId}/seenlog
+GET /api/v1/enduser/dialogs/{dialogId}/seenlog/{seenLogId}
+GET /api/v1/enduser/dialogs/{dialogId}/transmissions
+GET /api/v1/enduser/dialogs/{dialogId}/transmissions/{transmissionId}
GET /api/v1/enduser/parties
GET /api/v1/enduser/serviceresources
+GET /api/v1/metadata/limits
GET /api/v1/metadata/serviceresources
GET /api/v1/serviceowner/dialoglookup
GET /api/v1/serviceowner/dialogs
POST /api/v1/serviceowner/dialogs
GET /api/v1/serviceowner/dialogs/endusercontext
POST /api/v1/serviceowner/dialogs/endusercontext/systemlabels/actions/bulkset
DELETE /api/v1/serviceowner/dialogs/{dialogId}
GET /api/v1/serviceowner/dialogs/{dialogId}
PATCH /api/v1/serviceowner/dialogs/{dialogId}
PUT /api/v1/serviceowner/dialogs/{dialogId}
POST /api/v1/serviceowner/dialogs/{dialogId}/actions/freeze
POST /api/v1/serviceowner/dialogs/{dialogId}/actions/purge
POST /api/v1/serviceowner/dialogs/{dialogId}/actions/restore
GET /api/v1/serviceowner/dialogs/{dialogId}/actions/should-send-notification
GET /api/v1/serviceowner/dialogs/{dialogId}/activities
POST /api/v1/serviceowner/dialogs/{dialogId}/activities
GET /api/v1/serviceowner/dialogs/{dialogId}/activities/{activityId}
GET /api/v1/serviceowner/dialogs/{dialogId}/context/labels
POST /api/v1/serviceowner/dialogs/{dialogId}/context/labels
DELETE /api/v1/serviceowner/dialogs/{dialogId}/context/labels/{label}
PUT /api/v1/serviceowner/dialogs/{dialogId}/endusercontext/systemlabels
GET /api/v1/serviceowner/dialogs/{dialogId}/seenlog
GET /api/v1/serviceowner/dialogs/{dialogId}/seenlog/{seenLogId}
GET /api/v1/serviceowner/dialogs/{dialogId}/transmissions
POST /api/v1/serviceowner/dialogs/{dialogId}/transmissions
GET /api/v1/serviceowner/dialogs/{dialogId}/transmissions/{transmissionId}
PUT /api/v1/serviceowner/dialogs/{dialogId}/transmissions/{transmissionId}
`

// TestOperationsNotImitated: every operation of the official descriptions is either answered as the
// agency does or says that it is not imitated; what no description has is the agency's 404.
func TestOperationsNotImitated(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	for line := range strings.Lines(strings.TrimSpace(officialOperations)) {
		operation, imitated := strings.CutPrefix(strings.TrimSpace(line), "+")
		method, path, _ := strings.Cut(operation, " ")
		for _, name := range []string{"dialogId", "transmissionId", "activityId", "seenLogId", "label"} {
			path = strings.ReplaceAll(path, "{"+name+"}", testkit.AnotherID)
		}
		got := p.do(method, reporter, path)
		own := got.Header().Get("Sandkasse-Feil")
		if imitated && got.Code >= 500 || !imitated && (got.Code != http.StatusNotImplemented ||
			!strings.Contains(own, "does not imitate it") ||
			!strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain")) {
			t.Errorf("%s is answered %d, %q: %s", operation, got.Code, own, got.Body)
		}
	}
	for _, path := range []string{"/api/v1/enduser/accesspackages", "/api/v1/enduser", "/api/v1/enduser/dialogs/" +
		testkit.AnotherID + "/labels", "/"} {
		got := p.do(http.MethodGet, reporter, path)
		if got.Code != http.StatusNotFound || got.Header().Get("Sandkasse-Feil") != "" {
			t.Errorf("%s is answered %d, %q", path, got.Code, got.Header().Get("Sandkasse-Feil"))
		}
		testkit.IsDialogAnswer(t, "problem", got.Body.Bytes())
	}
}

// TestPathsAsInAspNet: which paths and methods ASP.NET's routing finds an operation for.
func TestPathsAsInAspNet(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	id, _ := p.deliver(1)
	const found, unknown = http.StatusOK, http.StatusNotFound
	for _, test := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{"GET", "/api/v1/enduser/dialogs/" + id, found, ""},
		{"GET", "/api/v1/enduser/dialogs/" + id + "/", found, ""},
		{"GET", "/API/V1/EndUser/DIALOGS/" + id, found, ""},
		{"GET", "/api/v1/enduser/dialogs/" + strings.ToUpper(id), found, ""},
		{"GET", "/api/v1/enduser/dialogs/%7B" + id + "%7D/Transmissions/", found, ""},
		{"GET", "/api/v1/enduser/%64ialogs/" + id + "/SeenLog", found, ""},
		{"GET", "/api/v1/Metadata/Limits/", found, ""},
		{"GET", "/api/v1/enduser/dialogs/" + id + "//", unknown, ""},
		{"GET", "/api/v1//enduser/dialogs/" + id, unknown, ""},
		{"GET", "/api/v1/enduser/dialogs//activities", unknown, ""},
		{"GET", "/api/v1/enduser/dialogs/" + id + "/activities/" + id + "/x", unknown, ""},
		{"GET", "/api/v1/enduser/dialogs/" + id + "%2Factivities", http.StatusBadRequest, ""}, // no slash there either
		{"GET", "/api/v1/enduser/dialogs/context", http.StatusBadRequest, ""},
		{"HEAD", "/api/v1/enduser/dialogs/" + id, http.StatusMethodNotAllowed, "GET"},
		{"OPTIONS", "/api/v1/enduser/dialogs/" + id + "/", http.StatusMethodNotAllowed, "GET"},
		{"DELETE", "/API/v1/enduser/dialogs", http.StatusMethodNotAllowed, "GET"},
		{"GET", "/api/v1/enduser/dialogs/" + id + "/context/SYSTEMLABELS", http.StatusMethodNotAllowed, "PUT"},
		{"HEAD", "/api/v1/serviceowner/dialogs/" + id, http.StatusMethodNotAllowed, "DELETE, GET, PATCH, PUT"},
		{
			"OPTIONS", "/api/v1/serviceowner/dialogs/endusercontext", http.StatusMethodNotAllowed,
			"DELETE, GET, PATCH, PUT",
		},
		{"DELETE", "/api/v1/serviceowner/dialogs/endusercontext", http.StatusNotImplemented, ""},
	} {
		got := p.do(test.method, reporter, test.path)
		if got.Code != test.want || got.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s is answered %d, Allow %q: %s", test.method, test.path, got.Code, got.Header().Get("Allow"),
				got.Body)
		}
	}
}

// TestAnothersDialog: the dialog itself is 403 with the documented body, each of its parts 404 in
// the words of an unknown dialog, and a dialog that there is not is 404 everywhere.
func TestAnothersDialog(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	id, forsendelseID := p.deliver(1)
	const stranger = "319000011"
	for _, below := range []string{
		"", "/transmissions", "/transmissions/" + forsendelseID, "/activities",
		"/activities/" + testkit.AnotherID, "/seenlog", "/seenlog/" + testkit.AnotherID,
	} {
		for _, dialog := range []string{id, testkit.AnotherID} {
			want, errs := http.StatusNotFound, map[string][]string{
				"DialogEntity": {"Entity 'DialogEntity' with the following key(s) was not found: (" + dialog + ")."},
			}
			title := "Resource not found."
			if dialog == id && below == "" {
				want, title, errs = http.StatusForbidden, "Forbidden.", map[string][]string{"Forbidden": {"Forbidden"}}
			}
			got := p.get(stranger, "/"+dialog+below)
			var problem struct {
				Title, Instance string
				Errors          map[string][]string
			}
			testkit.IsDialogAnswer(t, "problem", got.Body.Bytes())
			// a dialog that there is not may be in the real Dialogporten
			if (got.Header().Get("Sandkasse-Feil") != "") != (dialog == testkit.AnotherID) {
				t.Errorf("%q of %s says %q", below, dialog, got.Header().Get("Sandkasse-Feil"))
			}
			if err := json.Unmarshal(got.Body.Bytes(), &problem); err != nil || got.Code != want ||
				problem.Title != title ||
				problem.Instance != "/api/v1/enduser/dialogs/"+dialog+below ||
				fmt.Sprint(problem.Errors) != fmt.Sprint(errs) {
				t.Errorf("%q of %s is answered %d: %s", below, dialog, got.Code, got.Body)
			}
		}
	}
	if list := p.get(reporter, "/"+id+"/seenlog").Body.String(); list != "[]" {
		t.Errorf("a stranger who was refused has seen the dialog: %s", list)
	}
}

// TestMarksBelongToTheSession: that a dialog was read is forgotten by a reset, brought back by a
// checkpoint, and unknown in other sessions; the same calls leave the same bytes.
func TestMarksBelongToTheSession(t *testing.T) {
	t.Parallel()
	p := startPortal(t, mock.Options{})
	first, _ := p.deliver(1)
	restore, err := p.server.Checkpoint("before")
	if err != nil {
		t.Fatal(err)
	}
	p.now = testkit.Noon.Add(time.Minute)
	read := p.get(reporter, "/"+first).Body.String()
	marked := p.get(reporter, "/"+first+"/seenlog").Body.String()
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	if list := p.get(reporter, "/"+first+"/seenlog").Body.String(); list != "[]" {
		t.Errorf("after the restore the seen log is %s", list)
	}
	if again := p.get(reporter, "/"+first).Body.String(); again != read ||
		p.get(reporter, "/"+first+"/seenlog").Body.String() != marked {
		t.Errorf("the same reading is answered\n%s\nand then\n%s", read, again)
	}
	if err := p.server.Reset(); err != nil {
		t.Fatal(err)
	}
	second, _ := p.deliver(2)
	query := url.Values{"party": {"urn:altinn:organization:identifier-no:" + reporter}, "isContentSeen": {"false"}}
	if list := p.get(reporter, "/"+second+"/seenlog").Body.String(); list != "[]" ||
		!strings.Contains(p.get(reporter, "?"+query.Encode()).Body.String(), second) {
		t.Errorf("after the reset the seen log is %s", list)
	}
}

// TestWhatDialogportenSaysOfTokens: WWW-Authenticate names a token that is no good, and asks for
// one where there is none, on every operation that wants one (the source's
// AuthenticationTestHelpers.cs).
func TestWhatDialogportenSaysOfTokens(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("dialogporten")
	for _, route := range api.Routes {
		if !slices.Contains(route.Checks, "token") {
			continue
		}
		for authorization, want := range map[string]string{
			"": "Bearer", "Basic dXNlcjpwYXNz": "Bearer",
			"Bearer thisisnotavalidtoken": `Bearer error="invalid_token"`,
		} {
			c := testkit.GoodCall(t, s, api, route)
			c.Header.Set("Authorization", authorization)
			answer := c.Do(s)
			if got := answer.Header().Get("Www-Authenticate"); answer.Code != http.StatusUnauthorized || got != want {
				t.Errorf("%s with %q: %d, WWW-Authenticate %q, want 401 and %q", route.Name, authorization, answer.Code,
					got, want)
			}
		}
	}
}

// TestDialogportenLooksAtAccept: what is open to all is returned to a client that takes any kind of
// JSON, or that sends an Accept that cannot be read; the other operations do not look at it.
func TestDialogportenLooksAtAccept(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("dialogporten")
	for accept, taken := range map[string]bool{
		"": true, "*/*": true, "application/*;q=0.1": true, "Application/JSON": true,
		"text/html, application/problem+json": true, "json": true, "a/b/c": true,
		"application/json;q=0, */*": true, "text/html": false, "text/json": false, "application/xml, text/*": false,
		"application/json;q=0": false, "*/*;q=0.0": false,
	} {
		for _, route := range api.Routes {
			c := testkit.GoodCall(t, s, api, route)
			c.Header.Set("Accept", accept)
			answer := c.Do(s)
			refused := !taken && slices.Contains(route.Checks, "accept-some-json")
			if (answer.Code == http.StatusNotAcceptable) != refused || !refused && answer.Code != http.StatusOK {
				t.Errorf("%s with Accept %q: %d %s", route.Name, accept, answer.Code, answer.Body)
			}
			if refused && !strings.Contains(answer.Body.String(),
				`"errors":{"Accept":["The request must accept application/json responses."]}`) {
				t.Errorf("%s with Accept %q: %s", route.Name, accept, answer.Body)
			}
		}
	}
}
