package transport

import (
	"os"
	"path/filepath"
	"testing"

	"sandkasse/mock/mocktest"
)

// caFile stores the CA of a server as it gives it, and returns the file.
func caFile(t *testing.T, s *mocktest.Session) string {
	t.Helper()
	_, text := get(t, s.Client(), s.URL("")+"/_sandkasse/ca.pem")
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
