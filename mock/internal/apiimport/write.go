package apiimport

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
)

// write returns the API with its files.
func (d *draft) write() API {
	routes, own := d.routes()
	family := d.pattern.Family
	if d.builtIn != nil {
		family, own = d.builtIn.Family, false
	} else if own = own || len(d.pattern.Felter.Sletteoppgave) > 0 &&
		len(d.felter.Sletteoppgave) == 0; own { // an API's file cannot take a place of its family away
		family = d.name
	}
	made := API{Name: d.name, Title: d.title, Label: d.label}
	schemaName, exampleName := family+"/"+d.name+".json", d.name+".json"
	if own {
		schemaName = d.name + ".json"
	}
	file := &yamlWriter{name: family + "/" + d.name + ".yaml"}
	d.writeAPI(file, schemaName, exampleName, own)
	made.Assumed = file.assumed
	made.Files = append(made.Files, archive.File{Name: file.name, Text: file.Bytes()})
	if own {
		file := &yamlWriter{name: family + "/family.yaml"}
		d.writeFamily(file, routes)
		made.Files = append(made.Files, archive.File{Name: file.name, Text: file.Bytes()})
	}
	made.Files = append(
		made.Files,
		archive.File{Name: "schemas/" + schemaName, Text: d.schemaText},
		archive.File{Name: "examples/" + exampleName, Text: d.example},
	)
	return made
}

// yamlWriter writes a YAML file.
type yamlWriter struct {
	bytes.Buffer

	name    string
	assumed []Assumption
}

