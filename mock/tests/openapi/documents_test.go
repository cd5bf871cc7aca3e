// Package openapi tests the OpenAPI documents of whole servers.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
)

// get asks a server for a path below the host example.com.
func get(t *testing.T, s http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

// documentOf returns a document of a server, decoded.
func documentOf(t *testing.T, s http.Handler, name string) map[string]any {
	t.Helper()
	w := get(t, s, "/_sandkasse/openapi/"+name+".json")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%s: answered %d %s: %.300s", name, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	var document map[string]any
	testkit.Decode(t, w, &document)
	return document
}

// at returns what a document has at a place, nil where there is nothing.
func at(value any, names ...string) any {
	for _, name := range names {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

// operation is an operation of a document.
type operation struct {
	method, path string
	value        map[string]any
}

// operationsOf returns the operations of a document, sorted.
func operationsOf(document map[string]any) (all []operation) {
	paths := document["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path].(map[string]any)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			all = append(all, operation{strings.ToUpper(method), path, item[method].(map[string]any)})
		}
	}
	return all
}

// exampleCall returns the call to an operation that its examples make, with the body as the server has it.
func exampleCall(t *testing.T, api *catalog.API, o operation) *testkit.APICall {
	t.Helper()
	c := &testkit.APICall{
		Method: o.method, Path: o.path, Base: "/" + api.Label, Params: map[string]string{},
		Header: http.Header{"Accept": {"application/json"}},
	}
	for _, one := range o.value["parameters"].([]any) {
		example, _ := at(one, "example").(string)
		switch at(one, "in") {
		case "path":
			c.Params[at(one, "name").(string)] = example
		case "header":
			c.Header.Set(at(one, "name").(string), example)
		}
	}
	content, _ := at(o.value, "requestBody", "content").(map[string]any)
	for contentType, media := range content {
		example := at(media, "example")
		if example == nil {
			continue
		}
		c.Header.Set("Content-Type", contentType)
		if fields, isForm := example.(map[string]any); isForm && contentType != "application/json" {
			form := url.Values{}
			for name, value := range fields {
				form.Set(name, value.(string))
			}
			c.Body = []byte(form.Encode())
			continue
		}
		if c.Body = api.Example; c.Body == nil {
			encoded, err := json.Marshal(example) // sorted, as generated
			if err != nil {
				t.Fatal(err)
			}
			c.Body = append(encoded, '\n')
		}
	}
	return c
}

// TestExamplesAreTheAnswers: each operation has each code of its API as an example, and the server gives that answer,
// byte for byte, to the example call when it is asked for the code.
func TestExamplesAreTheAnswers(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			server := testkit.ServerAt(t, testkit.Noon)
			operations := operationsOf(documentOf(t, server, api.Name))
			if len(operations) < len(api.Routes) {
				t.Errorf("%d operations, the API has %d routes", len(operations), len(api.Routes))
			}
			for _, o := range operations {
				shown := map[string]bool{}
				for status, response := range o.value["responses"].(map[string]any) {
					if strings.HasPrefix(status, "2") {
						continue
					}
					content, _ := at(response, "content").(map[string]any)
					for contentType, media := range content {
						examples, _ := at(media, "examples").(map[string]any)
						for code, example := range examples {
							shown[code] = true
							isAnswer(t, server, api, o, code, status, contentType, at(example, "value"))
						}
					}
				}
				for _, code := range api.Codes() {
					_, err := strconv.Atoi(code.Name)
					if !shown[code.Name] && (err != nil || code.Row.Kode == code.Name) {
						t.Errorf("%s %s has no example of %s", o.method, o.path, code.Name)
					}
				}
			}
		})
	}
}

// isAnswer checks that a server that is reset answers the example call with an example.
func isAnswer(
	t *testing.T, server *mock.Server, api *catalog.API, o operation, code, status, contentType string, example any,
) {
	t.Helper()
	if err := server.Reset(); err != nil {
		t.Fatal(err)
	}
	c := exampleCall(t, api, o)
	c.Header.Set("Accept", contentType)
	c.Header.Set("Sandkasse-Scenario", code)
	if contentType == "application/problem+json" || contentType == "text/plain" {
		c.Header.Set("Accept", "application/json")
	}
	answer := c.Do(server)
	name := fmt.Sprintf("%s %s %s", o.method, o.path, code)
	if strconv.Itoa(answer.Code) != status || !strings.HasPrefix(answer.Header().Get("Content-Type"), contentType) {
		t.Errorf("%s: answered %d %s, documented as %s %s: %s", name, answer.Code, answer.Header().Get("Content-Type"),
			status, contentType, answer.Header().Get("Sandkasse-Feil"))
		return
	}
	var got any = answer.Body.String()
	if strings.HasSuffix(contentType, "json") {
		testkit.Decode(t, answer, &got)
	}
	if diff := gocmp.Diff(example, got); diff != "" {
		t.Errorf("%s: the example is not the answer:\n%s", name, diff)
	}
}

