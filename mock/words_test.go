package mock

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"sandkasse/mock/internal/catalog"
)

// programmers are words of Go and of libraries, which no answer may have: its reader asks in
// another language.
var programmers = regexp.MustCompile(
	`(^|[^.\w/])(json|yaml): |jsontext|[Uu]nmarshal|invalid character|strconv|parsing "|parsing time|time: |net/http|http: |` +
		`looking for beginning|unexpected EOF|\bEOF\b|goroutine|runtime error|context (deadline|canceled)|url\.Parse|parse "|invalid URL|invalid semicolon|` +
		`hex: |uuid: |invalid UUID|base64: |illegal base64|x509|asn1|go-jose|jose/|square/|bbolt|reflect\.|struct \{|nil pointer|panic|\.go:|map\[|` +
		`\[\]string|%!|<nil>|0x[0-9a-f]{8}|\bu?int(8|16|32|64)?\b|float64|interface|jsonschema|json-schema|mime: |invalid media|strings\.|syscall|dial tcp|` +
		`\*rsa|\*ecdsa|ed25519\.|compile|regexp|token exceeds|duplicate key|unknown field|extra data|cannot decode|of type `)

// isPlain checks that a text has nothing in it that only a programmer of Sandkasse understands.
func isPlain(t *testing.T, what, text string) {
	t.Helper()
	if found := programmers.FindString(text); found != "" {
		t.Errorf("%s: %q stands in %s", what, found, text)
	}
}

