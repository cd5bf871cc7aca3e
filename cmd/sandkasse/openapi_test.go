package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestOpenAPI: the document is printed without a server, for the address in --url, and a wrong name is refused with
// those that there are.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	var document struct {
		OpenAPI string
		Servers []struct{ URL string }
	}
	got := runHere(t, "", "openapi", "bsu", "--url", "http://127.0.0.1:9090/")
	err := json.Unmarshal([]byte(got.stdout), &document)
	if err != nil || got.status != 0 || document.OpenAPI != "3.1.0" ||
		len(document.Servers) != 1 || document.Servers[0].URL != "http://127.0.0.1:9090/innrapporteringbsu" {
		t.Errorf("status %d, %v, %s: %+v", got.status, err, got.stderr, document)
	}
	got = runHere(t, "", "openapi", "--format", "yaml", "control")
	if got.status != 0 || !strings.HasPrefix(got.stdout, `openapi: "3.1.0"`+"\n") {
		t.Errorf("status %d: %.100s", got.status, got.stdout)
	}
	for args, want := range map[string]string{
		"openapi bsuu": "did you mean bsu?", "openapi": "the name of one API, control or all",
		"openapi bsu --format xml": "json or yaml",
	} {
		if got := runHere(t, "", strings.Fields(args)...); got.status != 2 || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: status %d, %q", args, got.status, got.stderr)
		}
	}
}
