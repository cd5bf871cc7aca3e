package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	// metaBucket holds the format of the file, and in its sequence the generation. No session can
	// have this name.
	metaBucket = "\x00sandkasse"
	formatKey  = "format"
	// format names the layout of the buckets: metaBucket, and those that directory.go describes. It
	// changes with the layout.
	format = "3"

	lockWait = 2 * time.Second
	// mapSize is the address space reserved for the file. To grow beyond it bbolt must map the file
	// again, and wait until no View runs. It costs no memory.
	mapSize = 1 << 30
	// smallMapSize takes its place where address space is limited: at ulimit -v 2097152 the program
	// itself takes most of it.
	smallMapSize = 16 << 20
	// growStep is the size by which the file grows; each time costs an fsync of its own.
	growStep = 4 << 20
	// pageSize is the same on every machine, so that files are too. Larger pages were not faster.
	pageSize = 4096

	remedy = "restore a copy of it, or remove it to begin anew"
)

// Options are the settings of [Open].
type Options struct {
	Durability Durability // Sync, if empty
}

// Open opens the data file, and creates it if it does not exist; its folder must exist. The file is
// locked until Close; Open waits up to two seconds for the lock of another process.
//
// Open checks the structure of the file: its free list, its buckets and the branch pages of their
// trees. In a file of up to 32 MiB it also checks the leaf pages and the checksum of every record,
// so it finds any damage that could change an answer. Those of a larger file are checked as they are
// read.
func Open(path string, o Options) (*DB, error) {
	if path == "" {
		return nil, errors.New("the data file has no name: give it one, such as sandkasse.db")
	}
	switch o.Durability {
	case "":
		o.Durability = Sync
	case Sync, Async:
	default:
		return nil, fmt.Errorf("durability %q is neither %s nor %s", o.Durability, Sync, Async)
	}
	return open(path, o, false)
}

// OpenTemporary opens a new temporary file, which Close removes. The file is never synced, since it
// does not outlive the process.
func OpenTemporary() (*DB, error) {
	f, err := os.CreateTemp("", "sandkasse-*.db")
	if err != nil {
		return nil, fmt.Errorf("making a temporary data file: %w", err)
	}
	path := f.Name()
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("making temporary data file %s: %w", path, err)
	}
	db, err := open(path, Options{Durability: Async}, true)
	// Where an open file can be removed it is removed now, so that a kill leaves nothing behind;
	// elsewhere Close removes it.
	_ = removeTemporary(path)
	return db, err
}

func open(path string, o Options, temporary bool) (db *DB, err error) {
	fresh, err := examine(path)
	if err != nil {
		return nil, err
	}
	free := int64(0)
	if !fresh {
		if free, err = inspect(path); err != nil {
			return nil, err
		}
	}
	db = &DB{
		compaction: compaction{pending: !fresh, freeBytes: free},
		path:       path,
		log:        slog.New(slog.DiscardHandler),
		durability: o.Durability,
		temporary:  temporary,
		dirty:      make(chan struct{}, 1),
		stop:       make(chan struct{}),
	}
	db.queued = sync.NewCond(&db.mu)
	if err := db.openBolt(); err != nil {
		return nil, err
	}
	if err := db.beginGeneration(); err != nil {
		if !db.unclosable {
			_ = db.bolt.Close() // the first error counts
		}
		return nil, err
	}
	if fresh && !temporary {
		syncFolder(filepath.Dir(path))
	}
	db.bolt.NoSync = temporary || o.Durability == Async
	db.writer.Add(1)
	go db.write()
	if o.Durability == Async && !temporary {
		db.syncer.Add(1)
		go db.syncLater()
	}
	return db, nil
}

// examine reports whether path is missing or empty. The error says why it cannot be a data file.
func examine(path string) (fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		folder := filepath.Dir(path)
		if in, err := os.Stat(folder); err != nil || !in.IsDir() {
			return false, fmt.Errorf("data file %s: there is no folder %s: make it, or name a file in one that exists",
				path, folder)
		}
		return true, nil
	case err != nil:
		return false, explain(path, err)
	case info.IsDir():
		return false, fmt.Errorf("data file %s is a folder: name a file, such as %s", path,
			filepath.Join(path, "sandkasse.db"))
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("data file %s is not a plain file: name one that is, or one that does not exist yet",
			path)
	}
	return info.Size() == 0, nil
}

