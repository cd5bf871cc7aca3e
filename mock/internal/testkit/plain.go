package testkit

import (
	"regexp"
	"strings"
	"testing"
)

// programmers are words of Go and of libraries, which no answer may have: its reader asks in
// another language.
var programmers = regexp.MustCompile(
	`(^|[^.\w/])(json|yaml): |jsontext|[Uu]nmarshal|invalid character|strconv|parsing "|parsing time|time: |net/http|http: |` +
		`looking for beginning|unexpected EOF|\bEOF\b|goroutine|runtime error|context (deadline|canceled)|url\.Parse|parse "|invalid URL|invalid semicolon|` +
		`hex: |uuid: |invalid UUID|base64: |illegal base64|x509|asn1|go-jose|jose/|square/|bbolt|reflect\.|struct \{|nil pointer|panic|\.go:|map\[|` +
		`\[\]string|%!|<nil>|0x[0-9a-f]{8}|\bu?int(8|16|32|64)?\b|float64|interface|jsonschema|json-schema|mime: |invalid media|strings\.|syscall|dial tcp|` +
		`\*rsa|\*ecdsa|ed25519\.|compile|regexp|token exceeds|duplicate key|unknown field|extra data|cannot decode|of type `)

// IsPlain checks that a text has nothing in it that only a programmer of Sandkasse understands.
func IsPlain(t *testing.T, what, text string) {
	t.Helper()
	if found := programmers.FindString(text); found != "" {
		t.Errorf("%s: %q stands in %s", what, found, text)
	}
}

// NotJSON returns bodies as people and their shells send them by mistake.
func NotJSON() []string {
	return []string{
		"", " \n", `{scenario: GLD_001}`, `'{scenario:`, `{“scenario”: “GLD_001”}`,
		`{'scenario': 'GLD_001'}`, `{\"scenario\": \"GLD_001\"}`,
		"\xEF\xBB\xBF{", "\xEF\xBB\xBF{}", "\xFF\xFE{\x00}\x00", "\xFE\xFF\x00{\x00}", "\x1F\x8B\x08\x00",
		"{\"a\": \"bl\xE5\"}", `{"a": 1,}`, `[1,]`, `{"a": 1 // x` + "\n}",
		`{"a": /* x */ 1}`, "# x\n{}", `{"a": 1`, `{"a": "b`, `{"a"`, `{"a" 1}`, `{"a": 1 "b": 2}`, `{"a": 1} {}`,
		`{"a": 1}}`, `{"a": 01}`, `{"a": +1}`,
		`{"a": .5}`, `{"a": 1.}`, `{"a": 1e}`, `{"a": 0x1}`, `{"a": NaN}`, `{"a": True}`, `{"a": None}`,
		`{"a": undefined}`, "{\"a\": \"b\nc\"}",
		`{"a": "\x"}`, `{"a": "\ud800"}`, `{"a": 1, "a": 2}`, `{"a": {"b": 1, "b": 2}}`, `{"": 1}`, `a=b&c=d`, `a: b`,
		`<a/>`, `null`, `true`, `7`, `"a"`, `[]`,
		`[{}]`, `{}`, `{"a": 1e999}`, `{"a": -0}`, `}`, `:`, `,`, `\`, "\x00", "{\x00}", strings.Repeat("[", 70),
		strings.Repeat(`{"a":`, 70), strings.Repeat(`[`, 12000),
		`{"a": ` + strings.Repeat("1", 200) + `}`, "--x\r\nContent-Disposition: form-data\r\n",
	}
}

// WrongValues returns values that a member or parameter may not have, most of them not even by kind.
func WrongValues() []string {
	return []string{
		`null`, `true`, `"true"`, `0`, `-1`, `1.5`, `1e999`, `99999999999999999999`, `"0"`, `"7"`, `""`,
		`" "`, `"x"`, `"åæø"`, `[]`, `[1]`, `{}`,
		`{"x": 1}`, `"2026-02-30"`, `"9999-99-99"`, `"2026-02-30T00:00:00Z"`, `"2026-13-01T25:61:61Z"`, `"1 hour"`,
		`"5"`, `"-5s"`, `"1e9h"`, `"999999999h"`,
		`"P1D"`, `"http://[::1"`, `"::"`, `"%zz"`, `"a\u0000b"`, `"` + strings.Repeat("x", 300) + `"`,
	}
}
