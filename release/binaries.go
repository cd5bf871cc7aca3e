package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target names a system and an architecture, in Go's words.
type target struct{ os, arch string }

// targets returns all targets of a release.
func targets() []target {
	return []target{
		{"linux", "amd64"},
		{"linux", "arm64"},
		{"darwin", "amd64"},
		{"darwin", "arm64"},
		{"windows", "amd64"},
		{"windows", "arm64"},
	}
}

// binaryName returns the file name of the binary.
func (t target) binaryName() string {
	if t.os == "windows" {
		return "sandkasse.exe"
	}
	return "sandkasse"
}

// environ returns the environment of the Go command for the target. What else could change the
// binary is set or cleared.
func (t target) environ() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=", "GOARM64=", "GOFLAGS=",
		"GOEXPERIMENT=", "GOFIPS140=", "GOWORK=off")
}

// compile returns the binary for a target, as the Dockerfile makes it.
func compile(root string, t target, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "sandkasse-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, t.binaryName())
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.release="+version, "-o", file, "./cmd/sandkasse")
	command.Dir, command.Env = root, t.environ()
	if _, err := output(command); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// commit is the commit that a release is made of.
type commit struct {
	hash string // ends in -dirty where files differ from it
	time time.Time
}

// headOf returns the commit that is checked out.
func headOf(root string) (commit, error) {
	describe := exec.Command("git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty")
	describe.Dir = root
	hash, err := output(describe)
	if err != nil {
		return commit{}, err
	}
	show := exec.Command("git", "log", "-1", "--format=%ct")
	show.Dir = root
	text, err := output(show)
	if err != nil {
		return commit{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return commit{}, err
	}
	return commit{strings.TrimSpace(string(hash)), time.Unix(seconds, 0).UTC()}, nil
}

// output runs a command and returns its standard output. The error holds its standard error.
func output(command *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", command, err, stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// entry is a file or, where its name ends in a slash, a folder in an archive.
type entry struct {
	name string
	mode int64
	uid  int
	data []byte
}

// tarFile returns the entries as a tar file with one time for all.
func tarFile(entries []entry, modified time.Time) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, e := range entries {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Uid: e.uid, Gid: e.uid, Size: int64(len(e.data)),
			ModTime: modified,
		}
		if strings.HasSuffix(e.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// gzipped returns data compressed, without a name or time.
func gzipped(data []byte) ([]byte, error) {
	var buffer bytes.Buffer
	writer, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(data); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// zipFile returns the entries as a zip file with one time for all.
func zipFile(entries []entry, modified time.Time) ([]byte, error) {
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: modified}
		header.SetMode(os.FileMode(e.mode))
		file, err := writer.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := file.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// writeArchive writes the archive of a target: a folder with the binary and the documents, as zip
// for Windows and as tar.gz for the others.
func writeArchive(dir string, t target, version string, binary []byte, documents map[string][]byte,
	modified time.Time,
) error {
	name := fmt.Sprintf("sandkasse_%s_%s_%s", version, t.os, t.arch)
	entries := []entry{{name: name + "/" + t.binaryName(), mode: 0o755, data: binary}}
	for _, document := range slices.Sorted(maps.Keys(documents)) {
		entries = append(entries, entry{name: name + "/" + document, mode: 0o644, data: documents[document]})
	}
	if t.os == "windows" {
		data, err := zipFile(entries, modified)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".zip"), data, 0o644)
	}
	data, err := tarFile(entries, modified)
	if err != nil {
		return err
	}
	if data, err = gzipped(data); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".tar.gz"), data, 0o644)
}

// writeChecksums writes SHA256SUMS, which sha256sum --check reads, of all files in a folder.
func writeChecksums(dir string) error {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), file.Name())
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
