package innrapportering

import (
	"strconv"
	"time"

	"sandkasse/mock/internal/catalog"
)

// checkDates checks the dates of an oppgave against the rules.
func (k *checker) checkDates(rules []catalog.Date, oppgave any, in element, inntektsaar int) {
	for _, rule := range rules {
		text, ok := member(rule.At, oppgave).(string)
		if !ok {
			continue
		}
		if wrong := wrongDate(rule, oppgave, text, inntektsaar); wrong != "" {
			k.add(skDato, in, rule.At, text, func() string { return wrong })
		}
	}
}

// wrongDate returns the first fault of a date (K059), or the empty string.
func wrongDate(rule catalog.Date, oppgave any, text string, inntektsaar int) string {
	date, err := parseDate(rule, text, inntektsaar)
	switch {
	case err != nil && rule.DDMM:
		return truncate(text) + " er ikke en dag i " + strconv.Itoa(inntektsaar) + ": det skal være dag og måned, DDMM"
	case err != nil:
		return truncate(text) + " er ikke en dato som finnes, på formen ÅÅÅÅ-MM-DD"
	case rule.Within == "inntektsaar" && date.Year() != inntektsaar:
		return name(rule.At) + " er " + text + ", men skal være i inntektsåret " + strconv.Itoa(inntektsaar)
	case rule.Within == "untilYearEnd" && date.Year() > inntektsaar:
		return name(rule.At) + " er " + text + ", men skal ikke være etter utløpet av inntektsåret " +
			strconv.Itoa(inntektsaar)
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

// parseDate parses a date in the form of the rule: day and month of the inntektsaar, or a full
// date.
func parseDate(rule catalog.Date, text string, inntektsaar int) (time.Time, error) {
	if rule.DDMM {
		return time.Parse("02012006", text+strconv.Itoa(inntektsaar))
	}
	return time.Parse(time.DateOnly, text)
}
