// Package codec encodes the fields of records that are written with every call, where reflection
// would cost more than the rest of the work. A record appends its fields in an order of its own, and
// reads them back in the same order.
package codec

import (
	"encoding/binary"
	"errors"
	"time"
)

// AppendString appends a text with its length.
func AppendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// AppendInt appends a whole number.
func AppendInt(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) }

// AppendBool appends a truth value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendTime appends an instant to the nanosecond, without its location.
func AppendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

// Reader reads the fields of a record. After the first field that cannot be read all others are
// zero, and Err says so.
type Reader struct {
	rest []byte
	err  error
}

var errTruncated = errors.New("the record ends within a field")

// NewReader returns a reader of a record. The bytes must not change while it is used; what it
// returns does not refer to them, except for Rest.
func NewReader(record []byte) *Reader { return &Reader{rest: record} }

// Err returns why a field could not be read, or nil.
func (r *Reader) Err() error { return r.err }

// Rest returns the bytes after the fields that were read, as a part of the record.
func (r *Reader) Rest() []byte { return r.rest }

// String reads what AppendString has appended.
func (r *Reader) String() string {
	length := r.uvarint()
	if length > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	text := string(r.rest[:length])
	r.rest = r.rest[length:]
	return text
}

// Int reads what AppendInt has appended.
func (r *Reader) Int() int { return int(r.varint()) }

// Bool reads what AppendBool has appended.
func (r *Reader) Bool() bool { return r.uvarint() != 0 }

// Time reads what AppendTime has appended, in UTC.
func (r *Reader) Time() time.Time {
	seconds := r.varint()
	nanoseconds := r.uvarint()
	if r.err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (r *Reader) uvarint() uint64 {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return n
}

func (r *Reader) varint() int64 {
	n, length := binary.Varint(r.rest)
	if length <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[length:]
	return n
}

func (r *Reader) fail() {
	r.rest = nil
	if r.err == nil {
		r.err = errTruncated
	}
}
