//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// hostileFiles make files that no program should read whole, by name, with a word of what is said of
// each.
func hostileFiles() map[string]struct {
	write func(t *testing.T, path string)
	word  string
} {
	text := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) { writeFile(t, path, text) }
	}
	linked := func(target string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
		}
	}
	var members strings.Builder
	for i := range 15_000 {
		fmt.Fprintf(&members, "k%d: v\n", i)
	}
	return map[string]struct {
		write func(t *testing.T, path string)
		word  string
	}{
		"a pipe": {func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "it is a pipe"},
		"a device": {linked("/dev/zero"), "it is a device"},
		"a folder": {func(_ *testing.T, path string) { os.Mkdir(path, 0o700) }, ""}, // scripts and APIs may have some
		"a large one": {func(t *testing.T, path string) {
			writeFile(t, path, "")
			os.Truncate(path, 200<<20)
		}, "larger than"},
		"brackets":    {text(strings.Repeat("[", 120_000)), ""},
		"brackets, 2": {text(strings.Repeat("[", 40_000)), ""},
		"braces":      {text(strings.Repeat("{a: ", 60_000)), ""},
		"elements":    {text(strings.Repeat("- ", 80_000)), ""},
		"members":     {text(members.String()), ""},
		"a long text": {text("name: " + strings.Repeat("x", 2<<20)), "it is larger than"},
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHostileFiles: a server that is given such a file ends at once, says in one line which, and
// has not taken much memory.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	api, err := os.ReadFile("../../mock/internal/catalog/apis/innrapportering/bsu.yaml")
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(t *testing.T, dir, member, name string) {
		t.Helper()
		lines := strings.Split(string(api), "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, member+":") {
				lines[i] = member + ": " + name
			}
		}
		writeFile(t, filepath.Join(dir, "innrapportering", "bsu.yaml"), strings.Join(lines, "\n"))
	}
	for place, at := range map[string]func(t *testing.T, dir string) (file string, args []string){
		"scenarios": func(_ *testing.T, dir string) (string, []string) {
			return filepath.Join(dir, "x.yaml"), []string{"serve", "--addr", "127.0.0.1:0", "--scenarios", dir}
		},
		"apis": func(_ *testing.T, dir string) (string, []string) {
			file := filepath.Join(dir, "innrapportering", "x.yaml")
			return file, []string{"serve", "--addr", "127.0.0.1:0", "--apis", dir}
		},
		"family": func(_ *testing.T, dir string) (string, []string) {
			return filepath.Join(dir, "own", "family.yaml"), []string{"scenarios", "list", "--apis", dir}
		},
		"schema": func(t *testing.T, dir string) (string, []string) {
			replaced(t, dir, "schema", "x.json")
			return filepath.Join(dir, "schemas", "x.json"), []string{"serve", "--addr", "127.0.0.1:0", "--apis", dir}
		},
		"example": func(t *testing.T, dir string) (string, []string) {
			replaced(t, dir, "example", "x.json")
			return filepath.Join(dir, "examples", "x.json"), []string{"scenarios", "list", "--apis", dir}
		},
		"clients": func(_ *testing.T, dir string) (string, []string) {
			file := filepath.Join(dir, "clients.yaml")
			return file, []string{"serve", "--addr", "127.0.0.1:0", "--clients", file}
		},
		"document": func(_ *testing.T, dir string) (string, []string) {
			file := filepath.Join(dir, "x.json")
			return file, []string{"validate", "--api", "bsu", file}
		},
		"recording": func(_ *testing.T, dir string) (string, []string) {
			file := filepath.Join(dir, "x.har")
			return file, []string{"compare", file}
		},
		"data": func(_ *testing.T, dir string) (string, []string) {
			file := filepath.Join(dir, "sandkasse.db")
			return file, []string{"serve", "--addr", "127.0.0.1:0", "--data", file}
		},
	} {
		for name, hostile := range hostileFiles() {
			if name == "a folder" && slices.Contains([]string{"scenarios", "apis", "family", "document"}, place) {
				continue
			}
			t.Run(place+", "+name, func(t *testing.T) {
				file, args := at(t, t.TempDir())
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				hostile.write(t, file)
				said := refusedInOneLine(t, args...)
				word := hostile.word
				isLarger := slices.Contains([]string{"document", "example", "recording"}, place)
				if place == "data" || isLarger && name == "a long text" {
					word = "" // it is no data file; documents may be larger
				}
				if place != "example" && !strings.Contains(said, filepath.Base(file)) || !strings.Contains(said, word) {
					t.Errorf("%s; it must have %s and %q", said, filepath.Base(file), word)
				}
			})
		}
	}
}

