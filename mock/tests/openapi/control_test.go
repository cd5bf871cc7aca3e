package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

func isUnknown(err error) bool {
	return errors.Is(err, mock.ErrUnknownAPI) && errors.As(err, new(*mock.ArgumentError))
}

// TestControl: the document of the control API has every operation that the index lists, with its parameters, and no
// other.
func TestControl(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	documented := map[string]operation{}
	for _, o := range operationsOf(documentOf(t, server, "control")) {
		documented[o.method+" "+o.path] = o
	}
	_, control, _ := strings.Cut(get(t, server, "/_sandkasse/").Body.String(), "\nControl:\n")
	listed := regexp.MustCompile(`(?m)^  ([A-Z]+) +http://example\.com(/_sandkasse/[^?\s]*)(\?\S*)?`).
		FindAllStringSubmatch(control, -1)
	if len(listed) < 40 {
		t.Fatalf("the index lists %d operations", len(listed))
	}
	for _, match := range listed {
		o, found := documented[match[1]+" "+match[2]]
		if !found {
			t.Errorf("%s %s is not in the document; mock/internal/control/operations.go lists operations", match[1],
				match[2])
		}
		delete(documented, match[1]+" "+match[2])
		var names []string
		parameters, _ := o.value["parameters"].([]any)
		for _, one := range parameters {
			name, _ := at(one, "name").(string)
			names = append(names, name)
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(match[3], "?"), "&") {
			if name, _, _ := strings.Cut(part, "="); name != "" && name != "FIELD" && !slices.Contains(names, name) {
				t.Errorf("%s %s has no parameter %s in the document", match[1], match[2], name)
			}
		}
	}
	for name := range documented {
		t.Errorf("%s is documented and not in the index", name)
	}
}

// TestControlAnswers: what the operations answer, and how they refuse, is as documented, by an independent validator.
func TestControlAnswers(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	text := get(t, server, "/_sandkasse/openapi/control.json").Body.Bytes()
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, faults := v.ValidateDocument(); !ok {
		t.Fatal(faults)
	}
	sak, home := stock(t, server)
	forsendelse := testkit.DeliverExample(t, server, testkit.FirstKey).ForsendelseID
	params := strings.NewReplacer("{api}", "bsu", "{file}", "bsu.json", "{number}", "1", "{name}", "lost-answer",
		"{kind}", "bsu", "{kilde}", "freg", "{id}", "fdvu-1", "{saksreferanse}", sak, "{koboBoligId}", home,
		"{forsendelse}", forsendelse, "{dokument}", forsendelse)
	good := 0
	for _, o := range operationsOf(documentOf(t, server, "control")) {
		path := params.Replace(o.path)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		switch {
		case strings.HasSuffix(o.path, "/live"):
			cancel() // the events end with the caller
		case strings.HasSuffix(o.path, "/token"):
			path += "?api=bsu&org=987654321"
		}
		var body []byte
		if example := at(o.value, "requestBody", "content", "application/json", "example"); example != nil {
			if body, err = json.Marshal(example); err != nil {
				t.Fatal(err)
			}
		}
		r := httptest.NewRequestWithContext(ctx, o.method, path, bytes.NewReader(body))
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code < 300 {
			good++
		}
		mediaType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		if mediaType == "application/x-ndjson" { // which the validator takes for JSON, and not for lines of it
			if at(o.value, "responses", strconv.Itoa(w.Code), "content", mediaType) == nil {
				t.Errorf("%s %s: %s is not documented", o.method, path, mediaType)
			}
			for line := range strings.Lines(w.Body.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s %s: %.80s is no JSON", o.method, path, line)
				}
			}
			continue
		}
		response := &http.Response{
			StatusCode: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())), Request: r,
		}
		if ok, faults := v.ValidateHttpResponse(r, response); !ok {
			for _, fault := range faults {
				t.Errorf("%s %s answered %d: %s: %s", o.method, path, w.Code, fault.Message, fault.Reason)
				for _, one := range fault.SchemaValidationErrors {
					t.Errorf("  at %s: %s", one.FieldPath, one.Reason)
				}
			}
		}
	}
	if good < 40 {
		t.Errorf("%d operations were carried out", good)
	}
}

// stock makes a call, a case and a home with a message about it, and returns the reference of the case and the id of
// the home.
func stock(t *testing.T, server *mock.Server) (sak, home string) {
	t.Helper()
	f := testkit.NewFDVU(t, server)
	home = f.OK("POST", "/kobobolig", testkit.Bolig).KoboID
	return f.NewSak(), home
}
