package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sandkasse/mock"
)

// TestRestore: a server starts with what a checkpoint file holds, every time, and not with a damaged one.
func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := sandbox(t)
	deliverBSU(t, from, "", firstKey)
	if _, err := from.Checkpoint("stocked"); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "stocked.checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	if err := from.WriteCheckpoint("stocked", file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--restore", "stocked.checkpoint"},
		{"--restore", "stocked.checkpoint", "--data", "d.db"},
		{"--restore", "stocked.checkpoint", "--data", "d.db"},
	} {
		p := startIn(t, dir, nil, append(args, "--addr", "127.0.0.1:0", "--auth", "off")...)
		request, err := http.NewRequest(http.MethodPost, p.url+"/innrapporteringbsu/v1/2023",
			strings.NewReader(strings.Replace(string(example(t)), "1", "2", 1)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("idempotencyKey", firstKey)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusConflict || answer.Header.Get("Sandkasse-Call") != "2" { // the key is known
			t.Errorf("%q: %s, call %s", args, answer.Status, answer.Header.Get("Sandkasse-Call"))
		}
		if err := p.stop(t, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2]++
	putFile(t, file.Name(), string(text))
	if got := inFolder(t, dir, nil, "--restore", "stocked.checkpoint"); got.status != 1 || got.stdout != "" ||
		got.stderr != "sandkasse: stocked.checkpoint: "+mock.ErrCheckpointFile.Error()+
			": it is damaged or cut short: it does not fit its checksum; save it anew\n" {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"nowhere", "."} {
		if got := runHere(t, "", "--addr", "127.0.0.1:0", "--restore", name); !got.isUsage() {
			t.Errorf("%+v", got)
		}
	}
}
