package mock_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sandkasse/mock"
)

// TestCloseEndsCallsInAServerOfTheCallers: a server that is only the handler of another closes too,
// and ends what waits there.
func TestCloseEndsCallsInAServerOfTheCallers(t *testing.T) {
	t.Parallel()
	s, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	outer := httptest.NewServer(s)
	defer outer.Close()
	defer outer.CloseClientConnections() // or Close would wait for what does not end
	ended := make(chan struct{}, 2)
	for _, path := range []string{"/_sandkasse/calls/live", "/_sandkasse/calls?wait=120s"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, outer.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer func() { ended <- struct{}{} }()
			answer, err := outer.Client().Do(r)
			if err != nil {
				return
			}
			defer answer.Body.Close()
			for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			}
		}()
	}
	time.Sleep(100 * time.Millisecond) // both have perhaps begun; the others end at once
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("Close took %v", took)
	}
	for range 2 {
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("a call that waits does not end with the server")
		}
	}
}
