package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// predicate returns what the rule asks of v, as the end of a sentence whose subject is v.
func predicate(r rule, v any) string {
	if r.node == false {
		return forbidden(r.keyword)
	}
	// as in the metaschemas that jsonschema/v5 brings
	if _, known := r.schema[r.keyword]; !known && r.keyword != "minContains" {
		return "oppfyller ikke «" + r.keyword + "» i skjemaet"
	}
	value := angitt(r.value)
	switch r.keyword {
	case "type":
		return typePredicate(texts(r.value), v)
	case "const":
		return "må være " + quoted(r.value)
	case "enum":
		return enumPredicate(r.value)
	case "pattern":
		return patternPredicate(value)
	case "format":
		return formatPredicate(value)
	case "minimum":
		return "må være minst " + value
	case "maximum":
		return "må være høyst " + value
	case "exclusiveMinimum":
		return "må være større enn " + value
	case "exclusiveMaximum":
		return "må være mindre enn " + value
	case "multipleOf":
		return "må være delelig med " + value
	case "minLength":
		if value == "1" {
			return "kan ikke være tom"
		}
		return fmt.Sprintf("må ha minst %s tegn, men har %d", value, size(v))
	case "maxLength":
		return fmt.Sprintf("må ha høyst %s tegn, men har %d", value, size(v))
	case "minItems":
		return fmt.Sprintf("må ha minst %s, men har %d", count(value, "element"), size(v))
	case "maxItems":
		return fmt.Sprintf("må ha høyst %s, men har %d", count(value, "element"), size(v))
	case "minProperties":
		return fmt.Sprintf("må ha minst %s, men har %d", count(value, "felt"), size(v))
	case "maxProperties":
		return fmt.Sprintf("må ha høyst %s, men har %d", count(value, "felt"), size(v))
	case "uniqueItems":
		return "kan ikke ha to like elementer"
	case "minContains":
		if r.value == nil {
			value = "1"
		}
		return "må ha minst " + count(value, "element") + " som passer med «contains» i skjemaet"
	case "maxContains":
		return "kan ha høyst " + count(value, "element") + " som passer med «contains» i skjemaet"
	case "not":
		return notPredicate(r.value)
	case "contentEncoding":
		return "må være kodet som " + value
	case "contentMediaType":
		return "må ha innhold av typen " + value
	case "contentSchema":
		return "må ha innhold som er JSON"
	}
	return "oppfyller ikke «" + r.keyword + "» i skjemaet"
}

// forbidden returns the end of a sentence about a value for which the schema has `false` under the
// keyword.
func forbidden(keyword string) string {
	switch keyword {
	case "unevaluatedProperties":
		return "er ikke et kjent felt her"
	case "items", "unevaluatedItems":
		return "er ikke tillatt her: listen har for mange elementer"
	case "additionalItems":
		return "har for mange elementer"
	}
	return "er ikke tillatt her"
}

var typeNames = map[string]string{
	"string": "en tekst", "integer": "et heltall", "number": "et tall", "object": "et objekt", "array": "en liste",
	"boolean": "true eller false", "null": "null",
}

func typePredicate(types []string, v any) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typeNames[t]
	}
	sentence := "må være " + strings.Join(names, " eller ")
	_, isText := v.(string)
	_, isNumber := v.(json.Number)
	switch {
	case isNumber && slices.Equal(types, []string{"string"}):
		return sentence + ", i anførselstegn"
	case isText && (slices.Contains(types, "integer") || slices.Contains(types, "number")):
		return sentence + ", uten anførselstegn"
	}
	return sentence
}

func enumPredicate(value any) string {
	const maxShown = 20 // a list of all countries would help nobody
	allowed, _ := value.([]any)
	if len(allowed) == 1 {
		return "må være " + quoted(allowed[0])
	}
	var shown []string
	for _, a := range allowed[:min(maxShown, len(allowed))] {
		shown = append(shown, quoted(a))
	}
	sentence := "må være en av " + strings.Join(shown, ", ")
	if len(allowed) > maxShown {
		sentence += fmt.Sprintf(" … (%d i alt)", len(allowed))
	}
	return sentence
}

