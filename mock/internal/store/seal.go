package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Every value in the file, but the format, is sealed: behind it stand a tag and a checksum over the
// name of what it belongs to, its key, itself and the tag. So a record that was damaged, or is not
// where it was stored, is never read as another.
const (
	sealSize = 1 + crc32.Size

	tagDeleted = 0 // in place of a record: a lower layer has the key, and it is deleted
	tagKept    = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errSeal is the cause of damage that a checksum reveals.
var errSeal = errors.New("what is stored does not fit its checksum")

// sealOf returns what the checksums of the values begin with that belong to a name: a collection, or
// directorySeal.
func sealOf(name string) uint32 { return crc32.Checksum([]byte(name), castagnoli) }

// directorySeal is the name that entries of the directory belong to; no collection can have it.
const directorySeal = "\x00directory"

// seal appends to a value its tag and checksum.
func seal(of uint32, key, value []byte, tag byte) []byte {
	raw := append(slices.Grow(value, sealSize), tag)
	return binary.LittleEndian.AppendUint32(raw, checksum(of, key, raw))
}

// unseal returns the value in what seal returned, a part of raw, and nil where the tag says that it
// is deleted. The error is errSeal.
func unseal(of uint32, key, raw []byte) (value []byte, err error) {
	if len(raw) < sealSize {
		return nil, errSeal
	}
	at := len(raw) - crc32.Size
	if binary.LittleEndian.Uint32(raw[at:]) != checksum(of, key, raw[:at]) {
		return nil, errSeal
	}
	switch raw[at-1] {
	case tagDeleted:
		return nil, nil
	case tagKept:
		return raw[: at-1 : at-1], nil
	}
	return nil, errSeal
}

// checksum continues the CRC-32C of with a key's length, the key and what is stored under it.
func checksum(of uint32, key, tagged []byte) uint32 {
	var length [4]byte
	binary.LittleEndian.PutUint32(length[:], uint32(len(key)))
	sum := crc32.Update(of, castagnoli, length[:])
	return crc32.Update(crc32.Update(sum, castagnoli, key), castagnoli, tagged)
}

// The sequences of buckets, which bbolt stores with their names, count: partitions, openings,
// records or bytes. The number is in the lower countBits of a sequence, its checksum in the others.
const countBits = 40

// sealCount returns the sequence for a number. That of 0 is 0, as a new bucket has it.
func sealCount(n uint64) uint64 {
	const spread = 0x9E3779B97F4A7C15 // the golden ratio: every bit of n changes many of the upper ones
	return n | n*spread>>countBits<<countBits
}

// count returns the number in a bucket's sequence. It panics, as on damage, if there is none.
func count(b *bolt.Bucket) uint64 {
	sequence := b.Sequence()
	n := sequence & (1<<countBits - 1)
	if sealCount(n) != sequence {
		panic(fmt.Sprintf("a count of %#x", sequence)) // guard makes it an ErrDamaged
	}
	return n
}

// addCount adds n to the number in a bucket's sequence, and returns the sum.
func addCount(b *bolt.Bucket, n int) (uint64, error) {
	sum := count(b) + uint64(n)
	if n == 0 {
		return sum, nil
	}
	if sum >= 1<<countBits {
		panic(fmt.Sprintf("a count of %d", int64(sum))) // guard makes it an ErrDamaged
	}
	return sum, b.SetSequence(sealCount(sum))
}
