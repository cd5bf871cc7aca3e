package journal

import "bytes"

// identityLength is the number of digits of a fødselsnummer or a D-nummer, of which the first birthLength tell the date
// of birth.
const (
	identityLength = 11
	birthLength    = 6
)

// hideIdentities hides the identity numbers in a text: the date of birth is shown, and stars stand for the five digits
// after it, so that one person is told from the next and nothing changes its length (K330).
func hideIdentities(text string) string {
	at := nextIdentity(text, 0)
	if at < 0 {
		return text
	}
	masked := []byte(text)
	for ; at >= 0; at = nextIdentity(text, at+identityLength) {
		star(masked[at+birthLength : at+identityLength])
	}
	return string(masked)
}

// hideIdentitiesIn does the same to a body. It returns the body itself where there is none, else a copy.
func hideIdentitiesIn(body []byte) []byte {
	at := nextIdentity(body, 0)
	if at < 0 {
		return body
	}
	masked := bytes.Clone(body)
	for ; at >= 0; at = nextIdentity(body, at+identityLength) {
		star(masked[at+birthLength : at+identityLength])
	}
	return masked
}

// splitIdentity returns how many digits at the end of body[:end] belong to what must be hidden of an identity number that
// goes on after it. The body may itself be the beginning of a longer one, which is whole bytes long: then what would be
// one if it went on is taken for one.
func splitIdentity(body []byte, end, whole int) int {
	first, last := end, end
	for first > 0 && isDigit(body[first-1]) {
		first--
	}
	for last < len(body) && isDigit(body[last]) && last-first <= 2*identityLength { // a longer one is none
		last++
	}
	at := -1
	if last-end > 0 {
		at = identityIn(body, first, last)
	} else if last == len(body) && len(body) < whole && last-first < identityLength && last-first > birthLength && isBirth(body[first:]) {
		at = first
	}
	if at < 0 {
		return 0
	}
	return max(0, end-at-birthLength)
}

// nextIdentity returns where the next identity number begins, at from or after it; -1 when there is none. Since one
// covers eleven bytes, every eleventh byte is all it needs to look at where no digits are.
func nextIdentity[T string | []byte](text T, from int) int {
	for probe := from + identityLength - 1; probe < len(text); probe += identityLength {
		if !isDigit(text[probe]) {
			continue
		}
		first, last := probe, probe+1
		for first > from && isDigit(text[first-1]) {
			first--
		}
		for last < len(text) && isDigit(text[last]) {
			last++
		}
		if at := identityIn(text, first, last); at >= 0 {
			return at
		}
		probe = last
	}
	return -1
}

// identityIn returns where an identity number begins in text[first:last], which is digits between what is none; -1 when
// it is none. Control digits are not asked for: the agencies' own examples fail them, and a number that is mistyped is
// nearly somebody's. So an account number whose first four digits are a day and a month is hidden as well; those of the
// generated accounts begin with 99 and never are (K331).
func identityIn[T string | []byte](text T, first, last int) int {
	switch escaped := last - first - identityLength; { // digits before it that belong to an escape, as in %22 and \u0022
	case (escaped == 2 || escaped == 4) && first > 0 && text[first-1] == '%',
		escaped == 4 && first > 1 && text[first-1] == 'u' && text[first-2] == '\\':
		first += escaped
	case escaped != 0:
		return -1
	}
	if !isBirth(text[first:]) || inHex(text, first, last) {
		return -1
	}
	return first
}

// isBirth is true when the text begins with six digits that are a date of birth as an identity number has it: to the day
// 40 is added in a D-nummer, and to the month 20 (NAV's own numbers), 40, 50, 60, 65 or 80 (numbers of the health
// service and of education, and synthetic ones). A felles hjelpenummer has no date and is not recognised (K335).
func isBirth[T string | []byte](text T) bool {
	day, month := int(text[0]-'0')*10+int(text[1]-'0'), int(text[2]-'0')*10+int(text[3]-'0')
	return (1 <= day && day <= 31 || 41 <= day && day <= 71) &&
		(1 <= month && month <= 12 || 21 <= month && month <= 32 || 41 <= month && month <= 77 || 81 <= month && month <= 92)
}

// inHex is true when the digits stand among letters of a UUID or of 32 hexadecimal digits and more, a digest: there they
// are digits by chance, and to hide them would spoil keys and ids, one in some thousand (K332).
func inHex[T string | []byte](text T, first, last int) bool {
	start, end := first, last
	for start > 0 && isHex(text[start-1]) && last-start < 64 {
		start--
	}
	for end < len(text) && isHex(text[end]) && end-first < 64 {
		end++
	}
	if end-start >= 32 {
		return true
	}
	const before = "hhhhhhhh-hhhh-hhhh-hhhh-" // what a UUID has before its last twelve
	uuid := start - len(before)
	if end-start != 12 || uuid < 0 || uuid > 0 && isHex(text[uuid-1]) {
		return false
	}
	for i := range len(before) {
		if c := text[uuid+i]; before[i] == '-' && c != '-' || before[i] == 'h' && !isHex(c) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

func star(digits []byte) {
	for i := range digits {
		digits[i] = '*'
	}
}
