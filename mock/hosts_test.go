package mock

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestHostOfListener: the control API answers under the name that the server was told to listen on,
// and under no other.
func TestHostOfListener(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	status := func(host string) int {
		r := httptest.NewRequest(http.MethodGet, "/_sandkasse/health", nil)
		r.Host = host
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, r)
		return recorder.Code
	}
	if got := status("myhost.corp.no:8080"); got != http.StatusMisdirectedRequest {
		t.Errorf("before it listens there, the host gets %d", got)
	}
	s.addHost("MyHost.corp.no.:8080")
	if got, other := status("myhost.corp.no:8080"), status("other.corp.no"); got != http.StatusOK ||
		other != http.StatusMisdirectedRequest {
		t.Errorf("the host it listens on gets %d, another %d", got, other)
	}
}
