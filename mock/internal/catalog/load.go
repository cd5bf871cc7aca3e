package catalog

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/schemas"
	"sandkasse/schemas/yamlfile"
)

// Vocabulary is what the files may name: the checks and behaviours there are, each with the offences that it tells, the response members
// that the behaviours know, and the forms of an error body.
type Vocabulary struct {
	Checks      map[string][]feil.Offence
	Behaviours  map[string][]feil.Offence
	Svar        []string
	ErrorBodies []string
}

// always are the offences that every API tells, whatever its checks.
func always() []feil.Offence {
	return []feil.Offence{feil.UnknownURL, feil.MethodNotAllowed, feil.BadParameter, feil.UnexpectedFailure, feil.UnspecifiedFailure, feil.BackendFailure}
}

// Load reads every family and API, with their schemas and examples, and merges them. The error, when there is one, is a yamlfile.Faults
// that holds everything wrong with every file.
func Load(files Files, known Vocabulary) (*Catalog, error) {
	l := loader{files: files, known: known, fileOf: map[*API]string{}}
	folders, err := listFiles(files.APIs)
	if err != nil {
		return nil, yamlfile.Faults{{File: ".", Text: err.Error()}}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if strings.Count(folder, "/") > 0 || folder == "." {
			l.misplaced(folders[folder])
			continue
		}
		l.family(folder, folders[folder])
	}
	l.unique()
	if len(l.faults) > 0 {
		l.faults.Sort()
		return nil, l.faults
	}
	slices.SortFunc(l.apis, func(a, b *API) int { return strings.Compare(a.Name, b.Name) })
	return &Catalog{APIs: l.apis}, nil
}

type loader struct {
	files  Files
	known  Vocabulary
	apis   []*API
	fileOf map[*API]string
	faults yamlfile.Faults
}

// misplaced tells of files that stand where no family is.
func (l *loader) misplaced(names []string) {
	for _, name := range names {
		l.faults = append(l.faults, yamlfile.Fault{File: onDisk(l.files.APIs, name),
			Text: "an API file stands in the folder of its family, such as innrapportering/" + path.Base(name)})
	}
}

// family reads one folder: its family.yaml, then every API file beside it.
func (l *loader) family(folder string, names []string) {
	var family familyFile
	src := l.read(path.Join(folder, "family.yaml"), &family)
	l.checkFamily(src, family)
	at := felter(src, family)
	l.faults = append(l.faults, src.Faults...)
	for _, name := range names {
		if path.Base(name) != "family.yaml" {
			l.api(name, family, at)
		}
	}
}

func (l *loader) api(name string, family familyFile, at Felter) {
	var own apiFile
	src := l.read(name, &own)
	api := l.merge(src, family, own)
	api.Felter, api.Feil = at, l.table(src, family, own)
	l.apis = append(l.apis, api)
	l.fileOf[api] = src.Name
	l.faults = append(l.faults, src.Faults...)
}

func (l *loader) read(name string, value any) *yamlfile.File {
	shown := onDisk(l.files.APIs, name)
	text, err := fs.ReadFile(l.files.APIs, name)
	if err != nil {
		return &yamlfile.File{Name: shown, Faults: yamlfile.Faults{{File: shown, Text: "cannot be read: " + err.Error()}}}
	}
	return yamlfile.Read(shown, text, value)
}

// checkFamily looks at everything in a family file that can be judged without an API.
func (l *loader) checkFamily(src *yamlfile.File, family familyFile) {
	if folder := path.Dir(src.Name); family.Family != path.Base(folder) {
		src.Fault("$.family", "the family is called %q and stands in folder %q; they must be the same", family.Family, folder)
	}
	if family.MaxBody < 1 {
		src.Fault("$.maxBody", "maxBody is %d; it must be a number of bytes above 0", family.MaxBody)
	}
	if len(family.Routes) == 0 {
		src.Fault("$.routes", "a family needs at least one route")
	}
	served := map[string]bool{}
	for i, route := range family.Routes {
		at := func(member string) string { return fmt.Sprintf("$.routes[%d].%s", i, member) }
		if route.Name == "" {
			src.Fault(at("name"), "the route has no name")
		}
		if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, route.Method) {
			src.Fault(at("method"), "%q is not a method; it must be GET, POST, PUT, PATCH or DELETE", route.Method)
		}
		if len(route.Paths) == 0 {
			src.Fault(at("paths"), "the route has no path")
		}
		for _, p := range route.Paths {
			if !pathTemplate.MatchString(p) {
				src.Fault(at("paths"), "%q is not a path; it must look like /v1/{inntektsaar}", p)
			}
			if served[route.Method+p] {
				src.Fault(at("paths"), "%s %s is served by an earlier route already", route.Method, p)
			}
			served[route.Method+p] = true
		}
		for j, check := range route.Checks {
			oneOf(src, at(fmt.Sprintf("checks[%d]", j)), "check", check, slices.Collect(maps.Keys(l.known.Checks)))
		}
		oneOf(src, at("behaviour"), "behaviour", route.Behaviour, slices.Collect(maps.Keys(l.known.Behaviours)))
	}
	oneOf(src, "$.errorBody", "form of an error body", family.ErrorBody, l.known.ErrorBodies)
	for _, offence := range slices.Sorted(maps.Keys(family.Offences)) {
		oneOf(src, "$.offences."+offence, "offence", offence, offenceNames())
	}
	for _, offence := range l.tells(family) {
		if family.Offences[string(offence)].Kode == "" {
			src.Fault("$.offences", "no kode for the offence %s, which a route of the family tells", offence)
		}
	}
}

