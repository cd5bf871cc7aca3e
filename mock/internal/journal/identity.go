package journal

import (
	"bytes"
	"regexp"
)

const (
	// identityLength is the number of digits of a fødselsnummer or a D-nummer.
	identityLength = 11
	// birthLength is the number of the first of them, which are the date of birth.
	birthLength = 6
)

// identities finds the last five digits of each identity number in a text. The date of birth stays,
// to distinguish one person from the next, and so does the length (K330).
func identities(text []byte) (edits []edit) {
	for first := 0; first < len(text); first++ {
		last := first
		for last < len(text) && isDigit(text[last]) {
			last++
		}
		if at := identityIn(text, first, last); at >= 0 {
			edits = append(edits, stars(at+birthLength, at+identityLength))
		}
		first = last
	}
	return edits
}

// cutIdentity finds the last digits of a body that was cut where an identity number may have gone
// on.
func cutIdentity(body []byte) []edit {
	first := len(body)
	for first > 0 && isDigit(body[first-1]) {
		first--
	}
	for _, escaped := range []int{0, 2, 4} {
		at := first + escaped
		length := len(body) - at
		if birthLength < length && length < identityLength && isEscaped(body, first, escaped) && isBirth(body[at:]) {
			return []edit{stars(at+birthLength, len(body))}
		}
	}
	return nil
}

// stars replaces digits by as many stars.
func stars(from, to int) edit { return edit{from, to, "*****"[:to-from]} }

// identityIn returns where the identity number in text[first:last] begins, a run of digits between
// other characters; -1 when it is none. Check digits are not asked for: the agencies' own examples
// fail them, and a mistyped number is nearly somebody's. So an account number whose first four
// digits are a day and a month is hidden too; those of the generated accounts begin with 99 and
// never are (K331).
func identityIn(text []byte, first, last int) int {
	escaped := last - first - identityLength
	if !isEscaped(text, first, escaped) {
		return -1
	}
	first += escaped
	if !isBirth(text[first:]) || isInHex(text, first, last) {
		return -1
	}
	return first
}

// isEscaped reports whether the first count digits from there belong to an escape, as in %22, %2522
// and \u0022; always for 0.
func isEscaped(text []byte, first, count int) bool {
	before := text[:first]
	return count == 0 || (count == 2 || count == 4) && bytes.HasSuffix(before, []byte("%")) ||
		count == 4 && bytes.HasSuffix(before, []byte(`\u`))
}

// isBirth reports whether a text of at least four digits begins with a day and a month as an
// identity number has them: to the day 40 is added in a D-nummer, and to the month 20 (NAV's own
// numbers), 40, 50, 60, 65 or 80 (numbers of the health service and of education, and synthetic
// ones). A felles hjelpenummer has no date and is not recognised (K335).
func isBirth(text []byte) bool {
	day, month := int(text[0]-'0')*10+int(text[1]-'0'), int(text[2]-'0')*10+int(text[3]-'0')
	return (1 <= day && day <= 31 || 41 <= day && day <= 71) &&
		(1 <= month && month <= 12 || 21 <= month && month <= 32 || 41 <= month && month <= 77 ||
			81 <= month && month <= 92)
}

var uuidEnd = regexp.MustCompile(`(^|[^0-9A-Fa-f])[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// isInHex reports whether the digits stand in a UUID, or in 32 hexadecimal digits and more such as
// a digest: there they are digits by chance, and to hide them would spoil one key in some thousand
// (K332).
func isInHex(text []byte, first, last int) bool {
	start, end := first, last
	for start > 0 && isHex(text[start-1]) && last-start < 64 {
		start--
	}
	for end < len(text) && isHex(text[end]) && end-first < 64 {
		end++
	}
	const uuidLength = 36
	return end-start >= 32 || end-start == 12 && uuidEnd.Match(text[max(0, end-uuidLength-1):end])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
