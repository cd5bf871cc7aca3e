package mock

// ArgumentError is an error in what the caller gave: an unknown name, a value that cannot be, a
// file or folder that cannot be read. Faults inside a file, and failures of the machine or of a
// server, are no ArgumentError.
type ArgumentError struct{ Err error }

// Error is the text of Err.
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