// TestSuccessIsTheAnswer: the example of a successful answer is what the server answers to the example call, but for
// ids and dates; of each delivery and document there is one. What rests on stored things shows those of the other
// examples. The 200 of a repeated request for a system user is the answer to the second of two calls.
func TestSuccessIsTheAnswer(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{
		"kobo": 2, "maskinporten": 4, "dialogporten": 3,
		// of each answer in JSON but the exchanged token, which is signed anew each time
		"authentication": 28,
	}
	for _, api := range known.APIs {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			server := testkit.ServerAt(t, testkit.Noon)
			found, created := 0, ""
			operations := operationsOf(documentOf(t, server, api.Name))
			slices.SortStableFunc(operations, func(a, b operation) int { return strings.Compare(b.method, a.method) })
			for _, o := range operations { // a POST before a GET
				id, _, _ := strings.Cut(o.value["operationId"].(string), "_2")
				i := slices.IndexFunc(api.Routes, func(r *catalog.Route) bool {
					return strings.TrimSuffix(id, "_3") == r.Name
				})
				responses := o.value["responses"].(map[string]any)
				for status, response := range responses {
					example := at(response, "content", "application/json", "examples", "example", "value")
					if example == nil {
						continue
					}
					found++
					if api.Name == "authentication" { // whose good calls register a system
						if err := server.Reset(); err != nil {
							t.Fatal(err)
						}
					}
					c := testkit.GoodCall(t, server, api, api.Routes[i])
					c.Path = o.path
					if sent := at(o.value, "requestBody", "content", "application/json", "example"); sent != nil &&
						api.Name == "kobo" {
						c.Body, err = json.Marshal(sent)
						if err != nil {
							t.Fatal(err)
						}
					}
					if created != "" {
						c.Params["koboBoligId"] = created
					}
					answer := c.Do(server)
					if responses["201"] != nil && status == "200" && api.Name == "authentication" {
						answer = c.Do(server)
					}
					if fmt.Sprint(answer.Code) != status {
						t.Errorf("%s %s: answered %d %s, documented as %s", o.method, o.path, answer.Code, answer.Body,
							status)
						continue
					}
					var got any
					testkit.Decode(t, answer, &got)
					created, _ = at(got, "koboId").(string)
					if diff := gocmp.Diff(held(t, example), held(t, got)); diff != "" {
						t.Errorf("%s %s: the example is not the answer:\n%s", o.method, o.path, diff)
					}
				}
			}
			want, counted := counts[api.Name]
			if !counted {
				want = 2
			}
			if found != want && (api.Example != nil || api.Family == api.Name) {
				t.Errorf("%d examples, want %d", found, want)
			}
		})
	}
}

// held returns a value with ids and the dates of changes replaced.
func held(t *testing.T, value any) (replaced any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAll(text, []byte("ID"))
	text = regexp.MustCompile(`"created":"[^"]*"`).ReplaceAll(text, []byte(`"created":0`))
	text = regexp.MustCompile(`("meta":\{[^}]*\})`).ReplaceAll(text, []byte(`"meta":0`))
	if err := json.Unmarshal(text, &replaced); err != nil {
		t.Fatal(err)
	}
	return replaced
}