// notJSON are bodies as people and their shells send them by mistake.
func notJSON() []string {
	return []string{
		"", " \n", `{scenario: GLD_001}`, `'{scenario:`, `{“scenario”: “GLD_001”}`,
		`{'scenario': 'GLD_001'}`, `{\"scenario\": \"GLD_001\"}`,
		"\xEF\xBB\xBF{", "\xEF\xBB\xBF{}", "\xFF\xFE{\x00}\x00", "\xFE\xFF\x00{\x00}", "\x1F\x8B\x08\x00",
		"{\"a\": \"bl\xE5\"}", `{"a": 1,}`, `[1,]`, `{"a": 1 // x` + "\n}",
		`{"a": /* x */ 1}`, "# x\n{}", `{"a": 1`, `{"a": "b`, `{"a"`, `{"a" 1}`, `{"a": 1 "b": 2}`, `{"a": 1} {}`,
		`{"a": 1}}`, `{"a": 01}`, `{"a": +1}`,
		`{"a": .5}`, `{"a": 1.}`, `{"a": 1e}`, `{"a": 0x1}`, `{"a": NaN}`, `{"a": True}`, `{"a": None}`,
		`{"a": undefined}`, "{\"a\": \"b\nc\"}",
		`{"a": "\x"}`, `{"a": "\ud800"}`, `{"a": 1, "a": 2}`, `{"a": {"b": 1, "b": 2}}`, `{"": 1}`, `a=b&c=d`, `a: b`,
		`<a/>`, `null`, `true`, `7`, `"a"`, `[]`,
		`[{}]`, `{}`, `{"a": 1e999}`, `{"a": -0}`, `}`, `:`, `,`, `\`, "\x00", "{\x00}", strings.Repeat("[", 70),
		strings.Repeat(`{"a":`, 70), strings.Repeat(`[`, 12000),
		`{"a": ` + strings.Repeat("1", 200) + `}`, "--x\r\nContent-Disposition: form-data\r\n",
	}
}

// wrongValues are values that a member or parameter may not have, most of them not even by kind.
func wrongValues() []string {
	return []string{
		`null`, `true`, `"true"`, `0`, `-1`, `1.5`, `1e999`, `99999999999999999999`, `"0"`, `"7"`, `""`,
		`" "`, `"x"`, `"åæø"`, `[]`, `[1]`, `{}`,
		`{"x": 1}`, `"2026-02-30"`, `"9999-99-99"`, `"2026-02-30T00:00:00Z"`, `"2026-13-01T25:61:61Z"`, `"1 hour"`,
		`"5"`, `"-5s"`, `"1e9h"`, `"999999999h"`,
		`"P1D"`, `"http://[::1"`, `"::"`, `"%zz"`, `"a\u0000b"`, `"` + strings.Repeat("x", 300) + `"`,
	}
}

// operations are the control API's as its index lists them, with something in the place of what
// stands in braces.
func operations(t *testing.T, s *Server) (list [][2]string) {
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
func ask(s *Server, method, path, body string) *httptest.ResponseRecorder {
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
	told := strings.TrimSpace(w.Body.String())
	if w.Code >= 500 {
		t.Errorf("%s: %d %s", what, w.Code, told)
	}
	if w.Code < 400 {
		return
	}
	if w.Header().Get("Sandkasse-Feil") == "" || told == "" || strings.Contains(told, "\n") {
		t.Errorf("%s: %d, Sandkasse-Feil %q, body %q", what, w.Code, w.Header().Get("Sandkasse-Feil"), told)
	}
	isPlain(t, what, told)
	isPlain(t, what, w.Header().Get("Sandkasse-Feil"))
}

// TestControlRefusesBodiesPlainly: whatever body any operation gets, its answer is no programmer's,
// and what is no JSON object is refused where a body is read.
func TestControlRefusesBodiesPlainly(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	for _, operation := range operations(t, s) {
		path, _, _ := strings.Cut(operation[1], "?")
		for _, place := range []string{"x", "1", "GLD_001", "..%2F"} {
			for _, body := range notJSON() {
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
// is no JSON where one is read.
func TestBodiesNotHeardAreRefused(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	for _, operation := range operations(t, s) {
		path, _, _ := strings.Cut(operation[1], "?")
		what := operation[0] + " " + path
		path = braces.ReplaceAllString(strings.ReplaceAll(path, "{kilde}", "freg"), "bsu")
		if w := ask(s, operation[0], path, `{"x": 1}`); w.Code < 400 {
			t.Errorf("%s takes a body that it cannot read: %d %s", what, w.Code, w.Body)
		}
		if w := ask(s, operation[0], path+"?xyzzy=1", ""); w.Code != 400 ||
			!strings.Contains(w.Body.String(), "xyzzy") {
			t.Errorf("%s takes the parameter xyzzy: %d %s", what, w.Code, w.Body)
		}
	}
}

// goodBodies are bodies with every member that an operation knows, by operation. Beside each stands
// which members may be zero.
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
			`{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}], "inOrder": false, "nothingElse": false}`, "times",
		},
		"PUT kobo/systems/fdvu-1": {`{"url": "http://127.0.0.1:9/x", "header": "x-api-key", "apiKey": "k"}`, ""},
		"POST kobo/saker":         {`{"husstand": ` + koboHusstand + `}`, "antallBarn husnummer"},
	}
}

// change is one wrong thing in a body.
type change struct{ what, place, body string }

// changes puts wrong values in the place of every member, at every depth, gives it twice, and puts
// one beside it that there is not.
func changes(t *testing.T, body string) (all []change) {
	t.Helper()
	members := regexp.MustCompile(`"([A-Za-z]+)": ?("[^"]*"|[0-9.]+|true|false|\{|\[)`)
	for _, at := range members.FindAllStringSubmatchIndex(body, -1) {
		name, value := body[at[2]:at[3]], body[at[4]:at[5]]
		all = append(all, change{"unknown", name, body[:at[0]] + `"` + name + `x": 1, ` + body[at[0]:]},
			change{"unknown", name, body[:at[0]] + `"` + strings.ToUpper(name) + `": 1, ` + body[at[0]:]})
		if value == "{" || value == "[" {
			all = append(all, change{"twice", name, body[:at[0]] + `"` + name + `": null, ` + body[at[0]:]})
			continue
		}
		all = append(all, change{"twice", name, body[:at[0]] + body[at[0]:at[1]] + ", " + body[at[0]:]})
		for _, wrong := range wrongValues() {
			all = append(all, change{wrong, name, body[:at[4]] + wrong + body[at[5]:]})
		}
	}
	return all
}

// TestControlMembers: every member of every body, at any depth, is refused in plain words when it
// is given twice, misspelt or of another kind, and zero is either refused with its bounds or a
// value of its own.
func TestControlMembers(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
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
// given twice, empty where it is a number, or wrong; a number out of bounds is told with them.
func TestControlParameters(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	numbers := map[string]string{
		"status": "100 to 599", "since": "0 to", "limit": "1 to 1000000",
		"count": "1 to 1000000", "wait": "to 2m", "ttl": "at least 1s",
		"antall": "1000000", "side": "0 to 1000000", "seed": "0 to 18446744073709551615", "year": "four digits",
	}
	tried := map[string]bool{}
	for _, operation := range operations(t, s) {
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
			for _, value := range wrongValues() {
				value = strings.Trim(value, `"`)
				isOwnRefusal(t, operation[0]+" "+name+"="+value,
					ask(s, operation[0], base+name+"="+url.QueryEscape(value), ""))
			}
			for _, raw := range []string{"%zz", "%", "a;b", "\xff"} {
				isOwnRefusal(t, operation[0]+" "+name+"="+raw, ask(s, operation[0], base+name+"="+raw, ""))
			}
			repeatable := strings.Contains(path, "/testdata/") &&
				slices.Contains([]string{"kql", "vis", "skjul", "kjoenn"}, name)
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
			if own := slices.Contains([]string{"since", "side", "seed", "antall"}, name); !own &&
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

// wrongTexts are values that a header or a part of a path may not have.
func wrongTexts() []string {
	return []string{
		"", " ", "x", "0", "-1", "1.5", "99999999999999999999", "æøå", "a/b", "a;b=", "a; b=\"", ";", ",",
		"*", "%zz", "application/", "text/html; charset=\"x",
		"application/json; charset=latin1", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer e30.e30.",
		"Bearer W10.W10.c2ln", "Bearer eyJhIjox.eyJhIjox.c2ln",
		"Bearer eyJhIjoxLCJhIjoyfQ.e30.c2ln", "Basic YTpi", "7c9e6679-7425-40de-944b",
		"7c9e6679742540de944be07fc1f90ae7z", "gzip", "deflate, br", "2026-02-30", "9999-99-99",
		"..", "%2e%2e", "\x7f", strings.Repeat("x", 5000),
	}
}

// TestAPIsAnswerPlainly: whatever is wrong with a call to an imitated API, no answer and no reason
// in the journal is a programmer's.
func TestAPIsAnswerPlainly(t *testing.T) {
	t.Parallel()
	known, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			t.Run(api.Name+"/"+route.Name, func(t *testing.T) {
				t.Parallel()
				answersPlainly(t, known, api, route)
			})
		}
	}
}

func answersPlainly(t *testing.T, known *catalog.Catalog, api *catalog.API, route *catalog.Route) {
	s := startAt(t, noon)
	good := goodCall(t, s, api, route)
	try := func(what string, spoil func(*testCall)) {
		c := *good
		c.header, c.params = good.header.Clone(), map[string]string{}
		for name, value := range good.params {
			c.params[name] = value
		}
		spoil(&c)
		w := c.do(s)
		if w.Code >= 400 {
			isPlain(t, what, w.Body.String())
			isPlain(t, what, w.Header().Get("Sandkasse-Feil"))
		}
	}
	for _, body := range notJSON() {
		try(fmt.Sprintf("body %.40q", body), func(c *testCall) { c.body = []byte(body) })
	}
	for _, fails := range []error{errors.New("provoked"), context.Canceled} {
		try("a body that ends early", func(c *testCall) { c.broken = iotest.ErrReader(fails) })
	}
	for _, name := range []string{
		"Authorization", "Content-Type", "Accept", "idempotencyKey", "x-kobo-systemid",
		"Content-Encoding", "Korrelasjonsid",
		"Sandkasse-Session", "Sandkasse-Scenario", "Range", "If-None-Match",
	} {
		for _, value := range wrongTexts() {
			try(name+": "+value, func(c *testCall) { c.header.Set(name, value) })
		}
	}
	for name := range good.params {
		for _, value := range wrongTexts() {
			try(name+" "+value, func(c *testCall) { c.params[name] = url.PathEscape(value) })
		}
	}
	for _, query := range []string{
		"%zz", "a=%", ";", "party=%zz", "limit=x", "limit=0", "createdAfter=2026-02-30",
		"party=urn:altinn:organization:identifier-no:987654321&limit=1.5",
		"continuationToken=x&orderBy=x", "party=x&org=x&search=x&status=x&createdBefore=x&dueAfter=9999-99-99",
	} {
		try("?"+query, func(c *testCall) { c.query = query })
	}
	if api.Name == "maskinporten" && route.Name == "token" {
		for _, assertion := range grants() {
			try("assertion "+assertion, func(c *testCall) {
				c.body = []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
					url.QueryEscape(assertion))
			})
		}
		for _, form := range []string{
			"%zz", "grant_type=%zz", "grant_type=a;b", "a=b&a=c", "{}",
			"grant_type=&assertion=",
		} {
			try("form "+form, func(c *testCall) { c.body = []byte(form) })
		}
	}
	for _, call := range s.Calls(CallQuery{}) {
		isPlain(t, "why of "+call.Method+" "+call.Path, call.Why)
	}
}

// grants are assertions that are wrong in their JSON, their base64 or their keys.
func grants() (all []string) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	header := `{"alg": "RS256", "kid": "k"}`
	for _, body := range notJSON() {
		all = append(all, part(body)+"."+part(`{}`)+".c2ln", part(header)+"."+part(body)+".c2ln")
	}
	for _, wrong := range wrongValues() {
		all = append(all, part(`{"alg": "RS256", "x5c": `+wrong+`}`)+"."+part(`{}`)+".c2ln",
			part(`{"alg": "RS256", "x5c": [`+wrong+`]}`)+"."+part(`{}`)+".c2ln",
			part(`{"alg": "RS256", "jwk": `+wrong+`}`)+"."+part(`{}`)+".c2ln", part(`{"alg": `+wrong+`, "kid": "k"}`)+
				"."+part(`{}`)+".c2ln",
			part(`{"alg": "RS256", "jwk": {"kty": "RSA", "n": `+wrong+`, "e": "AQAB"}}`)+"."+part(`{}`)+".c2ln",
			part(`{"alg": "RS256", "kid": `+wrong+`}`)+"."+part(`{}`)+".c2ln")
		for _, claim := range []string{
			"iss", "aud", "scope", "iat", "exp", "jti", "resource", "authorization_details",
			"consumer_org",
		} {
			all = append(all, part(header)+"."+part(`{"`+claim+`": `+wrong+`}`)+".c2ln",
				part(header)+"."+
					part(
						fmt.Sprintf(
							`{"iss": "a", "aud": "http://example.com/maskinporten/", "scope": "a:b", "iat": %d, "exp": %d, "jti": "1", "x": 1, "%s": %s}`,
							noon.Unix(), noon.Unix()+100, claim, wrong))+".c2ln")
		}
	}
	der := base64.StdEncoding.EncodeToString([]byte("no certificate"))
	return append(all, part(`{"alg": "RS256", "x5c": ["`+der+`"]}`)+"."+part(`{}`)+".c2ln", "a", "a.b", "a.b.c",
		"a.b.c.d.e", "=.=.=", "{}", part(header)+"."+part(`{}`)+".=")
}

