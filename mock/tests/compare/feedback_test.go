package compare

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestFeedbackTakesItsTime: the recorded answers say when feedback showed, also where it took another time after each
// delivery.
func TestFeedbackTakesItsTime(t *testing.T) {
	t.Parallel()
	for _, uneven := range []bool{false, true} {
		t.Run(map[bool]string{false: "even", true: "uneven"}[uneven], func(t *testing.T) {
			t.Parallel()
			var now atomic.Int64
			now.Store(start.Unix())
			clock := func() time.Time { return time.Unix(now.Load(), 0) }
			server := testkit.NewServer(t, mock.Options{Clock: clock, ProcessingDelay: time.Minute, Seed: 5})
			recorded := &recorder{through: server.Client().Transport, clock: clock}
			v := &recordedVendor{t, server, realHosts(t), &http.Client{Transport: recorded}, &now}
			mine := v.bearer(mock.TokenRequest{API: "bsu", Org: bank, TTL: time.Hour})
			dialogs := v.bearer(mock.TokenRequest{API: "dialogporten", Org: bank, TTL: time.Hour})
			document := string(testkit.Example(t))
			deliver := func(year string, key int) string {
				return v.get(v.call(200, "POST", v.base("bsu")+"/v1/"+year, strings.ReplaceAll(document, "2023", year),
					"Authorization", mine, "Content-Type", "application/json", "idempotencyKey", testkit.UUID(key)),
					"dialogId")
			}
			status := func(id string) string {
				return v.get(v.call(200, "GET", v.base("dialogporten")+"/api/v1/enduser/dialogs/"+id, "",
					"Authorization",
					dialogs), "status")
			}
			first := deliver("2023", 1)
			before := status(first)
			now.Add(60)
			after := status(first)
			if uneven { // the feedback on the second is never there
				if _, err := server.Play(mock.Play{Scenario: "feedback-never"}); err != nil {
					t.Fatal(err)
				}
			}
			second := deliver("2022", 2)
			now.Add(600)
			later, still := status(second), status(first)
			v.call(200, "GET",
				v.base("dialogporten")+"/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+
					bank, "", "Authorization", dialogs)
			if before != "InProgress" || after != "Completed" || still != "Completed" ||
				(later == "Completed") == uneven {
				t.Fatalf("the statuses are %s, %s, %s, %s", before, after, later, still)
			}
			found := compared(t, harFile(t, recorded.entries))
			if len(found.Differences) > 0 || len(found.NotCompared) > 0 {
				t.Errorf("%v%s", found.NotCompared, explain(found))
			}
		})
	}
}

// TestRefusedTokens: an answer about a token is compared wherever the token can be read, also one that the real
// Maskinporten has issued.
func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(start.Unix())
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	server := testkit.NewServer(t, mock.Options{Clock: clock})
	recorded := &recorder{through: server.Client().Transport, clock: clock}
	v := &recordedVendor{t, server, realHosts(t), &http.Client{Transport: recorded}, &now}
	deliver := func(want int, token string) {
		v.call(want, "POST", v.base("bsu")+"/v1/2023", string(testkit.Example(t)), "Authorization", token,
			"Content-Type",
			"application/json", "idempotencyKey", testkit.UUID(int(now.Load())))
	}
	deliver(401, v.bearer(mock.TokenRequest{API: "bsu", Org: bank, Expired: true}))
	deliver(403, v.bearer(mock.TokenRequest{API: "dialogporten", Org: bank}))
	deliver(403, v.bearer(mock.TokenRequest{API: "bsu", Vendor: "319000003"}))
	deliver(403, v.bearer(mock.TokenRequest{API: "bsu", Org: "319000011"}))
	deliver(200, v.bearer(mock.TokenRequest{API: "bsu", Org: bank}))
	entries := clone(t, recorded.entries)
	for _, e := range entries { // signed by a key that is not Sandkasse's, as the agency's are
		for i, header := range e.Request.Headers {
			if header.Name == "Authorization" {
				e.Request.Headers[i].Value = header.Value[:strings.LastIndexByte(header.Value, '.')] + ".c2lnbmF0dXI"
			}
		}
	}
	for name, har := range map[string][]byte{
		"as they are": harFile(t, recorded.entries), "signed by another key": harFile(t, entries),
	} {
		found := compared(t, har)
		if len(found.Differences) > 0 || len(found.NotCompared) > 0 || found.Compared != 5 {
			t.Errorf("%s: %d compared, %v%s", name, found.Compared, found.NotCompared, explain(found))
		}
	}
}

// TestNothingIsShown: what is printed has no identity numbers and tokens, wherever they stand in a recording.
func TestNothingIsShown(t *testing.T) {
	t.Parallel()
	const number, secret = "01818012345", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJoZW1tZWxpZyJ9.c2lnbmF0dXI"
	const opaque = "0123456789abcdefABCDEF"
	answer := func(text string) entry {
		return bsuCall("POST", "/v1/"+number, `{"a":"`+number+`"}`, text, pair{"Authorization", "Bearer " + secret},
			pair{"Content-Type", "application/json"})
	}
	refused := answer(`{"kode":"` + number + `","melding":"` + secret + `","spesifisering":[{"kode":"` + number +
		`"}]}`)
	refused.Response.Status = 400
	refused.Response.Headers = []pair{{"Location", "https://a.no/" + number}, {"Allow", secret}, {
		"Content-Type",
		number,
	}}
	spaced := answer(`{"kode":"GLD_022","melding":"010180 12345, 010180-12345, Bearer ` + opaque + `"}`)
	spaced.Request.Method, spaced.Response.Status = "PATCH"+number, 405
	found := compared(t, harFile(t, []entry{
		spaced,
		answer(`{"` + number + `":"` + secret + `","dialogId":"` + number + `","antallOppgaver":` + number + `}`),
		refused,
	}))
	text, err := json.Marshal(found)
	if err != nil || len(found.Differences) < 4 {
		t.Fatalf("%d differences: %v", len(found.Differences), err)
	}
	for _, hidden := range []string{number, "c2lnbmF0dXI", opaque, "12345"} {
		if strings.Contains(string(text), hidden) {
			t.Errorf("%s in %s", hidden, text)
		}
	}
	if !strings.Contains(string(text), "010180 *****, 010180-*****, Bearer ***") {
		t.Errorf("%s", text)
	}
}