// TestSteady: a document is the same a day later, so that one in a repository does not change without a reason.
func TestSteady(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bsu", "kobo", "dialogporten", "all"} {
		var texts [2][]byte
		for i := range texts {
			text, err := testkit.Catalog(t).OpenAPI(name, mock.OpenAPIOptions{
				At: testkit.Noon.Add(time.Duration(i) * 24 * time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = text
		}
		if diff := gocmp.Diff(string(texts[0]), string(texts[1])); diff != "" {
			t.Errorf("%s: %.1000s", name, diff)
		}
	}
}

// TestYAML: the document in YAML is the one in JSON.
func TestYAML(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	for _, name := range []string{"bsu", "kobo", "maskinporten", "control"} {
		w := get(t, server, "/_sandkasse/openapi/"+name+".yaml")
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/yaml" {
			t.Fatalf("%s: answered %d %s", name, w.Code, w.Header().Get("Content-Type"))
		}
		var inYAML any
		if err := yaml.Unmarshal(w.Body.Bytes(), &inYAML); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := json.Marshal(inYAML)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(documentOf(t, server, name), got); diff != "" {
			t.Errorf("%s: %.2000s", name, diff)
		}
	}
}

// TestAll: the document of everything has each operation of the others, with the label in its path and its id, and
// no reference that leads nowhere.
func TestAll(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	all := documentOf(t, server, "all")
	found := map[string]operation{}
	for _, o := range operationsOf(all) {
		found[o.value["operationId"].(string)] = o
	}
	count := 0
	for _, api := range backend.Of(server).Catalog.APIs {
		document := documentOf(t, server, api.Name)
		for _, o := range operationsOf(document) {
			count++
			same := found[api.Label+"_"+o.value["operationId"].(string)]
			if same.path != "/"+api.Label+o.path || same.method != o.method ||
				len(at(same.value, "responses").(map[string]any)) != len(at(o.value, "responses").(map[string]any)) {
				t.Errorf("%s %s of %s is %s %s in all", o.method, o.path, api.Name, same.method, same.path)
			}
		}
		if (at(document, "webhooks") != nil) != (api.Name == "kobo") {
			t.Errorf("%s: webhooks %v", api.Name, at(document, "webhooks"))
		}
	}
	control := documentOf(t, server, "control")
	for _, o := range operationsOf(control) {
		count++
		if same := found["control_"+o.value["operationId"].(string)]; same.path != o.path {
			t.Errorf("%s %s of control is %s %s in all", o.method, o.path, same.method, same.path)
		}
	}
	if len(found) != count {
		t.Errorf("%d operations, the others have %d", len(found), count)
	}
	for _, document := range []map[string]any{all, control} {
		references(document, func(reference string) {
			names := strings.Split(strings.TrimPrefix(reference, "#/"), "/")
			if at(document, names...) == nil && !strings.Contains(reference, "%") {
				t.Errorf("%s leads nowhere", reference)
			}
		})
	}
}

// references calls visit with each reference in a value.
func references(value any, visit func(string)) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if reference, ok := member.(string); ok && name == "$ref" {
				visit(reference)
				continue
			}
			references(member, visit)
		}
	case []any:
		for _, element := range value {
			references(element, visit)
		}
	}
}

// TestServers: servers has the public address of the call.
func TestServers(t *testing.T) {
	t.Parallel()
	const base = "https://sandkasse.corp.no/test"
	for _, test := range []struct {
		name    string
		options mock.Options
		path    string
		header  [2]string
		want    string
	}{
		{"as asked", mock.Options{}, "/_sandkasse/openapi/kobo.json", [2]string{}, "http://example.com/kobo"},
		{
			"in a session",
			mock.Options{},
			"/_session/suite-1/_sandkasse/openapi/kobo.json",
			[2]string{},
			"http://example.com/_session/suite-1/kobo",
		},
		{
			"with a scenario",
			mock.Options{},
			"/_scenario/slow/_sandkasse/openapi/kobo.json",
			[2]string{},
			"http://example.com/_scenario/slow/kobo",
		},
		{"control", mock.Options{}, "/_sandkasse/openapi/control.json", [2]string{}, "http://example.com"},
		{"all", mock.Options{}, "/_sandkasse/openapi/all.json", [2]string{}, "http://example.com"},
		{
			"base address",
			mock.Options{BaseURL: base},
			"/_sandkasse/openapi/bsu.json",
			[2]string{},
			base + "/innrapporteringbsu",
		},
		{
			"proxy",
			mock.Options{BehindProxy: []string{"loopback"}},
			"/_sandkasse/openapi/bsu.json",
			[2]string{"Forwarded", "proto=https;host=sandkasse.test"},
			"https://sandkasse.test/innrapporteringbsu",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := testkit.NewServer(t, test.options)
			r := httptest.NewRequest("GET", test.path, nil)
			r.RemoteAddr = "127.0.0.1:4711"
			if test.header[0] != "" {
				r.Header.Set(test.header[0], test.header[1])
			}
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			var document struct{ Servers []struct{ URL string } }
			testkit.Decode(t, w, &document)
			if len(document.Servers) != 1 || document.Servers[0].URL != test.want {
				t.Errorf("servers %v, want %s", document.Servers, test.want)
			}
		})
	}
}

