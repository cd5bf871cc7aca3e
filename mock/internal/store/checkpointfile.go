package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// A checkpoint file holds what one checkpoint does: a line that says what it is, its note, its collections in the
// order of their names, the records of each in the order of their keys, and a checksum. So the same records give the
// same bytes, whichever data file they came from (K683). A length is a uvarint, and stands before what it is of; a
// length of 0 ends the records of a collection, and the collections:
//
//	"sandkasse checkpoint 1, data 3\n" note (name (key value)* 0)* 0 SHA-256
const (
	// MaxCheckpointFile is the size of a checkpoint file, in bytes (K682).
	MaxCheckpointFile = 32 << 20
	// maxFileRecords and maxFileCollections bound how many records and collections are in a checkpoint file. A small
	// record takes much more memory than its bytes in the file (K686).
	maxFileRecords     = 500_000
	maxFileCollections = 100

	fileVersion   = "1"
	fileFirstWord = "sandkasse checkpoint "
	fileFirstLine = fileFirstWord + fileVersion + ", data " + format + "\n"
)

// ErrCheckpointFile is in the error of everything that is no checkpoint file, or not one that can be read (see
// errors.Is).
var ErrCheckpointFile = errors.New("the checkpoint file cannot be used")

// fileError is an ErrCheckpointFile with the reason.
type fileError struct{ reason string }

func (e *fileError) Error() string { return ErrCheckpointFile.Error() + ": " + e.reason }

func (e *fileError) Is(other error) bool { return other == ErrCheckpointFile }

func badFile(format string, args ...any) error { return &fileError{fmt.Sprintf(format, args...)} }

// tooLargeFile returns the error of a checkpoint file that is, or would be, too large.
func tooLargeFile() error {
	return badFile("it is larger than %d MiB, the most that such a file can be", MaxCheckpointFile>>20)
}

// tooManyInFile returns the error of a checkpoint file that has, or would have, too many records or collections.
func tooManyInFile(what string, max int) error {
	return badFile("it holds more than %d %s, the most that such a file can hold", max, what)
}

