package examples

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// language is the program that reads a file in YAML.
type language string

const (
	composeFile    language = "compose"
	envoyFile      language = "envoy"
	kubernetesFile language = "kubernetes"
	workflowFile   language = "workflow" // of GitHub
	pipelineFile   language = "pipeline" // of GitLab
	ownFile        language = "own"      // of Sandkasse
)

// languageOf returns which program reads a file, by its members; empty for a file that no test
// knows.
func languageOf(t *testing.T, text string) language {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var members map[string]any
	if err := decoder.Decode(&members); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%v\n%s", err, text)
	}
	has := func(name string) bool { _, ok := members[name]; return ok }
	switch {
	case has("static_resources"):
		return envoyFile
	case has("apiVersion"):
		return kubernetesFile
	case has("jobs"):
		return workflowFile
	case has("services"):
		return composeFile
	case has("clients"), has("steps"), has("addr"), len(members) == 0:
		return ownFile
	}
	for _, member := range members {
		if job, ok := member.(map[string]any); ok && job["script"] != nil {
			return pipelineFile
		}
	}
	return ""
}

// faultsOf returns what the program that reads a file says about it; empty for a good one.
func faultsOf(t *testing.T, kind language, text string) string {
	t.Helper()
	var command *exec.Cmd
	switch kind {
	case composeFile, envoyFile, kubernetesFile:
		command = exec.CommandContext(t.Context(), "go", "run", "-C", "parse", ".", string(kind))
	case workflowFile:
		command = exec.CommandContext(t.Context(), "go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
			"-shellcheck=", "-pyflakes=", "-")
	case pipelineFile:
		return faultsOfPipeline(t, text)
	default:
		t.Fatalf("no program reads %q", kind)
	}
	command.Env = environment("GOFLAGS=-mod=mod")
	command.Stdin = strings.NewReader(text)
	if output, err := command.CombinedOutput(); err != nil {
		return err.Error() + "\n" + string(output)
	}
	return ""
}

// faultsOfPipeline checks a pipeline of GitLab by GitLab's own schema, and that its jobs fit
// together.
func faultsOfPipeline(t *testing.T, text string) string {
	t.Helper()
	program := filepath.Join(nodeModules(t, "gitlab-ci-local"), "node_modules/gitlab-ci-local/src/index.js")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".gitlab-ci.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{
		{"git", "init", "--quiet"},
		{
			"git", "-c", "user.name=example", "-c", "user.email=example@example.org", "commit", "--quiet",
			"--allow-empty", "--message", "example",
		},
		{tool(t, "node", "apt-get install nodejs npm"), program, "--list"},
	} {
		command := exec.CommandContext(t.Context(), words[0], words[1:]...)
		command.Dir = dir
		var output bytes.Buffer
		command.Stdout, command.Stderr = &output, &output
		if err := command.Run(); err != nil || strings.Contains(output.String(), "Invalid .gitlab-ci.yml") {
			return output.String()
		}
	}
	return ""
}

// parses returns a check that has a file read by its program, and a broken one refused: what stands
// for a regular expression in it is replaced.
func parses(want language, pattern, broken string) func(*testing.T, string) {
	return func(t *testing.T, file string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsesText(t, want, string(text), pattern, broken)
	}
}

func parsesText(t *testing.T, want language, text, pattern, broken string) {
	t.Helper()
	if !toolsRequired {
		t.Skip("the programs that parse it are built with the tag examples only, since they are downloaded")
	}
	if kind := languageOf(t, text); kind != want {
		t.Fatalf("it is taken for a file of %s, want %s", kind, want)
	}
	if faults := faultsOf(t, want, text); faults != "" {
		t.Error(faults)
	}
	if pattern == "" {
		return
	}
	place := regexp.MustCompile(pattern).FindStringIndex(text)
	if place == nil {
		t.Fatalf("there is no %s to break", pattern)
	}
	if faultsOf(t, want, text[:place[0]]+broken+text[place[1]:]) == "" {
		t.Errorf("it is accepted too with %s in place of %s", broken, pattern)
	}
}

// TestDocuments has each block of YAML in a document read by the program that it is for.
func TestDocuments(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	block := regexp.MustCompile("(?ms)^```yaml([^\n]*)\n(.*?)^```$")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range block.FindAllStringSubmatchIndex(string(text), -1) {
			if strings.Contains(string(text[match[2]:match[3]]), "file=") {
				continue // the tests of the documents save it as that file and use it
			}
			line, yamlText := 1+strings.Count(string(text[:match[0]]), "\n"), string(text[match[4]:match[5]])
			switch kind := languageOf(t, yamlText); kind {
			case ownFile: // the tests of the documents use it
			case "":
				t.Errorf("%s:%d: no test knows which program reads this", name, line)
			default:
				count++
				t.Run(filepath.Base(name)+"/"+string(kind), func(t *testing.T) {
					t.Parallel()
					parsesText(t, kind, yamlText, "", "")
				})
			}
		}
	}
	if count < 4 {
		t.Errorf("%d blocks found", count)
	}
}
