// Package apiimport tests APIs that are made from OpenAPI documents, on a running server.
package apiimport

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// imported imports a document of testdata, and compares what it reports.
func imported(t *testing.T, file string, notTaken, assumed []string) *mock.ImportedAPI {
	t.Helper()
	text, err := os.ReadFile(path.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	made, err := mock.ImportAPI(file, text)
	if err != nil {
		t.Fatal(err)
	}
	texts := func(faults []mock.Fault) (lines []string) {
		for _, fault := range faults {
			lines = append(lines, fault.String())
		}
		return lines
	}
	if diff := cmp.Diff(notTaken, texts(made.NotTaken)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(assumed, texts(made.Assumed)); diff != "" {
		t.Error(diff)
	}
	return made
}

// TestBoligsameie: the document of an API that is built in, of OpenAPI 3.0 in JSON, takes its place
// and keeps what the document does not say. The page's example is answered with 200, and what the
// document forbids is refused.
func TestBoligsameie(t *testing.T) {
	t.Parallel()
	made := imported(t, "boligsameie-api-1.0.0.json", []string{
		"boligsameie-api-1.0.0.json:107: #/paths/~1{inntektsaar}~1forsendelser~1{forsendelseId}~1dokumenter~1{dokumentId}/get/" +
			"responses/200: GET /{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId} is not answered as " +
			"application/pdf, text/csv, application/zip",
	}, nil)
	if made.Name != "innrapportering-boligsameie" || made.Label != "innrapporteringboligsameie" {
		t.Errorf("made is %s below /%s", made.Name, made.Label)
	}
	page, err := fs.ReadFile(examples.Embedded(), "innrapportering-boligsameie.json")
	if err != nil {
		t.Fatal(err)
	}
	answer := deliverAndFetch(t, made, "819897522", page)
	if answer["antallOppgaver"] != 2.0 || answer["oppgavegiversLeveranseReferanse"] != "Leveranse-1" {
		t.Errorf("the answer is %v", answer)
	}
	catalog, err := mock.LoadCatalog(made.Files)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.NewReplacer(`"0101"`, `"4101"`, `"91"`, `"x"`, `"inntektsaar": 2023`, `"inntektsaar": 999`).
		Replace(string(page))
	violations, err := catalog.Validate(made.Name, []byte(wrong))
	if err != nil {
		t.Fatal(err)
	}
	var stier []string
	for _, violation := range violations {
		stier = append(stier, violation.Sti)
	}
	want := []string{
		"/leveranse/inntektsaar",
		"/leveranse/oppgave/0/eiertid/start",
		"/leveranse/oppgave/1/eiertid/start",
	}
	if diff := cmp.Diff(want, stier); diff != "" {
		t.Error(diff)
	}
}

// TestBoligselskap: the document of an API whose delivery is a list of leveranser, of OpenAPI 3.1 in
// YAML, replaces the built-in one, and is served with its own example.
func TestBoligselskap(t *testing.T) {
	t.Parallel()
	file := "boligselskap-api-1.0.1.yaml"
	made := imported(t, file, []string{
		file + ":72: #/paths/~1{inntektsaar}~1forsendelser~1{forsendelseId}~1dokumenter~1{dokumentId}/get/responses/" +
			"200: GET /{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId} is not answered as application/pdf, " +
			"text/csv, application/zip",
	}, nil)
	example, err := fs.ReadFile(made.Files, "examples/boligselskap.json")
	if err != nil {
		t.Fatal(err)
	}
	answer := deliverAndFetch(t, made, "932061899", example)
	if entries, _ := answer["leveranseformaal"].([]any); len(entries) != 1 {
		t.Errorf("answered %v", answer)
	}
}

// TestOwnDocuments: from the document that Sandkasse makes of an API, the same API is made: it finds
// the same wrong in every document.
func TestOwnDocuments(t *testing.T) {
	t.Parallel()
	builtIn, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range builtIn.APIs(time.Now()) {
		if api.Schema == "" {
			continue
		}
		for _, yaml := range []bool{false, true} {
			text, err := builtIn.OpenAPI(api.Name, mock.OpenAPIOptions{YAML: yaml})
			if err != nil {
				t.Fatal(err)
			}
			made, err := mock.ImportAPI("own", text)
			if err != nil {
				t.Errorf("%s: %v", api.Name, err)
				continue
			}
			for _, fault := range append(made.NotTaken, made.Assumed...) {
				if !strings.Contains(fault.Text, "is on one machine only") &&
					!strings.Contains(fault.Text, "headers of the answer") {
					t.Errorf("%s: %s", api.Name, fault)
				}
			}
			again, err := mock.LoadCatalog(made.Files)
			if err != nil {
				t.Fatal(err)
			}
			shown, err := again.API(api.Name, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			shown.Schema = api.Schema
			if diff := cmp.Diff(api, shown); diff != "" {
				t.Error(diff)
			}
			if yaml { // the same schema
				continue
			}
			invalid, err := builtIn.GenerateInvalid(mock.InvalidOptions{Kind: api.Name})
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range invalid.Calls {
				if call.Body == nil {
					continue
				}
				want, err := builtIn.Validate(api.Name, call.Body)
				if err != nil {
					t.Fatal(err)
				}
				got, err := again.Validate(api.Name, call.Body)
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("%s, %s: %v %s", api.Name, call.Rule, err, diff)
				}
			}
		}
	}
}

// deliverAndFetch delivers a document of an organisation to an API, fetches it back, checks that one
// without a key is refused, and that generated ones are taken. It returns the answer to the
// delivery.
func deliverAndFetch(t *testing.T, made *mock.ImportedAPI, org string, document []byte) map[string]any {
	t.Helper()
	s := mocktest.StartWith(t, mock.Options{APIs: made.Files})
	send := func(method, path, key string, body []byte, status int) string {
		t.Helper()
		r, err := http.NewRequest(method, s.URL(made.Name)+path, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.Token(made.Name, org))
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("idempotencyKey", key)
		}
		answer, text := testkit.Send(t, http.DefaultClient, r)
		if answer.StatusCode != status {
			t.Errorf("%s %s is answered %s: %s", method, path, answer.Status, text)
		}
		return text
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(send("POST", "/v1/2023", testkit.FirstKey, document, 200)), &answer); err != nil {
		t.Fatal(err)
	}
	id, _ := answer["forsendelseId"].(string)
	if back := send("GET", "/v1/2023/forsendelser/"+id+"/dokumenter/"+id, "", nil, 200); back != string(document) {
		t.Errorf("the document is %s", back)
	}
	if text := send("POST", "/v1/2023", "", document, 400); !strings.Contains(text, "GLD_1028") {
		t.Errorf("without a key: %s", text)
	}
	catalog, err := mock.LoadCatalog(made.Files)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := catalog.Generate(mock.GenerateOptions{Kind: made.Name, Year: 2023, Org: org, Count: 3})
	if err != nil {
		t.Fatal(err)
	}
	number := 1
	for document, err := range documents {
		var text strings.Builder
		if err == nil {
			_, err = document.WriteTo(&text)
		}
		if err != nil {
			t.Fatal(err)
		}
		number++
		send("POST", "/v1/2023", testkit.UUID(number), []byte(text.String()), 200)
	}
	return answer
}
