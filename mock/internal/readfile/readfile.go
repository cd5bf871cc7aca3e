// Package readfile reads the files that a user names, within bounds: plain files only, of a limited
// size, in folders of a limited number of files (K590).
package readfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Limits of what is read (K590).
const (
	// MaxYAML is the size of a YAML file, in bytes.
	MaxYAML = 1 << 20
	// MaxSchema is the size of a JSON Schema, in bytes.
	MaxSchema = 1 << 20
	// MaxDocument is the size of a document that is delivered or validated, in bytes.
	MaxDocument = 64 << 20
	// MaxEntries is the number of files and folders in one folder.
	MaxEntries = 10_000
)

// Read returns the content of a plain file of at most limit bytes. A link to a file is followed; a
// pipe, device or socket is refused without being opened. The error is a *fs.PathError.
func Read(fsys fs.FS, name string, limit int64) ([]byte, error) {
	file, err := Open(fsys, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	fault := func(err error) ([]byte, error) { return nil, &fs.PathError{Op: "read", Path: name, Err: err} }
	info, err := file.Stat()
	switch {
	case err != nil:
		return fault(Reason(err))
	case info.IsDir():
		return fault(errors.New("it is a folder; it must be a plain file"))
	case info.Size() > limit:
		return fault(tooLarge(limit))
	}
	text, err := io.ReadAll(io.LimitReader(file, limit+1)) // it may have grown
	switch {
	case err != nil:
		return fault(Reason(err))
	case int64(len(text)) > limit:
		return fault(tooLarge(limit))
	}
	return text, nil
}

// ReadPath does what Read does with a file of the operating system.
func ReadPath(path string, limit int64) ([]byte, error) {
	folder, name := filepath.Split(path)
	if name == "" { // path ends in a slash
		folder, name = path, "."
	}
	if folder == "" {
		folder = "."
	}
	return Read(Dir(folder), name, limit)
}

// Open opens a plain file or a folder. The error is a *fs.PathError; anything else is refused
// before it is opened, because opening a pipe may wait for ever.
func Open(fsys fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: Reason(err)}
	}
	if err := checkKind(info.Mode()); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fsys.Open(name)
}

// Reason returns the cause of an error of the file system, without the name of the file.
func Reason(err error) error {
	if in, ok := errors.AsType[*fs.PathError](err); ok {
		return in.Err
	}
	return err
}

func tooLarge(limit int64) error {
	return fmt.Errorf("it is larger than %d KiB, the most that is read", limit>>10)
}

// checkKind returns an error for what is neither a plain file nor a folder.
func checkKind(mode fs.FileMode) error {
	kind := "something else"
	switch {
	case mode.IsRegular() || mode.IsDir():
		return nil
	case mode&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	}
	return fmt.Errorf("it is %s; it must be a plain file", kind)
}

// Dir is a folder of the operating system as a file system. Other than os.DirFS it opens plain files
// and folders only, and lists no folder of more than MaxEntries entries.
type Dir string

// Open opens a plain file or a folder, and never waits for the other end of a pipe.
func (d Dir) Open(name string) (fs.File, error) {
	path, err := d.path("open", name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err == nil {
		err = checkKind(info.Mode())
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: Reason(err)}
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe may be put there in between
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: Reason(err)}
	}
	if info, err = file.Stat(); err == nil {
		err = checkKind(info.Mode())
	}
	if err != nil {
		file.Close()
		return nil, &fs.PathError{Op: "open", Path: name, Err: Reason(err)}
	}
	return file, nil
}

// Stat describes a file without opening it.
func (d Dir) Stat(name string) (fs.FileInfo, error) {
	path, err := d.path("stat", name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: Reason(err)}
	}
	return info, nil
}

// ReadDir returns the entries of a folder, sorted by name. More than MaxEntries are an error.
func (d Dir) ReadDir(name string) ([]fs.DirEntry, error) {
	fault := func(err error) ([]fs.DirEntry, error) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: Reason(err)}
	}
	opened, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	folder, ok := opened.(fs.ReadDirFile)
	if !ok {
		return fault(errors.New("it is no folder"))
	}
	entries, err := folder.ReadDir(MaxEntries + 1)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fault(err)
	case len(entries) > MaxEntries:
		return fault(fmt.Errorf("the folder has more than %d files; move those that are not needed elsewhere",
			MaxEntries))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Sub returns a folder of the folder.
func (d Dir) Sub(name string) (fs.FS, error) {
	path, err := d.path("sub", name)
	if err != nil {
		return nil, err
	}
	return Dir(path), nil
}

// path returns the path of a file in the operating system's form.
func (d Dir) path(op, name string) (string, error) {
	if d == "" {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	local, err := filepath.Localize(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(string(d), local), nil
}
