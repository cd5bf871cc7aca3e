package catalogue

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/testkit"
)

// altinnStatus returns the status of a good call to Altinn's authentication.
func altinnStatus(route *catalog.Route) int {
	switch {
	case strings.HasSuffix(route.Name, "-create") && route.Name != "system-create":
		return http.StatusCreated
	case route.Name == "request-delete", route.Name == "change-delete":
		return http.StatusAccepted
	}
	return http.StatusOK
}

// isAltinnProblem checks an error of Altinn's authentication that has no code of Altinn's.
func isAltinnProblem(t *testing.T, row feil.Row, answer *httptest.ResponseRecorder) {
	t.Helper()
	if answer.Code != row.Status {
		t.Errorf("answered %d, the table has %d", answer.Code, row.Status)
	}
	switch answer.Code {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusInternalServerError:
		var body struct {
			Status               int
			Type, Title, TraceID string
		}
		testkit.Decode(t, answer, &body)
		if body.Status != row.Status || body.Type == "" || body.Title == "" || body.TraceID == "" ||
			answer.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("answered %v %+v", answer.Header(), body)
		}
	case http.StatusGone:
		if answer.Body.String() != row.Melding {
			t.Errorf("answered %s", answer.Body)
		}
	default:
		if answer.Body.Len() != 0 || answer.Header().Get("Content-Type") != "" {
			t.Errorf("answered %v %s, want no body", answer.Header(), answer.Body)
		}
	}
}
