package tenor

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"sandkasse/fixtures/ident"
)

// interval is the values from low to high, as texts that sort like the values: numbers with leading
// zeros, dates as yyyy-mm-dd. An open end is empty.
type interval struct {
	kind      fieldKind
	low, high string
	noLow     bool // excludes low itself
	noHigh    bool // excludes high itself
}

// contains reports whether a value lies in the interval.
func (i interval) contains(value string) bool {
	value = i.sortable(value)
	switch {
	case i.low != "" && (value < i.low || i.noLow && value == i.low):
		return false
	case i.high != "" && (value > i.high || i.noHigh && value == i.high):
		return false
	}
	return true
}

// sortable writes a value so that texts sort like values.
func (i interval) sortable(value string) string {
	if i.kind == isNumber {
		const zeros = "000000000000"
		value = strings.TrimLeft(value, "0")
		return zeros[min(len(value), len(zeros)):] + value
	}
	return value
}

// interval returns the values that a range, a comparison or an equality means. A year or a month
// means all its days.
func (v value) interval(kind fieldKind) (interval, error) {
	i := interval{kind: kind}
	low, high := v.low, v.high
	switch v.form {
	case isWord, isPhrase:
		low = bound{text: v.text, at: v.at}
		high = low
	case isCompared:
		switch v.sign {
		case "<", "<=":
			low, high = bound{open: true}, v.low
		default:
			high.open = true
		}
	}
	first, last := "", ""
	var err error
	if !low.open {
		if i.low, last, err = low.values(kind); err != nil {
			return i, err
		}
		if v.form == isCompared && v.sign == ">" {
			i.low, i.noLow = last, true
		}
	}
	if !high.open {
		if first, i.high, err = high.values(kind); err != nil {
			return i, err
		}
		if v.form == isCompared && v.sign == "<" {
			i.high, i.noHigh = first, true
		}
	}
	return i, nil
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]{1,11}$`)
	wholeDate   = regexp.MustCompile(`^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$`)
)

// values returns the first and the last value that a bound means.
func (b bound) values(kind fieldKind) (first, last string, err error) {
	refuse := func(wanted string) error {
		return &QueryError{
			Parameter: "kql", Position: b.at,
			Problem: fmt.Sprintf("here is %q, but there must be %s", truncate(b.text), wanted),
		}
	}
	switch kind {
	case isNumber:
		if !wholeNumber.MatchString(b.text) {
			return "", "", refuse("a whole number from 0")
		}
		s := interval{kind: kind}.sortable(b.text)
		return s, s, nil
	case isDate:
		parts := wholeDate.FindStringSubmatch(b.text)
		if parts == nil {
			return "", "", refuse("a date: 2003, 2003-12 or 2003-12-01")
		}
		year, month, day := number(parts[1]), number(parts[2]), number(parts[3])
		switch {
		case parts[2] == "":
			return ident.Date{Year: year, Month: 1, Day: 1}.String(),
				ident.Date{Year: year, Month: 12, Day: 31}.String(), nil
		case month < 1 || month > 12:
			return "", "", refuse("a month from 01 to 12 after the year")
		case parts[3] == "":
			return ident.Date{Year: year, Month: month, Day: 1}.String(),
				ident.Date{Year: year, Month: month, Day: lastDay(year, month)}.String(), nil
		case day < 1 || day > lastDay(year, month):
			return "", "", refuse("a day of the calendar")
		}
		s := ident.Date{Year: year, Month: month, Day: day}.String()
		return s, s, nil
	}
	return b.text, b.text, nil
}

// The beginnings and the ends that the text of a day can have.
var (
	beginOfDay = regexp.MustCompile(`^(\d{0,4}|\d{4}-(|[01]|(0[1-9]|1[0-2])(|-(|[0-3]|0[1-9]|[12]\d|3[01]))))$`)
	endOfDay   = regexp.MustCompile(
		`^(\d?|-?(0[1-9]|[12]\d|3[01])|(\d|(|\d{0,4}-)(0[1-9]|1[0-2]))-(0[1-9]|[12]\d|3[01]))$`)
)

// possibleDay reports whether a text with * can be that of a day, as far as what stands before the
// first * and after the last says.
func possibleDay(text string) bool {
	return beginOfDay.MatchString(text[:strings.Index(text, "*")]) &&
		endOfDay.MatchString(text[strings.LastIndex(text, "*")+1:])
}

// lastDay returns the last day of a month.
func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
