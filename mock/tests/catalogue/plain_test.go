package catalogue

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
)

// wrongTexts returns values that a header or a part of a path may not have.
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
	for _, api := range testkit.APIs(t) {
		for _, route := range api.Routes {
			t.Run(api.Name+"/"+route.Name, func(t *testing.T) {
				t.Parallel()
				answersPlainly(t, api, route)
			})
		}
	}
}

func answersPlainly(t *testing.T, api *catalog.API, route *catalog.Route) {
	s := testkit.ServerAt(t, testkit.Noon)
	good := testkit.GoodCall(t, s, api, route)
	try := func(what string, spoil func(*testkit.APICall)) {
		c := *good
		c.Header, c.Params = good.Header.Clone(), map[string]string{}
		for name, value := range good.Params {
			c.Params[name] = value
		}
		spoil(&c)
		w := c.Do(s)
		if w.Code >= 400 {
			testkit.IsPlain(t, what, w.Body.String())
			testkit.IsPlain(t, what, w.Header().Get("Sandkasse-Feil"))
		}
	}
	for _, body := range testkit.NotJSON() {
		try(fmt.Sprintf("body %.40q", body), func(c *testkit.APICall) { c.Body = []byte(body) })
	}
	for _, fails := range []error{errors.New("provoked"), context.Canceled} {
		try("a body that ends early", func(c *testkit.APICall) { c.Broken = iotest.ErrReader(fails) })
	}
	for _, name := range []string{
		"Authorization", "Content-Type", "Accept", "idempotencyKey", "x-kobo-systemid",
		"Content-Encoding", "Korrelasjonsid",
		"Sandkasse-Session", "Sandkasse-Scenario", "Range", "If-None-Match",
	} {
		for _, value := range wrongTexts() {
			try(name+": "+value, func(c *testkit.APICall) { c.Header.Set(name, value) })
		}
	}
	for name := range good.Params {
		for _, value := range wrongTexts() {
			try(name+" "+value, func(c *testkit.APICall) { c.Params[name] = url.PathEscape(value) })
		}
	}
	for _, query := range []string{
		"%zz", "a=%", ";", "party=%zz", "limit=x", "limit=0", "createdAfter=2026-02-30",
		"party=urn:altinn:organization:identifier-no:987654321&limit=1.5",
		"continuationToken=x&orderBy=x", "party=x&org=x&search=x&status=x&createdBefore=x&dueAfter=9999-99-99",
	} {
		try("?"+query, func(c *testkit.APICall) { c.Query = query })
	}
	if api.Name == "maskinporten" && route.Name == "token" {
		for _, assertion := range grants() {
			try("assertion "+assertion, func(c *testkit.APICall) {
				c.Body = []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
					url.QueryEscape(assertion))
			})
		}
		for _, form := range []string{
			"%zz", "grant_type=%zz", "grant_type=a;b", "a=b&a=c", "{}",
			"grant_type=&assertion=",
		} {
			try("form "+form, func(c *testkit.APICall) { c.Body = []byte(form) })
		}
	}
	for _, call := range s.Calls(mock.CallQuery{}) {
		testkit.IsPlain(t, "why of "+call.Method+" "+call.Path, call.Why)
	}
}

// grants returns assertions that are wrong in their JSON, their base64 or their keys.
func grants() (all []string) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	header := `{"alg": "RS256", "kid": "k"}`
	for _, body := range testkit.NotJSON() {
		all = append(all, part(body)+"."+part(`{}`)+".c2ln", part(header)+"."+part(body)+".c2ln")
	}
	for _, wrong := range testkit.WrongValues() {
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
							testkit.Noon.Unix(), testkit.Noon.Unix()+100, claim, wrong))+".c2ln")
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
	for i, file := range files {
		if testkit.FewerData() && i%5 > 0 {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		testkit.IsPlain(t, file, string(text))
	}
}

// TestFailureInsideIsPlain: a bug's panic is reported as Sandkasse's own failure, without the
// panic.
func TestFailureInsideIsPlain(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	api := backend.Of(s).Catalog.ByName("bsu")
	c := testkit.GoodCall(t, s, api, api.Routes[0])
	failBehaviours(s, func() error { panic("runtime error: provoked") })
	w := c.Do(s)
	if w.Code != http.StatusInternalServerError || w.Header().Get("Sandkasse-Feil") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	testkit.IsPlain(t, "a panic", w.Body.String()+w.Header().Get("Sandkasse-Feil"))
	calls, err := json.Marshal(s.Calls(mock.CallQuery{}))
	if err != nil || bytes.Contains(calls, []byte("goroutine")) {
		t.Errorf("%v %s", err, calls)
	}
}