// tells is every offence that a family's routes can tell, in the order of feil.Offences.
func (l *loader) tells(family familyFile) (told []feil.Offence) {
	can := map[feil.Offence]bool{}
	note := func(offences []feil.Offence) {
		for _, offence := range offences {
			can[offence] = true
		}
	}
	note(always())
	for _, route := range family.Routes {
		note(l.known.Behaviours[route.Behaviour])
		for _, check := range route.Checks {
			note(l.known.Checks[check])
		}
	}
	for _, offence := range feil.Offences() {
		if can[offence] {
			told = append(told, offence)
		}
	}
	return told
}

var (
	pathTemplate = regexp.MustCompile(`^(/([A-Za-z0-9._-]+|\{[A-Za-z]+\}))+/?$`)
	hostLabel    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	apiName      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
)

// merge lays an API's own data over its family's.
func (l *loader) merge(src *yamlfile.File, family familyFile, own apiFile) *API {
	if !apiName.MatchString(own.Name) {
		src.Fault("$.name", "%q is not a name; it must be lower-case letters, digits and hyphens", own.Name)
	}
	if !hostLabel.MatchString(own.Label) {
		src.Fault("$.label", "%q is not a host label; it must be lower-case letters, digits and hyphens, 63 at the most", own.Label)
	}
	wantsToken := slices.ContainsFunc(family.Routes, func(r routeFile) bool { return slices.Contains(r.Checks, "scope") })
	if wantsToken && own.Scope == "" {
		src.Fault("$.scope", "the API has no scope")
	}
	reports := slices.ContainsFunc(family.Routes, func(r routeFile) bool { return slices.Contains(r.Checks, "schema") })
	if reports && (own.Inntektsaar.First < 1000 || own.Inntektsaar.First > 9999) {
		src.Fault("$.inntektsaar.first", "%d is not a year of four digits", own.Inntektsaar.First)
	}
	if reports && len(own.Svar) == 0 {
		src.Fault("$.svar", "the answer has no members; there are %s", strings.Join(l.known.Svar, ", "))
	}
	for i, member := range own.Svar {
		oneOf(src, fmt.Sprintf("$.svar[%d]", i), "answer member", member, l.known.Svar)
	}
	var schema *schemas.Schema
	var example []byte
	if reports {
		schema, example = l.document(src, own)
	}
	api := &API{
		Family: family.Family, Name: own.Name, Title: own.Title, Label: own.Label, Scope: own.Scope, Resource: own.Resource,
		SchemaName: own.Schema, Schema: schema, Example: example, MaxBody: family.MaxBody, Svar: own.Svar,
		Inntektsaar: Span(own.Inntektsaar), Pakker: own.Tilgangspakker, ErrorBody: family.ErrorBody,
		Kontroll: kontroll(src, own.Tilbakemelding),
	}
	for _, route := range family.Routes {
		api.Routes = append(api.Routes, &Route{
			Name: route.Name, Method: route.Method, Paths: route.Paths, Checks: route.Checks, Behaviour: route.Behaviour,
			Idempotent: route.Idempotent,
		})
	}
	return api
}

// document reads an API's schema and example, and looks whether they fit each other.
func (l *loader) document(src *yamlfile.File, own apiFile) (*schemas.Schema, []byte) {
	schema, err := schemas.Compile(l.files.Schemas, own.Schema)
	if err != nil {
		src.Fault("$.schema", "the schema %q cannot be used: %v", own.Schema, err)
		return nil, nil
	}
	example, err := fs.ReadFile(l.files.Examples, own.Example)
	if err != nil {
		src.Fault("$.example", "the example %q cannot be read: %v", own.Example, err)
		return schema, nil
	}
	shown := onDisk(l.files.Examples, own.Example)
	document, err := schemas.Decode(example)
	if err != nil {
		l.faults = append(l.faults, yamlfile.Fault{File: shown, Text: err.Error()})
		return schema, example
	}
	for _, avvik := range schema.Validate(document) {
		line, _ := schemas.Place(example, avvik.Sti)
		l.faults = append(l.faults, yamlfile.Fault{File: shown, Line: line,
			Text: fmt.Sprintf("the example breaks the schema %s at %s: %s", own.Schema, avvik.Sti, avvik.Melding)})
	}
	return schema, example
}

