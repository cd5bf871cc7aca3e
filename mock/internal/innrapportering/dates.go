package innrapportering

import (
	"strconv"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

// checkDates checks the dates of an oppgave against the rules.
func (k *checker) checkDates(rules []catalog.Date, oppgave any, in element, inntektsaar int) {
	for _, rule := range rules {
		eachMember(rule.At, oppgave, func(at jsonptr.Pointer, value any) {
			text, ok := value.(string)
			if !ok {
				return
			}
			if wrong := wrongDate(rule, oppgave, text, inntektsaar); wrong != "" {
				k.add(skDato, in, at, text, func() string { return wrong })
			}
		})
	}
}

// wrongDate returns the first fault of a date (K059), or the empty string.
func wrongDate(rule catalog.Date, oppgave any, text string, inntektsaar int) string {
	date, err := parseDate(rule, text, inntektsaar)
	switch {
	case err != nil && rule.Form == catalog.DDMM:
		return truncate(text) + " er ikke en dag i " + strconv.Itoa(inntektsaar) + ": det skal være dag og måned, DDMM"
	case err != nil && rule.Form == catalog.DateTime:
		return truncate(text) + " er ikke et tidspunkt som finnes, på formen ÅÅÅÅ-MM-DDTtt:mm:ssZ"
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

// parseDate parses a date in the form of the rule. Of a time, the day is that of its own offset.
func parseDate(rule catalog.Date, text string, inntektsaar int) (time.Time, error) {
	switch rule.Form {
	case catalog.DDMM:
		return time.Parse("02012006", text+strconv.Itoa(inntektsaar))
	case catalog.DateTime:
		return time.Parse(time.RFC3339, text)
	}
	return time.Parse(time.DateOnly, text)
}
