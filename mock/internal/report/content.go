package report

import (
	"crypto/sha256"
	"hash"
)

// maxContent limits the bodies whose content is compared; of longer ones the bytes are.
const maxContent = 64 << 10

// content returns a digest that documents have in common which differ in their white space, or in the
// oppgavegiver's reference, alone.
func (c *Call) content() digest {
	if len(c.Body) > maxContent || c.API == nil {
		return c.fingerprint()
	}
	at := c.API.Felter.First(c.API.Felter.Referanse)
	value, _ := at.In(c.Document)
	reference, _ := value.(string)
	h := contentHash{sum: sha256.New()}
	for rest := c.Body; len(rest) > 0; {
		switch rest[0] {
		case ' ', '\t', '\r', '\n':
			rest = rest[1:]
		case '"':
			end := stringEnd(rest)
			if reference == "" || string(rest[1:max(1, end-1)]) != reference {
				h.write(rest[:end])
			}
			rest = rest[end:]
		default:
			h.write(rest[:1])
			rest = rest[1:]
		}
	}
	var sum [sha256.Size]byte
	h.flush()
	return digest(h.sum.Sum(sum[:0])[:len(digest{})])
}

// stringEnd returns the length of the JSON string that a text begins with; of all of it where the
// string has no end.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// contentHash collects what is hashed, so that bytes are not hashed one by one.
type contentHash struct {
	sum    hash.Hash
	buffer [256]byte
	used   int
}

// write adds bytes.
func (h *contentHash) write(text []byte) {
	for len(text) > 0 {
		n := copy(h.buffer[h.used:], text)
		h.used, text = h.used+n, text[n:]
		if h.used == len(h.buffer) {
			h.flush()
		}
	}
}

// flush hashes what was collected.
func (h *contentHash) flush() {
	h.sum.Write(h.buffer[:h.used])
	h.used = 0
}
