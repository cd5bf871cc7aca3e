package report

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/jsonptr"
)

// identityLength is the number of digits of a fødselsnummer or a D-nummer.
const identityLength = 11

// maxKinds limits the kinds of places of a text; further ones are counted with the last.
const maxKinds = 5

// realNumbers holds the numbers in a text that may be real persons', at places of one kind.
type realNumbers struct {
	name   string // of the JSON member; empty for none
	first  int    // where the first of them begins
	count  int
	unsure bool // nothing says that they are persons' numbers
}

// findRealNumbers returns the fødselsnummer and D-nummer in a text that are not synthetic, on a day.
// Both control digits are right, the month is an ordinary one and the date one of the past. Numbers
// of accounts look the same, one in some hundred: what is called an account is passed over, and what
// has another name than a person's number only counts where most numbers of that name are such
// (K779). It takes time in proportion to the length.
func findRealNumbers(text []byte, on time.Time) (found []realNumbers) {
	digits(text, func(at int) {
		if !isReal(text[at:at+identityLength], on) {
			return
		}
		name := memberAt(text, at)
		context := strings.ToLower(name + string(text[max(0, at-len("person:identifier-no:")):at]))
		if strings.Contains(context, "konto") || strings.Contains(context, "account") {
			return
		}
		i := slices.IndexFunc(found, func(known realNumbers) bool { return known.name == name })
		if i < 0 && len(found) == maxKinds {
			i = maxKinds - 1
		}
		if i < 0 {
			i = len(found)
			found = append(found, realNumbers{name: name, first: at, unsure: !saysPerson(context)})
		}
		found[i].count++
	})
	return slices.DeleteFunc(found, func(one realNumbers) bool { return one.unsure && isChance(text, one) })
}

// isChance reports whether most numbers of eleven digits with a name are no persons' numbers.
func isChance(text []byte, of realNumbers) bool {
	all, persons := 0, 0
	digits(text, func(at int) {
		if memberAt(text, at) == of.name {
			all++
			if hasControlDigits(text[at : at+identityLength]) {
				persons++
			}
		}
	})
	return 2*persons < all
}

// digits calls visit with the beginning of each run of eleven digits that stands alone: between what
// is no letter, no digit, and no decimal point of them.
func digits(text []byte, visit func(at int)) {
	for from := 0; from+identityLength <= len(text); {
		if !isDigit(text[from+identityLength-1]) { // then no run begins before it
			from += identityLength
			continue
		}
		first, last := from+identityLength-1, from+identityLength
		for first > from && isDigit(text[first-1]) {
			first--
		}
		for last < len(text) && isDigit(text[last]) {
			last++
		}
		if last-first == identityLength && standsAlone(text, first, last) {
			visit(first)
		}
		from = last
	}
}

// standsAlone reports whether a run of digits is no part of a word, of a number with decimals or of
// hexadecimal digits. What an escape ends in, as in \n and %3A, is no letter.
func standsAlone(text []byte, first, last int) bool {
	switch {
	case last < len(text) && isLetter(text[last]):
		return false
	case last+1 < len(text) && text[last] == '.' && isDigit(text[last+1]):
		return false
	case first > 1 && text[first-1] == '.' && isDigit(text[first-2]):
		return false
	case first == 0 || !isLetter(text[first-1]):
		return true
	}
	return first > 1 && text[first-2] == '\\' || first > 2 && text[first-3] == '%'
}

// isReal reports whether eleven digits can be the fødselsnummer or the D-nummer of somebody born
// before a day.
func isReal(number []byte, on time.Time) bool {
	month := (number[2]-'0')*10 + number[3] - '0'
	if month < 1 || month > 12 || number[0] > '7' || !hasControlDigits(number) {
		return false
	}
	parsed, err := ident.ParseFoedselsnummer(string(number))
	if err != nil || parsed.Series != ident.SeriesOrdinary || parsed.Kind == ident.KindFoedselsnummer &&
		parsed.Date.Year == 0 {
		return false
	}
	born := time.Date(parsed.Date.Year, time.Month(parsed.Date.Month), parsed.Date.Day, 0, 0, 0, 0, time.UTC)
	return !born.After(on)
}

// hasControlDigits reports whether both control digits are right by the rule of today.
func hasControlDigits(number []byte) bool {
	first, second := 0, 0
	for i, weight := range [...]int{3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0} {
		first += weight * int(number[i]-'0')
	}
	for i, weight := range [...]int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1} {
		second += weight * int(number[i]-'0')
	}
	return first%11 == 0 && second%11 == 0
}

// saysPerson reports whether what stands before a number, in lower case, says that it is a person's.
func saysPerson(context string) bool {
	return slices.ContainsFunc([]string{"fødsel", "foedsel", "fodsel", "person", "fnr", "dnr", "dnummer", "d-nummer"},
		func(word string) bool { return strings.Contains(context, word) })
}

// memberAt returns the name of the JSON member whose whole value stands at a place of a text; empty
// where it is none, as an element of a list.
func memberAt(text []byte, at int) string {
	const longest = 100 // bytes
	if at > 0 && text[at-1] == '"' {
		at--
	}
	before := strings.TrimRight(string(text[max(0, at-longest):at]), " \t\r\n")
	before, isMember := strings.CutSuffix(before, ":")
	before, isNamed := strings.CutSuffix(strings.TrimRight(before, " \t\r\n"), `"`)
	if !isMember || !isNamed {
		return ""
	}
	return before[strings.LastIndexByte(before, '"')+1:]
}

// pointerTo returns the JSON pointer to the value around a place of a document, without long numbers
// in its names; ok is false where the text is no JSON there.
func pointerTo(text []byte, place int) (pointer string, ok bool) {
	const deepest = 1_000
	var at jsonptr.Pointer
	var lists []bool // by level: whether it is a list, else an object
	name := false    // the next string is a name
	for i := 0; i < len(text) && i <= place; i++ {
		switch c := text[i]; c {
		case '{', '[':
			if len(at) == deepest {
				return "", false
			}
			lists, at = append(lists, c == '['), append(at, "0")
			name = c == '{'
		case '}', ']':
			if len(at) == 0 {
				return "", false
			}
			lists, at, name = lists[:len(lists)-1], at[:len(at)-1], false
		case ',':
			if len(at) == 0 {
				return "", false
			}
			last := len(at) - 1
			if name = !lists[last]; !name {
				n, _ := strconv.Atoi(at[last])
				at[last] = strconv.Itoa(n + 1)
			}
		case '"':
			end := closingQuote(text, i)
			if name && place <= end {
				return hideNumbers(at[:len(at)-1]), true
			}
			if name {
				var key string
				if json.Unmarshal(text[i:min(end+1, len(text))], &key) != nil {
					return "", false
				}
				at[len(at)-1], name = key, false
			}
			i = end
		}
	}
	return hideNumbers(at), len(at) > 0
}

// closingQuote returns the place of the quote that ends the string that begins at a place; the length of
// the text where none does.
func closingQuote(text []byte, at int) int {
	for at++; at < len(text) && text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return min(at, len(text))
}

// hideNumbers returns a pointer whose names have no numbers of six digits or more.
func hideNumbers(at jsonptr.Pointer) string {
	shown := slices.Clone(at)
	for i, name := range shown {
		if hasNumber(name) {
			shown[i] = "…"
		}
	}
	return shown.String()
}

// hasNumber reports whether a text has six digits in a row, as a date of birth.
func hasNumber(text string) bool {
	row := 0
	for i := range len(text) {
		if row++; !isDigit(text[i]) {
			row = 0
		}
		if row == 6 {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
