package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"sandkasse/mock/internal/excerpt"
)

// windowsHint says what to do where a shell has changed the quotation marks of a command.
const windowsHint = "a Windows shell changes them within -d; put the body into a file and send it with " +
	"--data-binary \"@body.json\""

// utf8Text returns the body without its byte order mark. The error says why it is not UTF-8.
func utf8Text(body []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xFF\xFE")), bytes.HasPrefix(body, []byte("\xFE\xFF")),
		len(body) > 1 && (body[0] == 0) != (body[1] == 0):
		return nil, errors.New("the body is in UTF-16, as Windows PowerShell writes files; it must be in UTF-8")
	case bytes.HasPrefix(body, []byte("\x1F\x8B")):
		return nil, errors.New("the body is compressed (gzip); send it as it is")
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	for at := 0; at < len(body); {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			return nil, fmt.Errorf("the byte 0x%02X (%s) is not UTF-8, which the body must be in", body[at],
				position(body, at))
		}
		at += size
	}
	return body, nil
}

// explain returns an error that says what is wrong where the decoder stopped. It looks at the body
// itself, since the decoder's own errors are for programmers.
func (p *parser) explain(err error) error {
	start := p.start()
	broken, _ := errors.AsType[*jsontext.SyntacticError](err)
	if broken != nil && errors.Is(broken.Err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("%s is given twice; give it once", placeOf(broken.JSONPointer))
	}
	if broken == nil { // io.EOF within a value
		return fmt.Errorf("%s (%s)", p.unfinished(start), position(p.body, len(p.body)))
	}
	what := ""
	switch {
	case errors.Is(broken.Err, io.ErrUnexpectedEOF) || start >= len(p.body) || int(broken.ByteOffset) >= len(p.body):
		start, what = len(p.body), p.unfinished(start)
	case p.body[start] == '"' && int(broken.ByteOffset) > start && p.wantsString():
		start, what = int(broken.ByteOffset), inText(p.body[broken.ByteOffset:])
	default:
		what = p.misplaced(start)
	}
	return fmt.Errorf("%s (%s)", what, position(p.body, start))
}

// start returns the offset of the token that could not be read, after white space and a comma or
// colon.
func (p *parser) start() int {
	at := skipSpace(p.body, int(p.InputOffset()))
	if at < len(p.body) && p.StackDepth() > 0 && (p.body[at] == ',' || p.body[at] == ':') &&
		p.delimiterFits(p.body[at]) {
		at = skipSpace(p.body, at+1)
	}
	return at
}

// delimiterFits reports whether a comma or colon may follow what has been read.
func (p *parser) delimiterFits(c byte) bool {
	kind, length := p.StackIndex(p.StackDepth())
	afterName := kind == jsontext.KindBeginObject && length%2 == 1
	return (c == ':') == afterName && length > 0
}

// skipSpace returns the offset of the first byte from there that is not white space.
func skipSpace(body []byte, at int) int {
	for at < len(body) && strings.IndexByte(" \t\r\n", body[at]) >= 0 {
		at++
	}
	return at
}

// before returns the last byte before an offset that is not white space; 0 for none.
func before(body []byte, at int) byte {
	if text := bytes.TrimRight(body[:at], " \t\r\n"); len(text) > 0 {
		return text[len(text)-1]
	}
	return 0
}

// wantsString reports whether a string may stand where the decoder stopped, so that the string is
// wrong and not its place.
func (p *parser) wantsString() bool {
	kind, length := p.StackIndex(p.StackDepth())
	last := before(p.body, p.start())
	return kind == jsontext.KindInvalid || length == 0 || last == ',' || last == ':'
}

// unfinished returns what is missing at the end of the body.
func (p *parser) unfinished(start int) string {
	if text := p.body[start:]; len(text) > 0 && text[0] == '"' {
		if i := bytes.IndexFunc(text, isCurly); i >= 0 {
			return curly(text[i:])
		}
		return "the body ends within a text; its closing quotation mark is missing"
	}
	missing := ""
	for level := p.StackDepth(); level > 0; level-- {
		if kind, _ := p.StackIndex(level); kind == jsontext.KindBeginObject {
			missing += "}"
		} else {
			missing += "]"
		}
	}
	if missing == "" {
		return "the body ends within a value"
	}
	return "the body ends too early; " + missing + " is missing"
}

// inText returns what is wrong within a string, from its first wrong byte on.
func inText(rest []byte) string {
	if rest[0] == '\\' {
		return `a \ stands in a text before something else than one of "\/bfnrt or u and four digits; a \ itself is ` +
			`written \\`
	}
	if rest[0] < ' ' {
		return "a line break or another control character stands in a text; write it as \\n or the like"
	}
	return "a character of the text cannot be read"
}