// WriteCheckpoint writes a checkpoint as a file. It reads the data file as a View does. The error is ErrNoCheckpoint
// where there is none of that name, ErrCheckpointFile where it is too large, or that of the writer.
func (s *Session) WriteCheckpoint(ctx context.Context, name string, w io.Writer) error {
	defer panicOnFault()()
	b, err := s.db.begin(false)
	if err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, session: s.name, batch: &batch{db: s.db, tx: b, inUse: b.Size(), maxValue: b.Size()}}
	defer func() {
		tx.ended = true
		s.db.release(b)
	}()
	e, collections, err := tx.openCheckpoint(name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := &fileWriter{w: bufio.NewWriter(io.MultiWriter(w, sum))}
	out.bytes([]byte(fileFirstLine))
	out.value(e.note)
	for _, collection := range collections {
		out.value([]byte(collection))
		for record, err := range tx.all(iterator{collection: collection}) {
			if err != nil {
				return err
			}
			out.value([]byte(record.Key))
			out.value(record.Value)
			if out.err != nil {
				return out.err
			}
		}
		out.value(nil)
	}
	out.value(nil)
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		return out.err
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

// openCheckpoint makes a checkpoint what the transaction reads, and returns its entry and the names of its
// collections that have records, sorted.
func (tx *Tx) openCheckpoint(name string) (e entry, collections []string, err error) {
	defer tx.guard(false, "", "", &err)
	if e, err = directoryOf(tx.batch.tx).checkpoint(tx.session, name); err != nil {
		return e, nil, err
	}
	records, bytesOf := size(tx.batch.tx, e.layers)
	switch {
	case bytesOf > MaxCheckpointFile:
		return e, nil, tooLargeFile()
	case records > maxFileRecords:
		return e, nil, tooManyInFile("records", maxFileRecords)
	}
	e.note = bytes.Clone(e.note)
	h := &openSession{layers: e.layers, views: map[string]*collectionView{}}
	for _, layer := range e.layers {
		p := tx.batch.tx.Bucket([]byte(layer))
		if p == nil {
			panic(fmt.Sprintf("no partition %q", layer)) // guard makes it an ErrDamaged
		}
		h.partitions = append(h.partitions, p)
		if err := p.ForEachBucket(func(collection []byte) error {
			collections = append(collections, string(collection))
			return nil
		}); err != nil {
			return e, nil, err
		}
	}
	tx.opened = h
	slices.Sort(collections)
	collections = slices.Compact(collections)
	return e, slices.DeleteFunc(collections, func(collection string) bool {
		it := iterator{tx: tx, collection: collection}
		found, failed := it.next()
		err = errors.Join(err, failed)
		return !found
	}), err
}

// fileWriter writes the parts of a checkpoint file, up to its greatest size, and keeps the first error.
type fileWriter struct {
	w       *bufio.Writer
	written int
	err     error
}

func (f *fileWriter) bytes(text []byte) {
	if f.err != nil {
		return
	}
	if f.written += len(text); f.written > MaxCheckpointFile-sha256.Size {
		f.err = tooLargeFile()
		return
	}
	_, f.err = f.w.Write(text)
}

func (f *fileWriter) value(value []byte) {
	f.bytes(binary.AppendUvarint(f.w.AvailableBuffer(), uint64(len(value))))
	f.bytes(value)
}

// CheckpointFile is a checkpoint file that has been read.
type CheckpointFile struct {
	Note        []byte
	Records     int   // their number
	Bytes       int64 // of their keys and values
	collections []fileCollection
}

type fileCollection struct {
	name    string
	records []fileRecord
	bytes   int
}

// fileRecord is a record, of which nothing is copied.
type fileRecord struct{ key, value []byte }

// ReadCheckpointFile reads a checkpoint file, all of which it checks. What it returns refers to the text. The error is
// ErrCheckpointFile, with the reason in the user's words.
func ReadCheckpointFile(text []byte) (*CheckpointFile, error) {
	if len(text) > MaxCheckpointFile {
		return nil, tooLargeFile()
	}
	if err := checkFirstLine(text); err != nil {
		return nil, err
	}
	end := len(text) - sha256.Size
	if end < len(fileFirstLine) || !bytes.Equal(sumOf(text[:end]), text[end:]) {
		return nil, badFile("it is damaged or cut short: it does not fit its checksum; save it anew")
	}
	r := fileReader{rest: text[len(fileFirstLine):end]}
	f := &CheckpointFile{Note: r.value(maxNote)}
	for last := ""; ; {
		name := string(r.value(bolt.MaxKeySize))
		if name == "" {
			break
		}
		r.check(name > last)
		last = name
		if len(f.collections) == maxFileCollections {
			return nil, tooManyInFile("collections", maxFileCollections)
		}
		c := fileCollection{name: name}
		for lastKey := []byte(nil); ; {
			key := r.value(bolt.MaxKeySize)
			if len(key) == 0 {
				break
			}
			r.check(bytes.Compare(key, lastKey) > 0)
			lastKey = key
			if f.Records++; f.Records > maxFileRecords {
				return nil, tooManyInFile("records", maxFileRecords)
			}
			record := fileRecord{key, r.value(MaxCheckpointFile)}
			c.records = append(c.records, record)
			c.bytes += len(record.key) + len(record.value)
		}
		r.check(len(c.records) > 0)
		f.collections = append(f.collections, c)
		f.Bytes += int64(c.bytes)
	}
	if r.check(len(r.rest) == 0); r.broken {
		return nil, badFile("its parts do not fit together, though its checksum does; no sandkasse has written it so")
	}
	return f, nil
}

// checkFirstLine returns what is wrong with the line that says what the file is.
func checkFirstLine(text []byte) error {
	if bytes.HasPrefix(text, []byte(fileFirstLine)) {
		return nil
	}
	line, _, ended := strings.Cut(string(text[:min(len(text), 80)]), "\n")
	version, data, said := strings.Cut(strings.TrimPrefix(line, fileFirstWord), ", data ")
	switch {
	case len(text) == 0:
		return badFile("it is empty")
	case !ended || !said || !strings.HasPrefix(line, fileFirstWord):
		return badFile("it is no checkpoint of Sandkasse, as GET /_sandkasse/checkpoints/NAME/file writes it")
	}
	return badFile("it is of version %q with data of format %q, and this sandkasse reads version %s with format %s: "+
		"use the sandkasse that wrote it", version, data, fileVersion, format)
}

func sumOf(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:]
}

