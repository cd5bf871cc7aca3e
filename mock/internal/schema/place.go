package schema

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Position is a place in a text: line and column, the column in characters, both from 1.
type Position struct{ Linje, Kolonne int }

// Place returns the line and the column where the value at the JSON pointer sti begins in body: of
// the nearest ancestor that exists if the value does not, and of the first character for the
// document itself.
func Place(body []byte, sti string) (linje, kolonne int) {
	at := Places(body, []string{sti})[sti]
	return at.Linje, at.Kolonne
}

// Places returns the Place of each pointer, and reads body once.
func Places(body []byte, stier []string) map[string]Position {
	wanted := map[jsontext.Pointer]bool{} // with all ancestors
	for _, sti := range stier {
		for at := jsontext.Pointer(sti); !wanted[at]; at = at.Parent() {
			wanted[at] = true
		}
	}
	found := begins(body, wanted)
	places := map[string]Position{}
	for _, sti := range stier {
		at := jsontext.Pointer(sti)
		for at != "" && found[at] == (Position{}) {
			at = at.Parent()
		}
		places[sti] = found[at]
	}
	return places
}

// begins returns the positions of the wanted values in body, as far as body can be read.
func begins(body []byte, wanted map[jsontext.Pointer]bool) map[jsontext.Pointer]Position {
	found := map[jsontext.Pointer]Position{"": positionOf(position(body, skipSpace(body, 0)))}
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	line, counted := 0, int64(0) // lines ended before counted
	for {
		begin := skipDelimiter(body, d.InputOffset())
		token, err := d.ReadToken()
		if err != nil {
			return found
		}
		if token.Kind() == jsontext.KindEndObject || token.Kind() == jsontext.KindEndArray {
			continue
		}
		if at := d.StackPointer(); wanted[at] { // of a member first its name comes by, then its value, which counts
			line += bytes.Count(body[counted:begin], []byte("\n"))
			start := bytes.LastIndexByte(body[:begin], '\n') + 1
			counted = begin
			found[at] = Position{line + 1, utf8.RuneCount(body[start:begin]) + 1}
		}
	}
}

func positionOf(linje, kolonne int) Position { return Position{linje, kolonne} }

// position turns a byte offset into a line and a column in characters, both from 1.
func position(body []byte, offset int64) (linje, kolonne int) {
	before := body[:min(max(offset, 0), int64(len(body)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

func skipSpace(body []byte, offset int64) int64 { return skip(body, offset, " \t\r\n") }

func skipDelimiter(body []byte, offset int64) int64 { return skip(body, offset, " \t\r\n:,") }

func skip(body []byte, offset int64, what string) int64 {
	rest := body[offset:]
	return offset + int64(len(rest)-len(bytes.TrimLeft(rest, what)))
}
