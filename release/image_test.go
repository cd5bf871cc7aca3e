package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// maxImage is the maximal size of an image, compressed.
const maxImage = 12_000_000

// readImages returns the images in a layout, by architecture.
func readImages(t *testing.T, dir string) map[string]v1.Image {
	t.Helper()
	index, err := readLayout(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]v1.Image{}
	for _, m := range manifest.Manifests {
		image, err := index.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if m.Platform.OS != "linux" {
			t.Errorf("there is an image for %v", m.Platform)
		}
		images[m.Platform.Architecture] = image
	}
	return images
}

// readConfig returns the configuration of an image, as it is written.
func readConfig(t *testing.T, image v1.Image) imageFile {
	t.Helper()
	text, err := image.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	var file imageFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// readEntries returns the files and folders of an image.
func readEntries(t *testing.T, image v1.Image) (entries []entry) {
	t.Helper()
	content := mutate.Extract(image)
	defer content.Close()
	for archive := tar.NewReader(content); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if header.Uid != header.Gid {
			t.Errorf("%s has user %d and group %d", header.Name, header.Uid, header.Gid)
		}
		if header.Typeflag == tar.TypeDir { // Extract leaves out the slash
			header.Name += "/"
		}
		entries = append(entries, entry{header.Name, header.Mode, header.Uid, data})
	}
}

// TestImage reads the layout back: what a container is run with, its files, and their size.
func TestImage(t *testing.T) {
	t.Parallel()
	out := released(t)
	images := readImages(t, filepath.Join(out, "image"))
	if got := slices.Sorted(maps.Keys(images)); !slices.Equal(got, []string{"amd64", "arm64"}) {
		t.Fatalf("there are images for %q", got)
	}
	head, err := headOf("..")
	if err != nil {
		t.Fatal(err)
	}
	want := imageConfig{
		User:         "65532:65532",
		Env:          []string{"SANDKASSE_ADDR=0.0.0.0:8080", "SANDKASSE_DATA=/data/sandkasse.db"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Volumes:      map[string]struct{}{"/data": {}},
		Entrypoint:   []string{"/sandkasse"},
		Healthcheck: &healthcheck{
			Test: []string{"CMD", "/sandkasse", "ready"}, Interval: 30 * time.Second, Timeout: 5 * time.Second,
			StartPeriod: 10 * time.Second, StartInterval: time.Second, Retries: 3,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "sandkasse",
			"org.opencontainers.image.description": "Imitates Norwegian reporting and housing APIs, for tests",
			"org.opencontainers.image.licenses":    "Apache-2.0",
			"org.opencontainers.image.version":     testVersion,
			"org.opencontainers.image.revision":    head.hash,
			"org.opencontainers.image.created":     head.time.Format(time.RFC3339),
			"org.opencontainers.image.source":      testSource,
		},
	}
	for arch, image := range images {
		file := readConfig(t, image)
		if file.OS != "linux" || file.Architecture != arch || !reflect.DeepEqual(file.Config, want) {
			t.Errorf("%s: %s on %s with\n%+v\nwant\n%+v", arch, file.OS, file.Architecture, file.Config, want)
		}
		// the library that other tools use must read the same
		read, err := image.ConfigFile()
		if err != nil || read.Config.Healthcheck == nil || read.Config.Healthcheck.Interval != 30*time.Second ||
			read.Config.User != want.User {
			t.Errorf("%s: the library reads %+v, %v", arch, read, err)
		}
		size := int64(0)
		layers, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, layer := range layers {
			compressed, err := layer.Size()
			if err != nil {
				t.Fatal(err)
			}
			size += compressed
		}
		if size == 0 || size > maxImage {
			t.Errorf("the image for %s has %d bytes compressed; %d are allowed", arch, size, maxImage)
		}
		t.Logf("%s: %d bytes compressed", arch, size)
		listed := []string{}
		for _, e := range readEntries(t, image) {
			listed = append(listed, fmt.Sprintf("%04o %d %s", e.mode, e.uid, e.name))
			switch e.name {
			case "sandkasse":
				if got := targetOf(e.data); got != (target{"linux", arch}) {
					t.Errorf("the binary for %s is for %v", arch, got)
				}
			case "etc/ssl/certs/ca-certificates.crt":
				countCertificates(t, e.data)
			}
		}
		if want := []string{
			"0644 0 LICENSE", "0644 0 " + licencesName, "0755 65532 data/", "0755 0 etc/", "0755 0 etc/ssl/",
			"0755 0 etc/ssl/certs/", "0644 0 etc/ssl/certs/ca-certificates.crt", "0755 0 sandkasse", "1777 0 tmp/",
		}; !slices.Equal(listed, want) {
			t.Errorf("%s has\n%s\nwant\n%s", arch, strings.Join(listed, "\n"), strings.Join(want, "\n"))
		}
	}

	dir := t.TempDir() // the file of the image is the layout
	archive := filepath.Join(out, "files", "sandkasse_"+testVersion+"_image.tar")
	if _, err := output(exec.Command("tar", "-xf", archive, "-C", dir)); err != nil {
		t.Fatal(err)
	}
	if got := readImages(t, dir); len(got) != 2 {
		t.Errorf("the file of the image has %d images", len(got))
	}
}

// countCertificates checks that a PEM file holds the certificates of CAs, and enough of them for
// the public web.
func countCertificates(t *testing.T, text []byte) {
	t.Helper()
	count := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil || !certificate.IsCA {
			t.Errorf("certificate %d is not that of a CA: %v", count, err)
		}
		count++
	}
	if count < 100 || !x509.NewCertPool().AppendCertsFromPEM(text) {
		t.Errorf("there are %d certificates", count)
	}
}

