package journal

import (
	"net/http"

	"sandkasse/mock/internal/codec"
)

// A kept call has its headers packed: as maps they would be most of what the garbage collector has
// to look at.

// packHeader returns a header as bytes, for unpackHeader.
func packHeader(header http.Header) []byte {
	b := codec.AppendInt(make([]byte, 0, packedSize(header)), len(header))
	for name, values := range header {
		b = codec.AppendInt(codec.AppendString(b, name), len(values))
		for _, value := range values {
			b = codec.AppendString(b, value)
		}
	}
	return b
}

// packedSize returns at least the length of a packed header.
func packedSize(header http.Header) int {
	const number = 3 // bytes of a length up to a million
	n := number
	for name, values := range header {
		n += len(name) + 2*number
		for _, value := range values {
			n += len(value) + number
		}
	}
	return n
}

// unpackHeader returns the header that packHeader has packed.
func unpackHeader(packed []byte) http.Header {
	r := codec.NewReader(packed)
	header := make(http.Header, 8)
	for names := r.Int(); names > 0; names-- {
		name := r.String()
		values := make([]string, r.Int())
		for i := range values {
			values[i] = r.String()
		}
		header[name] = values
	}
	return header
}
