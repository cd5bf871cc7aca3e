package catalog

import (
	"cmp"
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

// merge returns the API of a file, with the data of its family.
func (l *loader) merge(src *yamlfile.File, family familyFile, own apiFile, at Felter) *API {
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
		oneOf(src, fmt.Sprintf("$.svar[%d]", i), "answer member", member, l.known.Svar)
	}
	var compile func() *schema.Schema
	var example []byte
	if reports {
		compile, example = l.document(src, own, at)
	}
	var compiled *schema.Schema
	if compile != nil && !l.files.Proved {
		compiled = compile()
	}
	api := &API{
		Family: family.Family, Name: own.Name, Title: own.Title, Label: own.Label, Scope: own.Scope,
		Hosts: hosts(src, family, own), Resource: own.Resource,
		SchemaName: own.Schema, Schema: compile, Example: example, exampleName: own.Example, MaxBody: family.MaxBody,
		Svar:        own.Svar,
		Inntektsaar: Span(own.Inntektsaar), Pakker: own.Tilgangspakker, ErrorBody: family.ErrorBody,
		Kontroll: parseKontroll(src, own.Tilbakemelding, at, compiled), Masked: family.Masked,
	}
	if compile != nil {
		api.hasSletteoppgaver = sync.OnceValue(func() bool { return compile().Path(at.Sletteoppgave).Taken })
	}
	api.Matching = PathMatching(cmp.Or(family.PathMatching, string(ExactPaths)))
	for _, text := range family.NotImitated {
		method, path, _ := strings.Cut(text, " ")
		api.NotImitated = append(api.NotImitated, Operation{Method: method, Path: path})
	}
	for _, route := range family.Routes {
		api.Routes = append(api.Routes, &Route{
			Name: route.Name, Method: route.Method, Paths: route.Paths, Checks: route.Checks,
			Behaviour:  route.Behaviour,
			Idempotent: route.Idempotent, SchemaName: route.Schema, Schema: l.schemas[route.Schema],
		})
	}
	return api
}

// document reads the schema and the example of an API, and adds a fault for each violation of the
// schema by the example.
func (l *loader) document(src *yamlfile.File, own apiFile, at Felter) (func() *schema.Schema, []byte) {
	if l.files.Proved {
		return l.embeddedDocument(src, own)
	}
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
		if _, found := pointer.In(document); !found || pointer == nil {
			l.faults = append(l.faults, yamlfile.Fault{File: shown, Text: fmt.Sprintf(
				"the example has nothing at %s, where the family's felter.%s says that there is something", pointer,
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

// felter parses the places in a family file.
func felter(src *yamlfile.File, family familyFile) Felter {
	pointer := func(name, text string) jsonptr.Pointer {
		p, ok := jsonptr.Parse(text)
		if (!ok || slices.Contains(p, schema.Element)) && text != "" {
			src.Fault("$.felter."+name, "felter.%s is %q; it must be a JSON pointer such as /leveranse/%s", name, text,
				name)
		}
		return p
	}
	return Felter{
		Inntektsaar:   pointer("inntektsaar", family.Felter.Inntektsaar),
		Leveransetype: pointer("leveransetype", family.Felter.Leveransetype),
		Oppgavegiver:  pointer("oppgavegiver", family.Felter.Oppgavegiver),
		Referanse:     pointer("referanse", family.Felter.Referanse),
		Oppgave:       pointer("oppgave", family.Felter.Oppgave),
		Sletteoppgave: pointer("sletteoppgave", family.Felter.Sletteoppgave),
	}
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
