package control

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// indexOperations returns the method and path of every operation of the control API, as its index
// lists them, braces included.
func indexOperations(t *testing.T, s *mock.Server) (list [][2]string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/_sandkasse/", nil))
	_, control, _ := strings.Cut(w.Body.String(), "\nControl:\n")
	for line := range strings.Lines(control) {
		words := strings.Fields(line)
		if len(words) < 2 { // a remark may stand behind
			break
		}
		list = append(list, [2]string{words[0], strings.TrimPrefix(words[1], "http://example.com")})
	}
	if len(list) < 40 {
		t.Fatalf("the index lists %d operations: %v", len(list), list)
	}
	return list
}

// braces are the places in an address that are no names.
var braces = regexp.MustCompile(`\{[^}]*\}`)

// ask makes a call to the control API whose caller has gone already, so that no answer is waited
// for.
func ask(s *mock.Server, method, path, body string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithCancel(context.Background())
	if strings.Contains(path, "calls") {
		cancel()
	}
	defer cancel()
	w := httptest.NewRecorder()
	u, err := url.Parse("http://example.com/")
	if err != nil {
		panic(err)
	}
	u.Path, u.RawQuery, _ = strings.Cut(path, "?")
	if before, after, found := strings.Cut(path, "?"); found {
		u.Path, u.RawQuery = before, after
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(body)).WithContext(ctx)
	r.URL = u
	s.ServeHTTP(w, r)
	return w
}

// isOwnRefusal checks a refusal of Sandkasse's own: one plain sentence, in the header too.
func isOwnRefusal(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	message := strings.TrimSpace(w.Body.String())
	if w.Code >= 500 {
		t.Errorf("%s: %d %s", what, w.Code, message)
	}
	if w.Code < 400 || w.Code == http.StatusConflict && w.Header().Get("Sandkasse-Report") != "" { // a report
		return
	}
	if w.Header().Get("Sandkasse-Feil") == "" || message == "" || strings.Contains(message, "\n") {
		t.Errorf("%s: %d, Sandkasse-Feil %q, body %q", what, w.Code, w.Header().Get("Sandkasse-Feil"), message)
	}
	testkit.IsPlain(t, what, message)
	testkit.IsPlain(t, what, w.Header().Get("Sandkasse-Feil"))
}

// TestControlRefusesBodiesPlainly: whatever body any operation gets, its answer is no programmer's,
// and what is no JSON object is refused where a body is read.
func TestControlRefusesBodiesPlainly(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for _, operation := range indexOperations(t, s) {
		path, _, _ := strings.Cut(operation[1], "?")
		for _, place := range []string{"x", "1", "GLD_001", "..%2F"} {
			for _, body := range testkit.NotJSON() {
				what := fmt.Sprintf("%s %s %.40q", operation[0], path, body)
				isOwnRefusal(t, what, ask(s, operation[0], braces.ReplaceAllString(path, place), body))
			}
			if !strings.Contains(path, "{") {
				break
			}
		}
	}
}

// TestBodiesNotHeardAreRefused: an operation that reads no body refuses one, and so is a body that
// is no JSON where one is read, but for validate, which says what is wrong with it.
func TestBodiesNotHeardAreRefused(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for _, operation := range indexOperations(t, s) {
		path, _, _ := strings.Cut(operation[1], "?")
		what := operation[0] + " " + path
		path = braces.ReplaceAllString(strings.ReplaceAll(path, "{kilde}", "freg"), "bsu")
		if w := ask(s, operation[0], path, `{"x": 1}`); w.Code < 400 && !strings.HasSuffix(path, "/validate") {
			t.Errorf("%s takes a body that it cannot read: %d %s", what, w.Code, w.Body)
		}
		if w := ask(s, operation[0], path+"?xyzzy=1", ""); w.Code != 400 ||
			!strings.Contains(w.Body.String(), "xyzzy") {
			t.Errorf("%s takes the parameter xyzzy: %d %s", what, w.Code, w.Body)
		}
	}
}

