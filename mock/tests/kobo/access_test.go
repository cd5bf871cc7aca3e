package kobo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestKoboNoToken: 401 on every operation, without a token and with a bad one, whatever else is
// wrong with the call.
func TestKoboNoToken(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	routes := backend.Of(s).Catalog.ByName("kobo").Routes
	if len(routes) != 15 {
		t.Errorf("there are %d operations, the page has 15", len(routes))
	}
	for _, route := range routes {
		for authorization, detail := range map[string]string{
			"":                     "token mangler",
			"Basic dXNlcjpwYXNz":   "Authorization må være Bearer og et token",
			"Bearer ikke.et.token": "tokenet kan ikke leses som et JWT",
		} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(route.Method, "/kobo"+
				strings.NewReplacer("{", "", "}", "").Replace(route.Paths[0]), strings.NewReader("{"))
			r.Header.Set("Authorization", authorization)
			s.ServeHTTP(w, r)
			var refusal struct{ Kode, Detail string }
			testkit.Decode(t, w, &refusal)
			if w.Code != http.StatusUnauthorized || w.Header().Get("Www-Authenticate") != "Bearer" ||
				refusal.Kode != "V1" || refusal.Detail != detail {
				t.Errorf("%s with %q is answered %d %s", route.Name, authorization, w.Code, w.Body)
			}
		}
	}
}

// TestKoboForeignHome: a home of another system or municipality is not there, on every operation
// that names one, and nothing happens to it.
func TestKoboForeignHome(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, route := range known.ByName("kobo").Routes {
		if !strings.Contains(route.Paths[0], "{koboBoligId}") {
			continue
		}
		tried++
		t.Run(route.Name, func(t *testing.T) {
			t.Parallel()
			s := testkit.ServerAt(t, testkit.Noon)
			api := backend.Of(s).Catalog.ByName("kobo")
			c := testkit.GoodCall(t, s, api, route)
			path := strings.NewReplacer("{koboBoligId}", c.Params["koboBoligId"], "{saksreferanse}",
				c.Params["saksreferanse"]).Replace(c.Path)
			owner := testkit.NewFDVU(t, s)
			system, municipality := owner, owner
			system.System = "fdvu-2"
			municipality.Token = testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = "319000011" })
			home := "/kobobolig/" + c.Params["koboBoligId"]
			before := owner.Call("GET", home, "").Body.String()
			for _, other := range []testkit.FDVU{system, municipality} {
				other.Refused(route.Method, path, string(c.Body), http.StatusNotFound, "V4")
			}
			if diff := gocmp.Diff(before, owner.Call("GET", home, "").Body.String()); diff != "" {
				t.Errorf("something was done to it (-before +after):\n%s", diff)
			}
		})
	}
	if tried != 13 {
		t.Errorf("%d operations name a home, the page has 13", tried)
	}
}

// TestKoboSystemsFixed: with a list of systems any other one is 404 on every operation, and those
// of the list are served (K249).
func TestKoboSystemsFixed(t *testing.T) {
	t.Parallel()
	s, err := mock.New(mock.Options{Kobo: mock.KoboOptions{Systems: []string{"fdvu-1", "fdvu-3"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := testkit.NewFDVU(t, s)
	f.NewBolig("A")
	f.OK("POST", "/fdvusystem", testkit.APIKey)
	f.System = "fdvu-2"
	for _, route := range backend.Of(s).Catalog.ByName("kobo").Routes {
		f.Refused(route.Method, strings.NewReplacer("{koboBoligId}", testkit.AnotherID, "{saksreferanse}",
			"x").Replace(route.Paths[0]), "", http.StatusNotFound, "V3")
	}
	var shown struct{ Systems []struct{ ID string } }
	f.Admin("GET", "/systems", "", 200, &shown)
	if len(shown.Systems) != 2 || shown.Systems[0].ID != "fdvu-1" || shown.Systems[1].ID != "fdvu-3" {
		t.Errorf("the systems are %+v", shown.Systems)
	}
}

// TestKoboDeleteWithoutBody: the two DELETEs that need a body say so when there is none, also when
// the Content-Type is gone with it (K223).
func TestKoboDeleteWithoutBody(t *testing.T) {
	t.Parallel()
	f := testkit.NewFDVU(t, testkit.ServerAt(t, testkit.Noon))
	home := "/kobobolig/" + f.NewBolig("A")
	for _, part := range []string{"/tildeling", "/leieforhold"} {
		answer := f.Call("DELETE", home+part, "")
		var refusal struct{ Kode, Detail string }
		if err := json.Unmarshal(answer.Body.Bytes(), &refusal); err != nil || answer.Code != 400 ||
			refusal.Kode != "V14" || !strings.Contains(refusal.Detail, "tomt") ||
			!strings.Contains(refusal.Detail, "DELETE") {
			t.Errorf("DELETE %s is answered %d %s", part, answer.Code, answer.Body)
		}
	}
}
