package scenario

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Parameter is a number of a script that may be given with its name, as in slow;ms=8000. Every scenario, codes too, also takes times
// (1 to MostTimes, or always), which is not among its Parameters (K303).
type Parameter struct {
	Name        string
	Description string
	Sets        []string // what it sets: times, for (s), probability, delay (ms), status, retry-after (s), cut (bytes), in-flight
	Step        int      // in which step alone, from 1; 0 for all that have such a thing
	Default     float64  // what stands in the script
	Least, Most float64
}

type parameterFile struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Sets        []string `yaml:"sets"`
	Step        int      `yaml:"step"`
	Least       float64  `yaml:"least"`
	Most        float64  `yaml:"most"`
}

var parameterForm = bounded{regexp.MustCompile(`^[a-z][a-z0-9-]*$`), 30}

// parameters reads the parameters that a script declares for its steps.
func (r reader) parameters(written []parameterFile, steps []Step) (made []Parameter) {
	taken := map[string]bool{"times": true}
	for i, w := range written {
		p := Parameter{Name: w.Name, Description: strings.TrimSpace(w.Description), Sets: w.Sets, Step: w.Step, Least: w.Least, Most: w.Most}
		place := fmt.Sprintf("$.parameters[%d]", i)
		switch {
		case !parameterForm.MatchString(p.Name):
			r.Fault(place+".name", "the parameter's name is %q; it must be small letters, digits and hyphens, such as ms", p.Name)
		case taken[p.Name]:
			r.Fault(place+".name", "there is a parameter %s already; times is one of every scenario", p.Name)
		}
		taken[p.Name] = true
		r.text(place+".description", "description", w.Description, 500)
		if len(p.Sets) == 0 {
			r.Fault(place+".sets", "the parameter sets nothing; it must set some of %s", names(targets()))
		}
		if r.Has(place+".step") && (p.Step < 1 || p.Step > len(steps)) {
			r.Fault(place+".step", "step is %d; the scenario has the steps 1 to %d", p.Step, len(steps))
		}
		if !(p.Least <= p.Most) || !r.Has(place+".least") || !r.Has(place+".most") {
			r.Fault(place, "least is %v and most is %v; both must be there, and least not above most", p.Least, p.Most)
		}
		p.Default = r.initial(place, p, steps)
		made = append(made, p)
	}
	return made
}

// initial finds what a parameter is where it is not given: the one number that stands everywhere it sets.
func (r reader) initial(place string, p Parameter, steps []Step) float64 {
	var all []float64
	for i, name := range p.Sets {
		at := fmt.Sprintf("%s.sets[%d]", place, i)
		t, known := targets()[name]
		if !known {
			r.Fault(at, "%q is nothing that a parameter sets; there are %s", name, names(targets()))
			continue
		}
		if p.Least < t.least || p.Most > t.most || !t.fraction && (!whole(p.Least) || !whole(p.Most)) {
			r.Fault(place, "%s to %s cannot be set as %s; there may be %s", plain(p.Least), plain(p.Most), name, t.span())
		}
		found := 0
		for n, step := range steps {
			if !p.reaches(n, step) {
				continue
			}
			for _, number := range t.get(step) {
				if found++; !number.ok {
					r.Fault(at, "what step %d has as %s is not one whole number, so %s cannot stand for it", n+1, name, p.Name)
					continue
				}
				all = append(all, number.value)
			}
		}
		if found == 0 {
			r.Fault(at, "no step has %s, so %s would set nothing", name, p.Name)
		}
	}
	if len(all) == 0 {
		return 0
	}
	if slices.Min(all) != slices.Max(all) {
		r.Fault(place+".sets", "%s sets places where %s and %s stand; it must be the same everywhere, being what holds where %s is not given",
			p.Name, plain(slices.Min(all)), plain(slices.Max(all)), p.Name)
	}
	if all[0] < p.Least || all[0] > p.Most {
		r.Fault(place, "what stands in the script is %s; least and most are %s and %s, and it must lie between", plain(all[0]), plain(p.Least), plain(p.Most))
	}
	return all[0]
}

// reaches reports whether a parameter is about the n-th step, from 0. A step that does nothing is only meant where it is named.
func (p Parameter) reaches(n int, step Step) bool {
	if p.Step > 0 {
		return n == p.Step-1
	}
	return len(step.Do) > 0
}

// with is the scenario with a parameter set.
func (s Scenario) with(p Parameter, value float64) Scenario {
	all := targets()
	steps := slices.Clone(s.Steps)
	for i := range steps {
		for _, name := range p.Sets {
			if t := all[name]; p.reaches(i, steps[i]) && len(t.get(steps[i])) > 0 {
				t.set(&steps[i], value)
			}
		}
	}
	s.Steps = steps
	return s
}

// read reads a value given for a parameter.
func (p Parameter) read(text string) (float64, error) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !valueForm.MatchString(text) || value < p.Least || value > p.Most || !p.fraction() && !whole(value) {
		return 0, fmt.Errorf("%s is %q; it must be %s", p.Name, text, p.span())
	}
	return value, nil
}

var valueForm = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)

func (p Parameter) fraction() bool {
	for _, name := range p.Sets {
		if !targets()[name].fraction {
			return false
		}
	}
	return true
}

func (p Parameter) span() string {
	return span(p.Least, p.Most, p.fraction())
}

// String is a parameter in a list of what there is.
func (p Parameter) String() string {
	return fmt.Sprintf("%s (%s; %s when it is not given)", p.Name, p.span(), plain(p.Default))
}

func (t target) span() string { return span(t.least, t.most, t.fraction) }

func span(least, most float64, fraction bool) string {
	if fraction {
		return fmt.Sprintf("a number from %s to %s", plain(least), plain(most))
	}
	return fmt.Sprintf("a whole number from %s to %s", plain(least), plain(most))
}

func whole(v float64) bool { return v == float64(int64(v)) }

// plain writes a number without an exponent.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func names[T any](all map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}
