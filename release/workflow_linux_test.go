package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// workflow holds the steps of a workflow of GitHub.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct{ Name, Run string }
	}
}

// stubs are commands that write down how they are called. That of go makes what the program makes.
var stubs = map[string]string{
	"go": `case "$*" in
*" notes "*) echo "- Much." ;;
*" build "*) ln -s "$RELEASED" dist ;;
esac`,
	"npm": "", "gh": "",
}

// TestReleaseWorkflow runs the commands of the workflow, with stubs for Go, npm and GitHub: they
// publish all files and packages, in an order in which nobody finds half of them, and a version
// before a release is not the latest.
func TestReleaseWorkflow(t *testing.T) {
	t.Parallel()
	out := released(t)
	for version, want := range map[string]struct{ npm, gh string }{
		testVersion: {npm: "latest"}, "1.3.0-rc.1": {npm: "next", gh: "--prerelease "},
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			calls := runWorkflow(t, out, version)
			published := []string{}
			for _, call := range calls {
				publish := "npm publish --provenance --tag " + want.npm + " ./dist/npm/"
				if folder, is := strings.CutPrefix(call, publish); is {
					published = append(published, folder)
				}
			}
			if wanted := []string{
				"darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64", "sandkasse",
			}; !slices.Equal(published, wanted) {
				t.Errorf("published are %q, want %q", published, wanted)
			}
			files, err := os.ReadDir(filepath.Join(out, "files"))
			if err != nil {
				t.Fatal(err)
			}
			all := ""
			for _, file := range files {
				all += " dist/files/" + file.Name()
			}
			for _, wanted := range []string{
				"go run -C release . notes -version " + version,
				"go run -C release . build -version " + version + " -source " + testSource + " -out ../dist",
				"go run -C release . push -from ../dist -image registry.example/sandkasse",
				"gh release create v" + version + " --verify-tag --title v" + version + " --notes-file notes.md " +
					want.gh + strings.TrimPrefix(all, " "),
			} {
				if !slices.Contains(calls, wanted) {
					t.Errorf("missing is\n%s\nin\n%s", wanted, strings.Join(calls, "\n"))
				}
			}
			if last := calls[len(calls)-1]; !strings.HasPrefix(last, "gh release create ") {
				t.Errorf("the last command is %s", last)
			}
		})
	}
}

// runWorkflow runs the commands of release.yml in an empty folder and returns the calls of the
// stubs. What they call the program with must be a command line of it.
func runWorkflow(t *testing.T, out, version string) []string {
	t.Helper()
	var flow workflow
	if err := yaml.Unmarshal(readFile(t, "../.github/workflows/release.yml"), &flow); err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	log := filepath.Join(bin, "calls")
	for name, rest := range stubs {
		script := "#!/bin/sh\necho " + name + ` "$@" >>"$CALLS"` + "\n" + rest + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range flow.Jobs["release"].Steps {
		if step.Run == "" {
			continue
		}
		command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", step.Run)
		command.Dir = dir
		command.Env = []string{
			"PATH=" + bin + ":" + os.Getenv("PATH"), "CALLS=" + log, "RELEASED=" + out, "GITHUB_REF_NAME=v" + version,
			"SOURCE=" + testSource, "IMAGE=registry.example/sandkasse",
		}
		if _, err := output(command); err != nil {
			t.Fatalf("%s: %v", step.Name, err)
		}
	}
	calls := strings.Split(strings.TrimSpace(string(readFile(t, log))), "\n")
	for _, call := range calls {
		line, is := strings.CutPrefix(call, "go run -C release . ")
		if !is {
			continue
		}
		// with a root that is not there, nothing but the command line is looked at
		words := append(strings.Fields(line), "-root", filepath.Join(dir, "nowhere"), "-from", dir)
		if err := run(words, io.Discard, os.Getenv); err == nil || !strings.Contains(err.Error(), dir) &&
			!strings.Contains(err.Error(), "no such file") {
			t.Errorf("%s: %v", call, err)
		}
	}
	return calls
}
