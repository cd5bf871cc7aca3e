//go:build node || clients

package transport

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// withoutProxy returns the environment of the test without the proxies that it names.
func withoutProxy() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(strings.ToLower(variable), "=")
		return strings.HasSuffix(name, "_proxy")
	})
}

// example returns the path of a document for bsu.
func example(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../../fixtures/examples/bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// wantOutput runs a program, which must succeed and write these texts.
func wantOutput(t *testing.T, command *exec.Cmd, texts ...string) {
	t.Helper()
	output, err := command.CombinedOutput()
	for _, want := range texts {
		if err != nil || !strings.Contains(string(output), want) {
			t.Errorf("%s is missing (%v) in\n%s", want, err, output)
		}
	}
}

// wantCalls checks how many calls a session has.
func wantCalls(t *testing.T, s *mocktest.Session, name string, number int) {
	t.Helper()
	session, err := s.Server().Session(name)
	if err != nil {
		t.Fatal(err)
	}
	if calls := session.Calls(mock.CallQuery{}); len(calls) != number {
		t.Errorf("the session %s has %d calls, want %d", name, len(calls), number)
	}
}
