// Package control tests the control API, the journal and what is answered outside the imitated APIs.
package control

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestControl: what each operation shows, and that its errors are plain, with Sandkasse-Feil, and
// say what would be right.
func TestControl(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Version: "v1.2.3"})
	for _, test := range []struct {
		method, path, body string
		status             int
		holds              string
	}{
		{"GET", "/_sandkasse/", "", 200, "/innrapporteringbsu"},
		{"GET", "/_sandkasse", "", 200, "/innrapporteringbsu"},
		{"GET", "/", "", 200, "/innrapporteringbsu"},
		{"GET", "/_sandkasse/health", "", 200, `"ok"`},
		{"GET", "/_sandkasse/ready", "", 200, `"ready"`},
		{"GET", "/_sandkasse/version", "", 200, "v1.2.3"},
		{"GET", "/_sandkasse/apis", "", 200, "innrapporteringboligsparingungdom"},
		{"GET", "/_sandkasse/apis/bsu", "", 200, "GLD_1061"},
		{
			"GET", "/_sandkasse/apis/gavertilfrivillige", "", 200,
			"urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet",
		},
		{"GET", "/_sandkasse/apis/nope", "", 404, "there are aandsverk"},
		{"GET", "/_sandkasse/calls", "", 200, `"calls": []`},
		{"DELETE", "/_sandkasse/calls", "", 200, `"calls": []`},
		{"GET", "/_sandkasse/calls?status=abc", "", 400, "whole number"},
		{"GET", "/_sandkasse/calls?stauts=400", "", 400, "there are api, route, method, status, code"},
		{"GET", "/_sandkasse/calls?status=400&status=401", "", 400, "give it once"},
		{"GET", "/_sandkasse/token?api=bsu&org=313367002", "", 200, "eyJ"},
		{"GET", "/_sandkasse/token?api=bsu&org=313367002&ttl=10m&expired", "", 200, "eyJ"},
		{"GET", "/_sandkasse/token?api=nope&org=313367002", "", 400, "there are aandsverk"},
		{"GET", "/_sandkasse/token?api=bsu", "", 400, "whose token"},
		{"GET", "/_sandkasse/token?api=bsu&org=31336700", "", 400, "nine digits"},
		{"GET", "/_sandkasse/token?api=bsu&org=313367002&ttl=-1m", "", 400, "at least 1s"},
		{"GET", "/_sandkasse/token?api=bsu&org=313367002&ttl=soon", "", 400, "such as 2m"},
		{"GET", "/_sandkasse/delegations", "", 200, `"delegations": []`},
		{"POST", "/_sandkasse/delegations", "nonsense", 400, "it must be"},
		{"POST", "/_sandkasse/delegations", `{"from": "319000011"}`, 400, "nine digits"},
		{"POST", "/_sandkasse/delegations", `{"form": "319000011"}`, 400, "it must be"},
		{"POST", "/_sandkasse/delegations", `{"from": "319000011", "to": "319000003"}`, 200, "319000003"},
		{"GET", "/_sandkasse/delegations", "", 200, "319000011"},
		{"POST", "/_sandkasse/delegations", `{"from": "319000011", "to": "319000003"} and more`, 400, "nothing else"},
		{"POST", "/_sandkasse/delegations", `{"from": "319000011", "to": "319000011"}`, 400, "from itself"},
		{"GET", "/_sandkasse/calls?limit=-1", "", 400, "from 1 to 1000000"},
		{"GET", "/_sandkasse/calls?since=99999999999", "", 200, `"calls": []`},
		{"GET", "/_sandkasse/calls?api=nope", "", 400, "there are aandsverk"},
		{"GET", "/_sandkasse/calls?api=%zz", "", 400, "hexadecimal"},
		{"GET", "/_sandkasse/token?api=bsu&org=313367002&expired=perhaps", "", 400, "true or false"},
		{"GET", "/_sandkasse/%00%7fæ", "", 404, "lists what there is"},
		{"GET", "/_sandkasse/token?api=bløff&org=313367002", "", 400, `"bløff"`},
		{"GET", "/_sandkasse/scenarios/GLD_1015", "", 200, "the oppgavegiver has to delegate"},
		{"GET", "/_sandkasse/scenarios/GLD_010", "", 200, "leaves its key free"},
		{"GET", "/_sandkasse/scenarios/500", "", 200, "growing wait"},
		{"GET", "/_sandkasse/scenarios/MP-110", "", 200, "Set aud to the issuer that the metadata "},
		{"POST", "/_sandkasse/checkpoints", `{}`, 400, "name is missing"},
		{"PATCH", "/_sandkasse/delegations", "", 405, "GET and POST and DELETE are"},
		{"GET", "/_sandkasse/nope", "", 404, "GET /_sandkasse/ lists"},
		{"PUT", "/_sandkasse/health", "", 405, "GET is"},
	} {
		r, err := http.NewRequest(test.method, s.URL("")+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		response, body := testkit.Send(t, http.DefaultClient, r)
		if response.StatusCode != test.status || !strings.Contains(body, test.holds) {
			t.Errorf("%s %s: %s %s; want %d with %q", test.method, test.path, response.Status, body, test.status,
				test.holds)
		}
		if message := response.Header.Get("Sandkasse-Feil"); (message != "") != (test.status >= 400) ||
			strings.Contains(body, `"kode"`) == (test.status >= 400) && test.status >= 400 {
			t.Errorf("%s %s: Sandkasse-Feil %q, body %s", test.method, test.path, message, body)
		}
	}
}