// line writes a line.
func (w *yamlWriter) line(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

// assume writes a comment, and remembers it as an assumption about the line that follows.
func (w *yamlWriter) assume(text string) {
	w.line("# %s", text)
	w.assumed = append(w.assumed, Assumption{w.name, bytes.Count(w.Bytes(), []byte("\n")) + 1, text})
}

// list writes a member whose value is a list of texts, unless that is empty.
func (w *yamlWriter) list(name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	written := make([]string, len(texts))
	for i, text := range texts {
		written[i] = scalar(text)
	}
	w.line("%s: [%s]", name, strings.Join(written, ", "))
}

// plainScalar matches texts that are themselves in YAML without quotation marks, also in braces.
var plainScalar = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9./_-]*$`)

// scalar returns a text as it stands in YAML.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"},
		strings.ToLower(text)) {
		return text
	}
	return quoted(text)
}

func (d *draft) writeAPI(w *yamlWriter, schemaName, exampleName string, own bool) {
	w.line("# Made from %s with sandkasse apis import. What is assumed says so in the line before it.", scalar(d.File))
	w.line("name: %s", d.name)
	w.line("title: %s", quoted(d.title))
	if d.builtIn != nil && d.builtIn.Group != "" {
		w.line("group: %s", quoted(d.builtIn.Group))
	}
	if d.labelAssumed {
		w.assume("The document names no host: the label is made from its title.")
	}
	w.line("label: %s", d.label)
	hosts, testHosts := d.hosts, d.testHosts
	if !own { // which has some by its family
		usual := func(host string) bool {
			return host == d.label+".api.skatteetaten.no" || host == d.label+".api.skatteetaten-test.no"
		}
		hosts = slices.DeleteFunc(slices.Clone(hosts), usual)
		testHosts = slices.DeleteFunc(slices.Clone(testHosts), usual)
	}
	w.list("hosts", d.free(hosts))
	w.list("testHosts", d.free(testHosts))
	if d.scopeAssumed {
		w.assume("The document names no scope: the sibling APIs have this one for such a label.")
	}
	w.line("scope: %s", scalar(d.scope))
	switch {
	case d.builtIn != nil:
		w.line("resource: %s", scalar(d.builtIn.Resource))
		w.list("tilgangspakker", d.builtIn.Pakker)
	default:
		w.assume("The document names no resource of Altinn: the sibling APIs have such a one.")
		w.line("resource: %s", scalar("ske-innrapportering-"+d.name))
	}
	w.line("schema: %s", scalar(schemaName))
	if d.exampleMade {
		w.assume("The document has no example: this one is made from the schema.")
	}
	w.line("example: %s", scalar(exampleName))
	span := d.pattern.Inntektsaar
	if d.builtIn != nil {
		span = d.builtIn.Inntektsaar
	} else {
		w.assume("The document does not say which years are open (K009).")
	}
	w.line("inntektsaar: {first: %d, lastFromNow: %d}", min(span.First, d.year), span.LastFromNow)
	if !own {
		d.writeFelter(w, d.pattern.Felter)
	}
	if len(d.svar) == 0 {
		d.svar = d.pattern.Svar
		w.assume("The document does not say what the answer has.")
	}
	if d.builtIn != nil && d.builtIn.SvarPerLeveranse.Name != "" {
		d.svar = d.builtIn.Svar
	}
	w.list("svar", d.svar)
	if d.builtIn != nil && d.builtIn.SvarPerLeveranse.Name != "" {
		w.line("svarPerLeveranse:")
		w.list("  "+d.builtIn.SvarPerLeveranse.Name, d.builtIn.SvarPerLeveranse.Members)
	}
	if d.builtIn == nil {
		w.assume("The document lists no error codes beyond its examples: those of " + pattern + " (K675).")
	}
	w.line("koder:")
	for _, name := range slices.Sorted(maps.Keys(d.codes.koder)) {
		code := d.codes.koder[name]
		w.line("  %s: {status: %d, melding: %s}", scalar(name), code.status, quoted(code.melding))
	}
	if len(d.codes.spesifiseringer) > 0 {
		w.line("spesifiseringer:")
		for _, name := range slices.Sorted(maps.Keys(d.codes.spesifiseringer)) {
			w.line("  %s: %s", scalar(name), quoted(d.codes.spesifiseringer[name]))
		}
	}
	d.writeRules(w)
}

// free returns the hosts that no other API has, and notes the others.
func (d *draft) free(hosts []string) (free []string) {
	for _, host := range hosts {
		name, path, _ := strings.Cut(host, "/")
		taken := slices.ContainsFunc(d.known.APIs, func(api *catalog.API) bool {
			return api != d.builtIn && slices.ContainsFunc(api.Hosts, func(h catalog.Host) bool {
				return h.Name == name && (h.Path == "" || path == "" || strings.EqualFold(h.Path, "/"+path))
			})
		})
		if taken || d.builtIn != nil && slices.ContainsFunc(d.builtIn.Hosts, func(h catalog.Host) bool {
			return h.Name == name && strings.TrimPrefix(h.Path, "/") == path && name == d.label
		}) {
			d.note(d.serversNode(d.delivery), "the host %s is that of another API, and is left out", host)
			continue
		}
		free = append(free, host)
	}
	return free
}

// writeRules writes the rules of the feedback.
func (d *draft) writeRules(w *yamlWriter) {
	k := d.kontroll
	if k.AntallOppgaver == nil && len(k.Sums)+len(k.Leveranse)+len(k.Oppgave)+len(k.Sletteoppgave)+len(k.Dates)+
		len(k.Identity.Oppgave) == 0 {
		return
	}
	if d.builtIn == nil {
		w.assume("What the feedback looks at is assumed from the names of members (K676).")
	}
	w.line("tilbakemelding:")
	if k.AntallOppgaver != nil {
		w.line("  antallOppgaver: %s", d.pointer(k.AntallOppgaver))
	}
	if len(k.Sums) > 0 {
		w.line("  sums:")
	}
	for _, sum := range k.Sums {
		w.line("    - {sum: %s, of: %s}", d.pointer(sum.Sum), pointer(sum.Of))
	}
	if len(k.Leveranse)+len(k.Oppgave)+len(k.Sletteoppgave) > 0 {
		w.line("  identifiers:")
	}
	leveranse := slices.Clone(k.Leveranse)
	for i := range leveranse {
		leveranse[i].At = d.felter.Document(leveranse[i].At)
	}
	for _, part := range []struct {
		name string
		list []catalog.Identifier
	}{{"leveranse", leveranse}, {"oppgave", k.Oppgave}, {"sletteoppgave", k.Sletteoppgave}} {
		if len(part.list) > 0 {
			w.line("    %s:", part.name)
		}
		for _, one := range part.list {
			w.line("      - {at: %s, kind: %s}", pointer(one.At), one.Kind)
		}
	}
	if len(k.Dates) > 0 {
		w.line("  dates:")
	}
	for _, date := range k.Dates {
		text := "{at: " + pointer(date.At)
		if date.Form != catalog.FullDate {
			text += ", form: " + string(date.Form)
		}
		text += ", within: " + date.Within
		if len(date.NotBefore) > 0 {
			text += ", notBefore: " + pointer(date.NotBefore)
		}
		w.line("    - %s}", text)
	}
	w.places("identity", k.Identity.Oppgave)
	if !slices.EqualFunc(k.Identity.Oppgave, k.Identity.Sletteoppgave, slices.Equal) {
		w.places("identitySletteoppgave", k.Identity.Sletteoppgave)
	}
	var ofLeveranse []jsonptr.Pointer
	for _, at := range k.Identity.Leveranse {
		ofLeveranse = append(ofLeveranse, d.felter.Document(at))
	}
	w.places("identityLeveranse", ofLeveranse)
}

// places writes a member of the rules whose value is a list of places, unless that is empty.
func (w *yamlWriter) places(name string, list []jsonptr.Pointer) {
	if len(list) > 0 {
		w.line("  %s:", name)
	}
	for _, at := range list {
		w.line("    - %s", pointer(at))
	}
}

// pointer returns a place of a leveranse as it stands in YAML.
func (d *draft) pointer(at jsonptr.Pointer) string { return pointer(d.felter.Document(at)) }

func pointer(at jsonptr.Pointer) string { return scalar(at.String()) }

// writeFamily writes the family of an API that differs from the reporting family.
func (d *draft) writeFamily(w *yamlWriter, routes []catalog.Route) {
	w.line(
		"# Made from %s with sandkasse apis import: the reporting family with this document's operations and places.",
		scalar(d.File),
	)
	w.line("family: %s", d.name)
	w.line("maxBody: %d", d.pattern.MaxBody)
	w.line("errorBody: %s", d.pattern.ErrorBody)
	w.line("routes:")
	for _, route := range routes {
		w.line("  - name: %s", route.Name)
		w.line("    method: %s", route.Method)
		w.line("    paths: [%s]", quoted(route.Paths[0]))
		w.line("    checks: [%s]", strings.Join(route.Checks, ", "))
		w.line("    behaviour: %s", route.Behaviour)
		if route.Idempotent {
			w.line("    idempotent: true")
		}
	}
	var others []string
	for _, one := range d.others {
		path := d.delivery.prefix + one.path
		if slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, one.method) &&
			pathTemplate.MatchString(path) && !servedBy(routes, one.method, path) {
			others = append(others, one.method+" "+path)
		}
	}
	if len(others) > 0 {
		w.line("notImitated:")
		for _, text := range others {
			w.line("  - %s", quoted(text))
		}
	}
	d.writeFelter(w, catalog.Felter{})
	w.line("offences:")
	for _, offence := range feil.Offences() {
		row, found := d.pattern.Feil[offence]
		switch {
		case !found:
		case row.Spesifisering != "":
			w.line("  %s: {kode: %s, spesifisering: [%s]}", offence, row.Kode, row.Spesifisering)
		default:
			w.line("  %s: {kode: %s}", offence, row.Kode)
		}
	}
}

// pathTemplate matches the paths that the catalogue takes.
var pathTemplate = regexp.MustCompile(`^(/([A-Za-z0-9._-]+|\{[A-Za-z]+\}))+/?$`)

// servedBy reports whether a route has the method at a path that is the same but for the names of
// parameters.
func servedBy(routes []catalog.Route, method, path string) bool {
	return slices.ContainsFunc(routes, func(route catalog.Route) bool {
		return route.Method == method && samePath(route.Paths[0], path)
	})
}

// writeFelter writes the places that differ from those of the family.
func (d *draft) writeFelter(w *yamlWriter, family catalog.Felter) {
	of := func(f catalog.Felter) []jsonptr.Pointer {
		return []jsonptr.Pointer{
			f.Leveranser, f.Document(f.Inntektsaar), f.Document(f.Leveransetype), f.Document(f.Oppgavegiver),
			f.Document(f.Referanse), f.Document(f.Oppgave), f.Document(f.Sletteoppgave),
		}
	}
	names := []string{
		"leveranser", "inntektsaar", "leveransetype", "oppgavegiver", "referanse", "oppgave", "sletteoppgave",
	}
	begun := false
	others := of(family)
	for i, at := range of(d.felter) {
		if len(at) == 0 || slices.Equal(at, others[i]) {
			continue
		}
		if !begun {
			w.line("felter:")
			begun = true
		}
		w.line("  %s: %s", names[i], pointer(at))
	}
}
