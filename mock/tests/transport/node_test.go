//go:build node

package transport

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sandkasse/mock/mocktest"
)

// TestNode: the usual libraries of Node reach the server with production addresses alone, with the
// address of a proxy and the CA in their environment. It is built with the tag node; the folder
// NODE_CLIENTS has node_modules with oauth4webapi, openid-client, undici 7 and jose, which
// .ci/run installs.
func TestNode(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("NODE_CLIENTS")
	for _, name := range []string{"oauth4webapi", "openid-client", "undici", "jose"} {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); err != nil {
			t.Fatalf("npm install --prefix DIR oauth4webapi@3 openid-client@6 undici@7 jose@6, and set "+
				"NODE_CLIENTS=DIR: %v", err)
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(dir, "*.mjs") // beside the modules that it imports
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(file.Name()) })
	if _, err := file.Write(script); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s := mocktest.Start(t)
	command := exec.CommandContext(t.Context(), node, file.Name(), example(t))
	command.Env = append(withoutProxy(), "HTTPS_PROXY=http://suite-1:x@"+port(s), "NODE_EXTRA_CA_CERTS="+caFile(t, s))
	wantOutput(t, command, "oauth4webapi https://test.maskinporten.no/token bearer",
		"openid-client https://test.maskinporten.no/jwk bearer", "fetch 200", `"forsendelseId"`)
	wantCalls(t, s, "suite-1", 5)
}
