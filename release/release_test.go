package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	testVersion = "1.2.3"
	testSource  = "https://git.example/sandkasse"
)

// release makes one release for all tests.
var release = sync.OnceValues(func() (string, error) {
	out := filepath.Join(os.Getenv("SANDKASSE_RELEASE_TEST"), "release")
	arguments := []string{"build", "-version", testVersion, "-source", testSource, "-out", out}
	return out, run(arguments, io.Discard, os.Getenv)
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "sandkasse-release-test-")
	if err != nil {
		panic(err)
	}
	os.Setenv("SANDKASSE_RELEASE_TEST", dir)
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// released returns the folder of a release.
func released(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("making a release takes a minute")
	}
	out, err := release()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readFile returns the bytes of a file.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unarchive returns the entries of the archive of a target, without their common folder.
func unarchive(t *testing.T, tg target) map[string]entry {
	t.Helper()
	base := fmt.Sprintf("sandkasse_%s_%s_%s", testVersion, tg.os, tg.arch)
	file := filepath.Join(released(t), "files", base)
	found := map[string]entry{}
	add := func(name string, mode fs.FileMode, content io.Reader) {
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		name, inFolder := strings.CutPrefix(name, base+"/")
		if !inFolder {
			t.Errorf("%s is not in the folder %s", name, base)
		}
		found[name] = entry{name: name, mode: int64(mode.Perm()), data: data}
	}
	if tg.os == "windows" {
		archive, err := zip.OpenReader(file + ".zip")
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		for _, f := range archive.File {
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			add(f.Name, f.Mode(), content)
		}
		return found
	}
	plain, err := gzip.NewReader(bytes.NewReader(readFile(t, file+".tar.gz")))
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		add(header.Name, header.FileInfo().Mode(), archive)
	}
}

// TestArchives: each archive has the binary of its target, which can be run, with the version and
// the documents.
func TestArchives(t *testing.T) {
	t.Parallel()
	for _, tg := range targets() {
		entries := unarchive(t, tg)
		names := slices.Sorted(maps.Keys(entries))
		if want := []string{"CHANGELOG.md", "LICENSE", licencesName, tg.binaryName()}; !slices.Equal(names, want) {
			t.Errorf("%v has %q, want %q", tg, names, want)
		}
		binary := entries[tg.binaryName()]
		if binary.mode != 0o755 {
			t.Errorf("the binary of %v has mode %o", tg, binary.mode)
		}
		if got := targetOf(binary.data); got != tg {
			t.Errorf("the binary of %v is for %v", tg, got)
		}
		if bytes.Contains(binary.data, []byte(repository(t))) {
			t.Errorf("the binary of %v has the path of the machine that made it", tg)
		}
	}
	file := filepath.Join(t.TempDir(), "sandkasse")
	host := unarchive(t, target{runtime.GOOS, runtime.GOARCH})[target{runtime.GOOS, runtime.GOARCH}.binaryName()]
	if err := os.WriteFile(file, host.data, os.FileMode(host.mode)); err != nil {
		t.Fatal(err)
	}
	if got, err := exec.Command(file, "version").Output(); err != nil || string(got) != "sandkasse version 1.2.3\n" {
		t.Errorf("sandkasse version: %q, %v", got, err)
	}
}

// repository returns the path of the repository.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// targetOf returns what a binary is made for, by its headers.
func targetOf(data []byte) target {
	content := bytes.NewReader(data)
	if file, err := elf.NewFile(content); err == nil {
		return target{"linux", map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]}
	}
	if file, err := macho.NewFile(content); err == nil {
		return target{"darwin", map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[file.Cpu]}
	}
	if file, err := pe.NewFile(content); err == nil {
		return target{"windows", map[uint16]string{
			pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64",
		}[file.Machine]}
	}
	return target{}
}

// TestChecksums: SHA256SUMS has the sum of each other file.
func TestChecksums(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(released(t), "files")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, file := range files {
		if file.Name() != "SHA256SUMS" {
			want += fmt.Sprintf("%x  %s\n", sha256.Sum256(readFile(t, filepath.Join(dir, file.Name()))), file.Name())
		}
	}
	if got := string(readFile(t, filepath.Join(dir, "SHA256SUMS"))); got != want || strings.Count(want, "\n") != 8 {
		t.Errorf("SHA256SUMS is\n%swant\n%s", got, want)
	}
}

