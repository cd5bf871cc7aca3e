package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// jobStep is a command of a job in docs/ci.md. always says that it runs also where one before failed.
type jobStep struct {
	command string
	always  bool
}

// jobs returns the steps of the jobs in docs/ci.md, and the expected.json that they use.
func jobs(t *testing.T) (all map[string][]jobStep, expected string) {
	t.Helper()
	all = map[string][]jobStep{}
	for _, b := range blocks(document(t, "docs/ci.md")) {
		if b.is("json") && strings.HasPrefix(b.text, `{"calls"`) {
			expected = b.text
		}
		if !b.is("yaml") {
			continue
		}
		var file struct {
			Jobs map[string]struct {
				Steps []struct{ If, Run string }
			}
			Test struct {
				Script      []string
				AfterScript []string `yaml:"after_script"`
			}
		}
		if err := yaml.Unmarshal([]byte(b.text), &file); err != nil {
			t.Fatal(err)
		}
		for _, s := range file.Jobs["test"].Steps {
			if s.Run != "" {
				all["GitHub"] = append(all["GitHub"], jobStep{s.Run, s.If != ""})
			}
		}
		for _, command := range file.Test.Script {
			all["GitLab"] = append(all["GitLab"], jobStep{command, false})
		}
		for _, command := range file.Test.AfterScript {
			all["GitLab"] = append(all["GitLab"], jobStep{command, true})
		}
	}
	if len(all["GitHub"]) < 3 || len(all["GitLab"]) < 4 || expected == "" {
		t.Fatalf("docs/ci.md has the jobs %v and expects %q", all, expected)
	}
	return all, expected
}

// TestJobs runs the jobs of docs/ci.md with tests that pass: one whose client makes good calls
// succeeds; one whose client makes a call that is answered 4xx fails, and so does one whose client
// delivers twice. All keep their calls and the report.
func TestJobs(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("the jobs are for bash")
	}
	all, expected := jobs(t)
	for name, steps := range all {
		for _, c := range []struct {
			name  string
			keys  []string // of the delivery
			fails string   // the command that fails
		}{
			{"good", []string{firstKey}, ""},
			{"unexpected", []string{"no-key"}, "_sandkasse/verify"},
			{"twice", []string{firstKey, "0e984725-c51c-4bf4-9960-e1c80e27aba0"}, "_sandkasse/report"},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				p, dir := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--log-level", "error"), t.TempDir()
				tests := "#!/bin/sh\n"
				for _, key := range c.keys {
					tests += "curl --silent \"$SANDKASSE_URL/innrapporteringbsu/v1/2023\" " +
						"-H 'Content-Type: application/json' -H 'Authorization: Bearer " + tokenFor(t) + "' " +
						"-H 'idempotencyKey: " + key + "' -d '" + string(example(t)) + "'\n"
				}
				for file, text := range map[string]string{"run-tests": tests, "expected.json": expected} {
					if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil {
						t.Fatal(err)
					}
				}
				failed, summary := "", filepath.Join(dir, "summary.md")
				for _, s := range steps {
					if failed != "" && !s.always {
						continue
					}
					command := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", s.command)
					command.Dir = dir
					command.Env = append(os.Environ(), "SANDKASSE_URL="+p.url, "NO_PROXY=127.0.0.1",
						"GITHUB_STEP_SUMMARY="+summary)
					if output, err := command.CombinedOutput(); err != nil {
						failed = s.command
						t.Logf("%v: %s", err, output)
					}
				}
				if c.fails == "" && failed != "" || !strings.Contains(failed, c.fails) {
					t.Errorf("the command that fails is %q, want that with %q", failed, c.fails)
				}
				var har struct {
					Log struct {
						Entries []struct {
							Response struct{ Status int }
						}
					}
				}
				kept, err := os.ReadFile(filepath.Join(dir, "calls.har"))
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(kept, &har); err != nil || len(har.Log.Entries) != len(c.keys) {
					t.Errorf("%d calls are kept, want %d: %v", len(har.Log.Entries), len(c.keys), err)
				}
				report := map[string]string{"GitHub": summary, "GitLab": filepath.Join(dir, "report.xml")}[name]
				if text, err := os.ReadFile(report); err != nil || !strings.Contains(string(text), "coverage of bsu") &&
					!strings.Contains(string(text), "<summary>bsu: ") {
					t.Errorf("the report that is kept is %q, %v", text, err)
				}
			})
		}
	}
}

// TestJobsAreExamples: the files in docs/ci.md are those in examples, but for their first comments.
func TestJobsAreExamples(t *testing.T) {
	t.Parallel()
	text := document(t, "docs/ci.md")
	for _, name := range []string{"compose/compose.yaml", "github/test.yml", "gitlab/gitlab-ci.yml"} {
		lines := strings.SplitAfter(document(t, "examples/"+name), "\n")
		for strings.HasPrefix(lines[0], "#") {
			lines = lines[1:]
		}
		if !strings.Contains(text, "\n```yaml\n"+strings.Join(lines, "")+"```\n") {
			t.Errorf("docs/ci.md does not have examples/%s", name)
		}
	}
}
