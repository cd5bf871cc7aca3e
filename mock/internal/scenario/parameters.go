package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/yamlfile"
)

// Parameter is a number in a script that may be given with the script's name, as in slow;ms=8000.
// Every scenario, codes too, also has the parameter times (1 to MaxTimes, or always), which is not
// among its Parameters (K303).
type Parameter struct {
	Name        string
	Description string
	Default     float64
	Min, Max    float64
}

// parameterFile is a parameter as it stands in a script, in place of a number, or of a duration,
// which is a number with a unit. Only the first with a name has more than Param and Unit.
type parameterFile struct {
	Param       string  `yaml:"param"`
	Unit        string  `yaml:"unit"`
	Default     float64 `yaml:"default"`
	Min         float64 `yaml:"min"`
	Max         float64 `yaml:"max"`
	Description string  `yaml:"description"`
}

var (
	parameterForm = textForm{regexp.MustCompile(`^[a-z][a-z0-9-]*$`), 30}
	units         = []string{"ms", "s", "m", "h"}
)

// maxValue is above every value of a parameter.
const maxValue = 1e9

// parameter returns the text to read in place of a parameter, such as 3000ms; empty where it is at
// fault.
func (r *reader) parameter(f *yamlfile.File, place string, mapping yamlfile.Node) string {
	r.File = f // which is not set before all is read
	var w parameterFile
	before := len(f.Faults)
	f.Decode(mapping, place, &w)
	var has []string
	for _, member := range []string{"default", "min", "max", "description"} {
		if f.Has(place + "." + member) {
			has = append(has, member)
		}
	}
	at := slices.IndexFunc(r.parameters, func(p Parameter) bool { return p.Name == w.Param })
	p := Parameter{w.Param, strings.TrimSpace(w.Description), w.Default, w.Min, w.Max}
	switch {
	case len(f.Faults) > before:
	case !parameterForm.MatchString(w.Param):
		f.Fault(place+".param",
			"the parameter's name is %q; it must be small letters, digits and hyphens, such as ms", w.Param)
	case w.Param == "times":
		f.Fault(place+".param", "times is a parameter of every scenario; give this one another name")
	case at >= 0 && len(has) > 0:
		f.Fault(place+"."+has[0], "the parameter %s is declared above; here it may have param and unit alone", w.Param)
	case at >= 0:
		p = r.parameters[at]
	case len(has) < 4:
		f.Fault(place, "the parameter %s needs default, min, max and description where it first stands", w.Param)
	case !(0 <= p.Min && p.Min <= p.Default && p.Default <= p.Max && p.Max < maxValue):
		f.Fault(place, "min is %s, default %s and max %s; they must be in this order, and from 0 to below %s",
			plain(p.Min), plain(p.Default), plain(p.Max), plain(maxValue))
	default:
		r.text(place+".description", "description", w.Description, 500)
		r.parameters = append(r.parameters, p)
	}
	if f.Has(place+".unit") && !slices.Contains(units, w.Unit) {
		f.Fault(place+".unit", "%q is no unit; there are %s", w.Unit, strings.Join(units, ", "))
	}
	if len(f.Faults) > before {
		return ""
	}
	value, given := r.values[p.Name]
	if !given {
		value = p.Default
	}
	return plain(value) + w.Unit
}

// read reads a value given for a parameter.
func (p Parameter) read(text string) (float64, error) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !valueForm.MatchString(text) || value < p.Min || value > p.Max || !p.fraction() && !whole(value) {
		return 0, fmt.Errorf("%s is %q; it must be %s", p.Name, text, p.span())
	}
	return value, nil
}

var valueForm = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)

// fraction reports whether fractions are allowed: one of the parameter's own numbers is one.
func (p Parameter) fraction() bool { return !whole(p.Min) || !whole(p.Default) || !whole(p.Max) }

// span describes the values allowed.
func (p Parameter) span() string {
	kind := "a whole number"
	if p.fraction() {
		kind = "a number"
	}
	return fmt.Sprintf("%s from %s to %s", kind, plain(p.Min), plain(p.Max))
}

// String describes the parameter for a list.
func (p Parameter) String() string {
	return fmt.Sprintf("%s (%s; %s when it is not given)", p.Name, p.span(), plain(p.Default))
}

// whole reports whether a number is a whole number.
func whole(v float64) bool { return v == float64(int64(v)) }

// plain returns a number as text without an exponent.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
