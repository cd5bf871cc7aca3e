package catalog

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"sandkasse/mock/internal/readfile"
)

// Files are the file systems that a catalogue is read from.
type Files struct {
	APIs     fs.FS // a folder a family, in it family.yaml and a file an API
	Schemas  fs.FS // the JSON Schemas that the API files name
	Examples fs.FS // the examples that the API files name

	// Proved says that tests have held the embedded schemas and examples against each other: a
	// schema is then compiled when it is first used, so that starting takes milliseconds, and
	// embedded API files are not parsed. It says nothing of files in a folder over them.
	Proved bool

	// parse names embedded API files that are parsed all the same, so that faults in them have lines.
	parse map[string]bool
}

// Over returns the files with those of a folder over them: FAMILY/NAME.yaml, schemas/... and
// examples/... are added, or replace the file of the same name. Faults in the folder's files are
// reported with the path dir before their names.
func (f Files) Over(root fs.FS, dir string) Files {
	sub := func(name string) fs.FS {
		s, err := fs.Sub(root, name)
		if err != nil {
			panic(err) // impossible: the names are valid
		}
		return s
	}
	return Files{
		APIs:     layeredFS{{named: root, dir: dir, without: []string{"schemas", "examples"}}, {named: f.APIs}},
		Schemas:  layeredFS{{named: sub("schemas"), dir: filepath.Join(dir, "schemas")}, {named: f.Schemas}},
		Examples: layeredFS{{named: sub("examples"), dir: filepath.Join(dir, "examples")}, {named: f.Examples}},
		Proved:   f.Proved,
	}
}

// layeredFS is a stack of file systems; a file in an earlier one hides the same file in the later
// ones.
type layeredFS []layer

type layer struct {
	named   fs.FS
	dir     string   // path on disk, for the file names in faults; empty for embedded files
	without []string // folders at its root that do not belong to it
}

// Open opens the file in the topmost layer that has it.
func (l layeredFS) Open(name string) (fs.File, error) {
	for _, layer := range l {
		file, err := readfile.Open(layer.named, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir returns the entries of a folder in all layers.
func (l layeredFS) ReadDir(name string) ([]fs.DirEntry, error) {
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

// rootOf returns the path of the topmost folder for a message.
func rootOf(files fs.FS) string {
	if all, ok := files.(layeredFS); ok && all[0].dir != "" {
		return filepath.ToSlash(all[0].dir)
	}
	return "."
}

// isEmbedded reports whether the file of that name is the embedded one, which stands in the lowest
// layer.
func isEmbedded(files fs.FS, name string) bool {
	all, ok := files.(layeredFS)
	if !ok {
		return true
	}
	for i, layer := range all {
		if _, err := fs.Stat(layer.named, name); err == nil {
			return i == len(all)-1
		}
	}
	return false
}

// onDisk returns the name of a file for a message: its path on disk if it is not embedded.
func onDisk(files fs.FS, name string) string {
	all, ok := files.(layeredFS)
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
