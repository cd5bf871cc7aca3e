package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/yamlfile"
)

// scenarioFile is a script as it is written; schema.json.tmpl describes the same for editors.
type scenarioFile struct {
	Name        string     `yaml:"name"`
	Description string     `yaml:"description"`
	Client      string     `yaml:"client"`
	Steps       []stepFile `yaml:"steps"`
}

type stepFile struct {
	When        whenFile        `yaml:"when"`
	Times       yamlfile.Text   `yaml:"times"`
	For         yamlfile.Text   `yaml:"for"`
	Probability yamlfile.Float  `yaml:"probability"`
	At          string          `yaml:"at"`
	Do          []yamlfile.Node `yaml:"do"`
}

type whenFile struct {
	API          []string     `yaml:"api"`
	Family       []string     `yaml:"family"`
	Method       []string     `yaml:"method"`
	Route        []string     `yaml:"route"`
	Organisation string       `yaml:"organisation"`
	Reference    string       `yaml:"reference"`
	Outcome      string       `yaml:"outcome"`
	InFlight     yamlfile.Int `yaml:"inFlight"`
}

// Known lists what scripts may name of the catalogue. A nil list allows every name.
type Known struct {
	APIs, Families, Routes []string
	Codes                  []string // of all APIs together
	Offences               []string
}

// The forms of texts in a script.
var (
	nameForm         = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	notBlank         = regexp.MustCompile(`\S`)
	durationForm     = regexp.MustCompile(`^([1-9][0-9]{0,7})(ms|s|m|h)$`)
	timesForm        = regexp.MustCompile(`^([1-9][0-9]{0,2}|1000)$`)
	organisationForm = regexp.MustCompile(`^[0-9]{9}$`)
)

// grammar holds the words that a script may use: names of the catalogue, and kinds of faults.
type grammar struct {
	known Known
	kinds []faultKind
}

// reader reads a script and collects what is wrong with it.
type reader struct {
	*yamlfile.File
	grammar
	values     map[string]float64 // for parameters by name, instead of what the script has
	parameters []Parameter        // declared so far
}

// read returns the scenario of a script's text and everything that is wrong with it. Where there
// are faults the scenario may not be used.
func (g grammar) read(file string, text []byte) (Scenario, yamlfile.Faults) {
	s, faults := g.readWith(file, text, nil)
	if len(faults) > 0 {
		return s, faults
	}
	if len(s.Parameters) == 0 {
		return s, nil
	}
	atMin, atMax := map[string]float64{}, map[string]float64{}
	for _, p := range s.Parameters {
		atMin[p.Name], atMax[p.Name] = p.Min, p.Max
	}
	_, below := g.readWith(file, text, atMin)
	_, above := g.readWith(file, text, atMax)
	for _, fault := range slices.Concat(below, above) {
		fault.Text = "with min or max, " + fault.Text
		faults = append(faults, fault)
	}
	faults.Sort()
	return s, faults
}

// readWith returns the scenario of a script's text with the values given for parameters by name.
func (g grammar) readWith(file string, text []byte, values map[string]float64) (Scenario, yamlfile.Faults) {
	var written scenarioFile
	r := &reader{grammar: g, values: values}
	r.File = yamlfile.ReadSubstituting(file, text, &written, r.parameter)
	if r.Unreadable {
		return Scenario{}, r.Faults
	}
	r.name(written.Name)
	r.text("$.description", "description", written.Description, 2000)
	r.text("$.client", "client", written.Client, 2000)
	s := Scenario{
		Name: written.Name, Description: strings.TrimSpace(written.Description),
		Client: strings.TrimSpace(written.Client),
	}
	switch n := len(written.Steps); {
	case !r.Has("$.steps") || n == 0:
		r.Fault("$.steps", "the scenario has no steps; it needs at least one")
	case n > maxSteps:
		r.Fault("$.steps", "the scenario has %d steps; it may have %d", n, maxSteps)
	}
	for i, step := range written.Steps {
		s.Steps = append(s.Steps, r.step(fmt.Sprintf("$.steps[%d]", i), step))
	}
	s.Parameters = r.parameters
	if n := len(s.Parameters); n > maxParameters {
		r.Fault("$", "the scenario has %d parameters; it may have %d", n, maxParameters)
	}
	r.Faults.Sort()
	return s, r.Faults
}

// name checks a scenario's name against its file's.
func (r *reader) name(name string) {
	file := r.Name[strings.LastIndex(r.Name, "/")+1:]
	switch {
	case !r.Has("$.name"):
		r.Fault("$.name", "the scenario has no name; it must be its file's, %s", strings.TrimSuffix(file, ".yaml"))
	case !nameForm.MatchString(name) || len(name) > maxName:
		r.Fault("$.name", "the name %q must be small letters and digits with hyphens between, such as lost-answer, "+
			"and at most %d of them", name, maxName)
	case name+".yaml" != file:
		r.Fault("$.name", "the scenario is called %q and stands in %s; it must stand in %s.yaml", name, file, name)
	case slices.Contains(r.known.Codes, name):
		r.Fault("$.name", "%q is the name of a code; a script needs another", name)
	}
}