// TestGoldenAnswersArePlain: nor has any answer of the catalogue walk words of a programmer.
func TestGoldenAnswersArePlain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/catalogue/*/*/*.txt")
	if err != nil || len(files) < 300 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		isPlain(t, file, string(text))
	}
}

// TestFailureInsideIsPlain: a bug's panic is told as Sandkasse's own failure, without the panic.
func TestFailureInsideIsPlain(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	api := s.backend.Catalog.ByName("bsu")
	c := goodCall(t, s, api, api.Routes[0])
	s.failBehaviours(func() error { panic("runtime error: provoked") })
	w := c.do(s)
	if w.Code != http.StatusInternalServerError || w.Header().Get("Sandkasse-Feil") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	isPlain(t, "a panic", w.Body.String()+w.Header().Get("Sandkasse-Feil"))
	calls, err := json.Marshal(s.Calls(CallQuery{}))
	if err != nil || bytes.Contains(calls, []byte("goroutine")) {
		t.Errorf("%v %s", err, calls)
	}
}

// TestControlPassesNothingOver: what would be without effect, or is out of bounds, is told in the
// words of whoever sent it.
func TestControlPassesNothingOver(t *testing.T) {
	t.Parallel()
	s := startAt(t, noon)
	for _, test := range []struct{ method, path, body, tells string }{
		{"GET", "holdings?api=kobo", "", "kobo takes no deliveries"},
		{"GET", "holdings?api=dialogporten", "", "bsu, gavertilfrivillige"},
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
	s := startAt(t, noon)
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