// refusedInOneLine runs the program, which must end at once, and returns what it says.
func refusedInOneLine(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, "sandkasse", args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	err := c.Run()
	said := strings.TrimSpace(stderr.String())
	if err == nil || ctx.Err() != nil {
		t.Fatalf("%q ends with %v, %v: %.500s", args, err, ctx.Err(), said)
	}
	if strings.Contains(said, "\n") || len(said) > 1_000 {
		t.Errorf("%q says: %.2000s", args, said)
	}
	const maxMemory = 600 << 10 // KiB; it takes some 60 MiB, and systems count what the test had at the fork
	used, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if ok && used.Maxrss > maxMemory && !hasRaceDetector() {
		t.Errorf("%q took %d KiB", args, used.Maxrss)
	}
	return said
}

// TestFullFolders: a folder of very many files is refused, wherever it is named.
func TestFullFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 10_001 {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%d.txt", i)), "")
	}
	for _, flag := range []string{"--scenarios", "--apis"} {
		said := refusedInOneLine(t, "serve", "--addr", "127.0.0.1:0", flag, dir)
		if !strings.Contains(said, "more than 10000 files") {
			t.Errorf("%s: %s", flag, said)
		}
	}
}

// TestHostileScriptsLive: a hostile file that comes into the folder while the server runs leaves the
// last good script in use, and is logged once.
func TestHostileScriptsLive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeScript(t, dir, "mine", "steps: [{times: always, do: [{respond: {status: 501}}]}]")
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--scenarios", dir, "--log-level", "warn")
	for name, hostile := range hostileFiles() {
		if name == "a folder" {
			continue
		}
		for _, file := range []string{"mine.yaml", "new.yaml"} {
			path := filepath.Join(dir, file)
			os.Remove(path)
			hostile.write(t, path)
			for range 3 {
				if a := p.deliver(t, 1, "mine"); a.status != 501 {
					t.Errorf("%s as %s: %d %s", name, file, a.status, a.header.Get("Sandkasse-Feil"))
				}
			}
			var shown struct{ Faults []string }
			a := call(t, "GET", p.url+"/_sandkasse/scenarios", "", nil)
			err := json.Unmarshal([]byte(a.body), &shown)
			if err != nil || !strings.Contains(strings.Join(shown.Faults, ""), file) {
				t.Errorf("%s as %s: %v, faults %q", name, file, err, shown.Faults)
			}
			os.Remove(path)
			if file == "mine.yaml" {
				writeScript(t, dir, "mine", "steps: [{times: always, do: [{respond: {status: 501}}]}]")
			}
			call(t, "GET", p.url+"/_sandkasse/scenarios?q="+url.QueryEscape(name), "", nil) // reads it again
		}
	}
	memory := residentKiB(t, p.Process.Pid)
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Error(err)
	}
	if logged := strings.Count(p.stderr.String(), "it is a pipe"); logged != 2 {
		t.Errorf("the pipe is logged %d times, want once for each of its two names:\n%s", logged, p.stderr)
	}
	if memory > 600<<10 && !hasRaceDetector() {
		t.Errorf("the server took %d KiB", memory)
	}
}

// residentKiB returns the largest memory that a process has had, or 0 where the system does not
// say.
func residentKiB(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Sscan(rest, &kib)
	return kib
}
