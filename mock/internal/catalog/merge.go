package catalog

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/readfile"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// merge returns the API of a file, with the data of its family. proved says that the file is embedded,
// with all that it names.
func (l *loader) merge(src *yamlfile.File, family familyFile, own apiFile, at Felter, rules json.RawMessage,
	proved bool,
) *API {
	if !apiName.MatchString(own.Name) {
		src.Fault("$.name", "%q is not a name; it must be lower-case letters, digits and hyphens", own.Name)
	}
	if !hostLabel.MatchString(own.Label) {
		src.Fault("$.label",
			"%q is not a host label; it must be lower-case letters, digits and hyphens, 63 at the most", own.Label)
	}
	wantsToken := slices.ContainsFunc(family.Routes,
		func(r routeFile) bool { return slices.Contains(r.Checks, "scope") })
	if wantsToken && own.Scope == "" {
		src.Fault("$.scope", "the API has no scope")
	}
	reports := slices.ContainsFunc(family.Routes, func(r routeFile) bool {
		return slices.Contains(r.Checks, "schema") &&
			r.Schema == ""
	})
	if reports && (own.Inntektsaar.First < 1000 || own.Inntektsaar.First > 9999) {
		src.Fault("$.inntektsaar.first", "%d is not a year of four digits", own.Inntektsaar.First)
	}
	if reports && len(own.Svar) == 0 {
		src.Fault("$.svar", "the answer has no members; there are %s", strings.Join(l.known.Svar, ", "))
	}
	for i, member := range own.Svar {
		if _, isList := own.SvarPerLeveranse[member]; !isList {
			oneOf(src, fmt.Sprintf("$.svar[%d]", i), "answer member", member, l.known.Svar)
		}
	}
	var compile func() *schema.Schema
	var example []byte
	switch {
	case reports && proved:
		compile, example = l.embeddedDocument(src, own)
	case reports:
		compile, example = l.document(src, own, at)
	}
	var compiled *schema.Schema
	if compile != nil && !proved {
		compiled = compile()
	}
	api := &API{
		Family: family.Family, Name: own.Name, Title: own.Title, Group: own.Group, Label: own.Label, Scope: own.Scope,
		Hosts: hosts(src, family, own), Resource: own.Resource,
		SchemaName: own.Schema, Schema: compile, Example: example, exampleName: own.Example, MaxBody: family.MaxBody,
		Svar: own.Svar, SvarPerLeveranse: l.svarPerLeveranse(src, own, at, compiled),
		Inntektsaar: Span(own.Inntektsaar), Pakker: own.Tilgangspakker, ErrorBody: family.ErrorBody,
		Kontroll: kontroll(src, own, at, compiled, rules, proved), Masked: family.Masked, Values: own.Values,
	}
	if compiled != nil {
		for _, end := range slices.Sorted(maps.Keys(own.Values)) {
			if !compiled.Names(strings.Split(end, "/")...) {
				src.Fault("$.values."+end, "the schema names no member %s", end)
			}
		}
	}
	if compile != nil {
		api.hasSletteoppgaver = sync.OnceValue(func() bool {
			return compile().Path(at.Document(at.Sletteoppgave)).Taken
		})
	}
	api.ExchangedTokens = family.ExchangedTokens
	api.Matching = PathMatching(cmp.Or(family.PathMatching, string(ExactPaths)))
	for _, text := range family.NotImitated {
		method, path, _ := strings.Cut(text, " ")
		api.NotImitated = append(api.NotImitated, Operation{Method: method, Path: path})
	}
	for _, route := range family.Routes {
		api.Routes = append(api.Routes, &Route{
			Name: route.Name, Method: route.Method, Paths: route.Paths, Checks: l.checksOf(route, family, own),
			Behaviour:  route.Behaviour,
			Idempotent: route.Idempotent, Scopes: route.Scopes,
			SchemaName: route.Schema, Schema: l.schemas[route.Schema],
		})
	}
	return api
}

