package report

import "encoding/binary"

// maxContent limits the bodies whose content is compared; of longer ones the bytes are.
const maxContent = 64 << 10

// content returns a hash that documents have in common which differ in their white space, or in the
// oppgavegiver's reference, alone. It is FNV-1a of 64 bits, which costs less than a digest: who looks
// for equal documents compares those too.
func (c *Call) content() uint64 {
	if len(c.Body) > maxContent || c.API == nil {
		sum := c.fingerprint()
		return binary.BigEndian.Uint64(sum[:])
	}
	at := c.API.Felter.First(c.API.Felter.Referanse)
	value, _ := at.In(c.Document)
	reference, _ := value.(string)
	hash := uint64(14695981039346656037)
	for i := 0; i < len(c.Body); {
		end := i + 1
		switch c.Body[i] {
		case ' ', '\t', '\r', '\n':
			i = end
			continue
		case '"':
			end = i + stringEnd(c.Body[i:])
			if reference != "" && string(c.Body[i+1:max(i+1, end-1)]) == reference {
				i = end
				continue
			}
		}
		for _, b := range c.Body[i:end] {
			hash = (hash ^ uint64(b)) * 1099511628211
		}
		i = end
	}
	return hash
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
