package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/suggest"
)

// Bounds of what is asked for.
const (
	maxName      = 64  // bytes of a scenario's name
	maxAsk       = 200 // bytes of one ask
	maxArguments = 8
)

// Selection is a scenario with the parameters that were asked for. Library.Find makes it; it never
// changes.
type Selection struct {
	Text     string   // what was asked for, parameters sorted: slow;ms=8000; the value of Sandkasse-Played
	Name     string   // without parameters
	Code     bool     // it is a code, not a script
	Scenario Scenario // with the parameters set

	times int    // as given in the ask; 0 where it is not
	key   string // of its progress in a session
	api   string // that it has a progress of its own in; empty for none
}

// For returns the selection with a progress of its own in an API (K810).
func (s Selection) For(api string) Selection {
	s.api = api
	return s
}

// argument is a parameter that was given.
type argument struct{ name, text string }

var (
	askName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	askNumber = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	askValue  = textForm{regexp.MustCompile(`^[a-z0-9.-]+$`), 20}
)

// parseAsk splits NAME;parameter=value;…, with blanks around any part, and returns the parameters
// sorted.
func parseAsk(ask string) (name string, given []argument, err error) {
	const form = "it must look like slow or slow;ms=8000"
	if len(ask) > maxAsk {
		return "", nil, fmt.Errorf("the scenario that is asked for has %d bytes; it may have %d", len(ask), maxAsk)
	}
	parts := strings.Split(ask, ";")
	name = strings.TrimSpace(parts[0])
	if !askName.MatchString(name) || len(name) > maxName {
		return "", nil, fmt.Errorf("%q is no name of a scenario; %s", name, form)
	}
	for _, part := range parts[1:] {
		key, value, found := strings.Cut(part, "=")
		a := argument{strings.TrimSpace(key), strings.TrimSpace(value)}
		if !found || !askNumber.MatchString(a.name) || !askValue.MatchString(a.text) {
			return "", nil, fmt.Errorf("%q is no parameter with its value; %s", strings.TrimSpace(part), form)
		}
		if slices.ContainsFunc(given, func(b argument) bool { return b.name == a.name }) {
			return "", nil, fmt.Errorf("the parameter %s is given twice in %q", a.name, ask)
		}
		given = append(given, a)
	}
	if len(given) > maxArguments {
		return "", nil, fmt.Errorf("%q has %d parameters; there may be %d", ask, len(given), maxArguments)
	}
	slices.SortFunc(given, func(a, b argument) int { return strings.Compare(a.name, b.name) })
	return name, given, nil
}

// newSelection returns a scenario with the parameters given. decode returns the scenario with
// values for its parameters by name; key identifies what it is asked for.
func newSelection(
	s Scenario, version string, given []argument, decode func(key string, values map[string]float64) (Scenario, error),
) (Selection, error) {
	selected := Selection{Name: s.Name, Text: s.Name, Scenario: s}
	values := map[string]float64{}
	for _, g := range given {
		if g.name == "times" {
			times, err := readTimes(g.text)
			if err != nil {
				return Selection{}, err
			}
			selected.times = times
			selected.Text += ";times=" + g.text
			continue
		}
		at := slices.IndexFunc(s.Parameters, func(p Parameter) bool { return p.Name == g.name })
		if at < 0 {
			help := strings.Join(parameterHelp(s, g.name), ", ")
			return Selection{}, fmt.Errorf("%s has no parameter %q; it has %s", s.Name, g.name, help)
		}
		value, err := s.Parameters[at].read(g.text)
		if err != nil {
			return Selection{}, fmt.Errorf("%s: %w", s.Name, err)
		}
		values[g.name] = value
		selected.Text += ";" + g.name + "=" + plain(value)
	}
	selected.key = selected.Text + "\n" + version // so a script that was changed begins anew (K307)
	if len(values) > 0 {
		var err error
		if selected.Scenario, err = decode(selected.key, values); err != nil {
			return Selection{}, fmt.Errorf("%s: %w", selected.Text, err)
		}
	}
	if selected.times != 0 { // last, so that it also holds for steps with for
		selected.Scenario = selected.Scenario.repeated(selected.times)
	}
	return selected, nil
}

// readTimes reads the parameter times.
func readTimes(text string) (int, error) {
	if text == "always" {
		return Always, nil
	}
	if !timesForm.MatchString(text) {
		return 0, fmt.Errorf("times is %q; it must be 1 to %d, or always", text, MaxTimes)
	}
	times := 0
	for _, digit := range text {
		times = times*10 + int(digit-'0')
	}
	return times, nil
}

// parameterHelp describes a scenario's parameters, the one with the nearest name first.
func parameterHelp(s Scenario, name string) []string {
	help := map[string]string{"times": fmt.Sprintf("times (1 to %d, or always)", MaxTimes)}
	all := []string{}
	for _, p := range s.Parameters {
		help[p.Name] = p.String()
		all = append(all, p.Name)
	}
	all = suggest.NearestFirst(name, append(all, "times"))
	for i := range all {
		all[i] = help[all[i]]
	}
	return all
}

// code returns the scenario of a documented code: it answers with the code before the checks, as
// often as it is asked for (K303).
func code(name string) Scenario {
	return Scenario{
		Name: name, Description: "The documented code " + name + ", as its real cause would have it told.",
		Client: "What the API's page says of this code.",
		Steps: []Step{{
			Times: Always, Probability: 1, At: BeforeChecks, Do: []Act{{"code", Answers, codeFault(name)}},
		}},
	}
}

// NotFound is the error for a name that is neither a script nor a code of the API.
type NotFound struct {
	Name      string
	Elsewhere bool     // it is a code of another API
	Codes     []string // of this API, the nearest first
	Scripts   []string // the nearest first
	Broken    string   // what is wrong with the caller's file of this name; empty where there is none
}

// Error lists what there is, the nearest match first.
func (e *NotFound) Error() string {
	codes, scripts := "", " The scripts are "+strings.Join(e.Scripts, ", ")+"."
	if len(e.Codes) > 0 {
		codes = " The API's codes are " + strings.Join(e.Codes, ", ") + "."
	}
	if e.Elsewhere {
		return fmt.Sprintf("%s is not a code that this API documents.", e.Name) + codes + scripts
	}
	text := fmt.Sprintf("There is no scenario %q.", e.Name)
	if e.Broken != "" {
		return text + " Its file is broken: " + e.Broken
	}
	if nearest, ok := suggest.Nearest(e.Name, slices.Concat(e.Scripts, e.Codes)); ok {
		text += fmt.Sprintf(" Did you mean %s?", nearest)
	}
	return text + scripts + codes
}