// inspect locks the file against writers, checks its structure, and returns how many bytes of it
// are free. It must run before the file is opened for writing, because bbolt trusts what it finds
// there.
func inspect(path string) (free int64, err error) {
	lock, lockErr := bolt.Open(path, 0, &bolt.Options{ReadOnly: true, Timeout: lockWait, NoStatistics: true})
	if errors.Is(lockErr, berrors.ErrTimeout) {
		return 0, explain(path, lockErr)
	}
	if lockErr == nil {
		defer lock.Close()
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, explain(path, err)
	}
	defer f.Close()
	// its error says more than bbolt's, where both refuse the file
	if free, err = checkFile(f, maxWholeCheck); err != nil {
		return 0, explain(path, err)
	}
	if lockErr != nil {
		return 0, explain(path, lockErr)
	}
	return free, nil
}

// openBolt opens the file for writing.
//
// The free list is kept in the file (except in a temporary one): without it bbolt reads the whole
// file at Open, in a goroutine of its own, where damage ends the process. The array form of the
// list takes the lowest pages first, which keeps the pages of a commit closer together than the
// hash map does.
func (db *DB) openBolt() (err error) {
	defer panicOnFault()()
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
		}
	}()
	o := bolt.Options{
		Timeout:        lockWait,
		NoSync:         db.temporary,
		NoGrowSync:     db.temporary,
		NoFreelistSync: db.temporary,
		FreelistType:   bolt.FreelistArrayType,
		NoStatistics:   true,
		PageSize:       pageSize,
		OpenFile: func(path string, flag int, mode os.FileMode) (file *os.File, err error) {
			db.file, err = os.OpenFile(path, flag, mode)
			return db.file, err
		},
	}
	if runtime.GOOS != "windows" && strconv.IntSize == 64 { // Windows would make the file that large
		o.InitialMmapSize = mapSize
		if addressSpaceIsLimited() {
			o.InitialMmapSize = smallMapSize
		}
	}
	db.bolt, err = bolt.Open(db.path, 0o600, &o)
	if err != nil {
		return explain(db.path, err)
	}
	db.bolt.AllocSize = growStep
	db.sync = db.bolt.Sync
	return nil
}

// beginGeneration checks the format of the file, and counts this opening in it.
func (db *DB) beginGeneration() error {
	defer panicOnFault()()
	tx, err := db.begin(true)
	if err != nil {
		return err
	}
	defer db.rollback(tx)
	db.compaction.size = tx.Size()
	if err := db.checkFormat(tx); err != nil {
		return err
	}
	return db.commitTx(tx)
}

// checkFormat checks the format in a transaction, initialises a new file, and sets the generation.
func (db *DB) checkFormat(tx *bolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
		}
	}()
	own := tx.Bucket([]byte(metaBucket))
	if own == nil {
		if own, err = tx.CreateBucket([]byte(metaBucket)); err != nil {
			return explain(db.path, err)
		}
		err = initFormat(tx, own)
	}
	if err != nil {
		return explain(db.path, err)
	}
	if has := string(own.Get([]byte(formatKey))); has != format {
		return explain(db.path, &formatError{has})
	}
	_ = directoryOf(tx) // panics if there is none
	if db.generation, err = addCount(own, 1); err != nil {
		return explain(db.path, err)
	}
	return nil
}

// initFormat creates the buckets of the directory and records the format.
func initFormat(tx *bolt.Tx, own *bolt.Bucket) error {
	for _, name := range []string{sessionsBucket, checkpointsBucket} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	return own.Put([]byte(formatKey), []byte(format))
}

// formatError is the error of a data file of another format.
type formatError struct{ has string }

func (e *formatError) Error() string {
	return fmt.Sprintf(
		"has format %q, and this sandkasse reads format %q: use the sandkasse that made it, or name another file",
		e.has, format)
}

// explain turns an error in opening the file into one line that says what is wrong and what would
// be right.
func explain(path string, err error) error {
	var otherFormat *formatError
	switch {
	case errors.As(err, &otherFormat):
		return fmt.Errorf("data file %s %w", path, err)
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("data file %s %w: another sandkasse (or another program) has it open", path, ErrLocked)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf(
			"data file %s: not allowed to read and write it: change its permissions, or name another file (%w)", path,
			err)
	case errors.Is(err, errForeign):
		return fmt.Errorf(
			"data file %s is not a data file of sandkasse: name another file, or one that does not exist yet", path)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("data file %s %w: %s", path, err, remedy)
	}
	return fmt.Errorf("data file %s: %w", path, err)
}

// syncFolder syncs the folder of a new file, so that its name survives a power cut. Errors are
// ignored: not every system can, and the file is usable without it.
func syncFolder(folder string) {
	f, err := os.Open(folder)
	if err != nil {
		return
	}
	defer f.Close()
	_ = f.Sync()
}