// felter parses the places that a family file names.
func felter(src *yamlfile.File, family familyFile) Felter {
	pointer := func(name, text string) Pointer {
		p, ok := ParsePointer(text)
		if !ok && text != "" {
			src.Fault("$.felter."+name, "felter.%s is %q; it must be a JSON pointer such as /leveranse/%s", name, text, name)
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

// kontroll parses what the feedback looks at.
func kontroll(src *yamlfile.File, own tilbakemeldingFile) (k Kontroll) {
	pointer := func(place, text string) Pointer {
		p, ok := ParsePointer(text)
		if !ok {
			src.Fault("$.tilbakemelding."+place, "%q is not a JSON pointer such as /oppgaveeier/foedselsnummer", text)
		}
		return p
	}
	identifiers := func(place string, list []identifierFile) (all []Identifier) {
		for i, id := range list {
			at := fmt.Sprintf("identifiers.%s[%d]", place, i)
			oneOf(src, "$.tilbakemelding."+at+".kind", "kind of identifier", id.Kind, []string{"foedselsnummer", "organisasjonsnummer", "kontonummer"})
			all = append(all, Identifier{At: pointer(at+".at", id.At), Kind: id.Kind})
		}
		return all
	}
	if own.AntallOppgaver != "" {
		k.AntallOppgaver = pointer("antallOppgaver", own.AntallOppgaver)
	}
	for i, sum := range own.Sums {
		at := fmt.Sprintf("sums[%d]", i)
		k.Sums = append(k.Sums, Sum{Sum: pointer(at+".sum", sum.Sum), Of: pointer(at+".of", sum.Of)})
	}
	k.Leveranse = identifiers("leveranse", own.Identifiers.Leveranse)
	k.Oppgave = identifiers("oppgave", own.Identifiers.Oppgave)
	k.Sletteoppgave = identifiers("sletteoppgave", own.Identifiers.Sletteoppgave)
	for i, date := range own.Dates {
		at := fmt.Sprintf("dates[%d]", i)
		oneOf(src, "$.tilbakemelding."+at+".within", "span", date.Within, []string{"inntektsaar", "untilYearEnd"})
		if date.Form != "" {
			oneOf(src, "$.tilbakemelding."+at+".form", "form of a date", date.Form, []string{"DDMM"})
		}
		d := Date{At: pointer(at+".at", date.At), DDMM: date.Form == "DDMM", Within: date.Within}
		if date.NotBefore != "" {
			d.NotBefore = pointer(at+".notBefore", date.NotBefore)
		}
		k.Dates = append(k.Dates, d)
	}
	for i, identity := range own.Identity {
		k.Identity = append(k.Identity, pointer(fmt.Sprintf("identity[%d]", i), identity))
	}
	return k
}

// table gives every offence the code, status and text of this API's own page: the first specification code that the page lists, else the
// parent code alone; where the page lists not even the parent, the family's (K022).
func (l *loader) table(src *yamlfile.File, family familyFile, own apiFile) feil.Table {
	told := feil.Table{}
	for _, kode := range slices.Sorted(maps.Keys(own.Koder)) {
		row := own.Koder[kode]
		if row.Status < 400 || row.Status > 599 {
			src.Fault("$.koder."+kode+".status", "%s has status %d; an error's is 400 to 599", kode, row.Status)
		}
		if row.Melding == "" {
			src.Fault("$.koder."+kode, "%s has no melding", kode)
		}
	}
	for _, offence := range l.tells(family) {
		how := family.Offences[string(offence)]
		kode, ok := own.Koder[how.Kode]
		if !ok {
			kode, ok = family.Koder[how.Kode]
		}
		if !ok && how.Kode != "" {
			src.Fault("$.koder", "the offence %s is told as %s, which is not among the API's koder, nor the family's", offence, how.Kode)
		}
		row := feil.Row{Offence: offence, Status: kode.Status, Kode: how.Kode, Melding: kode.Melding}
		for _, spesifisering := range how.Spesifisering {
			if text, listed := own.Spesifiseringer[spesifisering]; listed {
				row.Spesifisering, row.SpesifiseringMelding = spesifisering, text
				break
			}
		}
		told[offence] = row
	}
	return told
}

// unique refuses two APIs of one name or label.
func (l *loader) unique() {
	names, labels := map[string]string{}, map[string]string{}
	for _, api := range l.apis {
		file := l.fileOf[api]
		if other, taken := names[api.Name]; taken {
			l.faults = append(l.faults, yamlfile.Fault{File: file, Text: fmt.Sprintf("the name %q is taken by %s", api.Name, other)})
		}
		if other, taken := labels[api.Label]; taken {
			l.faults = append(l.faults, yamlfile.Fault{File: file, Text: fmt.Sprintf("the label %q is taken by %s", api.Label, other)})
		}
		names[api.Name], labels[api.Label] = file, file
	}
}

func oneOf(src *yamlfile.File, place, what, name string, known []string) {
	if !slices.Contains(known, name) {
		src.Fault(place, "%q is not a known %s; there are %s", name, what, strings.Join(slices.Sorted(slices.Values(known)), ", "))
	}
}

func offenceNames() []string {
	var names []string
	for _, offence := range feil.Offences() {
		names = append(names, string(offence))
	}
	return names
}