// TestDockerfile runs the commands of the Dockerfile's first stage: they must make, for this
// machine, the files that the image has. What the last stage says is the image by construction.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the image is for Linux")
	}
	image := readImages(t, filepath.Join(released(t), "image"))[runtime.GOARCH]
	text := string(readFile(t, "../Dockerfile"))
	first, _, found := strings.Cut(text, "\nFROM scratch\n")
	if !found {
		t.Fatal("the Dockerfile has no stage from scratch")
	}
	script := ""
	for _, line := range finalInstructions(first) {
		if command, isRun := strings.CutPrefix(line, "RUN "); isRun {
			script += command + "\n"
		}
	}
	out := t.TempDir()
	script = "set -eu\numask 022\n" + strings.ReplaceAll(script, "/out/", out+"/")
	command := exec.Command("sh", "-c", script)
	command.Dir = ".."
	command.Env = append(os.Environ(), "VERSION="+testVersion, "GOFLAGS=")
	if _, err := output(command); err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, e := range readEntries(t, image) {
		info, err := os.Stat(filepath.Join(out, e.name))
		if err != nil {
			continue
		}
		made++
		mode := int64(info.Mode().Perm())
		if info.Mode()&os.ModeSticky != 0 {
			mode |= 0o1000
		}
		if mode != e.mode {
			t.Errorf("%s has mode %o in the image and %o by the Dockerfile", e.name, e.mode, mode)
		}
		if !info.IsDir() && !bytes.Equal(readFile(t, filepath.Join(out, e.name)), e.data) {
			t.Errorf("%s is not what the Dockerfile makes", e.name)
		}
	}
	if made != 4 {
		t.Errorf("the Dockerfile makes %d of the image's files", made)
	}
}

// TestUnknownInstructions: what the program does not know of a Dockerfile is refused, with the
// line.
func TestUnknownInstructions(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"STOPSIGNAL SIGINT":                       "not known",
		"FROM debian":                             "scratch",
		"COPY . /":                                "--from=build",
		"COPY --from=build --chmod=755 /a /b":     "--chmod=755",
		"COPY --from=build --chown=1:2 /a /b":     "--chown=1:2",
		"HEALTHCHECK NONE":                        "CMD",
		"HEALTHCHECK --retries=many CMD [\"/a\"]": "many",
		"HEALTHCHECK --interval=3 CMD [\"/a\"]":   "3",
		"HEALTHCHECK --start=3s CMD [\"/a\"]":     "--start",
		"HEALTHCHECK --retries=1 CMD /a":          "invalid",
		"ENTRYPOINT /a":                           "invalid",
		"LABEL a=$NOPE":                           "NOPE",
		"LABEL a=\"b":                             "quotation",
	} {
		_, err := readDockerfile("FROM scratch\n"+line+"\n", nil)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("in the Dockerfile, %q: ", line)) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	d, err := readDockerfile("FROM scratch\nCOPY --from=build /out/nope /nope\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.entries(nil, nil); err == nil || !strings.Contains(err.Error(), "/out/nope") {
		t.Errorf("a file that nobody makes: %v", err)
	}
}

// TestPush sends the image to a registry, under its version and as the latest.
func TestPush(t *testing.T) {
	t.Parallel()
	out := released(t)
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	image := strings.TrimPrefix(server.URL, "http://") + "/vendor/sandkasse"
	nothing := func(string) string { return "" }
	if err := run([]string{"push", "-from", out, "-image", image}, io.Discard, nothing); err != nil {
		t.Fatal(err)
	}
	want, err := readLayout(filepath.Join(out, "image"))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := want.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{testVersion, "latest"} {
		reference, err := name.ParseReference(image + ":" + tag)
		if err != nil {
			t.Fatal(err)
		}
		got, err := remote.Index(reference, remote.WithAuth(authn.Anonymous))
		if err != nil {
			t.Fatal(err)
		}
		if at, err := got.Digest(); err != nil || at != digest {
			t.Errorf("%s is %v, want %v: %v", tag, at, digest, err)
		}
		if err := validate.Index(got); err != nil {
			t.Error(err)
		}
	}
}