// goodBodies returns bodies with every member that an operation knows, by operation. Beside each
// stands which members may be zero.
func goodBodies() map[string]struct{ body, zero string } {
	return map[string]struct{ body, zero string }{
		"POST plays": {`{"scenario": "GLD_001", "api": "bsu", "method": "POST", "route": "innsending", "organisation": "319000003", "reference": "a",
			"times": 2, "probability": 0.5, "seed": 7, "ttl": "10m"}`, "seed"},
		"POST delegations": {`{"from": "319000011", "to": "319000003"}`, ""},
		"POST reset":       {`{"session": "a", "seed": 7}`, "seed"},
		"PUT clock":        {`{"set": "2026-03-02T12:00:00Z", "scale": 2}`, ""},
		"POST checkpoints": {`{"name": "a"}`, ""},
		"POST generate/bsu": {
			`{"count": 1, "oppgaver": 1, "year": 2024, "seed": 7, "org": "319000003"}`,
			"oppgaver seed",
		},
		"POST generate/kobobolig": {
			`{"count": 1, "year": 2024, "seed": 7, "org": "319000003", "today": "2024-12-31"}`,
			"seed",
		},
		"POST verify": {
			`{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}], ` +
				`"inOrder": false, "nothingElse": false}`,
			"times",
		},
		"PUT kobo/systems/fdvu-1": {`{"url": "http://127.0.0.1:9/x", "header": "x-api-key", "apiKey": "k"}`, ""},
		"POST kobo/saker":         {`{"husstand": ` + testkit.Husstand + `}`, "antallBarn husnummer"},
	}
}

// bodyChange is one wrong thing in a body.
type bodyChange struct{ what, place, body string }

// changes puts wrong values in the place of every member, at every depth, gives it twice, and puts
// one beside it that there is not.
func changes(t *testing.T, body string) (all []bodyChange) {
	t.Helper()
	members := regexp.MustCompile(`"([A-Za-z]+)": ?("[^"]*"|[0-9.]+|true|false|\{|\[)`)
	for _, at := range members.FindAllStringSubmatchIndex(body, -1) {
		name, value := body[at[2]:at[3]], body[at[4]:at[5]]
		all = append(all, bodyChange{"unknown", name, body[:at[0]] + `"` + name + `x": 1, ` + body[at[0]:]},
			bodyChange{"unknown", name, body[:at[0]] + `"` + strings.ToUpper(name) + `": 1, ` + body[at[0]:]})
		if value == "{" || value == "[" {
			all = append(all, bodyChange{"twice", name, body[:at[0]] + `"` + name + `": null, ` + body[at[0]:]})
			continue
		}
		all = append(all, bodyChange{"twice", name, body[:at[0]] + body[at[0]:at[1]] + ", " + body[at[0]:]})
		for _, wrong := range testkit.WrongValues() {
			all = append(all, bodyChange{wrong, name, body[:at[4]] + wrong + body[at[5]:]})
		}
	}
	return all
}

