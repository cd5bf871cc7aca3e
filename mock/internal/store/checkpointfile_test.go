package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fileBlobs is a second collection, for files with several.
var fileBlobs = NewBlobs("a-blob")

// written returns a checkpoint as a file.
func written(t testing.TB, db *DB, session, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := db.Session(session).WriteCheckpoint(context.Background(), name, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// imported saves a file as a checkpoint.
func imported(t testing.TB, db *DB, session, name string, text []byte) {
	t.Helper()
	file, err := ReadCheckpointFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Session(session).ImportCheckpoint(name, file); err != nil {
		t.Fatal(err)
	}
}

// TestCheckpointFile: a checkpoint comes back from its file, in another session of another data
// file, as often as is wanted and also after a restart; and its file has the same bytes again. A
// checkpoint over several layers, with records that were deleted, is written as one without.
func TestCheckpointFile(t *testing.T) {
	t.Parallel()
	from := temporary(t)
	if err := from.Session("s").Checkpoint("empty", noted(nil)); err != nil {
		t.Fatal(err)
	}
	for n := range 3 { // three layers
		update(t, from, "s", func(tx *Tx) error {
			return errors.Join(put(fmt.Sprint(n), "v")(tx), put("changed", fmt.Sprint(n))(tx), put("gone", "v")(tx),
				fileBlobs.Put(tx, strings.Repeat("k", n+1), bytes.Repeat([]byte{byte(n)}, 100_000)))
		})
		if err := from.Session("s").Checkpoint(fmt.Sprint("c", n), noted([]byte("note"))); err != nil {
			t.Fatal(err)
		}
		update(
			t,
			from,
			"s",
			func(tx *Tx) error { return errors.Join(steder.Delete(tx, "gone"), fileBlobs.Delete(tx, "k")) },
		)
	}
	if err := from.Session("s").Checkpoint("last", noted([]byte("note"))); err != nil {
		t.Fatal(err)
	}
	want, text, empty := stored(t, from, "s"), written(t, from, "s", "last"), written(t, from, "s", "empty")
	update(t, from, "s", put("later", "v")) // which is in no checkpoint
	if again := written(t, from, "s", "last"); !bytes.Equal(text, again) {
		t.Error("the same checkpoint gives other bytes")
	}

	// the same records, put in another order and without layers
	flat := temporary(t)
	update(t, flat, "x", func(tx *Tx) error {
		return errors.Join(fileBlobs.Put(tx, "kkk", bytes.Repeat([]byte{2}, 100_000)), put("changed", "2")(tx),
			put("2", "v")(tx), put("1", "v")(tx), put("0", "v")(tx),
			fileBlobs.Put(tx, "kk", bytes.Repeat([]byte{1}, 100_000)))
	})
	if err := flat.Session("x").Checkpoint("last", noted([]byte("note"))); err != nil {
		t.Fatal(err)
	}
	if other := written(t, flat, "x", "last"); !bytes.Equal(text, other) {
		t.Errorf("the same records give other bytes: %d and %d", len(text), len(other))
	}

	path := filepath.Join(t.TempDir(), "data.db")
	to := opened(t, path, Options{})
	update(t, to, "there", put("mine", "v"))
	for _, session := range []string{"new", "there"} {
		imported(t, to, session, "last", text)
		imported(t, to, session, "last", text) // in the place of the first
		imported(t, to, session, "empty", empty)
	}
	if diff := cmp.Diff(map[string]string{"mine": "v"}, stored(t, to, "there")); diff != "" {
		t.Errorf("an import has changed the session:\n%s", diff)
	}
	for round := range 2 {
		for _, session := range []string{"new", "there"} {
			if got := written(t, to, session, "last"); !bytes.Equal(text, got) {
				t.Errorf("round %d: %s gives other bytes", round, session)
			}
			if note, err := restore(to, session, "last"); err != nil || string(note) != "note" {
				t.Errorf("note %q, %v", note, err)
			}
			if diff := cmp.Diff(want, stored(t, to, session)); diff != "" {
				t.Errorf("round %d: %s (-want +got):\n%s", round, session, diff)
			}
			list, err := to.Session(session).Checkpoints()
			if err != nil || len(list) != 2 || list[0].Records != 0 || list[1].Records != 6 ||
				list[1].Bytes != 200_027 {
				t.Errorf("%+v, %v", list, err)
			}
			update(
				t,
				to,
				session,
				func(tx *Tx) error { return errors.Join(steder.Delete(tx, "0"), put("x", "y")(tx)) },
			)
			if _, err := restore(to, session, "empty"); err != nil || len(stored(t, to, session)) != 0 {
				t.Errorf("the empty one has %v, %v", stored(t, to, session), err)
			}
		}
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
		to = opened(t, path, Options{})
	}
	if err := to.Session("new").DeleteCheckpoint("last"); err != nil {
		t.Error(err)
	}
	if err := to.Session("new").WriteCheckpoint(t.Context(), "last", io.Discard); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("writing one that there is not: %v", err)
	}
	file, err := ReadCheckpointFile(text)
	if err != nil {
		t.Fatal(err)
	}
	for n := range maxCheckpoints + 1 {
		if err = to.Session("full").ImportCheckpoint(fmt.Sprint(n), file); err != nil && n < maxCheckpoints {
			t.Fatal(err)
		}
	}
	if err == nil || !strings.Contains(err.Error(), "the most there can be") {
		t.Errorf("one too many: %v", err)
	}
}

// TestWrongCheckpointFiles: whatever is wrong with a file is refused with what it is; one byte that differs, anywhere,
// is found.
func TestWrongCheckpointFiles(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", func(tx *Tx) error { return errors.Join(put("a", "1")(tx), put("b", "2")(tx)) })
	if err := db.Session("s").Checkpoint("c", noted([]byte("note"))); err != nil {
		t.Fatal(err)
	}
	text := written(t, db, "s", "c")
	for at := range text {
		changed := slices.Clone(text)
		changed[at] ^= 0x20
		if _, err := ReadCheckpointFile(changed); !errors.Is(err, ErrCheckpointFile) {
			t.Errorf("byte %d: %v", at, err)
		}
		if _, err := ReadCheckpointFile(text[:at]); !errors.Is(err, ErrCheckpointFile) {
			t.Errorf("cut at %d: %v", at, err)
		}
	}
	if _, err := ReadCheckpointFile(append(slices.Clone(text), 0)); !errors.Is(err, ErrCheckpointFile) {
		t.Error(err)
	}
	const damaged = "it is damaged or cut short"
	for content, want := range map[string]string{
		"":                                       "it is empty",
		"{\"calls\": []}\n":                      "it is no checkpoint of Sandkasse",
		"sandkasse checkpoint 1, data 3":         "it is no checkpoint of Sandkasse",
		"sandkasse checkpoint 2, data 3\n":       `version "2" with data of format "3"`,
		"sandkasse checkpoint 1, data 4\n":       `with data of format "4"`,
		fileFirstLine:                            damaged,
		string(text[:len(text)-1]):               damaged,
		strings.Repeat("x", MaxCheckpointFile+1): "it is larger than 32 MiB",
	} {
		if _, err := ReadCheckpointFile([]byte(content)); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "the checkpoint file cannot be used: ") {
			t.Errorf("%.60q: %v, want %s", content, err, want)
		}
	}
	// parts that do not fit together, under a right checksum
	part := func(values ...string) (b []byte) {
		b = []byte(fileFirstLine)
		for _, value := range values {
			b = append(binary.AppendUvarint(b, uint64(len(value))), value...)
		}
		return append(b, sumOf(b)...)
	}
	bytesOf := func(body ...byte) []byte {
		b := append([]byte(fileFirstLine), body...)
		return append(b, sumOf(b)...)
	}
	if _, err := ReadCheckpointFile(part("note", "c", "k", "v", "", "")); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string][]byte{
		"no end":                    part("note", "c", "k", "v", ""),
		"too much":                  part("note", "c", "k", "v", "", "", ""),
		"a collection twice":        part("note", "c", "k", "v", "", "c", "l", "v", "", ""),
		"collections out of order":  part("note", "d", "k", "v", "", "c", "k", "v", "", ""),
		"a key twice":               part("note", "c", "k", "v", "k", "v", "", ""),
		"a collection without any":  part("note", "c", "", ""),
		"a note that is too large":  part(strings.Repeat("n", maxNote+1), ""),
		"a key that is too large":   part("", "c", strings.Repeat("k", 32769), "v", "", ""),
		"nothing":                   part(),
		"a length beyond its end":   bytesOf(200, 1),
		"a length in two bytes":     bytesOf(0x80, 0, 0),
		"a length without a length": bytesOf(0x80),
	} {
		if _, err := ReadCheckpointFile(wrong); !errors.Is(err, ErrCheckpointFile) ||
			!strings.Contains(err.Error(), "do not fit together") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// many small parts, which would take much more memory than the file has bytes
	few, many := []string{"note"}, []string{"note", "c"}
	for n := range maxFileCollections {
		few = append(few, fmt.Sprintf("c%03d", n), "k", "v", "")
	}
	if _, err := ReadCheckpointFile(part(append(few, "")...)); err != nil {
		t.Errorf("as many collections as there can be: %v", err)
	}
	few = append(few, "d", "k", "v", "", "")
	if _, err := ReadCheckpointFile(part(few...)); !tells(err, "more than 100 collections") {
		t.Errorf("too many collections: %v", err)
	}
	for n := range maxFileRecords {
		many = append(many, fmt.Sprintf("%06d", n), "")
	}
	if _, err := ReadCheckpointFile(part(append(many, "", "")...)); err != nil {
		t.Errorf("as many records as there can be: %v", err)
	}
	if _, err := ReadCheckpointFile(part(append(many, "x", "", "", "")...)); !tells(err, "more than 500000 records") {
		t.Errorf("too many records: %v", err)
	}
	// too large to be written
	update(t, db, "s", func(tx *Tx) error { return fileBlobs.Put(tx, "k", make([]byte, MaxCheckpointFile)) })
	if err := db.Session("s").Checkpoint("large", noted(nil)); err != nil {
		t.Fatal(err)
	}
	if err := db.Session("s").WriteCheckpoint(t.Context(), "large", io.Discard); err == nil ||
		!strings.Contains(err.Error(), "larger than 32 MiB") {
		t.Error(err)
	}
}