// kontroll returns the rules of the feedback. rules has those of an embedded API as JSON; if they are
// proved, they are parsed when they are first used.
func kontroll(src *yamlfile.File, own apiFile, at Felter, compiled *schema.Schema,
	rules json.RawMessage, proved bool,
) func() Kontroll {
	parse := func(src *yamlfile.File) Kontroll {
		file := own.Tilbakemelding
		if rules != nil {
			if err := json.Unmarshal(rules, &file); err != nil {
				panic(err) // impossible: a test has compared it
			}
		}
		return parseKontroll(src, file, at, compiled)
	}
	if proved {
		return sync.OnceValue(func() Kontroll { return parse(&yamlfile.File{}) })
	}
	k := parse(src)
	return func() Kontroll { return k }
}

// checksOf returns the checks of a route, without those that find nothing but what the API's page
// does not list.
func (l *loader) checksOf(route routeFile, family familyFile, own apiFile) []string {
	return slices.DeleteFunc(slices.Clone(route.Checks), func(check string) bool {
		offences := l.known.Checks[check].Offences
		return len(offences) > 0 && !slices.ContainsFunc(offences, func(offence feil.Offence) bool {
			return !family.Offences[string(offence)].leftOut(own)
		})
	})
}

// leftOut reports whether the API does not answer with the offence.
func (o offenceFile) leftOut(own apiFile) bool {
	return o.WhereListed && !slices.ContainsFunc(o.Spesifisering, func(kode string) bool {
		_, listed := own.Spesifiseringer[kode]
		return listed
	})
}

// svarPerLeveranse returns the list in the answer that has an entry for each leveranse. A member of
// an entry that no behaviour knows must be one of a leveranse by the schema.
func (l *loader) svarPerLeveranse(src *yamlfile.File, own apiFile, at Felter, compiled *schema.Schema) (m ListMember) {
	if len(own.SvarPerLeveranse) > 1 {
		src.Fault("$.svarPerLeveranse", "there are %d lists; an answer has one at the most", len(own.SvarPerLeveranse))
	}
	for _, name := range slices.Sorted(maps.Keys(own.SvarPerLeveranse)) {
		m = ListMember{Name: name, Members: own.SvarPerLeveranse[name]}
		place := "$.svarPerLeveranse." + name
		if len(at.Leveranser) == 0 {
			src.Fault(place, "a delivery is one leveranse here; felter.leveranser names the list of several")
			return m
		}
		if !slices.Contains(own.Svar, name) {
			src.Fault(place, "%q is not in svar, which has the order of the answer's members", name)
		}
		for i, member := range m.Members {
			inLeveranse := at.Document(jsonptr.Pointer{member})
			if !slices.Contains(l.known.Svar, member) && compiled != nil && !compiled.Path(inLeveranse).Plain {
				src.Fault(fmt.Sprintf("%s[%d]", place, i), "%q is no text or number of a leveranse by the schema; "+
					"beside those there are %s", member, strings.Join(l.known.Svar, ", "))
			}
		}
	}
	return m
}

