// Package examples runs the files in examples against a running server, or parses those that cannot
// be run here.
package examples

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// root is the path of the repository from here.
const root = "../../.."

// held says what holds each file in examples. A check may hold several files; the files that one
// needs beside it are held by the same.
var held = map[string]func(t *testing.T, file string){
	"README.md":                           namesAll,
	"compose/compose.yaml":                parses(composeFile, "depends_on", "depend_on"),
	"csharp/Delivery.cs":                  parsesAs(csharpFaults),
	"csharp/MaskinportenToken.cs":         parsesAs(csharpFaults),
	"csharp/SandkasseContainerTests.cs":   parsesAs(csharpFaults),
	"github/test.yml":                     parses(workflowFile, "runs-on", "run-on"),
	"gitlab/gitlab-ci.yml":                parses(pipelineFile, "services", "service"),
	"go/delivery/main.go":                 runsGo(delivers),
	"go/delivery/token.go":                runsGo(nil), // part of main.go
	"go/delivery/call.go":                 runsGo(nil), // part of main.go
	"go/delivery_test.go":                 testsGo,
	"go/embed/go.mod":                     hasRequirements,
	"go/embed/go.sum":                     hasRequirements,
	"go/embed/main.go":                    embeds,
	"go/testcontainers/go.mod":            hasRequirements,
	"go/testcontainers/go.sum":            hasRequirements,
	"go/testcontainers/sandkasse_test.go": compilesGo,
	"java/Delivery.java":                  runsJava(delivers),
	"java/Kobo.java":                      runsJava(letsHome),
	"java/MaskinportenToken.java":         runsJava(getsToken),
	"java/SandkasseContainerTest.java":    parsesAs(javaFaults),
	"kubernetes/sandkasse.yaml":           parses(kubernetesFile, "readOnlyRootFilesystem", "readOnlyRoot"),
	"python/delivery.py":                  runsPython(delivers),
	"python/kobo.py":                      runsPython(letsHome),
	"typescript/delivery.ts":              runsTypeScript(delivers),
	"typescript/package.json":             isProject,
	"typescript/testcontainers.test.ts":   compilesTypeScript,
	"typescript/token.ts":                 runsTypeScript(nil), // part of delivery.ts
	"typescript/tsconfig.json":            isProject,
	"typescript/webhook.ts":               receivesMessages,
}

// TestExamples runs or parses every example.
func TestExamples(t *testing.T) {
	t.Parallel()
	for file, check := range held {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			check(t, filepath.Join(root, "examples", file))
		})
	}
}

// TestHeld: each file in examples is run or parsed, and nothing is held that is not there.
func TestHeld(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, file := range files(t) {
		there[file] = true
		if held[file] == nil {
			t.Errorf("nothing runs or parses examples/%s; add it to the table in this file", file)
		}
	}
	for file := range held {
		if !there[file] {
			t.Errorf("there is no examples/%s", file)
		}
	}
}

