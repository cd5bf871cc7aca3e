package catalogue

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"

	"sandkasse/mock"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
)

// documents holds a validator for each API, which is another program's reading of its OpenAPI document.
var documents sync.Map

// validatorOf returns the validator of an API, with the folder dir laid over the catalogue unless that is empty.
func validatorOf(t *testing.T, dir string, api *catalog.API) validator.Validator {
	t.Helper()
	made, _ := documents.LoadOrStore(dir+"/"+api.Name, sync.OnceValues(func() (validator.Validator, error) {
		known, err := mock.LoadCatalog(mock.Dir(dir))
		if err != nil {
			return nil, err
		}
		text, err := known.OpenAPI(api.Name, mock.OpenAPIOptions{BaseURL: "http://example.com", At: testkit.Noon})
		if err != nil {
			return nil, err
		}
		document, err := libopenapi.NewDocument(text)
		if err != nil {
			return nil, err
		}
		v, errs := validator.NewValidator(document, config.WithFormatAssertions())
		if len(errs) > 0 {
			return nil, errs[0]
		}
		if ok, faults := v.ValidateDocument(); !ok {
			return nil, fmt.Errorf("the document is not valid: %v", faults)
		}
		return v, nil
	}))
	v, err := made.(func() (validator.Validator, error))()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// isDocumented checks that an answer is one that the document of the API has for the operation. With
// fewer data it asks of one API where there are many alike: a validator takes some 300 MB of a race
// detector.
func isDocumented(
	t *testing.T, dir string, api *catalog.API, good *testkit.APICall, answer *httptest.ResponseRecorder,
) {
	t.Helper()
	if testkit.LeftOut(api.Name) {
		return
	}
	path := strings.TrimSuffix(good.Path, "/") // K662
	for name, value := range good.Params {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	request := httptest.NewRequest(good.Method, "http://example.com/"+api.Label+path, nil)
	response := &http.Response{
		StatusCode: answer.Code, Header: answer.Header(), Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
		Request: request,
	}
	if ok, faults := validatorOf(t, dir, api).ValidateHttpResponse(request, response); !ok {
		for _, fault := range faults {
			t.Errorf("%s %s: %d is not as documented: %s: %s", good.Method, good.Path, answer.Code, fault.Message,
				fault.Reason)
			for _, one := range fault.SchemaValidationErrors {
				t.Errorf("  at %s: %s", one.FieldPath, one.Reason)
			}
		}
	}
}

// TestDocumentRefuses: the validator that the walk asks is not one that accepts anything.
func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	known, err := catalogueOf("")
	if err != nil {
		t.Fatal(err)
	}
	api := known.ByName("bsu")
	call := testkit.GoodCall(t, server, api, api.Routes[0])
	path := "http://example.com/" + api.Label + "/v1/2023"
	for name, test := range map[string]struct {
		status      int
		contentType string
		body        string
		valid       bool
	}{
		"a receipt":          {200, "application/json", call.Do(server).Body.String(), true},
		"no member":          {200, "application/json", "{}", false},
		"a member too few":   {400, "application/json", `{"kode": "GLD_006", "melding": "x"}`, false},
		"a member of a kind": {400, "application/json", `{"kode": 6, "melding": "x", "korrelasjonsid": "y"}`, false},
		"an unknown status":  {418, "application/json", `{"kode": "A", "melding": "x", "korrelasjonsid": "y"}`, false},
		"another type":       {400, "text/html", "<p>", false},
	} {
		request := httptest.NewRequest(http.MethodPost, path, nil)
		response := &http.Response{
			StatusCode: test.status, Header: http.Header{"Content-Type": {test.contentType}},
			Body: io.NopCloser(strings.NewReader(test.body)), Request: request,
		}
		if ok, faults := validatorOf(t, "", api).ValidateHttpResponse(request, response); ok != test.valid {
			t.Errorf("%s: %t %v", name, ok, faults)
		}
	}
}