// TestJournal: every call is in it, refused or not, with its reason; the token is not.
func TestJournal(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	key := uuid.New()
	good := testkit.Delivery(t, s, key, testkit.Example(t))
	testkit.Accepted(t, http.DefaultClient, good)
	testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	refused := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
	refused.Header.Del("idempotencyKey")
	testkit.Send(t, http.DefaultClient, refused)
	nowhere, _ := http.NewRequest(http.MethodGet, s.URL("")+"/nowhere", nil)
	testkit.Send(t, http.DefaultClient, nowhere)

	shown := func(query string) []map[string]any {
		r, _ := http.NewRequest(http.MethodGet, s.URL("")+"/_sandkasse/calls"+query, nil)
		_, body := testkit.Send(t, http.DefaultClient, r)
		if token := strings.TrimPrefix(good.Header.Get("Authorization"), "Bearer "); strings.Contains(body, token) {
			t.Error("the journal holds the token")
		}
		var answer struct{ Calls []map[string]any }
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Calls
	}
	for query, want := range map[string][]float64{
		"": {1, 2, 3, 4}, "?api=bsu": {1, 2, 3}, "?status=200": {1, 2}, "?code=GLD_1028": {3}, "?code=GLD_006": {3},
		"?since=2": {3, 4},
		"?limit=1": {4}, "?api=bsu&status=404": {},
	} {
		got := []float64{}
		for _, call := range shown(query) {
			got = append(got, call["number"].(float64))
		}
		if len(got) != len(want) || (len(want) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1])) {
			t.Errorf("calls%s are %v, want %v", query, got, want)
		}
	}
	calls := shown("")
	for i, want := range []struct{ stoppedBy, code, organisation, route string }{
		{"", "", testkit.Oppgavegiver, "/v1/{inntektsaar}"},
		{"idempotency-key", "", testkit.Oppgavegiver, "/v1/{inntektsaar}"},
		{"idempotency-key", "GLD_006", testkit.Oppgavegiver, "/v1/{inntektsaar}"},
		{"address", "", "", ""},
	} {
		got := calls[i]
		if got["stoppedBy"] != want.stoppedBy || got["code"] != want.code || got["organisation"] != want.organisation ||
			got["route"] != want.route {
			t.Errorf("call %d is %v, want %v", i+1, got, want)
		}
	}
	if calls[0]["idempotencyKey"] != key.String() || calls[1]["replayed"] != true || calls[0]["replayed"] != false {
		t.Errorf("key and repeat are %v, %v, %v", calls[0]["idempotencyKey"], calls[0]["replayed"],
			calls[1]["replayed"])
	}
	person := regexp.MustCompile(`(foedselsnummer": "\d{6})\d{5}`)
	masked := person.ReplaceAllString(string(testkit.Example(t)), "$1*****")
	if sent := calls[0]["request"].(map[string]any); sent["body"] != masked {
		t.Errorf("the journal has the body as %v", sent["body"])
	}
}