// TestComponents: the list of components has every module that is in a binary of any target, and
// their licences are in the file of licences.
func TestComponents(t *testing.T) {
	t.Parallel()
	var list struct {
		BOMFormat string
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		// Components are the modules, and Go's library.
		Components []struct{ Name, Version string }
	}
	text := readFile(t, filepath.Join(released(t), "files", "sandkasse_"+testVersion+".cdx.json"))
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if about := list.Metadata.Component; list.BOMFormat != "CycloneDX" || about.Name != "sandkasse" ||
		about.Version != "v"+testVersion {
		t.Errorf("the list is of %s %s, as %s", about.Name, about.Version, list.BOMFormat)
	}
	listed := []string{}
	for _, component := range list.Components {
		listed = append(listed, component.Name+" "+component.Version)
	}
	slices.Sort(listed)
	for _, tg := range targets() {
		entries := unarchive(t, tg)
		info, err := buildinfo.Read(bytes.NewReader(entries[tg.binaryName()].data))
		if err != nil {
			t.Fatal(err)
		}
		held := []string{"std " + info.GoVersion}
		for _, module := range info.Deps {
			held = append(held, module.Path+" "+module.Version)
			if heading := "\n==== " + module.Path + " " + module.Version + ": LICENSE"; !bytes.Contains(
				entries[licencesName].data, []byte(heading)) {
				t.Errorf("%s has no licence of %s", licencesName, module.Path)
			}
		}
		slices.Sort(held)
		if !slices.Equal(held, listed) || len(held) < 10 {
			t.Errorf("%v holds\n%q\nlisted are\n%q", tg, held, listed)
		}
	}
}

// TestSameBytes: a second release of the same commit is the same, byte for byte, and a binary also
// where the source lies elsewhere and nothing was compiled before.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	first, second := released(t), filepath.Join(t.TempDir(), "again")
	if err := build("..", second, testVersion, testSource); err != nil {
		t.Fatal(err)
	}
	count := 0
	err := filepath.WalkDir(first, func(file string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		count++
		name, err := filepath.Rel(first, file)
		if err == nil && !bytes.Equal(readFile(t, file), readFile(t, filepath.Join(second, name))) {
			t.Errorf("%s differs", name)
		}
		return err
	})
	if err != nil || count < 40 {
		t.Fatalf("%d files: %v", count, err)
	}

	tg := target{"linux", "amd64"}
	elsewhere := t.TempDir()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	names, err := output(list)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(names), "\x00"), "\x00") {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(elsewhere, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		content := readFile(t, filepath.Join("..", name))
		if err := os.WriteFile(filepath.Join(elsewhere, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "sandkasse")
	// the words of the Dockerfile, which compile must give the same binary as
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags",
		"-s -w -X main.release="+testVersion, "-o", file, "./cmd/sandkasse")
	command.Dir = elsewhere
	command.Env = append(tg.environ(), "GOCACHE="+filepath.Join(t.TempDir(), "cache"))
	if _, err := output(command); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readFile(t, file), unarchive(t, tg)["sandkasse"].data) {
		t.Error("the binary differs where the source lies elsewhere")
	}
}

// TestChanges: the section of a version is returned, and what is wrong with the changelog is said.
func TestChanges(t *testing.T) {
	t.Parallel()
	const changelog = "# Changelog\n\n## Unreleased\n\n## 1.10.0 (2027-02-01)\n\n### Added\n\n- Much.\n\n" +
		"## 1.1.0\n\n- Little.\n\n## 1.0.0\n\n## 0.9.0\n- First.\n"
	for version, want := range map[string]string{
		"1.10.0": "### Added\n\n- Much.\n", "1.1.0": "- Little.\n", "0.9.0": "- First.\n",
	} {
		if got, err := changes(changelog, version); got != want || err != nil {
			t.Errorf("%s: %q, %v", version, got, err)
		}
	}
	for version, want := range map[string]string{
		"1.1": `no heading "## 1.1"`, "10.0": `no heading "## 10.0"`, "1.0.0": `says nothing under "## 1.0.0"`,
	} {
		if got, err := changes(changelog, version); got != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", version, got, err)
		}
	}
}

// TestMistakes: what is wrong with a command line is said in a sentence, and nothing is made.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"nope":                        "is no command",
		"build more":                  "is no flag",
		"build -version 1.2.3":        "-out is missing",
		"build -out x -version v1.2":  "must be like 1.2.3",
		"build -out x":                "must be like 1.2.3",
		"push -from x":                "-image or -from is missing",
		"notes -version 999.0.0":      "no heading",
		"build -out . -version 1.2.3": "file exists",
	} {
		if err := run(strings.Fields(line), io.Discard, os.Getenv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a folder was made")
	}
}
