package catalog

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Files is where a catalogue is read from.
type Files struct {
	APIs     fs.FS // a folder a family, in it family.yaml and a file an API
	Schemas  fs.FS // the JSON Schemas that the API files name
	Examples fs.FS // the examples that the API files name

	// Proved says that tests have held schemas and examples against each other, as they do with what is built in: a schema is then compiled
	// when it is first used, so that starting takes milliseconds.
	Proved bool
}

// Over lays a folder over the files: DIR/FAMILY/NAME.yaml, DIR/schemas/... and DIR/examples/... add to what is there or stand in for the
// file of the same name.
func (f Files) Over(dir string) Files {
	root := os.DirFS(dir)
	sub := func(name string) fs.FS {
		s, err := fs.Sub(root, name)
		if err != nil {
			panic(err) // the names are ours, and valid
		}
		return s
	}
	return Files{
		APIs:     layers{{named: root, dir: dir, without: []string{"schemas", "examples"}}, {named: f.APIs}},
		Schemas:  layers{{named: sub("schemas"), dir: filepath.Join(dir, "schemas")}, {named: f.Schemas}},
		Examples: layers{{named: sub("examples"), dir: filepath.Join(dir, "examples")}, {named: f.Examples}},
	}
}

// layers are file systems laid over each other, the first on top.
type layers []layer

type layer struct {
	named   fs.FS
	dir     string   // where it is on disk, for a fault's file name; empty for what is built in
	without []string // folders at its root that do not belong to it
}

// Open is the file of the topmost layer that has it.
func (l layers) Open(name string) (fs.File, error) {
	for _, layer := range l {
		file, err := layer.named.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir is what all layers have in a folder.
func (l layers) ReadDir(name string) ([]fs.DirEntry, error) {
	found := map[string]fs.DirEntry{}
	for _, layer := range slices.Backward(l) {
		entries, err := fs.ReadDir(layer.named, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, entry := range entries {
			if name != "." || !slices.Contains(layer.without, entry.Name()) {
				found[entry.Name()] = entry
			}
		}
	}
	var all []fs.DirEntry
	for _, entry := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[entry])
	}
	return all, nil
}

// onDisk is a file's name for a person: where it lies, when it is not built in.
func onDisk(files fs.FS, name string) string {
	all, ok := files.(layers)
	if !ok {
		return name
	}
	for _, layer := range all {
		if _, err := fs.Stat(layer.named, name); err == nil {
			return path.Join(filepath.ToSlash(layer.dir), name)
		}
	}
	return name
}
