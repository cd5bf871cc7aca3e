package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestReadmeConsole: the commands of the README that stand after a $ end well, and what they print begins as it stands below them.
func TestReadmeConsole(t *testing.T) {
	t.Parallel()
	dir, commands := t.TempDir(), 0
	for _, block := range strings.Split(readme(t), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, entry := range strings.Split("\n"+block, "\n$ ")[1:] {
			line, want, _ := strings.Cut(strings.TrimSuffix(entry, "\n"), "\n")
			command := exec.Command("sandkasse", strings.Fields(line)[1:]...)
			command.Dir = dir
			output, err := command.CombinedOutput()
			begin, _, _ := strings.Cut(want, "…")
			if err != nil || !strings.HasPrefix(string(output), begin) || want == "" && len(output) > 0 {
				t.Errorf("%s: %v; got %.200q, wanted %q", line, err, output, want)
			}
			commands++
		}
	}
	if commands < 7 {
		t.Errorf("%d commands stand in the README", commands)
	}
}
