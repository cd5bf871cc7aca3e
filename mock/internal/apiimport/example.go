package apiimport

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/tree"
)

// exampleYear is the inntektsaar of an example that is made, as of generated test data (K471).
const exampleYear = 2024

// findExample finds the example of a delivery: one of the document, one put together from the
// examples of its members, or one that is made.
func (d *draft) findExample(whole *tree.Value) error {
	for _, candidate := range d.examples() {
		text := candidate.JSON()
		if candidate.Is(tree.String) { // JSON within a text, as older tools write it
			text = []byte(candidate.Text)
		}
		if why := d.misfit(text); why != "" {
			d.note(candidate, "the example is left out: %s", why)
			continue
		}
		d.example = text
		return nil
	}
	if d.builtIn != nil && d.misfit(d.builtIn.Example) == "" { // which is the page's
		d.example = d.builtIn.Example
		return nil
	}
	if put := assemble(whole); put != nil {
		if text := put.JSON(); d.misfit(text) == "" {
			d.example = text
			return nil
		}
	}
	f := d.felter
	spec := document.Spec{
		Name: d.name, Schema: d.compiled.Compiled(), Validate: d.compiled.Validate,
		Fields: document.FieldMap{
			Leveranser:  f.Leveranser,
			Inntektsaar: f.Inntektsaar, Leveransetype: f.Leveransetype, Oppgavegiver: f.Oppgavegiver,
			Oppgave:        f.Oppgave,
			AntallOppgaver: d.kontroll.AntallOppgaver,
		},
	}
	for _, sum := range d.kontroll.Sums {
		spec.Fields.Sums = append(spec.Fields.Sums, document.Sum{Sum: sum.Sum, Of: sum.Of})
	}
	text, err := spec.Generate(document.Options{Inntektsaar: exampleYear, Oppgaver: 2})
	why := ""
	if err == nil {
		why = d.misfit(text)
	}
	if err != nil || why != "" {
		return errors.New("the document has no example of a delivery that fits its schema, and none could be made; " +
			"put one into it, as example beside the schema of the body")
	}
	d.example, d.exampleMade = tree.FromJSON(text).JSON(), true
	return nil
}

// examples returns the examples of a delivery in the document, the best first.
func (d *draft) examples() (list []node) {
	add := func(n node) {
		if n.Value != nil {
			list = append(list, n)
		}
	}
	add(d.media.Child("example"))
	for _, one := range d.media.Child("examples").Children() {
		target, ok := d.resolve(one.Node)
		if !ok {
			continue
		}
		if target.Child("externalValue").Value != nil {
			d.note(target, "the example %s is at another address, which is not read", one.Name)
		}
		add(target.Child("value"))
	}
	body, ok := d.resolve(d.body)
	if ok {
		add(body.Child("example"))
		for _, one := range body.Child("examples").Items() {
			add(one)
		}
	}
	return list
}

// misfit returns why a text cannot be the API's example; empty where it can.
func (d *draft) misfit(text []byte) string {
	decoded, err := schema.Decode(text)
	if err != nil {
		return "it is not well-formed JSON"
	}
	if avvik := d.compiled.Validate(decoded); len(avvik) > 0 {
		return fmt.Sprintf("it breaks its schema at %s: %s", avvik[0].Sti, avvik[0].Melding)
	}
	f := d.felter
	for _, at := range []jsonptr.Pointer{f.Inntektsaar, f.Leveransetype, f.Oppgavegiver, f.Oppgave} {
		if _, found := f.First(at).In(decoded); !found {
			return "it has nothing at " + f.First(at).String()
		}
	}
	year, _ := f.First(f.Inntektsaar).In(decoded)
	if d.year, err = strconv.Atoi(fmt.Sprint(year)); err != nil || d.year < 1000 || d.year > 9999 {
		return "its inntektsaar is no year"
	}
	return ""
}

// assemble returns a document of the examples, defaults and enums of a schema's members; nil where
// it has no examples.
func assemble(whole *tree.Value) *tree.Value {
	a := assembler{defs: map[string]*tree.Value{}}
	for _, def := range whole.Get("$defs").Members {
		a.defs[def.Name] = def.Value
	}
	value := a.value([]*tree.Value{whole}, 0)
	if !a.found {
		return nil
	}
	return value
}

// assembler puts documents together.
type assembler struct {
	defs  map[string]*tree.Value
	found bool // an example
	steps int
}

