package mock

import (
	"errors"
	"fmt"
	"strings"

	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/yamlfile"
)

// Errors that a caller may want to tell from others, with errors.Is. The text of an error that is one of them says
// more, such as which name is unknown and which names there are.
var (
	// ErrUnknownAPI is the error where no API has the given name.
	ErrUnknownAPI = errors.New("there is no such API")
	// ErrTooManySessions is the error of opening a session when a server has 10,000 of them that hold something.
	ErrTooManySessions = errors.New("there are too many sessions")
	// ErrNoCheckpoint is the error of restoring a checkpoint that a session does not have.
	ErrNoCheckpoint = errors.New("there is no such checkpoint")
	// ErrCheckpointFile is the error of reading what is no checkpoint file, or one that is damaged, too large or of
	// another version.
	ErrCheckpointFile = errors.New("the checkpoint file cannot be used")
	// ErrDataLocked is the error of New where another process has the data file open.
	ErrDataLocked = errors.New("the data file is locked")
	// ErrDataDamaged is the error of New where the data file is damaged.
	ErrDataDamaged = errors.New("the data file is damaged")
)

// ArgumentError is the error where something that the caller gave cannot be used: an unknown name, a value out of
// range, a file or folder that cannot be read. Faults inside a file, and failures of the machine or of a server, are
// not ArgumentErrors.
type ArgumentError struct{ Err error }

// Error returns the text of Err.
func (e *ArgumentError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *ArgumentError) Unwrap() error { return e.Err }

// argument returns the error as an ArgumentError; nil for nil.
func argument(err error) error {
	if err == nil {
		return nil
	}
	return &ArgumentError{err}
}

// settingError is an error of an option, with the name of its flag.
type settingError struct {
	error
	setting string
}

// Unwrap returns the error itself.
func (e settingError) Unwrap() error { return e.error }

// settingErrors returns the errors of options that are joined in an error.
func settingErrors(err error) (list []settingError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			list = append(list, settingErrors(one)...)
		}
		return list
	}
	if one, ok := errors.AsType[settingError](err); ok {
		list = append(list, one)
	}
	return list
}

// Fault is one thing that is wrong in a file that a user wrote.
type Fault struct {
	File string // the path of the file, as far as the caller gave it
	Line int    // counted from 1; 0 where the fault is of the file as a whole
	Text string // what is wrong, and what would be right
}

// String returns the fault as FILE:LINE: TEXT, or FILE: TEXT without a line.
func (f Fault) String() string { return yamlfile.Fault(f).String() }

// FaultsError is the error where files that a user wrote (APIs, scenarios, clients) have faults. It has all faults of
// all files of a kind, sorted by file and line.
type FaultsError struct{ Faults []Fault }

// Error returns the faults, one on each line.
func (e *FaultsError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, fault := range e.Faults {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// detailedError has the text of one error and is, to errors.Is and errors.As, also another.
type detailedError struct {
	error
	kind error
}

// Unwrap returns both errors.
func (e detailedError) Unwrap() []error { return []error{e.error, e.kind} }

// public returns an error of an internal package as one of this package; nil for nil. An error that has no
// counterpart here is returned as it is.
func public(err error) error {
	if faults, ok := errors.AsType[yamlfile.Faults](err); ok {
		shown := &FaultsError{}
		for _, fault := range faults {
			shown.Faults = append(shown.Faults, Fault(fault))
		}
		return shown
	}
	if _, ok := errors.AsType[*generation.Error](err); ok {
		return argument(err)
	}
	for _, pair := range []struct{ internal, public error }{
		{session.ErrTooManySessions, ErrTooManySessions},
		{store.ErrNoCheckpoint, ErrNoCheckpoint},
		{store.ErrCheckpointFile, ErrCheckpointFile},
		{store.ErrLocked, ErrDataLocked},
		{store.ErrDamaged, ErrDataDamaged},
	} {
		if errors.Is(err, pair.internal) {
			return detailedError{err, pair.public}
		}
	}
	return err
}

// unknownAPI returns the error where none of the names is that of an API.
func unknownAPI(name string, names []string) error {
	text := fmt.Errorf("there is no API %q; there are %s", name, strings.Join(names, ", "))
	return argument(detailedError{text, ErrUnknownAPI})
}
