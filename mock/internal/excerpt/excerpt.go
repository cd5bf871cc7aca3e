// Package excerpt shortens texts that are quoted in a sentence, and makes clauses sentences.
package excerpt

import "unicode/utf8"

// Truncate returns the text, or its first max characters and the ellipsis if it has more. A byte
// that is no UTF-8 counts as one character.
func Truncate(text string, max int, ellipsis string) string {
	if len(text) <= max {
		return text
	}
	characters := 0
	for i := range text {
		if characters == max {
			return text[:i] + ellipsis
		}
		characters++
	}
	return text
}

// Fit returns the text, or of one with more than max characters the first max-1 and an ellipsis.
func Fit(text string, max int) string {
	if Truncate(text, max, "") == text {
		return text
	}
	return Truncate(text, max-1, "…")
}

// ASCII returns the text, or of one that is longer than 80 bytes the characters that lie whole in
// the first 80, and three dots. It is for sentences that become ASCII, as in a header.
func ASCII[T ~string | ~[]byte](text T) string {
	const max = 80
	if len(text) <= max {
		return string(text)
	}
	end := max
	for end > max-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return string(text[:end]) + "..."
}
