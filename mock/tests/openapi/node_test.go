//go:build node

package openapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// modules returns the folder NODE_CLIENTS with the node_modules of the tools here, which .ci/run installs. The tests
// are built with the tag node.
func modules(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NODE_CLIENTS")
	for _, name := range []string{
		"@redocly/cli", "openapi-typescript", "openapi-fetch", "typescript", "@types/node", "@stoplight/prism-cli",
	} {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); err != nil {
			t.Fatalf("npm install --prefix DIR @redocly/cli@2 openapi-typescript@7 openapi-fetch@0.17 typescript@5.9 "+
				"@types/node@20 @stoplight/prism-cli@5, and set NODE_CLIENTS=DIR: %v", err)
		}
	}
	return dir
}

// tool returns a command of a module, run in a folder.
func tool(ctx context.Context, modules, dir, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(modules, "node_modules", ".bin", name), args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	return command
}

// TestLint: redocly finds no error in any document, by its recommended rules.
func TestLint(t *testing.T) {
	t.Parallel()
	node, dir := modules(t), t.TempDir()
	known, err := mock.LoadCatalog(mock.Dir(testkit.OwnAPI(t)))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"control", "all"}
	for _, api := range known.APIs(testkit.Noon) {
		names = append(names, api.Name)
	}
	var files []string
	for i, name := range names {
		text, err := known.OpenAPI(name, mock.OpenAPIOptions{At: testkit.Noon, YAML: i%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		file := name + map[bool]string{true: ".yaml", false: ".json"}[i%2 == 0]
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	output, err := tool(t.Context(), node, dir, "redocly",
		append([]string{"lint", "--format=json", "--max-problems=1000"}, files...)...).Output()
	if err != nil {
		t.Errorf("%v: %.2000s", err, output)
	}
	reports := 0
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; reports++ { // one for each document
		var report struct {
			Totals   struct{ Errors int }
			Problems []struct{ RuleID, Message string }
		}
		if err := decoder.Decode(&report); err != nil {
			break
		}
		for _, problem := range report.Problems {
			if problem.RuleID != "no-invalid-media-type-examples" { // takes members beside an if for unknown ones
				t.Errorf("%s: %s", problem.RuleID, problem.Message)
			}
		}
		if report.Totals.Errors > 0 {
			t.Errorf("%d errors", report.Totals.Errors)
		}
	}
	if reports == 0 {
		t.Errorf("redocly reports nothing: %.2000s", output)
	}
}

// TestTypeScript: openapi-typescript makes types of the document of everything, at its address, and a client of
// these compiles and runs.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	node := modules(t)
	dir, err := os.MkdirTemp(node, "client") // beside the modules that it imports
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := mocktest.Start(t)
	base := strings.TrimSuffix(s.URL(""), "/")
	for name, text := range map[string]string{
		"package.json": `{"type": "module"}`,
		"tsconfig.json": `{"compilerOptions": {"strict": true, "target": "es2022", "module": "nodenext", "outDir": "out",
			"types": ["node"], "typeRoots": ["../node_modules/@types"], "noUncheckedIndexedAccess": true},
			"files": ["client.ts"]}`,
		"client.ts": testkit.ReadFile(t, os.DirFS("testdata"), "client.ts"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	example, err := filepath.Abs("../../../fixtures/examples/bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []*exec.Cmd{
		tool(t.Context(), node, dir, "openapi-typescript", base+"/_sandkasse/openapi/all.json", "-o", "schema.ts"),
		tool(t.Context(), node, dir, "tsc"),
	} {
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command.Args, err, output)
		}
	}
	run := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "out", "client.js"), base, example)
	output, err := run.CombinedOutput()
	want := "delivered 5\ndocument ordinaer\nrefused 403 GLD_005 GLD_1015\nhome 201 FDV-1 KLAR_FOR_INNFLYTTING\n"
	if err != nil || string(output) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, output, want)
	}
}

// violations makes calls through Prism, and collects what that finds wrong with them.
type violations struct {
	prism string // its address
	mu    sync.Mutex
	calls int
	found []string
}

// RoundTrip makes a call, and keeps what Prism says of it.
func (v *violations) RoundTrip(r *http.Request) (*http.Response, error) {
	through := r.Clone(r.Context())
	through.URL.Host, through.Host = v.prism, ""
	response, err := http.DefaultTransport.RoundTrip(through)
	if err == nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.calls++
		if found := response.Header.Get("Sl-Violations"); found != "" {
			v.found = append(v.found, fmt.Sprintf("%s %s %d: %s", r.Method, r.URL, response.StatusCode, found))
		}
	}
	return response, err
}

// TestPrism: Prism, in front of a server as a proxy that validates by the document of everything, finds nothing wrong
// with a vendor's whole flow and with a home in Kobo; and it finds what is wrong.
func TestPrism(t *testing.T) {
	t.Parallel()
	node := modules(t)
	server := mocktest.Start(t)
	upstream := strings.TrimSuffix(server.URL(""), "/")
	address := freeAddress(t) // Prism does not say which port it took
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	document := filepath.Join(t.TempDir(), "all.json")
	text, err := server.Server().Catalog().OpenAPI("all", mock.OpenAPIOptions{BaseURL: upstream})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(document, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	prism := tool(ctx, node, t.TempDir(), "prism", "proxy", document, upstream, "--host", "127.0.0.1", "--port", port)
	output, err := prism.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := prism.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		prism.Wait() // it was killed
	}()
	lines := bufio.NewScanner(output)
	for lines.Scan() && !strings.Contains(lines.Text(), "Prism is listening") {
	}
	go func() { // so that it can write
		for lines.Scan() {
		}
	}()
	seen := &violations{prism: address}
	client := &http.Client{Transport: seen}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	token := server.Token("kobo", "313367002")
	v := testkit.Vendor{T: t, Session: server.Mock(), Key: key, Client: client, Org: testkit.Oppgavegiver}
	v.RoundTrip("bsu", "/v1/2023", testkit.Example(t))
	home := callThrough(t, client, "POST", upstream+"/kobo/kobobolig", testkit.Bolig, token)
	callThrough(t, client, "GET", upstream+"/kobo/kobobolig/"+home, "", token)
	if seen.calls < 8 || len(seen.found) > 0 {
		t.Errorf("of %d calls Prism found fault with %d:\n%s", seen.calls, len(seen.found),
			strings.Join(seen.found, "\n"))
	}
	request, err := http.NewRequestWithContext(ctx, "POST", upstream+"/innrapporteringbsu/v1/2023",
		strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if len(seen.found) != 1 || !strings.Contains(seen.found[0], "idempotencykey") {
		t.Errorf("of a call that is wrong Prism said %q", seen.found)
	}
}

// freeAddress returns an address of 127.0.0.1 with a port that nobody uses.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// callThrough makes a call to Kobo that must succeed, and returns the id of the home.
func callThrough(t *testing.T, client *http.Client, method, address, body, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("x-kobo-systemid", "fdvu-1")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, text := testkit.Send(t, client, request)
	var home struct{ KoboID string }
	if err := json.Unmarshal([]byte(text), &home); err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, address, response.StatusCode, text)
	}
	return home.KoboID
}