// fileReader takes parts from a text; once it is broken, all of them are empty.
type fileReader struct {
	rest   []byte
	broken bool
}

// check notes that the text is broken unless it is right so.
func (r *fileReader) check(right bool) {
	if !right {
		r.broken, r.rest = true, nil
	}
}

// value returns the next value, of at most so many bytes.
func (r *fileReader) value(max int) []byte {
	if r.broken {
		return nil
	}
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(max) || n > uint64(len(r.rest)-size) ||
		size != len(binary.AppendUvarint(nil, n)) { // so that one content has one text
		r.check(false)
		return nil
	}
	value := r.rest[size : size+int(n) : size+int(n)]
	r.rest = r.rest[size+int(n):]
	return value
}

// ImportCheckpoint saves what a file holds as a checkpoint of the session, replacing an earlier one of that name. The
// session itself is not changed. It is queued and committed like an Update.
func (s *Session) ImportCheckpoint(name string, file *CheckpointFile) error {
	if err := checkCheckpointName(name); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		d, key := directoryOf(tx.batch.tx), checkpointKey(tx.session, name)
		if err := d.checkSpace(tx.session, key); err != nil {
			return err
		}
		var layers layerStack
		if file.Records > 0 {
			layer, err := tx.importLayer(file)
			if err != nil {
				return err
			}
			layers = layerStack{layer}
		}
		if err := tx.putDirectory(d.checkpoints, key, layers.encode(key, file.Note)); err != nil {
			return err
		}
		tx.batch.layersChanged = true
		if len(tx.open().layers) > 0 {
			return nil
		}
		first, err := tx.newLayerName() // a session with checkpoints is one that there is
		if err != nil {
			return err
		}
		return tx.setLayers(layerStack{first})
	})
}

// importLayer makes a partition with the records of a file, and returns its name.
func (tx *Tx) importLayer(file *CheckpointFile) (string, error) {
	layer, err := tx.newLayerName()
	if err != nil {
		return "", err
	}
	root := tx.batch.tx
	partition, err := root.CreateBucket([]byte(layer))
	if err != nil {
		return "", fmt.Errorf("session %q: %w", tx.session, err)
	}
	tx.undo = append(tx.undo, undo{by: func() error { return root.DeleteBucket([]byte(layer)) }})
	for _, collection := range file.collections {
		b, err := partition.CreateBucket([]byte(collection.name))
		if err != nil {
			return "", fmt.Errorf("session %q, collection %q: %w", tx.session, collection.name, err)
		}
		b.FillPercent = fillPercent
		of := sealOf(collection.name)
		for _, record := range collection.records {
			raw := seal(of, record.key, record.value, tagKept)
			tx.batch.maxValue += int64(len(raw))
			if err := b.Put(record.key, raw); err != nil {
				return "", fmt.Errorf("session %q, collection %q: %w", tx.session, collection.name, err)
			}
		}
		if _, err := addCount(b, collection.bytes); err != nil {
			return "", fmt.Errorf("session %q, collection %q: %w", tx.session, collection.name, err)
		}
	}
	if _, err := addCount(partition, file.Records); err != nil {
		return "", fmt.Errorf("session %q: %w", tx.session, err)
	}
	return layer, nil
}
