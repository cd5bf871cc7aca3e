package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Labels that a release has beside those of the Dockerfile.
const (
	labelVersion  = "org.opencontainers.image.version"
	labelRevision = "org.opencontainers.image.revision"
	labelCreated  = "org.opencontainers.image.created"
	labelSource   = "org.opencontainers.image.source"
)

// writeImage writes the image for all Linux targets as an OCI layout, as the Dockerfile describes
// it. The labels add the commit, its time and, where it is given, the address of the source.
func writeImage(dir, text string, binaries map[target][]byte, documents map[string][]byte, version, source string,
	head commit,
) error {
	d, err := readDockerfile(text, map[string]string{"VERSION": version})
	if err != nil {
		return err
	}
	d.config.Labels[labelRevision] = head.hash
	d.config.Labels[labelCreated] = head.time.Format(time.RFC3339)
	if source != "" {
		d.config.Labels[labelSource] = source
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, t := range targets() {
		if t.os != "linux" {
			continue
		}
		entries, err := d.entries(binaries[t], documents)
		if err != nil {
			return err
		}
		image, err := makeImage(t, d.config, entries, head.time)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: t.os, Architecture: t.arch},
		}})
	}
	annotations := map[string]string{labelVersion: version, labelRevision: head.hash}
	index = mutate.Annotations(index, annotations).(v1.ImageIndex)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"org.opencontainers.image.ref.name": version,
	}))
}

// entries returns the files and folders that the copies of a Dockerfile put into the image.
func (d dockerfile) entries(binary []byte, documents map[string][]byte) ([]entry, error) {
	have := map[string]entry{
		"/out/sandkasse":                     {mode: 0o755, data: binary},
		"/out/data":                          {name: "/", mode: 0o755},
		"/out/tmp":                           {name: "/", mode: 0o1777},
		"/out/" + licencesName:               {mode: 0o644, data: documents[licencesName]},
		"/src/LICENSE":                       {mode: 0o644, data: documents["LICENSE"]},
		"/etc/ssl/certs/ca-certificates.crt": {mode: 0o644, data: certificates()},
	}
	found := map[string]entry{}
	for _, c := range d.copies {
		e, ok := have[c.from]
		if !ok {
			return nil, fmt.Errorf("the Dockerfile copies %s, which is not known here", c.from)
		}
		for dir := path.Dir(c.to); dir != "/"; dir = path.Dir(dir) { // which COPY makes
			if _, exists := found[dir]; !exists {
				found[dir] = entry{name: dir[1:] + "/", mode: 0o755}
			}
		}
		e.name, e.uid = c.to[1:]+e.name, c.uid
		found[c.to] = e
	}
	entries := []entry{}
	for _, e := range found {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries, nil
}

// certificates returns the certificates of the CAs that Mozilla trusts without conditions, as PEM.
func certificates() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue // a PEM file cannot say it
		}
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer never fails
	}
	return text.Bytes()
}

// imageFile is the configuration file of an image. Docker's health check is part of it, which the
// OCI does not have.
type imageFile struct {
	Created      string      `json:"created"`
	Architecture string      `json:"architecture"`
	OS           string      `json:"os"`
	Config       imageConfig `json:"config"`
	RootFS       v1.RootFS   `json:"rootfs"`
	History      []history   `json:"history"`
}

// history says how a layer was made.
type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
}

// builtImage is an image of one layer with its files as they are written.
type builtImage struct {
	config, manifest []byte
	layer            v1.Layer
}

// makeImage returns the image of one layer for a target.
func makeImage(t target, config imageConfig, entries []entry, created time.Time) (v1.Image, error) {
	data, err := tarFile(entries, created)
	if err != nil {
		return nil, err
	}
	if data, err = gzipped(data); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	diff, err := layer.DiffID()
	if err != nil {
		return nil, err
	}
	digest, err := layer.Digest()
	if err != nil {
		return nil, err
	}
	at := created.Format(time.RFC3339)
	file, err := json.Marshal(imageFile{
		Created: at, Architecture: t.arch, OS: t.os, Config: config,
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diff}},
		History: []history{{Created: at, CreatedBy: "sandkasse/release"}},
	})
	if err != nil {
		return nil, err
	}
	fileDigest, size, err := v1.SHA256(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1,
		Config: v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: fileDigest, Size: size},
		Layers: []v1.Descriptor{{MediaType: types.OCILayer, Digest: digest, Size: int64(len(data))}},
	})
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(builtImage{file, manifest, layer})
}

// RawConfigFile returns the configuration file.
func (b builtImage) RawConfigFile() ([]byte, error) { return b.config, nil }

// RawManifest returns the manifest.
func (b builtImage) RawManifest() ([]byte, error) { return b.manifest, nil }

// MediaType returns the type of the manifest.
func (b builtImage) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// LayerByDigest returns the layer; no other is asked for.
func (b builtImage) LayerByDigest(v1.Hash) (partial.CompressedLayer, error) { return b.layer, nil }

// writeLayoutArchive writes an OCI layout as a tar file, which docker load and podman load read.
func writeLayoutArchive(dir, file string, modified time.Time) error {
	entries := []entry{}
	err := filepath.WalkDir(dir, func(path string, found fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); found.IsDir() {
			entries = append(entries, entry{name: name + "/", mode: 0o755})
			return nil
		}
		data, err := os.ReadFile(path)
		entries = append(entries, entry{name: name, mode: 0o644, data: data})
		return err
	})
	if err != nil {
		return err
	}
	data, err := tarFile(entries, modified)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// push sends the image in an OCI layout to a registry, under its version and, unless that is one
// before a release, latest.
func push(dir, image, user, password string) error {
	index, err := readLayout(dir)
	if err != nil {
		return err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	version := manifest.Annotations[labelVersion]
	tags := []string{version}
	if !strings.Contains(version, "-") {
		tags = append(tags, "latest")
	}
	as := authn.Anonymous
	if user != "" {
		as = &authn.Basic{Username: user, Password: password}
	}
	repository, err := name.NewRepository(image)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if err := remote.WriteIndex(repository.Tag(tag), index, remote.WithAuth(as)); err != nil {
			return err
		}
	}
	return nil
}

// readLayout returns the image of all targets in an OCI layout.
func readLayout(dir string) (v1.ImageIndex, error) {
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := outer.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, errors.New(dir + " does not hold one image")
	}
	return outer.ImageIndex(manifest.Manifests[0].Digest)
}
