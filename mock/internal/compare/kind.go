package compare

import (
	"regexp"
	"strings"
)

// kind names a sort of text by its looks. Two texts of a kind that is volatile are alike, whatever they say.
type kind string

// The kinds of texts, as differences name them.
const (
	kindEmpty    kind = "an empty text"
	kindUUID     kind = "a UUID"
	kindID       kind = "an identifier"
	kindJWT      kind = "a token"
	kindTime     kind = "a time with its zone"
	kindLocal    kind = "a time without a zone"
	kindDate     kind = "a date"
	kindClock    kind = "a time of day"
	kindDigits   kind = "digits"
	kindAddress  kind = "an address"
	kindWord     kind = "a word"
	kindSentence kind = "a sentence"
	kindHexWord  kind = "hexadecimal digits" // of any length; kindOf returns kindID or kindWord
)

// The forms of texts that are another at each call (K793).
const (
	formUUID = `[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`
	formDate = `[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])`
	formTime = `(?:[01][0-9]|2[0-4]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]{1,9})?)?`
	formZone = `(?:Z|[+-][0-9]{2}:?[0-9]{2})`
	formULID = `[0-7][0-9A-HJKMNP-TV-Z]{25}`
	formHex  = `(?:[0-9a-f]{15,}[0-9a-f]|[0-9A-F]{15,}[0-9A-F])`
	formJWT  = `eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_.-]*`
)

// wholeKinds are the kinds of whole texts, the first that matches.
var wholeKinds = []struct {
	form *regexp.Regexp
	kind kind
}{
	{regexp.MustCompile(`^$`), kindEmpty},
	{regexp.MustCompile(`^` + formUUID + `$`), kindUUID},
	{regexp.MustCompile(`^` + formDate + `$`), kindDate},
	{regexp.MustCompile(`^` + formDate + `[Tt ]` + formTime + formZone + `$`), kindTime},
	{regexp.MustCompile(`^` + formDate + `[Tt ]` + formTime + `$`), kindLocal},
	{regexp.MustCompile(`^` + formTime + `$`), kindClock},
	{regexp.MustCompile(`^` + formJWT + `$`), kindJWT},
	{regexp.MustCompile(`^(?:[0-9]+[a-f][0-9a-f]*|[a-f]+[0-9][0-9a-f]*)$`), kindHexWord},
	{regexp.MustCompile(`^(?:` + formULID + `|` + formHex + `)$`), kindID},
	{regexp.MustCompile(`^[0-9]+$`), kindDigits},
	{regexp.MustCompile(`^(?:https?://|urn:|/)[^\s]*$`), kindAddress},
}

// isOpaque matches a text that nobody is to read, such as the token of a next page.
var isOpaque = regexp.MustCompile(`^[A-Za-z0-9+/=_.:~|%-]{16,}$`)

// kindOf returns the kind of a text.
func kindOf(text string) kind {
	if hasDigits := strings.ContainsAny(text, "0123456789"); !hasDigits && text != "" &&
		!strings.ContainsAny(text, ":/") { // as most words
		if strings.ContainsAny(text, " \t\r\n") {
			return kindSentence
		}
		return kindWord
	}
	for _, one := range wholeKinds {
		if !one.form.MatchString(text) {
			continue
		}
		if one.kind == kindHexWord { // a shorter one may be the number of a house
			if len(text) < minIDDigits {
				return kindWord
			}
			return kindID
		}
		return one.kind
	}
	switch {
	case isOpaque.MatchString(text) && strings.ContainsAny(text, "0123456789") && hasMixedRun(text):
		return kindID
	case strings.ContainsAny(text, " \t\r\n"):
		return kindSentence
	}
	return kindWord
}

// hasMixedRun reports whether a text has letters and digits in one run, as no words have.
func hasMixedRun(text string) bool {
	letters, digits := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters++
		default:
			letters, digits = 0, 0
		}
		if letters >= 4 && digits >= 2 {
			return true
		}
	}
	return false
}

// begin matches what may stand before a volatile part.
const begin = `(?:^|[^0-9A-Za-z])`

// volatile matches the parts of a text that are another at each call. Of several forms that match in
// a place, the first counts.
var volatile = regexp.MustCompile(strings.Join([]string{
	`(` + formJWT + `)`, begin + `(` + formUUID + `)`, begin + `(` + formDate + `[Tt ]` + formTime + formZone + `?)`,
	begin + `(` + formDate + `)`, begin + `(` + formULID + `)\b`, begin + `(` + formHex + `)\b`,
}, "|"))

// skeleton returns a text with a mark in place of each volatile part, and the identifiers among these
// in their order.
func skeleton(text string) (marked string, ids []string) {
	found := volatile.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		return text, nil
	}
	var b strings.Builder
	done := 0
	for _, m := range found {
		group := 1
		for m[2*group] < 0 {
			group++
		}
		from, to := m[2*group], m[2*group+1]
		b.WriteString(text[done:from])
		switch group {
		case 3, 4: // a time and a date
			b.WriteString("\x00" + string(rune('0'+group)))
		default:
			ids = append(ids, text[from:to])
			b.WriteString("\x00i")
		}
		done = to
	}
	b.WriteString(text[done:])
	return b.String(), ids
}