// value returns a value for which all the schemas are; nil where none is known.
func (a *assembler) value(schemas []*tree.Value, depth int) *tree.Value {
	if a.steps++; depth > maxLevels || a.steps > maxPlaces {
		return nil
	}
	for i := 0; i < len(schemas) && i < maxPlaces; i++ { // with those that they refer to
		if target := a.defs[strings.TrimPrefix(schemas[i].Get("$ref").String(), "#/$defs/")]; target != nil {
			schemas = append(schemas, target)
		}
		if all := schemas[i].Get("allOf"); all != nil {
			schemas = append(schemas, all.Elements...)
		}
		for _, keyword := range []string{"oneOf", "anyOf"} {
			if choice := schemas[i].Get(keyword); choice != nil {
				schemas = append(schemas, choice.Elements[0])
			}
		}
	}
	for _, keyword := range []string{"examples", "const", "default", "enum"} {
		for _, s := range schemas {
			value := s.Get(keyword)
			if keyword == "examples" || keyword == "enum" {
				if value = value.At(jsonptr.Pointer{"0"}); value != nil && keyword == "examples" {
					a.found = true
				}
			}
			if value != nil {
				return value
			}
		}
	}
	object := tree.NewObject()
	isObject := false
	left := a.unchosen(schemas)
	for _, s := range schemas {
		if items := s.Get("items"); items != nil {
			list := &tree.Value{Kind: tree.List}
			if element := a.value([]*tree.Value{items}, depth+1); element != nil {
				list.Elements = append(list.Elements, element)
			}
			return list
		}
		if properties := s.Get("properties"); properties != nil {
			isObject = true
			for _, member := range properties.Members {
				if left[member.Name] {
					continue
				}
				if value := a.value([]*tree.Value{member.Value}, depth+1); value != nil {
					object.Set(member.Name, value)
				}
			}
		}
	}
	if isObject {
		return object
	}
	return nil
}

// unchosen returns the members that only other forms of a oneOf than the first require.
func (a *assembler) unchosen(schemas []*tree.Value) map[string]bool {
	left := map[string]bool{}
	for _, s := range schemas {
		choice := s.Get("oneOf")
		if choice == nil {
			continue
		}
		for i, form := range slices.Backward(choice.Elements) {
			if required := form.Get("required"); required != nil {
				for _, name := range required.Elements {
					left[name.Text] = i > 0
				}
			}
		}
	}
	return left
}

// codes are the error codes of an API with their statuses and texts.
type codes struct {
	koder           map[string]kode
	spesifiseringer map[string]string
}

type kode struct {
	status  int
	melding string
}

var (
	kodeForm   = regexp.MustCompile(`^[A-Z][A-Z0-9_-]{1,40}$`)
	statusForm = regexp.MustCompile(`^[45][0-9][0-9]$`)
)

// findCodes takes the codes of the API that is the pattern, and those that the examples of error
// answers show.
func (d *draft) findCodes() {
	d.codes = codes{map[string]kode{}, map[string]string{}}
	from := d.pattern
	if d.builtIn != nil {
		from = d.builtIn
	}
	for _, row := range from.Feil {
		d.codes.koder[row.Kode] = kode{row.Status, row.Melding}
		if row.Spesifisering != "" {
			d.codes.spesifiseringer[row.Spesifisering] = row.SpesifiseringMelding
		}
	}
	for _, code := range from.Codes() { // also those that no offence leads to
		if code.Behaviour == "" && code.Row.Kode == code.Name {
			d.codes.koder[code.Name] = kode{code.Row.Status, code.Row.Melding}
		} else if code.Behaviour == "" && code.Row.Spesifisering == code.Name {
			d.codes.spesifiseringer[code.Name] = code.Row.SpesifiseringMelding
		}
	}
	_, failures := d.answers(d.delivery)
	if d.document != nil {
		_, more := d.answers(*d.document)
		failures = append(failures, more...)
	}
	for _, failure := range failures {
		for _, media := range failure.Child("content").Children() {
			if !isJSON(media.Name) {
				continue
			}
			shown := []node{media.Child("example")}
			for _, one := range media.Child("examples").Children() {
				if target, ok := d.resolve(one.Node); ok {
					shown = append(shown, target.Child("value"))
				}
			}
			for _, example := range shown {
				d.takeCodes(failure.Name, example)
			}
		}
	}
}

// maxCodes limits the error codes of an API.
const maxCodes = 500

