package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sandkasse/mock/internal/suggest"
)

// maxReason bounds the reason for which a rule is switched off, in characters.
const maxReason = 500

// Off is a rule that is switched off, and why.
type Off struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// ParseOff reads a rule to switch off from RULE:REASON. The error says what is wrong with it.
func ParseOff(text string) (Off, error) {
	rule, reason, _ := strings.Cut(text, ":")
	off := Off{strings.TrimSpace(rule), strings.TrimSpace(reason)}
	return off, off.check()
}

// check returns an error where there is no such rule, or no reason that can be shown.
func (o Off) check() error {
	var names []string
	for _, rule := range Rules() {
		names = append(names, rule.ID)
	}
	switch {
	case o.Rule == "":
		return fmt.Errorf("no rule is named; there are %s", strings.Join(names, ", "))
	case !slices.Contains(names, o.Rule):
		meant := ""
		if nearest, ok := suggest.Nearest(o.Rule, names); ok {
			meant = "did you mean " + nearest + "? "
		}
		return fmt.Errorf("there is no rule %q; %sthere are %s", o.Rule, meant, strings.Join(names, ", "))
	case o.Reason == "":
		return fmt.Errorf("the rule %s is switched off without a reason; the report shows the reason, so give one, "+
			"such as that the agency has agreed to it", o.Rule)
	case utf8.RuneCountInString(o.Reason) > maxReason:
		return fmt.Errorf("the reason for which the rule %s is switched off has more than %d characters", o.Rule,
			maxReason)
	}
	return nil
}

// Without returns the report without the findings of the rules that are switched off, which it
// lists. The error is of a rule that there is not, that has no reason, or that is given twice.
func (r Report) Without(off []Off) (Report, error) {
	r.Off, r.Findings = append([]Off{}, r.Off...), slices.Clone(r.Findings)
	for _, one := range off {
		if err := one.check(); err != nil {
			return r, err
		}
		if slices.ContainsFunc(r.Off, func(known Off) bool { return known.Rule == one.Rule }) {
			return r, fmt.Errorf("the rule %s is switched off twice; give it once", one.Rule)
		}
		r.Off = append(r.Off, one)
		r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Rule == one.Rule })
	}
	return r, nil
}
