package store

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// refused opens a file that cannot be opened, and wants one clear line that names it.
func refused(t *testing.T, path, text string) {
	t.Helper()
	db, err := Open(path, Options{})
	if err == nil {
		t.Errorf("opened: %v", db.Close())
		return
	}
	for _, part := range []string{path, text} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r\t") {
		t.Errorf("%q is not one line", err)
	}
}

func TestWhatIsNoDataFile(t *testing.T) {
	t.Parallel()
	foreign := func(o bolt.Options, fill func(*bolt.Tx) error) func(string) error {
		return func(path string) error {
			db, err := bolt.Open(path, 0o600, &o)
			if err != nil {
				return err
			}
			return errors.Join(db.Update(fill), db.Close())
		}
	}
	bucket := func(name, key, value string) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(name))
			if err != nil {
				return err
			}
			return b.Put([]byte(key), []byte(value))
		}
	}
	write := func(content string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }
	}
	for name, c := range map[string]struct {
		make func(path string) error
		text string
	}{
		"a folder": {
			func(path string) error { return os.Mkdir(path, 0o700) },
			"is a folder: name a file, such as ",
		},
		"text":            {write("Hei"), "is not a data file of sandkasse: name another file"},
		"long text":       {write(strings.Repeat("Hei ", 10_000)), "is not a data file of sandkasse"},
		"zeros":           {write(strings.Repeat("\x00", 40_000)), "is not a data file of sandkasse"},
		"another's bbolt": {foreign(bolt.Options{}, bucket("theirs", "k", "v")), "is not a data file of sandkasse"},
		"without list": {
			foreign(bolt.Options{NoFreelistSync: true}, bucket("theirs", "k", "v")),
			"is not a data file of sandkasse",
		},
		"another format": {
			foreign(bolt.Options{}, bucket(metaBucket, formatKey, "7")),
			`has format "7", and this sandkasse reads format "3": use the sandkasse that made it`,
		},
		"the format before": {
			foreign(bolt.Options{}, bucket(metaBucket, formatKey, "2")),
			`has format "2", and this sandkasse reads format "3": use the sandkasse that made it, or name another file`,
		},
		"no format": {foreign(bolt.Options{}, bucket(metaBucket, "k", "v")), `has format ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			refused(t, path, c.text)
		})
	}
}

func TestPathsThatCanNotBe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(folder, "missing", "data.db")
	refused(t, missing, "there is no folder "+filepath.Dir(missing)+": make it")
	if _, err := os.Stat(filepath.Dir(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	refused(t, filepath.Join(file, "data.db"), "not a directory")
	refused(t, os.DevNull, "is not a plain file")
	refused(t, "", "the data file has no name: give it one")
}

func TestAnUnknownDurability(t *testing.T) {
	t.Parallel()
	_, err := Open(filepath.Join(t.TempDir(), "data.db"), Options{Durability: "now and then"})
	if want := `durability "now and then" is neither sync nor async`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestNoPermission(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	opened(t, path, Options{}).Close()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(path); errors.Is(err, fs.ErrPermission) { // not so for root
		refused(t, path, "not allowed to read and write it")
	}
	err := explain(path, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission})
	if !strings.Contains(err.Error(), "not allowed to read and write it: change its permissions") ||
		!errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

func TestAnEmptyFileIsAFreshOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if g := opened(t, path, Options{}).Generation(); g != 1 {
		t.Errorf("generation %d", g)
	}
}

func TestAFileThatIsOpen(t *testing.T) {
	t.Parallel()
	const text = "is locked: another sandkasse (or another program) has it open"
	t.Run("here", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "data.db")
		db := opened(t, path, Options{})
		refused(t, path, text)
		update(t, db, "s", put("k", "v"))
	})
	t.Run("in another process", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "data.db")
		other := exec.Command(os.Args[0])
		other.Env = append(os.Environ(), holdVariable+"="+path)
		in, err := other.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := other.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
			t.Errorf("the other process says %q, %v", line, err)
		}
		refused(t, path, text)
		if err := errors.Join(in.Close(), other.Wait()); err != nil {
			t.Fatal(err)
		}
		if g := opened(t, path, Options{}).Generation(); g != 2 {
			t.Errorf("generation %d after the other process", g)
		}
	})
}

// A full disk, or what stands for it here: the file may not grow.
func TestACommitThatFails(t *testing.T) {
	t.Parallel()
	db := opened(t, filepath.Join(t.TempDir(), "data.db"), Options{})
	update(t, db, "s", put("before", "v"))
	large := func(key string) func(*Tx) error {
		return func(tx *Tx) error { return steder.Put(tx, key, strings.Repeat("v", 1<<20)) }
	}
	failure := errors.New("failure")
	db.bolt.MaxSize = 1 // no call is on its way
	errs := together(t, db, "s", large("a"), func(*Tx) error { return failure }, large("b"))
	for i, want := range []error{berrors.ErrMaxSizeReached, failure, berrors.ErrMaxSizeReached} {
		if !errors.Is(errs[i], want) {
			t.Errorf("call %d: %v", i, errs[i])
		}
	}
	if text := fmt.Sprint(errs[0]); !strings.HasPrefix(text, "data file "+db.path+" could not be written: ") {
		t.Error(text)
	}
	if got := stored(t, db, "s"); len(got) != 1 {
		t.Errorf("%d are stored", len(got))
	}
	db.bolt.MaxSize = 0
	update(t, db, "s", large("a"))
	if err := whole(db.bolt); err != nil {
		t.Error(err)
	}
}