// takeCodes takes the codes of an example of an answer with that status.
func (d *draft) takeCodes(status string, example node) {
	name, text := example.Child("kode").Value.String(), example.Child("melding").Value.String()
	if name == "" {
		return
	}
	if len(d.codes.koder)+len(d.codes.spesifiseringer) > maxCodes {
		d.note(example, "there are more than %d codes; the rest are left out", maxCodes)
		return
	}
	known, isKnown := d.codes.koder[name]
	if statusForm.MatchString(status) {
		known.status, _ = strconv.Atoi(status)
	}
	if !kodeForm.MatchString(name) || text == "" || known.status == 0 {
		d.note(example, "the code %s is left out: it needs a melding, and an answer with a status from 400 to 599",
			excerpt.Fit(name, 40))
		return
	}
	known.melding = plainText(known.melding, text)
	if !isKnown {
		d.note(example, "the code %s is answered on demand only; no cause is known", name)
	}
	d.codes.koder[name] = known
	for _, entry := range example.Child("spesifisering").Items() {
		if len(d.codes.spesifiseringer) > maxCodes {
			break
		}
		name, text := entry.Child("kode").Value.String(), entry.Child("melding").Value.String()
		if kodeForm.MatchString(name) && text != "" {
			d.codes.spesifiseringer[name] = plainText(d.codes.spesifiseringer[name], text)
		}
	}
}

// plainText returns the text of a code, of which an example shows one: that which is known, where the
// example has details after it.
func plainText(known, shown string) string {
	if known != "" && (strings.HasPrefix(shown, known+":") ||
		strings.HasSuffix(known, ".") && strings.HasPrefix(shown, known+" ")) {
		return known
	}
	return excerpt.Fit(shown, maxText)
}

// findAnswer finds the members of the answer to a delivery.
func (d *draft) findAnswer() {
	known := []string{
		"dialogId",
		"forsendelseId",
		"oppgavegiversLeveranseReferanse",
		"antallSletteoppgaver",
		"antallOppgaver",
	}
	successes, _ := d.answers(d.delivery)
	for _, answer := range successes {
		for _, media := range answer.Child("content").Children() {
			content, ok := d.resolve(media.Child("schema"))
			if !isJSON(media.Name) || !ok || len(d.svar) > 0 {
				continue
			}
			for _, member := range content.Child("properties").Children() {
				perLeveranse := d.builtIn != nil && d.builtIn.SvarPerLeveranse.Name == member.Name
				if slices.Contains(known, member.Name) {
					d.svar = append(d.svar, member.Name)
				} else if !perLeveranse {
					d.note(member.Node, "the answer to a delivery has no %s", member.Name)
				}
			}
		}
	}
}

// scopes returns the scopes that the document has for a delivery, sorted.
func (im *importer) scopes(delivery operation) (found []string) {
	root := im.Top()
	for _, security := range []node{delivery.Child("security"), root.Child("security")} {
		for _, demand := range security.Items() {
			for _, scheme := range demand.Children() {
				for _, scope := range scheme.Items() {
					found = append(found, scope.Value.String())
				}
			}
		}
	}
	if len(found) == 0 {
		for _, scheme := range root.Child("components").Child("securitySchemes").Children() {
			target, ok := im.resolve(scheme.Node)
			if !ok {
				continue
			}
			for _, flow := range target.Child("flows").Children() {
				for _, scope := range flow.Child("scopes").Children() {
					found = append(found, scope.Name)
				}
			}
		}
	}
	found = slices.DeleteFunc(found, func(scope string) bool { return !scopeForm.MatchString(scope) })
	slices.Sort(found)
	return slices.Compact(found)
}

// findScope finds the scope that a token needs.
func (d *draft) findScope() {
	found := d.scopes(d.delivery)
	if len(found) > 1 {
		d.note(d.Top().Child("security"), "of several scopes only %s is asked for", found[0])
	}
	switch {
	case len(found) > 0:
		d.scope = found[0]
	case d.builtIn != nil:
		d.scope = d.builtIn.Scope
	default:
		d.scope, d.scopeAssumed = "skatteetaten:"+d.label, true
	}
}

// scopeForm matches the scopes of Maskinporten.
var scopeForm = regexp.MustCompile(`^[A-Za-z0-9._:/-]+$`)

// quoted returns a text as YAML and JSON both write it.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		return `""` // impossible for a text
	}
	return string(b)
}
