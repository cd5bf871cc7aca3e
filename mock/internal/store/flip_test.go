package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// answers opens a file and asks it everything: each record of each session by its key and in a
// range, what is not there, sizes and checkpoints, and a checkpoint restored. It returns the answers
// by question. A question that is answered with an error is left out, and err is the last of these.
func answers(t *testing.T, path string, keys []string) (all map[string]string, err error) {
	t.Helper()
	all = map[string]string{}
	db, err := Open(path, Options{Durability: Async})
	if err != nil {
		return all, err
	}
	ask := func(question string, answer func() (string, error)) {
		text, failed := answer()
		if failed != nil {
			err = failed
			return
		}
		all[question] = text
	}
	read := func(session, when string) {
		failed := db.Session(session).View(context.Background(), noon, func(tx *Tx) error {
			for _, key := range keys {
				ask(when+session+" person "+key, func() (string, error) {
					v, found, err := personer.Get(tx, key)
					return fmt.Sprint(v, found), err
				})
				ask(when+session+" sted "+key, func() (string, error) {
					v, found, err := steder.Get(tx, key)
					return fmt.Sprint(v, found), err
				})
				ask(when+session+" fil "+key, func() (string, error) {
					v, found, err := filer.Get(tx, key)
					return fmt.Sprint(v, found), err
				})
			}
			ask(when+session+" personer", func() (string, error) { return listed(personer.All(tx, "")) })
			ask(when+session+" steder", func() (string, error) { return listed(steder.All(tx, "")) })
			ask(when+session+" steder backwards", func() (string, error) { return listed(steder.Backwards(tx, "")) })
			ask(when+session+" filer", func() (string, error) { return listed(filer.All(tx, "")) })
			return nil
		})
		if failed != nil {
			err = failed
		}
	}
	for _, session := range []string{"default", "another", "layered", "none"} {
		read(session, "")
	}
	ask("sessions", func() (string, error) { list, err := db.Sessions(); return fmt.Sprint(list), err })
	ask("sizes", func() (string, error) { list, err := db.Sizes(); return fmt.Sprint(list), err })
	ask("generation", func() (string, error) { return fmt.Sprint(db.Generation()), nil })
	ask("checkpoints", func() (string, error) {
		list, err := db.Session("layered").Checkpoints()
		return fmt.Sprint(list), err
	})
	ask("note", func() (string, error) { note, err := restore(db, "layered", "kept"); return string(note), err })
	if all["note"] != "" {
		read("layered", "restored ")
	}
	if failed := db.Close(); failed != nil {
		err = failed
	}
	return all, err
}

func listed[T any](entries func(func(Entry[T], error) bool)) (string, error) {
	var b strings.Builder
	for e, err := range entries {
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, e)
	}
	return b.String(), nil
}

// little is a file of few pages: leaves, small buckets, layers, and a branch with few leaves.
var little = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "sandkasse-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "data.db")
	db, err := Open(path, Options{Durability: Async})
	if err != nil {
		return nil, err
	}
	fill := func(from, to int) func(*Tx) error {
		return func(tx *Tx) error {
			for n := from; n < to; n++ {
				if err := errors.Join(steder.Put(tx, fmt.Sprint("sted ", n), strings.Repeat("v", n)),
					filer.Put(tx, fmt.Sprint("fil ", n), bytes.Repeat([]byte{byte(n)}, 40*n))); err != nil {
					return err
				}
			}
			return personer.Put(tx, "ola", person{Navn: fmt.Sprint("Ola ", to)})
		}
	}
	err = errors.Join(
		db.Session("default").Update(noon, fill(0, 20)),
		db.Session("another").Update(noon, func(tx *Tx) error { return steder.Put(tx, "k", "v") }),
		db.Session("layered").Update(noon, fill(0, 8)),
		db.Session("layered").Checkpoint("kept", noted([]byte("note"))),
		db.Session("layered").Update(noon, func(tx *Tx) error {
			return errors.Join(fill(6, 10)(tx), steder.Delete(tx, "sted 3"), filer.Delete(tx, "fil 4"))
		}),
		db.Close())
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	return bytes.TrimRight(data, "\x00"), err
})

// TestNoDamageIsAnAnswer: a file of which one byte is another gives an error or the right answer,
// wherever that byte is, and never a wrong answer.
//
// Some hundred bytes; SANDKASSE_TEST_DAMAGE=1 changes each byte of the file.
func TestNoDamageIsAnAnswer(t *testing.T) {
	t.Parallel()
	data, err := little()
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, make([]byte, (pageSize-len(data)%pageSize)%pageSize)...)
	keys := []string{"ola", "kari", "k"}
	for n := range 21 {
		keys = append(keys, fmt.Sprint("sted ", n), fmt.Sprint("fil ", n))
	}
	folder := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		os.Remove(path)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want, err := answers(t, write("whole", data), keys)
	if err != nil {
		t.Fatal(err)
	}
	type flip struct {
		at int
		by byte
	}
	var flips []flip
	random := rand.New(rand.NewPCG(1, 2))
	if os.Getenv("SANDKASSE_TEST_DAMAGE") != "" {
		for at := range data {
			flips = append(flips, flip{at, byte(1 + random.IntN(255))})
		}
	} else {
		for range 500 {
			at := random.IntN(len(data))
			if random.IntN(2) == 0 { // the heads of pages and of their entries
				at = at/pageSize*pageSize + random.IntN(256)
			}
			flips = append(flips, flip{at, byte(1 + random.IntN(255))})
		}
	}
	errs := 0
	for _, f := range flips {
		damaged := bytes.Clone(data)
		damaged[f.at] ^= f.by
		got, err := answers(t, write("damaged", damaged), keys)
		if err != nil {
			errs++
		}
		for question, answer := range got {
			if answer != want[question] {
				t.Errorf("byte %d of page %d (by %#x): %q is answered %.200q, want %.200q (%v)", f.at%pageSize,
					f.at/pageSize, f.by, question, answer, want[question], err)
				break
			}
		}
		if err == nil && len(got) != len(want) {
			t.Errorf("byte %d: %d answers and no error, want %d", f.at, len(got), len(want))
		}
	}
	t.Logf("%d pages, %d bytes changed, %d led to an error", len(data)/pageSize, len(flips), errs)
}
