package generation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/fixtures/delivery"
	"sandkasse/fixtures/homes"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/testkit"
)

// manifestEntry is a line of the manifest, as a vendor's tests read it.
type manifestEntry struct {
	File, Rule, Org string
	Year            int
	Expected        struct {
		Status                   int
		Kode, Spesifisering, Sti string
		Feedback                 *struct{ Avvikskode, Sti string }
	}
	Request struct {
		Method, Path, After, AfterPath string
		Headers                        map[string]*string
		Token                          map[string]string
		Before                         []homes.Call
	}
}

// manifestWalk walks a manifest against a server.
type manifestWalk struct {
	*testing.T
	server *mock.Server
	api    *catalog.API
	dir    string
	tokens map[mock.TokenRequest]string // those made before: a signature takes longer than a call
}

// TestBrokenGetsWhatTheManifestSays: whatever rule of whatever API is broken, the answer is the one
// that the manifest has, as often as it is walked on one server, and beside the walks of other
// seeds. What is looked at, and all that is known of the API, is the files, as a vendor has them.
func TestBrokenGetsWhatTheManifestSays(t *testing.T) {
	t.Parallel()
	seeds := 3
	if testkit.FewerData() {
		seeds = 2 // the rest is the same code with other data
	}
	all := strictServer(t, testkit.OwnAPI(t))
	for _, name := range append(reporting(all), "kobo") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// taken by turns
			servers := []*mock.Server{
				strictServer(t, testkit.OwnAPI(t)),
				strictServerWith(t, testkit.OwnAPI(t), mock.RefuseUnknown),
			}
			for seed := range seeds {
				s := servers[seed%len(servers)]
				v := manifestWalk{t, s, backend.Of(s).Catalog.ByName(name), t.TempDir(), map[mock.TokenRequest]string{}}
				calls, err := s.Catalog().GenerateInvalid(
					mock.InvalidOptions{Kind: name, Seed: uint64(seed), Year: 2022 + seed})
				if err == nil {
					err = calls.WriteFolder(v.dir)
				}
				if err != nil {
					t.Fatal(err)
				}
				lines, err := os.ReadFile(filepath.Join(v.dir, "manifest.ndjson"))
				if err != nil {
					t.Fatal(err)
				}
				if about := bytes.Contains(lines, []byte(`"additionalProperties:`)); name != "kobo" &&
					about != (s == servers[1]) {
					t.Errorf("rules about unknown members: %v", about)
				}
				for range 2 {
					walked := 0
					for line := range bytes.Lines(lines) {
						v.walk(line)
						walked++
					}
					if walked != len(calls.Calls) || walked < 50 {
						t.Errorf("%d calls in the manifest, %d made", walked, len(calls.Calls))
					}
				}
			}
		})
	}
}

// walk makes the call of one line and looks at the answer.
func (v manifestWalk) walk(line []byte) {
	var entry manifestEntry
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&entry); err != nil {
		v.Fatalf("%v in %s", err, line)
	}
	var body []byte
	if entry.File != "" {
		body = v.file(entry.File)
	}
	base := "/" + v.api.Label + "/"
	if !strings.HasPrefix(entry.Request.Path, base) || entry.Request.Method == "" || len(entry.Request.Token) == 0 {
		v.Errorf("%s: the call is not whole: %s", entry.Rule, line)
	}
	kept := v.before(entry)
	if entry.Request.After != "" {
		answer := v.call(entry, "POST", entry.Request.AfterPath, v.file(entry.Request.After))
		var forsendelse struct{ ForsendelseID string }
		if err := json.Unmarshal(answer.Body.Bytes(), &forsendelse); err != nil || answer.Code != http.StatusOK {
			v.Errorf("%s: the delivery before it is answered %d: %s", entry.Rule, answer.Code, answer.Body)
		}
		kept = strings.NewReplacer("{forsendelseId}", forsendelse.ForsendelseID)
	}
	method, path := entry.Request.Method, kept.Replace(entry.Request.Path)
	if len(entry.Request.Before) > 0 {
		body = []byte(kept.Replace(string(body)))
	}
	answer := v.call(entry, method, path, body)
	if wanted := entry.Expected.Feedback; wanted != nil {
		status, found := feedbackOn(v.T, v.server, answer)
		if status != "avvist" || len(found) != 1 || found[0].Avvikskode != wanted.Avvikskode ||
			!strings.HasPrefix(found[0].Beskrivelse, wanted.Sti+": ") {
			v.Errorf("%s: wanted %+v, got %s %v", entry.Rule, *wanted, status, found)
		}
		return
	}
	got := entry
	got.Expected.Status = answer.Code
	got.Expected.Kode, got.Expected.Spesifisering, got.Expected.Sti = faultIn(v.T, answer)
	if diff := cmp.Diff(entry.Expected, got.Expected); diff != "" {
		v.Errorf("%s %s: %s\n%.2000s\n%.3000s", entry.Rule, method+" "+path, diff, answer.Body, body)
	}
}

