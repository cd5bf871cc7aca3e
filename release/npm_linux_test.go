//go:build node

package main

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// npmPackage is a packed package, as a registry describes it.
type npmPackage struct {
	file     string
	manifest map[string]any
}

// npmRegistry serves packed packages and notes which were fetched.
type npmRegistry struct {
	packages map[string]npmPackage
	mu       sync.Mutex
	fetched  []string
}

// npm returns a command of npm or npx in a folder, with an own home, cache and prefix.
func npm(t *testing.T, home, dir, registry string, words ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), words[0], words[1:]...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "npm_config_cache=" + filepath.Join(home, "cache"),
		"npm_config_prefix=" + filepath.Join(home, "prefix"), "npm_config_registry=" + registry,
		"npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false",
		"npm_config_fetch_retries=0",
	}
	return command
}

// packPackages runs npm pack in the folder of each package of a release.
func packPackages(t *testing.T, out string) *npmRegistry {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(out, "npm", "*"))
	if err != nil || len(folders) != len(targets())+1 {
		t.Fatalf("there are %d packages: %v", len(folders), err)
	}
	r := &npmRegistry{packages: map[string]npmPackage{}}
	home, packed := t.TempDir(), t.TempDir()
	for _, folder := range folders {
		command := npm(t, home, packed, "http://127.0.0.1:9", "npm", "pack", "--json", "--offline", folder)
		text, err := output(command)
		if err != nil {
			t.Fatal(err)
		}
		var report []struct {
			Filename string
			Files    []struct{ Path string }
		}
		if err := json.Unmarshal(text, &report); err != nil || len(report) != 1 {
			t.Fatalf("npm pack: %s, %v", text, err)
		}
		manifest := map[string]any{}
		if err := json.Unmarshal(readFile(t, filepath.Join(folder, "package.json")), &manifest); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(report[0].Files) != len(entries) {
			t.Errorf("of %s's %d files, %v are packed", folder, len(entries), report[0].Files)
		}
		r.packages[manifest["name"].(string)] = npmPackage{filepath.Join(packed, report[0].Filename), manifest}
	}
	return r
}

// ServeHTTP answers as a registry of npm does: a package with its versions at its name, and the packed file.
func (r *npmRegistry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if file, is := strings.CutPrefix(request.URL.Path, "/-/"); is {
		for name, p := range r.packages {
			if path.Base(p.file) == file {
				r.mu.Lock()
				r.fetched = append(r.fetched, name)
				r.mu.Unlock()
				http.ServeFile(w, request, p.file)
				return
			}
		}
	}
	p, ok := r.packages[strings.TrimPrefix(request.URL.Path, "/")]
	if !ok {
		http.NotFound(w, request)
		return
	}
	data, err := os.ReadFile(p.file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sum, one := sha512.Sum512(data), map[string]any{}
	for key, value := range p.manifest {
		one[key] = value
	}
	one["dist"] = map[string]any{
		"tarball":   "http://" + request.Host + "/-/" + path.Base(p.file),
		"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
	json.NewEncoder(w).Encode(map[string]any{
		"name": p.manifest["name"], "dist-tags": map[string]any{"latest": testVersion},
		"versions": map[string]any{testVersion: one},
	})
}

// TestNpx runs the binary by npx, from the packed packages: from a registry, of which npm takes the package for this
// machine alone, and installed from the files without any network.
func TestNpx(t *testing.T) {
	t.Parallel()
	packages := packPackages(t, released(t))
	own := target{runtime.GOOS, runtime.GOARCH}
	system, arch := own.platform()
	ownPackage := "@sandkasse/" + system + "-" + arch

	t.Run("from a registry", func(t *testing.T) {
		t.Parallel()
		registry := httptest.NewServer(packages)
		defer registry.Close()
		home, project := t.TempDir(), t.TempDir()
		npx := func(words ...string) *exec.Cmd {
			return npm(t, home, project, registry.URL, slices.Concat([]string{"npx", "--yes", "sandkasse"}, words)...)
		}
		if got, err := output(npx("version")); err != nil || string(got) != "sandkasse version "+testVersion+"\n" {
			t.Fatalf("npx sandkasse version: %q, %v", got, err)
		}
		packages.mu.Lock()
		slices.Sort(packages.fetched)
		if want := []string{ownPackage, "sandkasse"}; !slices.Equal(packages.fetched, want) {
			t.Errorf("npm fetched %q, want %q", packages.fetched, want)
		}
		packages.mu.Unlock()
		var exit *exec.ExitError
		if got, err := npx("nope").CombinedOutput(); !errors.As(err, &exit) || exit.ExitCode() != 2 ||
			!strings.Contains(string(got), `"nope" is not a command`) {
			t.Errorf("a wrong command: %v\n%s", err, got)
		}
	})

	t.Run("from files", func(t *testing.T) {
		t.Parallel()
		home, project := t.TempDir(), t.TempDir()
		const nowhere = "http://127.0.0.1:9"
		const manifest = `{"name": "vendor", "private": true}`
		if err := os.WriteFile(filepath.Join(project, "package.json"), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		install := npm(t, home, project, nowhere, "npm", "install", "--offline", "--save-dev",
			packages.packages[ownPackage].file, packages.packages["sandkasse"].file)
		if _, err := output(install); err != nil {
			t.Fatal(err)
		}
		s := startServer(t, npm(t, home, project, nowhere, "npx", "--offline", "sandkasse", "serve",
			"--addr", "127.0.0.1:0"))
		if got := s.get(t, "/_sandkasse/version"); !strings.Contains(got, `"`+testVersion+`"`) {
			t.Errorf("the version is %s", got)
		}
		s.deliver(t)
		if err := s.process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		_ = s.wait() // npx ends by the signal, the shell between at once, and the binary when it has stored all
		for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			if connection, err := net.Dial("tcp", s.addr); err != nil {
				break
			} else if connection.Close(); time.Since(begun) > time.Minute {
				t.Fatal("the binary goes on after the end of npx")
			}
		}

		script := filepath.Join(project, "node_modules", ".bin", "sandkasse")
		s = startServer(t, npm(t, home, project, nowhere, script, "serve", "--addr", "127.0.0.1:0"))
		s.stop(t)
		if _, err := http.Get("http://" + s.addr); err == nil {
			t.Error("the binary goes on after the end of the script")
		}

		if err := os.RemoveAll(filepath.Join(project, "node_modules", "@sandkasse")); err != nil {
			t.Fatal(err)
		}
		got, err := npm(t, home, project, nowhere, "npx", "--offline", "sandkasse", "version").CombinedOutput()
		if err == nil || !strings.Contains(string(got), "sandkasse: the package "+ownPackage+", which has the binary") {
			t.Errorf("without the package of the platform: %v\n%s", err, got)
		}
	})
}