// document reads the schema and the example of an API, and adds a fault for each violation of the
// schema by the example.
func (l *loader) document(src *yamlfile.File, own apiFile, at Felter) (func() *schema.Schema, []byte) {
	compiled, err := schema.Compile(l.files.Schemas, own.Schema)
	if err != nil {
		if file := onDisk(l.files.Schemas, own.Schema); file != own.Schema {
			l.faults = append(l.faults, yamlfile.Fault{
				File: file,
				Text: fmt.Sprintf("the schema cannot be used: %v", err),
			})
		} else {
			src.Fault("$.schema", "the schema %q cannot be used: %v", own.Schema, err)
		}
		return nil, nil
	}
	compile := func() *schema.Schema { return compiled }
	example, err := readfile.Read(l.files.Examples, own.Example, readfile.MaxDocument)
	if err != nil {
		src.Fault("$.example", "the example %q cannot be read: %v", own.Example, readfile.Reason(err))
		return compile, nil
	}
	shown := onDisk(l.files.Examples, own.Example)
	document, err := schema.Decode(example)
	if err != nil {
		fault := yamlfile.Fault{File: shown, Text: err.Error()}
		var syntax *schema.SyntaxError
		if errors.As(err, &syntax) {
			fault.Line, fault.Text = syntax.Linje,
				fmt.Sprintf("the example is not well-formed JSON (column %d): %s", syntax.Kolonne, syntax.Melding)
		}
		l.faults = append(l.faults, fault)
		return compile, example
	}
	for name, pointer := range map[string]jsonptr.Pointer{
		"inntektsaar":   at.Inntektsaar,
		"leveransetype": at.Leveransetype,
		"oppgavegiver":  at.Oppgavegiver, "oppgave": at.Oppgave,
	} {
		if _, found := at.First(pointer).In(document); !found || pointer == nil {
			l.faults = append(l.faults, yamlfile.Fault{File: shown, Text: fmt.Sprintf(
				"the example has nothing at %s, where felter.%s says that there is something", at.First(pointer),
				name)})
		}
	}
	for _, avvik := range compiled.Validate(document) {
		line, _ := schema.Place(example, avvik.Sti)
		l.faults = append(l.faults, yamlfile.Fault{
			File: shown, Line: line,
			Text: fmt.Sprintf("the example breaks the schema %s at %s: %s", own.Schema, avvik.Sti, avvik.Melding),
		})
	}
	return compile, example
}

// embeddedDocument returns what document does, of embedded files, which tests have checked: the
// schema is compiled when it is first used.
func (l *loader) embeddedDocument(src *yamlfile.File, own apiFile) (func() *schema.Schema, []byte) {
	example, err := readfile.Read(l.files.Examples, own.Example, readfile.MaxDocument)
	if err != nil {
		src.Fault("$.example", "the example %q cannot be read: %v", own.Example, readfile.Reason(err))
	}
	return l.compileOnUse(own.Schema), example
}

// compileOnUse returns a function that compiles the schema when it is first called.
func (l *loader) compileOnUse(name string) func() *schema.Schema {
	return sync.OnceValue(func() *schema.Schema {
		compiled, err := schema.Compile(l.files.Schemas, name)
		if err != nil {
			panic(err) // impossible: tests compile every embedded schema
		}
		return compiled
	})
}

// table returns the row of every offence, with the code, status and text of the API's page: the
// first specification code that the page lists, else the parent code alone; the family's parent
// code if the page does not list it (K022).
func (l *loader) table(src *yamlfile.File, family familyFile, own apiFile) feil.Table {
	table, missing := feil.Table{}, map[string][]string{}
	for _, kode := range slices.Sorted(maps.Keys(own.Koder)) {
		row := own.Koder[kode]
		if row.Status < 400 || row.Status > 599 {
			src.Fault("$.koder."+kode+".status", "%s has status %d; an error's is 400 to 599", kode, row.Status)
		}
		if row.Melding == "" {
			src.Fault("$.koder."+kode, "%s has no melding", kode)
		}
	}
	for _, offence := range l.offencesOf(family) {
		how := family.Offences[string(offence)]
		if how.leftOut(own) {
			continue
		}
		kode, ok := own.Koder[how.Kode]
		if !ok {
			kode, ok = family.Koder[how.Kode]
		}
		if !ok && how.Kode != "" {
			missing[how.Kode] = append(missing[how.Kode], string(offence))
		}
		row := feil.Row{
			Offence: offence, Status: kode.Status, Kode: how.Kode, Melding: kode.Melding, Type: kode.Type,
			Conflict: kode.Conflict,
		}
		for _, spesifisering := range how.Spesifisering {
			if text, listed := own.Spesifiseringer[spesifisering]; listed {
				row.Spesifisering, row.SpesifiseringMelding = spesifisering, text
				break
			}
		}
		table[offence] = row
	}
	for _, kode := range slices.Sorted(maps.Keys(missing)) {
		src.Fault("$.koder", "%s is not among the API's koder, nor the family's; it tells %s", kode,
			strings.Join(missing[kode], ", "))
	}
	return table
}
