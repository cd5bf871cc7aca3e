package page

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestReportView: the report shows what the client did with links to its calls, what was met with links
// to the calls that met it, and what was not with the line to copy; each form of it can be saved.
func TestReportView(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	if page := r.open("report"); !strings.Contains(page, "Nothing was seen yet") {
		t.Errorf("an empty report does not say so: %s", page)
	}
	r.Delivered(1)
	r.Delivered(2)
	r.Call("GET", r.URL("bsu")+"/v1/2023", "")
	page := r.open("report")
	for _, part := range []string{
		"1 error", "<code>delivered-twice</code>", `<a href="calls/1" aria-label="call 1">`, `<a href="calls/2" `,
		"The agency stores both", "Make the idempotencyKey once", "<b>bsu</b>", "GLD_1028",
		"curl -i -X POST " + r.URL("") + "/_scenario/GLD_1028/", "again with a new key 1×",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the report lacks %s: %s", part, page)
		}
	}
	r.leadsToCalls(page, 8)
	r.MakeCalls()
	r.Call("GET", r.URL("kobo")+"/kobobolig/nowhere", "", "Sandkasse-Scenario", "V4")
	for _, api := range []string{"bsu", "kobo"} {
		r.leadsToCalls(r.open("report?api="+api), 8)
	}
	if page := r.open("report"); !strings.Contains(page, `<a href="report?api=kobo">`) ||
		strings.Contains(page, "<b>bsu</b>") {
		t.Errorf("the coverage of several APIs is not folded: %s", page)
	}
	if page := r.open("report?api=kobo"); !strings.Contains(page, "<b>kobo</b>") {
		t.Errorf("the API that is chosen is not shown: %s", page)
	}
	if got := r.Call("GET", r.URL("")+"/_sandkasse/page/report?api=bus", ""); got.Status != http.StatusBadRequest ||
		!strings.Contains(html.UnescapeString(got.Body), `there is no API "bus"`) {
		t.Errorf("an unknown API: %d %s", got.Status, got.Body)
	}
	page = r.open("report?api=bsu&rule=delivered-twice&reason=we+test+that,+here")
	if strings.Contains(page, "The agency stores both") || !strings.Contains(page, "we test that, here") ||
		!strings.Contains(page, `name="off" value="delivered-twice:we test that, here"`) ||
		!strings.Contains(page, `href="report?api=bsu">Switch all rules on`) ||
		!strings.Contains(page, "api=bsu&amp;format=md&amp;off=delivered-twice%3Awe") {
		t.Errorf("a rule is not switched off: %s", page)
	}
	r.leadsToCalls(page, 4)
	if got := r.Call("GET", r.URL("")+"/_sandkasse/page/report?rule=delivered-twice&reason=+", ""); got.Status != 400 ||
		!strings.Contains(got.Body, "without a reason") {
		t.Errorf("without a reason: %d %s", got.Status, got.Body)
	}
	r.Call("DELETE", r.URL("")+"/_sandkasse/calls", "")
	if page := r.open("report"); !strings.Contains(page, "1 (no longer in the journal)") {
		t.Errorf("the report does not say that calls are gone: %s", page)
	}
}

// leadsToCalls follows the links of a report to calls and to its other forms, of which there must be so
// many or more.
func (r reader) leadsToCalls(page string, min int) {
	r.T.Helper()
	links := regexp.MustCompile(`href="((?:calls|\.\./report)[?/][^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < min {
		r.T.Fatalf("the report has the links %v", links)
	}
	for _, link := range links {
		path := strings.Replace("page/"+html.UnescapeString(link[1]), "page/../", "", 1)
		got := r.Call("GET", r.URL("")+"/_sandkasse/"+path, "", "Accept", "text/html")
		if got.Status != http.StatusOK || strings.Contains(got.Body, "No call fits") {
			r.T.Errorf("%s: %d %.300s", link[1], got.Status, got.Body)
		}
	}
}
