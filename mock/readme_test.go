package mock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeClients: the clients file of the README is one.
func TestReadmeClients(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\nclients:")
	yaml, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("the README has no clients file")
	}
	file := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(file, []byte("clients:"+yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Clients: file})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}
