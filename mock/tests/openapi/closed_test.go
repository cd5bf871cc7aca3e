package openapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// TestUnknownMembers: the documents of a server that refuses unknown members refuse them at each level, by an
// independent validator, and those of another one allow them. Both allow the example.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	for unknown, refused := range map[mock.UnknownMembers]bool{mock.AcceptUnknown: false, mock.RefuseUnknown: true} {
		server := testkit.NewServer(t, mock.Options{
			Clock: testkit.ClockAt(testkit.Noon).Now, APIs: mock.Dir(testkit.OwnAPI(t)), UnknownMembers: unknown,
		})
		for _, api := range backend.Of(server).Catalog.APIs {
			if api.Example == nil {
				continue
			}
			t.Run(string(unknown)+" "+api.Name, func(t *testing.T) {
				t.Parallel()
				text := get(t, server, "/_sandkasse/openapi/"+api.Name+".json").Body.Bytes()
				document, err := libopenapi.NewDocument(text)
				if err != nil {
					t.Fatal(err)
				}
				v, errs := validator.NewValidator(document)
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				valid := func(body string) bool {
					path := "/" + api.Label + strings.ReplaceAll(api.Routes[0].Paths[0], "{inntektsaar}", "2023")
					r := httptest.NewRequest("POST", "http://example.com"+path, strings.NewReader(body))
					r.Header = http.Header{
						"Content-Type": {"application/json"}, "Authorization": {"Bearer x"},
						"Idempotencykey": {"7c9e6679-7425-40de-944b-e07fc1f90ae7"},
					}
					ok, _ := v.GetRequestBodyValidator().ValidateRequestBody(r)
					return ok
				}
				example := string(api.Example)
				if !valid(example) {
					t.Error("the example is refused")
				}
				changed := 0
				for i, r := range example { // a member more in each object
					if r != '{' {
						continue
					}
					changed++
					body := example[:i+1] + `"ukjent": 1, ` + example[i+1:]
					if valid(body) == refused {
						t.Errorf("refused is %v, of %.80s", !refused, body[i:])
					}
				}
				if changed < 3 {
					t.Errorf("%d objects were changed", changed)
				}
			})
		}
	}
}