// TestOwn: the document says what is Sandkasse's own, and what an API demands.
func TestOwn(t *testing.T) {
	t.Parallel()
	document := documentOf(t, testkit.ServerAt(t, testkit.Noon), "kobo")
	parameters := at(document, "components", "parameters").(map[string]any)
	for _, name := range []string{"Sandkasse-Scenario", "Sandkasse-Session"} {
		if at(parameters, name, "x-sandkasse") != true || at(parameters, name, "in") != "header" {
			t.Errorf("%s is %v", name, parameters[name])
		}
	}
	scenarios := at(parameters, "Sandkasse-Scenario", "x-sandkasse-scenarios")
	if at(scenarios, "lost-answer") == nil || at(scenarios, "V4") != "404 V4 Boligen finnes ikke" {
		t.Errorf("the scenarios are %v", scenarios)
	}
	for _, o := range operationsOf(document) {
		var names []string
		for _, one := range o.value["parameters"].([]any) {
			name, _ := at(one, "name").(string)
			reference, _ := at(one, "$ref").(string)
			names = append(names, name+reference[strings.LastIndex(reference, "/")+1:])
		}
		for _, name := range []string{"x-kobo-systemid", "Sandkasse-Scenario", "Sandkasse-Session"} {
			if !slices.Contains(names, name) {
				t.Errorf("%s %s has the parameters %v", o.method, o.path, names)
			}
		}
	}
	bsu := documentOf(t, testkit.ServerAt(t, testkit.Noon), "bsu")
	security := at(bsu, "paths", "/v1/{inntektsaar}", "post", "security")
	if diff := gocmp.Diff([]any{map[string]any{
		"maskinporten": []any{"skatteetaten:innrapporteringboligsparingungdom"},
	}}, security); diff != "" {
		t.Error(diff)
	}
	if at(bsu, "components", "securitySchemes", "maskinporten", "scheme") != "bearer" {
		t.Error("there is no bearer token")
	}
	inntektsaar := at(bsu, "components", "schemas", "Leveranse", "properties", "inntektsaar")
	if description := at(inntektsaar, "description"); description != "Inntektsåret leveransen gjelder" {
		t.Errorf("the description is %v", description)
	}
}

// TestOwnAPI: an API of a folder has a document, alone and in that of everything.
func TestOwnAPI(t *testing.T) {
	t.Parallel()
	server := testkit.NewServer(t, mock.Options{APIs: mock.Dir(testkit.OwnAPI(t))})
	egg := operationsOf(documentOf(t, server, "egg"))
	if len(egg) != 2 || at(egg[0].value, "requestBody", "content", "application/json", "example") == nil {
		t.Errorf("egg has %d operations, or no example", len(egg))
	}
	label := backend.Of(server).Catalog.ByName("egg").Label
	if at(documentOf(t, server, "all"), "paths", "/"+label+"/v1/{inntektsaar}", "post") == nil {
		t.Error("egg is missing in all")
	}
}

// TestWithoutServer: a catalogue has the documents of a server.
func TestWithoutServer(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	for _, name := range []string{"bsu", "kobo", "control", "all"} {
		for _, inYAML := range []bool{false, true} {
			ending := map[bool]string{false: ".json", true: ".yaml"}[inYAML]
			text, err := testkit.Catalog(t).OpenAPI(name, mock.OpenAPIOptions{
				BaseURL: "http://example.com", At: testkit.Noon, YAML: inYAML,
			})
			if err != nil || !bytes.Equal(text, get(t, server, "/_sandkasse/openapi/"+name+ending).Body.Bytes()) {
				t.Errorf("%s%s differs: %v", name, ending, err)
			}
		}
	}
}

// TestUnknown: a name that no document has is refused, with those that there are.
func TestUnknown(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	for path, want := range map[string]string{
		"bsuu.json": "did you mean bsu?", "bsu": "bsu.json", "bsu.xml": "bsu.xml.json", ".json": "control, all",
	} {
		w := get(t, server, "/_sandkasse/openapi/"+path)
		if w.Code != 404 || !strings.Contains(w.Body.String(), want) || w.Header().Get("Sandkasse-Feil") == "" {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
		testkit.IsPlain(t, path, w.Body.String())
	}
	_, err := testkit.Catalog(t).OpenAPI("bsuu", mock.OpenAPIOptions{})
	if !isUnknown(err) {
		t.Errorf("the error is %v", err)
	}
	if _, err := testkit.Catalog(t).OpenAPI("bsu", mock.OpenAPIOptions{BaseURL: "localhost"}); err == nil {
		t.Error("an address without a scheme is accepted")
	}
}

// TestNothingIsKept: a document leaves no memory in use on the server.
func TestNothingIsKept(t *testing.T) { // not parallel: it measures
	server := testkit.ServerAt(t, testkit.Noon)
	inUse := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	documentOf(t, server, "all") // compiles the schemas, as calls do
	before := inUse()
	for range 10 {
		get(t, server, "/_sandkasse/openapi/all.json")
	}
	if after := inUse(); after > before+1<<20 {
		t.Errorf("%d bytes are in use after ten documents, %d before", after, before)
	}
}

// BenchmarkDocuments makes all documents, in both notations.
func BenchmarkDocuments(b *testing.B) {
	known, err := mock.LoadCatalog(nil)
	if err != nil {
		b.Fatal(err)
	}
	names := []string{"control", "all"}
	for _, api := range known.APIs(testkit.Noon) {
		names = append(names, api.Name)
	}
	for b.Loop() {
		for _, name := range names {
			for _, inYAML := range []bool{false, true} {
				text, err := known.OpenAPI(name, mock.OpenAPIOptions{At: testkit.Noon, YAML: inYAML})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(text)))
			}
		}
	}
}