// The beginnings of what is often sent instead of JSON.
var (
	wordForm = regexp.MustCompile(`^[\pL_$][\pL0-9_.$;-]*`)
	formForm = regexp.MustCompile(`^[A-Za-z0-9_.%+-]+=`)
)

// misplaced returns what is wrong at an offset, and what should stand there.
func (p *parser) misplaced(start int) string {
	rest := p.body[start:]
	r, _ := utf8.DecodeRune(rest)
	kind, length := p.StackIndex(p.StackDepth())
	last := before(p.body, start)
	isName := kind == jsontext.KindBeginObject && length%2 == 0
	word := string(wordForm.Find(rest))
	switch {
	case isCurly(r):
		return curly(rest)
	case r == '\'' && kind == jsontext.KindInvalid:
		return "the body begins with a single quotation mark, which cmd.exe does not take away: " + windowsHint
	case r == '\'':
		return "a single quotation mark stands where JSON has a double one, as in \"name\""
	case r == '\\':
		return "a \\ stands before a quotation mark, left there by a shell: " + windowsHint
	case r == '#' || r == '/' && len(rest) > 1 && (rest[1] == '/' || rest[1] == '*'):
		return "a comment stands in the body; JSON has none, leave it out"
	case (r == '}' || r == ']') && last == ',':
		return fmt.Sprintf("a comma stands before %c; leave it out", r)
	case kind == jsontext.KindInvalid && formForm.Match(rest):
		return "the body is a form (name=value); it must be JSON, such as {\"name\": \"value\"}"
	case kind == jsontext.KindInvalid && r == '<':
		return "the body is XML or HTML; it must be JSON, such as {\"name\": \"value\"}"
	case '0' <= r && r <= '9' && start > 0 && p.body[start-1] == '0':
		return "a number cannot begin with 0; text such as 0301 must be in quotation marks"
	case isName && length > 0 && last != ',':
		return "a comma or } is missing before " + beginning(rest)
	case isName && word != "":
		return "the name " + truncate(word) + " has no quotation marks around it: " + windowsHint
	case isName:
		return beginning(rest) + " stands where a name in quotation marks must be"
	case kind == jsontext.KindBeginObject && last != ':':
		return "there is no : after the name, but " + beginning(rest)
	case kind == jsontext.KindBeginArray && length > 0 && last != ',':
		return "a comma or ] is missing before " + beginning(rest)
	case strings.IndexByte("+-.0123456789", rest[0]) >= 0:
		return beginning(rest) + " is no number; one is written as 1, -1, 1.5 or 1e6"
	case word != "":
		return notJSON(word)
	}
	return beginning(rest) + " stands where a value must be"
}

// notJSON returns how a word without quotation marks is written in JSON.
func notJSON(word string) string {
	switch lower := strings.ToLower(word); lower {
	case "true", "false", "null":
		return word + " is written " + lower
	case "none", "nil", "undefined":
		return word + " is written null"
	case "nan", "inf", "infinity":
		return word + " is no number that JSON has"
	}
	return "the text " + truncate(word) + " has no quotation marks around it: " + windowsHint
}

// isCurly reports whether a character is a typographic quotation mark.
func isCurly(r rune) bool {
	return r != utf8.RuneError && strings.ContainsRune("“”„‟‘’‚‛«»″", r)
}

// curly returns the error of a text that begins with a typographic quotation mark.
func curly(rest []byte) string {
	r, _ := utf8.DecodeRune(rest)
	return fmt.Sprintf("a curly quotation mark (%c) stands where the straight one (\") must be, as text from a web "+
		"page has it", r)
}

// beginning returns the first characters of the first line of a text, for an error.
func beginning(rest []byte) string {
	line, _, _ := strings.Cut(string(rest), "\n")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, excerpt.Truncate(strings.TrimSpace(line), 20, "…"))
}

// truncate shortens a text that an error repeats.
func truncate(text string) string { return excerpt.Truncate(text, 60, "…") }

// position returns the line and the character of an offset, both from 1.
func position(body []byte, at int) string {
	text := string(body[:min(at, len(body))])
	line := strings.Count(text, "\n") + 1
	return fmt.Sprintf("line %d, character %d", line,
		utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:])+1)
}

// placeOf returns a JSON pointer in the form of errors: calls[0].status.
func placeOf(pointer jsontext.Pointer) string {
	place := ""
	for token := range pointer.Tokens() {
		place = memberOf(place, token)
	}
	return truncate(place)
}

// memberOf returns the place of a member, or of an element, whose name is its index.
func memberOf(place, name string) string {
	switch {
	case name != "" && strings.Trim(name, "0123456789") == "" && place != "":
		return place + "[" + name + "]"
	case place == "":
		return name
	}
	return place + "." + name
}