// faultIn returns the code of an error, and the code and path of the one place at fault, if it
// names any.
func faultIn(t *testing.T, answer *httptest.ResponseRecorder) (kode, spesifisering, sti string) {
	t.Helper()
	var body struct {
		Kode                  string
		Spesifisering, Errors []struct{ Kode, Sti string }
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	places := slices.Concat(body.Spesifisering, body.Errors)
	if len(places) > 1 {
		t.Errorf("more than one thing is wrong: %s", answer.Body)
	}
	if len(places) > 0 {
		spesifisering, sti = places[0].Kode, places[0].Sti
	}
	return body.Kode, spesifisering, sti
}

func (v manifestWalk) file(name string) []byte {
	v.Helper()
	body, err := os.ReadFile(filepath.Join(v.dir, name))
	if err != nil {
		v.Fatal(err)
	}
	return body
}

// call makes a call with the token and the headers that the entry says, and no others.
func (v manifestWalk) call(entry manifestEntry, method, path string, body []byte) *httptest.ResponseRecorder {
	p := entry.Request.Token
	wanted := mock.TokenRequest{
		API: p["api"], Org: p["org"], Vendor: p["vendor"], Scope: p["scope"],
		Expired: p["expired"] == "true",
	}
	token, err := v.tokens[wanted], error(nil)
	if token == "" {
		if token, err = v.server.Token(wanted); err != nil {
			v.Fatalf("%s: %v", entry.Rule, err)
		}
		v.tokens[wanted] = token
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for name, value := range entry.Request.Headers {
		if r.Header.Del(name); value != nil {
			r.Header.Set(name, *value)
		}
	}
	w := httptest.NewRecorder()
	v.server.ServeHTTP(w, r)
	return w
}

// before makes the calls that come first, and returns a replacer of {name} by what they keep under
// that name.
func (v manifestWalk) before(entry manifestEntry) *strings.Replacer {
	var pairs []string
	for _, call := range entry.Request.Before {
		kept := strings.NewReplacer(pairs...)
		var body []byte
		if call.Body != nil {
			text, err := json.Marshal(call.Body)
			if err != nil {
				v.Fatal(err)
			}
			body = []byte(kept.Replace(string(text)))
		}
		first := manifestEntry{Rule: entry.Rule}
		first.Request.Token, first.Request.Headers = entry.Request.Token, map[string]*string{}
		for name, value := range call.Headers {
			first.Request.Headers[name] = &value
		}
		answer := v.call(first, call.Method, kept.Replace(call.Path), body)
		if answer.Code >= 300 {
			v.Fatalf("%s: before it, %s %s is answered %d: %s", entry.Rule, call.Method, call.Path, answer.Code,
				answer.Body)
		}
		if call.Keep != "" {
			var members map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &members); err != nil {
				v.Fatal(err)
			}
			pairs = append(pairs, "{"+call.Keep+"}", fmt.Sprint(members[call.Member]))
		}
	}
	return strings.NewReplacer(pairs...)
}

// TestEveryOffenceIsBroken: whatever a payload or a call can do wrong has a broken call, with its
// code. What has none has no cause in a call.
func TestEveryOffenceIsBroken(t *testing.T) {
	t.Parallel()
	s := strictServer(t, testkit.OwnAPI(t))
	without := map[feil.Offence]string{
		feil.UnexpectedFailure:  "something inside fails",
		feil.UnspecifiedFailure: "no cause but on demand",
		feil.BackendFailure:     "no cause but on demand",
		feil.UnknownSystem:      "by default every id is a system; --kobo-systems decides",
	}
	for _, name := range append(reporting(s), "kobo") {
		calls, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: name})
		if err != nil {
			t.Fatal(err)
		}
		covered := map[string]bool{}
		for _, call := range calls.Calls {
			covered[fmt.Sprint(call.Expected.Status, call.Expected.Kode, call.Expected.Spesifisering)] = true
			covered[ruleOffence(call.Rule)] = true
		}
		api := backend.Of(s).Catalog.ByName(name)
		for _, offence := range slices.Sorted(maps.Keys(api.Feil)) {
			row := api.Feil[offence]
			if without[offence] != "" {
				continue
			}
			rule := string(offence)
			if offence == feil.SchemaViolation {
				rule = "required" // the rules are the keywords
			}
			if !covered[rule] || !covered[fmt.Sprint(row.Status, row.Kode, row.Spesifisering)] {
				t.Errorf("%s: nothing is %s (%d %s %s)", name, offence, row.Status, row.Kode, row.Spesifisering)
			}
		}
	}
}

// TestEveryFindingIsBroken: the codes that broken documents expect in the feedback are those that
// it has, all of them.
func TestEveryFindingIsBroken(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	expected := map[string]bool{}
	for _, name := range delivery.Kinds() {
		calls, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls.Calls {
			if f := call.Expected.Feedback; f != nil {
				expected[f.Avvikskode] = true
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(innrapportering.Avvikskoder())),
		slices.Sorted(maps.Keys(expected))); diff != "" {
		t.Error(diff)
	}
}

// ruleOffence returns the part of a rule's name after the operation and before the place.
func ruleOffence(rule string) string {
	rule, _, _ = strings.Cut(rule, ":")
	return rule[strings.Index(rule, "/")+1:]
}
