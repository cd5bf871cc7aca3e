package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// TestSeedAndLoad: a running server's Kobo is stocked by the commands.
func TestSeedAndLoad(t *testing.T) {
	t.Parallel()
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0")
	output, err := exec.Command("sandkasse", "seed", "--url", p.url).CombinedOutput()
	if want := "400 homes and 120 cases, by 750 calls, for the municipality 313367002 and the system fdvu-1\n"; err != nil || string(output) != want {
		t.Errorf("seed: %v: %s", err, output)
	}
	if output, err := exec.Command("sandkasse", "seed", "--url", p.url).CombinedOutput(); err == nil || !strings.Contains(string(output), "POST /_sandkasse/reset empties the session") {
		t.Errorf("a second town: %v: %s", err, output)
	}
	output, err = exec.Command("sandkasse", "generate", "kobobolig", "--count", "3", "--load", p.url+"/_session/mine").CombinedOutput()
	if err != nil || bytes.Count(output, []byte("\n")) != 3 {
		t.Errorf("homes: %v: %s", err, output)
	}
	for id := range strings.FieldsSeq(string(output)) {
		answer, err := http.Get(p.url + "/_session/mine/_sandkasse/kobo/kobobolig/" + id)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", id, answer.Status)
		}
	}
}
