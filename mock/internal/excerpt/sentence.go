package excerpt

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence returns a clause as a sentence: with a capital letter first and a full stop last. A first
// word of code, such as idempotencyKey or x-kobo-systemid, stays as it is.
func Sentence(clause string) string {
	if clause == "" {
		return ""
	}
	if word, _, _ := strings.Cut(clause, " "); !isCode(word) {
		first, size := utf8.DecodeRuneInString(clause)
		clause = string(unicode.ToUpper(first)) + clause[size:]
	}
	if !strings.HasSuffix(clause, ".") {
		clause += "."
	}
	return clause
}

// isCode reports whether a word is the name of a header, a member or the like.
func isCode(word string) bool {
	// names that look like words
	if slices.Contains([]string{"aud", "exp", "iat", "inntektsaar", "jti", "manedsleie"}, word) {
		return true
	}
	return strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsUpper(r) || unicode.IsDigit(r) || strings.ContainsRune("-_/", r)
	})
}