// digitsOnly is a pattern such as ^[0-9]{9}$, ^\d{11,12}$ or ^[0-9]+$.
var digitsOnly = regexp.MustCompile(`^\^(?:\[0-9\]|\\d)(?:\{(\d+)(,?)(\d*)\}|(\+))\$$`)

func patternPredicate(pattern string) string {
	m := digitsOnly.FindStringSubmatch(pattern)
	if m == nil {
		return "må følge mønsteret " + pattern
	}
	minDigits, comma, maxDigits, plus := m[1], m[2], m[3], m[4]
	switch {
	case plus != "":
		return "må bestå av bare sifre"
	case minDigits == "1" && comma == "":
		return "må bestå av nøyaktig ett siffer"
	case comma == "":
		return "må bestå av nøyaktig " + minDigits + " sifre"
	case maxDigits == "":
		return "må bestå av minst " + minDigits + " sifre"
	}
	if a, _ := strconv.Atoi(minDigits); strconv.Itoa(a+1) == maxDigits {
		return "må bestå av " + minDigits + " eller " + maxDigits + " sifre"
	}
	return "må bestå av " + minDigits + " til " + maxDigits + " sifre"
}

var formatNames = map[string]string{
	"date":                  "en dato som finnes, på formen ÅÅÅÅ-MM-DD",
	"date-time":             "et tidspunkt på formen ÅÅÅÅ-MM-DDTtt:mm:ssZ",
	"time":                  "et klokkeslett på formen tt:mm:ssZ",
	"duration":              "en varighet som P1Y2M3DT4H5M6S",
	"period":                "en periode på formen start/slutt",
	"email":                 "en e-postadresse på formen navn@domene.no",
	"idn-email":             "en e-postadresse på formen navn@domene.no",
	"hostname":              "et vertsnavn som www.domene.no",
	"ipv4":                  "en IPv4-adresse som 192.0.2.1",
	"ip-address":            "en IPv4-adresse som 192.0.2.1",
	"ipv6":                  "en IPv6-adresse som 2001:db8::1",
	"uuid":                  "en UUID på formen xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
	"uri":                   "en fullstendig URI som https://domene.no/sti",
	"iri":                   "en fullstendig IRI som https://domene.no/sti",
	"uri-reference":         "en URI eller en del av en",
	"uriref":                "en URI eller en del av en",
	"iri-reference":         "en IRI eller en del av en",
	"uri-template":          "en URI-mal som /dokument/{id}",
	"json-pointer":          "en JSON-peker som /leveranse/oppgave/0",
	"relative-json-pointer": "en relativ JSON-peker som 1/oppgave",
	"regex":                 "et regulært uttrykk",
}

func formatPredicate(format string) string {
	if name, ok := formatNames[format]; ok {
		return "må være " + name
	}
	return "må være på formatet " + format
}

func notPredicate(value any) string {
	schema, _ := value.(map[string]any)
	if required := texts(schema["required"]); len(required) > 0 && len(schema) == 1 {
		if len(required) == 1 {
			return "kan ikke ha " + required[0]
		}
		return "kan ikke ha både " + strings.Join(required, " og ")
	}
	if constant, ok := schema["const"]; ok && len(schema) == 1 {
		return "kan ikke være " + quoted(constant)
	}
	return "er på en form som ikke er tillatt"
}

// quoted shows a value of a schema: a string in quotation marks, others as JSON.
func quoted(v any) string {
	if _, ok := v.(string); ok {
		return "«" + angitt(v) + "»"
	}
	return angitt(v)
}

// count puts number and noun together, both nouns being neuter: one element, two elements.
func count(number, noun string) string {
	if number != "1" {
		noun += "er"
	}
	return number + " " + noun
}

// size returns the number of characters, elements or members of v.
func size(v any) int {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v)
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

// texts returns the strings of a keyword's value: of a list, or the one that stands alone.
func texts(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, v := range value {
			if s, ok := v.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}
