package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/feil"
)

// Code is a way in which an API can refuse a call, by a name that a scenario can ask for: a parent
// code, a specification code, an HTTP status of the API, or a code of a behaviour.
type Code struct {
	Name string
	// Row has the answer. Its Offence is empty where nothing that a caller can do leads to it.
	Row feil.Row
	// Behaviour names the one that answers with the code itself; empty for a code of the API's
	// table.
	Behaviour string
}

// Codes returns the codes of the API, sorted by name: every row of its page's tables.
func (a *API) Codes() []Code { return slices.Clone(a.codes) }

// CodeNames returns the names of the API's codes, sorted.
func (a *API) CodeNames() []string {
	names := make([]string, len(a.codes))
	for i, code := range a.codes {
		names[i] = code.Name
	}
	return names
}

// Codes returns the names of the codes of all APIs, sorted, each once.
func (c *Catalog) Codes() []string {
	var names []string
	for _, api := range c.APIs {
		names = append(names, api.CodeNames()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Code returns the API's code with the name, in any letter case; found is false if the API does not
// document it.
func (a *API) Code(name string) (code Code, found bool) {
	i, found := slices.BinarySearchFunc(a.codes, name,
		func(c Code, name string) int { return strings.Compare(c.Name, name) })
	if !found {
		i = slices.IndexFunc(a.codes, func(c Code) bool { return strings.EqualFold(c.Name, name) })
	}
	if i < 0 {
		return Code{}, false
	}
	return a.codes[i], true
}

// codes returns all codes in the API's table. A parent code is answered as for its first offence
// without a specification, a specification code under its parent, and a status as for its first
// offence (K354).
func (l *loader) codes(api *API, family familyFile, own apiFile) []Code {
	found := map[string]Code{}
	note := func(name string, row feil.Row) {
		if _, known := found[name]; !known && name != "" {
			found[name] = Code{Name: name, Row: row}
		}
	}
	// in the order in which a call meets the offences, but that a body may be too large comes last:
	// its code says otherwise
	var rows []feil.Row
	for _, offence := range append(slices.DeleteFunc(feil.Offences(), isBodyTooLarge), feil.BodyTooLarge) {
		if row, listed := api.Feil[offence]; listed {
			rows = append(rows, row)
		}
	}
	for _, row := range rows {
		note(row.Spesifisering, row)
		if row.Spesifisering == "" {
			note(row.Kode, row)
		}
	}
	for _, row := range rows { // parents of which every offence has a specification
		note(row.Kode, row)
	}
	for _, kode := range slices.Sorted(maps.Keys(own.Koder)) { // what the page lists, and no offence leads to
		note(kode, feil.Row{
			Status: own.Koder[kode].Status, Kode: kode, Melding: own.Koder[kode].Melding,
			Type: own.Koder[kode].Type,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(own.Spesifiseringer)) {
		if row, ok := l.parent(rows, family, name); ok {
			row.Spesifisering, row.SpesifiseringMelding = name, own.Spesifiseringer[name]
			note(name, row)
		}
	}
	for _, route := range family.Routes {
		for _, name := range l.known.Behaviours[route.Behaviour].Codes {
			found[name] = Code{Name: name, Behaviour: route.Behaviour}
		}
	}
	for _, row := range rows {
		note(strconv.Itoa(row.Status), row)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Code) int { return cmp.Compare(a.Name, b.Name) })
}

func isBodyTooLarge(offence feil.Offence) bool { return offence == feil.BodyTooLarge }

// parent returns the row of the offence that has the specification code in the family's file.
func (l *loader) parent(rows []feil.Row, family familyFile, spesifisering string) (feil.Row, bool) {
	for _, row := range rows {
		if slices.Contains(family.Offences[string(row.Offence)].Spesifisering, spesifisering) {
			return row, true
		}
	}
	return feil.Row{}, false
}