// TestControlMembers: every member of every body, at any depth, is refused in plain words when it
// is given twice, misspelt or of another kind, and zero is either refused with its bounds or a
// value of its own.
func TestControlMembers(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	seen := 0
	for operation, good := range goodBodies() {
		method, path, _ := strings.Cut(operation, " ")
		if w := ask(s, method, "/_sandkasse/"+path, good.body); w.Code != 200 {
			t.Errorf("%s: the good body is answered %d %s", operation, w.Code, w.Body)
		}
		for _, c := range changes(t, good.body) {
			w := ask(s, method, "/_sandkasse/"+path, c.body)
			what := fmt.Sprintf("%s %s %s", operation, c.place, c.what)
			isOwnRefusal(t, what, w)
			seen++
			isNumber := regexp.MustCompile(`"` + c.place + `": ?[0-9]`).MatchString(good.body)
			switch {
			case c.what == "twice" || c.what == "unknown":
				if w.Code != 400 || !strings.Contains(w.Body.String(), c.place) &&
					!strings.Contains(w.Body.String(), strings.ToUpper(c.place)) {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			case isNumber && c.what == "0":
				if may := slices.Contains(strings.Fields(good.zero), c.place); may != (w.Code == 200) ||
					!may && !regexp.MustCompile(`[1-9]`).MatchString(w.Body.String()) {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			case isNumber && slices.Contains([]string{`true`, `"x"`, `[]`, `{}`, `1e999`}, c.what):
				if w.Code != 400 {
					t.Errorf("%s: %d %s", what, w.Code, w.Body)
				}
			}
		}
	}
	if seen < 500 {
		t.Errorf("only %d changes were tried", seen)
	}
}

// TestControlParameters: every parameter of every operation is refused in plain words when it is
// given twice, empty where it is a number, or wrong; for a number out of bounds they are stated.
func TestControlParameters(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	numbers := map[string]string{
		"status": "100 to 599", "since": "0 to", "limit": "1 to 1000000",
		"count": "1 to 1000000", "wait": "to 2m", "ttl": "at least 1s",
		"antall": "1000000", "side": "0 to 1000000", "seed": "0 to 18446744073709551615", "year": "four digits",
		"minCoverage": "0 to 100",
	}
	tried := map[string]bool{}
	for _, operation := range indexOperations(t, s) {
		path, query, found := strings.Cut(operation[1], "?")
		if !found {
			continue
		}
		path = braces.ReplaceAllString(path, "1")
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if name == "FIELD" {
				name = "kjoenn"
			}
			base := path + "?"
			if name == "count" {
				base += "wait=1ms&"
			}
			if strings.HasSuffix(path, "/token") && name != "api" && name != "org" {
				base += "api=bsu&org=319000003&"
			}
			for _, value := range testkit.WrongValues() {
				value = strings.Trim(value, `"`)
				isOwnRefusal(t, operation[0]+" "+name+"="+value,
					ask(s, operation[0], base+name+"="+url.QueryEscape(value), ""))
			}
			for _, raw := range []string{"%zz", "%", "a;b", "\xff"} {
				isOwnRefusal(t, operation[0]+" "+name+"="+raw, ask(s, operation[0], base+name+"="+raw, ""))
			}
			repeatable := strings.Contains(path, "/testdata/") &&
				slices.Contains([]string{"kql", "vis", "skjul", "kjoenn"}, name) ||
				strings.HasSuffix(path, "/report") && slices.Contains([]string{"api", "off"}, name)
			if w := ask(s, operation[0], base+name+"=1&"+name+"=1", ""); !repeatable &&
				(w.Code != 400 || !strings.Contains(w.Body.String(), name+" is given 2 times") &&
					!strings.Contains(w.Body.String(), name+": is given 2 times")) {
				t.Errorf("%s %s twice: %d %s", operation[0], name, w.Code, w.Body)
			}
			bounds, isNumber := numbers[name]
			if !isNumber {
				mayBeEmpty := strings.HasSuffix(path, "/token") || name == "kql"
				if w := ask(s, operation[0], base+name+"=", ""); !mayBeEmpty && w.Code != 400 {
					t.Errorf("%s %s=: %d %s", operation[1], name, w.Code, w.Body)
				}
				continue
			}
			tried[name] = true
			for _, wrong := range []string{"-1", "x", "1.5", "99999999999999999999999", ""} {
				if w := ask(s, operation[0], base+name+"="+wrong, ""); w.Code != 400 ||
					!strings.Contains(w.Body.String(), bounds) {
					t.Errorf("%s %s=%s: %d %s", operation[1], name, wrong, w.Code, w.Body)
				}
			}
			w := ask(s, operation[0], base+name+"=0", "")
			if own := slices.Contains([]string{"since", "side", "seed", "antall", "minCoverage"}, name); !own &&
				(w.Code != 400 || !strings.Contains(w.Body.String(), bounds)) {
				t.Errorf("%s %s=0: %d %s", operation[1], name, w.Code, w.Body)
			}
		}
	}
	for name := range numbers {
		if !tried[name] {
			t.Errorf("no operation takes %s", name)
		}
	}
}

// TestControlPassesNothingOver: what would be without effect, or is out of bounds, is reported in
// the words of whoever sent it.
func TestControlPassesNothingOver(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for _, test := range []struct{ method, path, body, tells string }{
		{"GET", "holdings?api=kobo", "", "kobo takes no deliveries"},
		{"GET", "holdings?api=dialogporten", "", "bsu, drosjetjenester"},
		{"POST", "delegations", `{}`, `from is ""`},
		{"POST", "delegations", `{"from": "319000011"}`, `to is ""`},
		{"DELETE", "delegations", `{"to": "319000011"}`, `from is ""`},
		{"PUT", "kobo/systems/a", `{"url": "http://127.0.0.1:0/x"}`, "1 to 65535"},
		{"PUT", "kobo/systems/a", `{"url": "https://127.0.0.1:65536/x"}`, "1 to 65535"},
	} {
		w := ask(s, test.method, "/_sandkasse/"+test.path, test.body)
		what := test.method + " " + test.path + " " + test.body
		isOwnRefusal(t, what, w)
		if w.Code != 400 || !strings.Contains(w.Body.String(), test.tells) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
}

// TestControlSendsToItsSession: where a session does not have what is asked for, the sentence leads
// to what that session has.
func TestControlSendsToItsSession(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for _, operation := range []string{
		"GET calls/9", "GET kobo/saker/x", "GET kobo/kobobolig/x", "POST kobo/events/x/redeliver", "DELETE plays/9",
		"DELETE checkpoints/x",
		"POST checkpoints/x/restore", "GET testdata/personer/1", "GET testdata/organisasjoner/1",
	} {
		method, path, _ := strings.Cut(operation, " ")
		w := ask(s, method, "/_session/s/_sandkasse/"+path, "")
		isOwnRefusal(t, operation, w)
		if w.Code != 404 || !strings.Contains(w.Body.String(), "GET /_session/s/_sandkasse/") {
			t.Errorf("%s: %d %s", operation, w.Code, w.Body)
		}
	}
}