// text checks that there is a text with some visible character at a place, of at most max
// characters.
func (r *reader) text(place, what, text string, max int) {
	switch n := utf8.RuneCountInString(text); {
	case !r.Has(place) || !notBlank.MatchString(text):
		r.Fault(place, "%s is missing; it must say something", what)
	case n > max:
		r.Fault(place, "%s has %d characters; it may have %d", what, n, max)
	}
}

// step reads a step.
func (r *reader) step(place string, written stepFile) Step {
	step := Step{When: r.when(place+".when", written.When), Times: 1, Probability: 1}
	if r.Has(place + ".times") {
		step.Times = r.times(place+".times", written.Times)
	}
	if r.Has(place + ".for") {
		if r.Has(place + ".times") {
			r.Fault(place+".for", "a step has times or for, not both")
		}
		step.Times, step.For = 0, r.duration(place+".for", "for", written.For, MaxFor)
	}
	if r.Has(place + ".probability") {
		step.Probability = float64(written.Probability)
		if !(step.Probability > 0 && step.Probability <= 1) {
			r.Fault(place+".probability", "probability is %v; it must be above 0 and at most 1", step.Probability)
		}
	}
	switch {
	case !r.Has(place + ".do"):
		r.Fault(place+".do", "the step has no do; an empty list, [], lets calls pass")
	case len(written.Do) > maxActs:
		r.Fault(place+".do", "the step does %d things; it may do %d", len(written.Do), maxActs)
	}
	for i, node := range written.Do {
		at := fmt.Sprintf("%s.do[%d]", place, i)
		act := r.act(at, node)
		if act.Kind != "" && slices.ContainsFunc(step.Do, func(before Act) bool { return before.Kind == act.Kind }) {
			r.Fault(at, "%s stands twice in one step; once is what it can do", act.Kind)
		}
		step.Do = append(step.Do, act)
	}
	step.At = r.point(place, Point(written.At), step.Do, written.When.Outcome != "")
	return step
}

// when reads which calls a step fits.
func (r *reader) when(place string, written whenFile) When {
	r.list(place+".api", "API", written.API, r.known.APIs)
	r.list(place+".family", "family", written.Family, r.known.Families)
	r.list(place+".method", "method", written.Method, methods)
	r.list(place+".route", "route", written.Route, r.known.Routes)
	if r.Has(place+".organisation") && !organisationForm.MatchString(written.Organisation) {
		r.Fault(place+".organisation", "organisation is %q; it must be nine digits", written.Organisation)
	}
	if r.Has(place + ".reference") {
		r.text(place+".reference", "reference", written.Reference, 200)
	}
	if r.Has(place + ".outcome") {
		r.oneOf(place+".outcome", "outcome", written.Outcome, []string{Success, Refused})
	}
	if r.Has(place+".inFlight") && (written.InFlight < 1 || written.InFlight > MaxTimes) {
		r.Fault(place+".inFlight", "inFlight is %d; it must be 1 to %d calls at once", written.InFlight, MaxTimes)
	}
	return When{
		API: written.API, Family: written.Family, Method: written.Method, Route: written.Route,
		Organisation: written.Organisation, Reference: written.Reference, Outcome: written.Outcome,
		InFlight: int(written.InFlight),
	}
}

// list checks that a list has at least one name, where it is there, and known names alone.
func (r *reader) list(place, what string, names, known []string) {
	if r.Has(place) && len(names) == 0 {
		r.Fault(place, "the list is empty and would fit no call; leave it out to fit all")
	}
	for i, name := range names {
		r.oneOf(fmt.Sprintf("%s[%d]", place, i), what, name, known)
	}
}

// oneOf checks that a name is one of those known; nil for all.
func (r *reader) oneOf(place, what, name string, known []string) {
	switch {
	case name == "":
		r.Fault(place, "the %s is empty", what)
	case known != nil && !slices.Contains(known, name):
		r.Fault(place, "%q is no %s; there are %s", name, what, strings.Join(suggest.NearestFirst(name, known), ", "))
	}
}

// times reads how often a step plays.
func (r *reader) times(place string, written yamlfile.Text) int {
	text := string(written)
	if text == "always" {
		return Always
	}
	if !timesForm.MatchString(text) {
		r.Fault(place, "times is %q; it must be 1 to %d, or always", text, MaxTimes)
		return 1
	}
	times, _ := strconv.Atoi(text) // by its form it is a number
	return times
}

// duration reads a whole number with a unit, above 0 and up to max.
func (r *reader) duration(place, what string, written yamlfile.Text, max time.Duration) time.Duration {
	d, ok := parseDuration(string(written))
	if !ok || d > max {
		r.Fault(place, "%s is %q; it must be a whole number of ms, s, m or h above 0, such as 2s, and at most %s",
			what, written, shortest(max))
	}
	return d
}

// parseDuration reads a whole number with a unit; false where it is none.
func parseDuration(text string) (time.Duration, bool) {
	parts := durationForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(parts[1]) // by its form it is a number
	unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour}
	return time.Duration(n) * unit[parts[2]], true
}

// shortest returns a duration as text without the zeros that Go appends.
func shortest(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