// TestVariables: the variables in examples are those of flags, or of clients.
func TestVariables(t *testing.T) {
	t.Parallel()
	flags, err := os.ReadFile(filepath.Join(root, "docs/flags.md"))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\bSANDKASSE_[A-Z_]+\b`)
	for _, file := range files(t) {
		text, err := os.ReadFile(filepath.Join(root, "examples", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range variable.FindAllString(string(text), -1) {
			if name != "SANDKASSE_URL" && !strings.Contains(string(flags), "`"+name+"`") {
				t.Errorf("examples/%s has %s, which is no variable of a flag", file, name)
			}
		}
	}
}

// namesAll checks that the list of examples leads to each of them, or to its folder.
func namesAll(t *testing.T, list string) {
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files(t) {
		if file != "README.md" && !strings.Contains(string(text), "("+file+")") &&
			!strings.Contains(string(text), "("+path.Dir(file)+")") {
			t.Errorf("examples/README.md does not name %s", file)
		}
	}
}

// files returns the files in examples by their paths from there, without those that tools install.
func files(t *testing.T) (found []string) {
	t.Helper()
	dir := os.DirFS(filepath.Join(root, "examples"))
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "__pycache__") {
			return fs.SkipDir
		}
		if err == nil && !entry.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d examples: %v", len(found), err)
	}
	return found
}

// tool returns the path of a program. Where it is missing the test is skipped, or fails where the
// tools are required.
func tool(t *testing.T, name, install string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	if err != nil {
		missing(t, "%s is missing (%s)", name, install)
	}
	return file
}

// missing skips a test for which something is missing, or fails it where the tools are required.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if toolsRequired {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// nodeModules returns the folder with the packages of Node that the examples use.
func nodeModules(t *testing.T, packages ...string) string {
	t.Helper()
	dir := os.Getenv("NODE_CLIENTS")
	for _, name := range packages {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); dir == "" || err != nil {
			missing(t, "npm install --prefix DIR --ignore-scripts %s, and set NODE_CLIENTS=DIR; .ci/run has the "+
				"versions", strings.Join(packages, " "))
		}
	}
	return dir
}

// run runs a program at the root of the repository, with the server of a session in its
// environment, and returns what it prints.
func run(t *testing.T, s *mocktest.Session, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = root
	command.Env = environment("SANDKASSE_URL=" + s.URL(""))
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdout, err := command.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s%s", strings.Join(append([]string{name}, args...), " "), err, stdout, &stderr)
	}
	return string(stdout)
}

// environment returns that of the test without proxies, and with more variables.
func environment(more ...string) []string {
	return append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(strings.ToLower(variable), "=")
		return strings.HasSuffix(name, "_proxy")
	}), more...)
}

// expected says how an example is run, and checks what it prints and the calls that it made.
type expected struct {
	args  []string
	check func(t *testing.T, output string, s *mocktest.Session)
}

// runs returns a check that runs an example by a command, in a session whose feedback takes a
// while.
func (c *expected) runs(command func(t *testing.T, file string) []string) func(t *testing.T, file string) {
	return func(t *testing.T, file string) {
		if c == nil {
			return
		}
		t.Helper()
		words := append(command(t, file), c.args...)
		s := mocktest.StartWith(t, mock.Options{ProcessingDelay: 700 * time.Millisecond}).Session(t)
		c.check(t, run(t, s, words[0], words[1:]...), s)
	}
}

// fromRoot returns a path as it is from the root of the repository.
func fromRoot(file string) string { return strings.TrimPrefix(filepath.ToSlash(file), root+"/") }

func runsGo(c *expected) func(*testing.T, string) {
	return c.runs(func(t *testing.T, file string) []string {
		return []string{tool(t, "go", "it runs this test"), "run", "./" + path.Dir(fromRoot(file))}
	})
}

func runsPython(c *expected) func(*testing.T, string) {
	return c.runs(func(t *testing.T, file string) []string {
		return []string{tool(t, "python3", "apt-get install python3"), "-B", fromRoot(file)}
	})
}

func runsJava(c *expected) func(*testing.T, string) {
	return c.runs(func(t *testing.T, file string) []string {
		return []string{tool(t, "java", "apt-get install default-jdk-headless"), fromRoot(file)}
	})
}

func runsTypeScript(c *expected) func(*testing.T, string) {
	return c.runs(func(t *testing.T, file string) []string {
		return []string{tool(t, "node", "apt-get install nodejs npm"), compiled(t, file)}
	})
}

// moduleCommand runs the go command in the folder of a file, which is a module of its own, without a
// network.
func moduleCommand(t *testing.T, file string, words ...string) {
	t.Helper()
	if !toolsRequired && path.Base(filepath.ToSlash(filepath.Dir(file))) != "embed" {
		t.Skip("what it needs is downloaded with the tag examples only")
	}
	command := exec.CommandContext(t.Context(), "go", words...)
	command.Dir = filepath.Dir(file)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("go %s in %s: %v\n%s", strings.Join(words, " "), fromRoot(filepath.Dir(file)), err, output)
	}
}

// compilesGo type-checks a module whose tests need Docker.
func compilesGo(t *testing.T, file string) { moduleCommand(t, file, "vet", ".") }

// hasRequirements checks the requirements of a module of its own.
func hasRequirements(t *testing.T, file string) { moduleCommand(t, file, "mod", "tidy", "-diff") }

// embeds runs the module that embeds Sandkasse, as it says, and without a network.
func embeds(t *testing.T, file string) {
	command := exec.CommandContext(t.Context(), "go", "run", ".", "../../../fixtures/examples/bsu.json")
	command.Dir = filepath.Dir(file)
	command.Env = environment("GOPROXY=off", "GOFLAGS=")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v; go mod tidy in %s adds what Sandkasse has come to need\n%s", err,
			fromRoot(filepath.Dir(file)), output)
	}
	printed(t, string(output), `\{"dialogId":.*"antallOppgaver":5\}`, `call 1 was answered 200`)
}

// testsGo runs the tests of a folder of this module.
func testsGo(t *testing.T, file string) {
	command := exec.CommandContext(t.Context(), tool(t, "go", "it runs this test"), "test",
		"./"+path.Dir(fromRoot(file)))
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
