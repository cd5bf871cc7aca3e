package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// SyntaxError says why Decode refuses a body.
type SyntaxError struct {
	// JSON pointer to the value that is broken or holds what is broken; empty for the document
	// itself
	Sti            string
	Offset         int64  // byte offset in the body, from 0
	Linje, Kolonne int    // the same place as line and column, in characters, from 1
	Melding        string // what is wrong and what would be right: a Norwegian sentence without the place
}

// Error returns the place and the Melding.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("linje %d, kolonne %d: %s", e.Linje, e.Kolonne, e.Melding)
}

// refuse makes the error for a fault at the byte offset, in the value that was read last.
func (d *decoder) refuse(offset int64, melding string) *SyntaxError {
	linje, kolonne := position(d.body, offset)
	return &SyntaxError{Sti: string(d.StackPointer()), Offset: offset, Linje: linje, Kolonne: kolonne, Melding: melding}
}

// explain turns what the token reader found wrong into a SyntaxError. It looks at the body around
// the place itself, since the reader reports most faults as English text only.
func (d *decoder) explain(err error) *SyntaxError {
	if explained, ok := errors.AsType[*SyntaxError](err); ok {
		return explained
	}
	if bytes.HasPrefix(d.body, []byte("\xEF\xBB\xBF")) {
		return d.refuse(0,
			"dokumentet begynner med et byte order mark (EF BB BF): ta det bort, første tegn skal være «{»")
	}
	broken, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok { // io.EOF: nothing but white space
		return d.refuse(0, "dokumentet er tomt: det skal være et JSON-dokument")
	}
	offset := broken.ByteOffset
	refuse := func(offset int64, melding string) *SyntaxError {
		e := d.refuse(offset, melding)
		e.Sti = string(broken.JSONPointer)
		return e
	}
	if i := invalidUTF8(d.body); i >= 0 && i <= offset {
		return refuse(i, fmt.Sprintf("byten 0x%02X er ikke gyldig UTF-8: dokumentet må være kodet i UTF-8", d.body[i]))
	}
	switch {
	case errors.Is(broken.Err, jsontext.ErrDuplicateName):
		name := truncate(broken.JSONPointer.LastToken())
		return refuse(offset, "feltet «"+name+"» er oppgitt to ganger i samme objekt: et felt kan stå der bare én gang")
	case errors.Is(broken.Err, io.ErrUnexpectedEOF) || offset >= int64(len(d.body)):
		return refuse(int64(len(d.body)), d.unfinished())
	}
	return refuse(offset, d.misplaced(offset))
}

// unfinished returns what a truncated document lacks.
func (d *decoder) unfinished() string {
	start := skipDelimiter(d.body, d.InputOffset())
	if start < int64(len(d.body)) && d.body[start] == '"' {
		return "dokumentet slutter midt i en tekst: avsluttende anførselstegn mangler"
	}
	var missing strings.Builder
	for level := d.StackDepth(); level > 0; level-- {
		if kind, _ := d.StackIndex(level); kind == jsontext.KindBeginObject {
			missing.WriteByte('}')
		} else {
			missing.WriteByte(']')
		}
	}
	if missing.Len() == 0 {
		return "dokumentet slutter midt i en verdi"
	}
	return "dokumentet slutter for tidlig: det mangler «" + missing.String() + "» til slutt"
}

// misplaced returns what is wrong with the character at the offset and what should stand there.
func (d *decoder) misplaced(offset int64) string {
	c, _ := utf8.DecodeRune(d.body[offset:])
	start := skipDelimiter(d.body, d.InputOffset()) // of the token that is broken
	if start < offset && d.body[start] == '"' {
		if c == '\\' {
			if surrogate.Match(d.body[offset:]) {
				return "escape-sekvensen " + string(d.body[offset:offset+6]) +
					" er bare en halv: et tegn over U+FFFF skrives med to"
			}
			return `ugyldig escape-sekvens i en tekst: etter «\» skal det stå ett av "\/bfnrt eller u og fire ` +
				`heksadesimale sifre`
		}
		return fmt.Sprintf(
			"tegnet U+%04X kan ikke stå rett i en tekst: skriv det som en escape-sekvens, for eksempel \\n for "+
				"linjeskift", c)
	}
	if offset > 0 && '0' <= c && c <= '9' && d.body[offset-1] == '0' {
		return "et tall kan ikke begynne med 0: skal det være en tekst, må det stå i anførselstegn"
	}
	if start < offset && strings.IndexByte("-0123456789", d.body[start]) >= 0 {
		return fmt.Sprintf("tegnet %s kan ikke stå her i et tall: et tall skrives som 1, -1, 1.5 eller 1e6", show(c))
	}
	if rest := bytes.TrimLeft(d.body[offset+1:], " \t\r\n"); c == ',' && len(rest) > 0 &&
		(rest[0] == '}' || rest[0] == ']') {
		return "et komma kan ikke stå foran " + show(rune(rest[0])) + ": ta det bort"
	}
	expected := d.expected(offset)
	if word := letters(d.body[min(start, offset):]); word != "" && strings.HasPrefix(expected, "en verdi") {
		return "«" + truncate(word) +
			"» er ikke en JSON-verdi: en tekst må stå i anførselstegn, ellers skrives true, false og null med små " +
			"bokstaver"
	}
	if c == '\'' {
		return "enkelt anførselstegn kan ikke brukes: det skal være doble, som i \"navn\""
	}
	return fmt.Sprintf("tegnet %s er ikke ventet her: det skal være %s", show(c), expected)
}

// surrogate is the escape sequence of half a character.
var surrogate = regexp.MustCompile(`^\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)

// expected names what may stand at the offset, where something else stands.
func (d *decoder) expected(offset int64) string {
	kind, length := d.StackIndex(d.StackDepth())
	before := byte(0)
	if text := bytes.TrimRight(d.body[:offset], " \t\r\n"); len(text) > 0 {
		before = text[len(text)-1]
	}
	isName := kind == jsontext.KindBeginObject && length%2 == 0
	switch {
	case kind == jsontext.KindInvalid:
		return "en verdi, vanligvis et objekt som begynner med «{»"
	case isName && before == ',':
		return "et feltnavn i anførselstegn"
	case isName && length == 0:
		return "et feltnavn i anførselstegn, eller «}»"
	case isName:
		return "«,» eller «}»"
	case kind == jsontext.KindBeginObject && before != ':':
		return "«:» etter feltnavnet"
	case kind == jsontext.KindBeginArray && length == 0:
		return "en verdi, eller «]»"
	case kind == jsontext.KindBeginArray && before != ',':
		return "«,» eller «]»"
	}
	return "en verdi"
}

func show(c rune) string {
	if c == utf8.RuneError || c < ' ' {
		return fmt.Sprintf("U+%04X", c)
	}
	return "«" + string(c) + "»"
}

// letters returns the ASCII word that text begins with.
func letters(text []byte) string {
	n := 0
	for n < len(text) && ('a' <= text[n]|0x20 && text[n]|0x20 <= 'z') {
		n++
	}
	return string(text[:n])
}

// invalidUTF8 returns the offset of the first byte that is not part of UTF-8, or -1.
func invalidUTF8(text []byte) int64 {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return int64(i)
		}
		i += size
	}
	return -1
}
