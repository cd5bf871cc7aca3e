package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// TestLoadDeliveries: deliveries are posted to a running server, a session of it, and to an API
// that was added; the output has the forsendelseId of each, and the same command gives the same
// ones again.
func TestLoadDeliveries(t *testing.T) {
	t.Parallel()
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0")
	load := func(args ...string) (string, error) {
		output, err := exec.Command("sandkasse", append([]string{"generate", "--count", "5", "--load"},
			args...)...).CombinedOutput()
		return string(output), err
	}
	first, err := load(p.url, "bsu")
	if ids := strings.Fields(first); err != nil || len(ids) != 5 || len(ids[0]) != 36 {
		t.Fatalf("deliveries: %v: %s", err, first)
	}
	if again, err := load(p.url+"/", "bsu"); again != first || err != nil {
		t.Errorf("again: %v: %s", err, again)
	}
	if other, err := load(p.url+"/_session/x", "bsu"); err != nil || len(strings.Fields(other)) != 5 || other == first {
		t.Errorf("in a session: %v: %s", err, other)
	}
	if refused, err := load(p.url, "bsu", "--year", "2037"); err == nil ||
		!strings.HasPrefix(refused, "sandkasse: document ") ||
		!strings.Contains(refused, " of 5: POST /innrapporteringbsu/v1/2037: the answer is 400 Bad Request: {") {
		t.Errorf("a year that is not taken: %v: %s", err, refused)
	}
}

// TestSeedAndLoad: a running server's Kobo is stocked by the commands.
func TestSeedAndLoad(t *testing.T) {
	t.Parallel()
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0")
	output, err := exec.Command("sandkasse", "seed", "--url", p.url).CombinedOutput()
	want := "400 homes and 120 cases, by 750 calls, for the municipality 313367002 and the system fdvu-1\n"
	if err != nil || string(output) != want {
		t.Errorf("seed: %v: %s", err, output)
	}
	if output, err := exec.Command("sandkasse", "seed", "--url", p.url).CombinedOutput(); err == nil ||
		!strings.Contains(string(output), "POST /_sandkasse/reset empties the session") {
		t.Errorf("a second town: %v: %s", err, output)
	}
	output, err = exec.Command("sandkasse", "generate", "kobobolig", "--count", "3", "--load", p.url+
		"/_session/mine").CombinedOutput()
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
