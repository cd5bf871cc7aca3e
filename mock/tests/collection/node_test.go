//go:build node

package collection

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// TestPrograms: Postman's runner, Bruno's and httpyac, which reads the files of JetBrains' HTTP
// Client, send all requests and find every answer as the collection expects it. It is built with the
// tag node; the folder NODE_CLIENTS has node_modules with newman, @usebruno/cli and httpyac, which
// .ci/run installs.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, program := range []struct {
		format  mock.CollectionFormat
		command []string
		passed  string // in its output; two numbers are of requests, and of good ones
	}{
		{
			mock.CollectionPostman,
			[]string{"newman", "run", "sandkasse.postman_collection.json", "--disable-unicode"},
			`(assertions) \|\s+\d+ \|\s+0 \|`,
		},
		{mock.CollectionBruno, []string{"bru", "run", "-r", "."}, `Requests\s+. (\d+) \((\d+) Passed\)`},
		{
			mock.CollectionJetBrains,
			[]string{"httpyac", "send", "sandkasse.http", "--all", "--output-failed", "short", "--output", "none"},
			`(\d+) requests processed \((\d+) succeeded\)`,
		},
	} {
		t.Run(string(program.format), func(t *testing.T) {
			t.Parallel()
			binary, err := filepath.Abs(
				filepath.Join(os.Getenv("NODE_CLIENTS"), "node_modules", ".bin", program.command[0]),
			)
			if err == nil {
				_, err = os.Stat(binary)
			}
			if err != nil {
				t.Fatalf(
					"npm install --prefix DIR newman@6 @usebruno/cli@4 httpyac@6, and set NODE_CLIENTS=DIR: %v",
					err,
				)
			}
			s := mocktest.Start(t)
			catalog, err := mock.LoadCatalog(nil)
			if err != nil {
				t.Fatal(err)
			}
			files, err := catalog.Collection(program.format, s.Mock().URL(""))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, files); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, binary, program.command[1:]...)
			command.Dir = dir
			command.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "CI=true")
			output, err := command.CombinedOutput()
			found := regexp.MustCompile(program.passed).FindStringSubmatch(string(output))
			if err != nil || found == nil || found[1] != found[len(found)-1] {
				t.Errorf("%s: %v\n%s", strings.Join(program.command, " "), err, output[max(0, len(output)-5_000):])
			}
			if calls := s.Calls(mock.CallQuery{}); len(calls) < 75 {
				t.Errorf("%d calls were made", len(calls))
			}
		})
	}
}