// TestTooManyRecordsForFile: a checkpoint whose file could not be read again is not written.
func TestTooManyRecordsForFile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("half a million records")
	}
	db := temporary(t)
	update(t, db, "many", func(tx *Tx) (err error) {
		for n := 0; n <= maxFileRecords && err == nil; n++ {
			err = fileBlobs.Put(tx, fmt.Sprintf("%06d", n), nil)
		}
		return err
	})
	if err := db.Session("many").Checkpoint("many", noted(nil)); err != nil {
		t.Fatal(err)
	}
	err := db.Session("many").WriteCheckpoint(t.Context(), "many", io.Discard)
	if !tells(err, "more than 500000 records") {
		t.Errorf("too many records are written: %v", err)
	}
}

// tells reports whether an error is an ErrCheckpointFile with these words.
func tells(err error, words string) bool {
	return errors.Is(err, ErrCheckpointFile) && strings.Contains(err.Error(), words)
}

// FuzzCheckpointFile: what is read can be imported, and is written as it was read; anything else is an
// ErrCheckpointFile.
func FuzzCheckpointFile(f *testing.F) {
	db, err := OpenTemporary()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	f.Add([]byte("\x00\x00"))
	f.Add([]byte("\x04note\x01c\x01k\x01v\x00\x00"))
	f.Add([]byte("\x00\x01c\x01k\x00\x01l\x01v\x00\x01d\x01k\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := ReadCheckpointFile(body); err == nil || !errors.Is(err, ErrCheckpointFile) {
			t.Errorf("without a first line and a checksum: %v", err)
		}
		text := append([]byte(fileFirstLine), body...)
		text = append(text, sumOf(text)...)
		before := slices.Clone(text)
		file, err := ReadCheckpointFile(text)
		if err != nil {
			if !errors.Is(err, ErrCheckpointFile) {
				t.Error(err)
			}
			return
		}
		if err := db.Session("s").ImportCheckpoint("c", file); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, text) {
			t.Error("the text was changed")
		}
		if got := written(t, db, "s", "c"); !bytes.Equal(got, before) {
			t.Errorf("%q is written as %q", before, got)
		}
		if _, err := restore(db, "s", "c"); err != nil {
			t.Error(err)
		}
	})
}
