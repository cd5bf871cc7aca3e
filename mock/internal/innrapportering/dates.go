package innrapportering

import (
	"strconv"
	"time"

	"sandkasse/mock/internal/catalog"
)

// dates looks at where the dates of an oppgave lie.
func (k *kontroll) dates(rules []catalog.Date, oppgave any, in element, inntektsaar int) {
	for _, rule := range rules {
		text, ok := member(rule.At, oppgave).(string)
		if !ok {
			continue
		}
		if wrong := wrongDate(rule, oppgave, text, inntektsaar); wrong != "" {
			k.found(skDato, in, rule.At, text, func() string { return wrong })
		}
	}
}

// wrongDate tells the first thing that is wrong with a date (K059); empty is nothing.
func wrongDate(rule catalog.Date, oppgave any, text string, inntektsaar int) string {
	date, err := parseDate(rule, text, inntektsaar)
	switch {
	case err != nil && rule.DDMM:
		return cut(text) + " er ikke en dag i " + strconv.Itoa(inntektsaar) + ": det skal være dag og måned, DDMM"
	case err != nil:
		return cut(text) + " er ikke en dato på formen ÅÅÅÅ-MM-DD"
	case rule.Within == "inntektsaar" && date.Year() != inntektsaar:
		return name(rule.At) + " er " + text + ", men skal være i inntektsåret " + strconv.Itoa(inntektsaar)
	case rule.Within == "untilYearEnd" && date.Year() > inntektsaar:
		return name(rule.At) + " er " + text + ", men skal ikke være etter utløpet av inntektsåret " + strconv.Itoa(inntektsaar)
	}
	other, ok := member(rule.NotBefore, oppgave).(string)
	if !ok {
		return ""
	}
	earliest, err := parseDate(rule, other, inntektsaar)
	if err != nil || !date.Before(earliest) {
		return ""
	}
	return name(rule.At) + " er " + text + ", men skal ikke være før " + name(rule.NotBefore) + ", som er " + other
}

// parseDate reads a date in the form that the rule says: day and month, which are then of the inntektsaar, or a whole date.
func parseDate(rule catalog.Date, text string, inntektsaar int) (time.Time, error) {
	if rule.DDMM {
		return time.Parse("02012006", text+strconv.Itoa(inntektsaar))
	}
	return time.Parse(time.DateOnly, text)
}
