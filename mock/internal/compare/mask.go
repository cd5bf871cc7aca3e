package compare

import (
	"regexp"
	"strings"
	"time"

	"sandkasse/fixtures/ident"
)

// maskedIdentity matches an identity number of which the last digits, or all, are masked: Sandkasse
// itself writes 010180*****.
var maskedIdentity = regexp.MustCompile(`(?:[0-9]{6}|[*]{6}|[xX]{6}|[•]{6}|[#]{6})(?:[*]{5}|[xX]{5}|[•]{5}|[#]{5})`)

// nothingLeft is a text that stands for a value of which nothing is left: *** and the like.
const nothingLeft = `[*]{3,}|[xX]{3,}|[•]{3,}|[#]{3,}|(?i:\[?(?:redacted|masked|maskert|sladdet)\]?)`

// maskedWhole matches a value of which nothing is left.
var maskedWhole = regexp.MustCompile(`^(?:` + nothingLeft + `)$`)

// hasMask reports whether a text may have a masked value: the patterns are slow in long texts.
func hasMask(text string) bool {
	for _, mask := range []string{
		"***", "xxx", "XXX", "•••", "###", "redacted", "Redacted", "REDACTED", "masked", "Masked", "MASKED", "maskert",
		"Maskert", "MASKERT", "sladdet", "Sladdet", "SLADDET",
	} {
		if strings.Contains(text, mask) {
			return true
		}
	}
	return false
}

// personMembers begin, or are, the names of members and parameters that hold an identity number, in
// lower case.
var personMembers = []string{
	"foedselsnummer", "fodselsnummer", "fødselsnummer", "fnr", "dnummer", "dnr", "personidentifikator",
	"personnummer", "nationalidentitynumber", "pid", "ssn",
	"kontonummer", // which has eleven digits too, and is masked as one where it begins with a date
}

// isPersonMember reports whether a member or parameter of that name holds an identity number.
func isPersonMember(name string) bool {
	name = strings.ToLower(name)
	for _, known := range personMembers {
		if strings.HasPrefix(name, known) {
			return true
		}
	}
	return false
}

// identityLength is the number of digits of an identity number.
const identityLength = 11

// isMaskedIdentity reports whether a text is a masked identity number and nothing else.
func isMaskedIdentity(text string) bool {
	at := maskedIdentity.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// masks gives each masked identity number a synthetic one: the same for the same text.
type masks struct {
	numbers map[string]string // by the masked text
	used    map[string]int    // numbers given, by the date of birth
	today   time.Time
}

// maxMasks limits the masked numbers that get one of their own.
const maxMasks = 100_000

// number returns the synthetic number for a masked text. It has the date of birth that the text has,
// as a number that no real person can have: its month is raised by 80 (K792).
func (m *masks) number(text string) string {
	if number, known := m.numbers[text]; known {
		return number
	}
	born, kind := birth(text, m.today)
	key := string(kind) + text[:min(6, len(text))]
	if born == defaultBirth {
		key = ""
	}
	count, err := ident.FoedselsnummerCount(born, ident.Kvinne, kind)
	if err != nil || count == 0 {
		born, kind, key = defaultBirth, ident.KindFoedselsnummer, ""
		count, _ = ident.FoedselsnummerCount(born, ident.Kvinne, kind)
	}
	number, err := ident.NthFoedselsnummer(born, ident.Kvinne, kind, m.used[key]%max(count, 1))
	if err != nil { // cannot be: the birth and the kind were counted
		return text
	}
	if len(m.numbers) < maxMasks {
		m.numbers[text] = number
		m.used[key]++
	}
	return number
}

// defaultBirth is the date of birth where a masked number tells none.
var defaultBirth = ident.Date{Year: 1980, Month: 1, Day: 1}

// birth returns the date of birth that a masked number begins with, and whether it is one of a
// fødselsnummer or a D-nummer. Of two centuries it is the later in which the person is 13 or older.
func birth(text string, today time.Time) (ident.Date, ident.Kind) {
	kind := ident.KindFoedselsnummer
	if len(text) < 6 || strings.Trim(text[:6], "0123456789") != "" {
		return defaultBirth, kind
	}
	pair := func(i int) int { return int(text[i]-'0')*10 + int(text[i+1]-'0') }
	day, year := pair(0), 2000+pair(4)
	if day > 40 {
		day, kind = day-40, ident.KindDNummer
	}
	if year > today.Year()-13 {
		year -= 100
	}
	for _, series := range []ident.Series{
		ident.SeriesOrdinary, ident.SeriesTestNorge, ident.SeriesNPID, ident.SeriesHNummer, ident.SeriesNHN,
		ident.SeriesSyntheticNPID, ident.SeriesFSNummer,
	} {
		if month := pair(2) - int(series); 1 <= month && month <= 12 {
			return ident.Date{Year: year, Month: month, Day: day}, kind
		}
	}
	return defaultBirth, ident.KindFoedselsnummer
}
