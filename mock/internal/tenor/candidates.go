package tenor

import (
	"strconv"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// maxPlaces limits how many places of the calendar are searched for people born in a period.
const maxPlaces = 2_000_000

// candidates returns, in ascending order, the only persons that can be hits, or nil if anybody can.
func candidates(p population.Population, q Query) []int {
	if number, ok := q.equals("id", "tenorMetadata.id", "identifikator", "partnerFnr", "morFnr", "farFnr",
		"barnFnr"); ok {
		i, ok := p.FindPerson(strings.TrimSpace(number))
		if !ok {
			return []int{}
		}
		first := i - i%population.FamilySize
		var members []int
		for member := first; member < min(first+population.FamilySize, p.Size); member++ {
			members = append(members, member)
		}
		return members
	}
	first, last, ok := q.born()
	if !ok {
		return nil
	}
	persons, ok := p.BornBetween(first, last, maxPlaces)
	if !ok {
		return nil
	}
	return persons
}

// born returns the first and the last day on which a hit can be born, and false if the search does
// not limit them. They are whole months, since a person's day of birth may differ from the one in
// the number.
func (q Query) born() (first, last ident.Date, ok bool) {
	// these texts are in the order of the days
	from, to := population.FirstDay().String(), population.LastDay().String()
	for _, n := range q.required() {
		kind := isText
		switch {
		case strings.EqualFold(n.name, "foedselsdato"):
			kind = isDate
		case strings.EqualFold(n.name, "alder"):
			kind = isNumber
		}
		if kind == isText || n.value.form == isNested || n.value.form == isWord && strings.Contains(n.value.text, "*") {
			continue
		}
		within, err := n.value.interval(kind)
		if err != nil {
			continue
		}
		low, high := within.low, within.high
		if kind == isNumber { // the older, the earlier
			low, high = q.bornAt(within.high, -1), q.bornAt(within.low, 0)
		}
		if low != "" {
			from = max(from, low[:len("yyyy-mm")]+"-01")
		}
		if high != "" {
			to = min(to, high[:len("yyyy-mm")]+"-31")
		}
		ok = true
	}
	first = dateIn(from)
	last = dateIn(to)
	last.Day = min(last.Day, lastDay(last.Year, last.Month))
	return first, last, ok
}

// dateIn reads a date that ident.Date.String wrote.
func dateIn(text string) ident.Date {
	return ident.Date{Year: number(text[:4]), Month: number(text[5:7]), Day: number(text[8:])}
}

// bornAt returns, as text, a day on which somebody of that age today may be born: the last one if
// less is 0, one before the first if it is -1. It returns an empty text for no age.
func (q Query) bornAt(age string, less int) string {
	if age == "" {
		return ""
	}
	year := q.Today.Year - number(age) + less
	if year < 0 || year > 9999 { // alder has up to eleven digits
		year = 0
	}
	return ident.Date{Year: year, Month: q.Today.Month, Day: q.Today.Day}.String()
}

// number returns the value of digits, or the largest int if there are too many.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
