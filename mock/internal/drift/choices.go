package drift

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// rule finds the choice (docs/choices.md) behind a difference.
type rule struct {
	choice string
	// known is why a difference is none, where the document that the choice was made by is so; empty
	// for a choice that the document contradicts (K804).
	known string
	fits  func(api *catalog.API, d *Difference) bool
}

// explain sets the choice of a difference, and reports whether that settles it and why.
func (c *comparison) explain(d *Difference) (settled bool, reason string) {
	all := rules()
	if c.isBuiltIn {
		all = append(all, schemaRules()...)
	}
	for _, one := range all {
		if one.fits(c.api, d) {
			d.Choice = one.choice
			return one.known != "", one.known
		}
	}
	return false, ""
}

// yearForm is the form of a year in a path, which our documents state.
const yearForm = "^[1-9][0-9]{3}$"

// schemaKinds are the differences of a value that rest on a schema.
var schemaKinds = regexp.MustCompile(`^(type|pattern|format|enum|minimum|maximum|multipleOf|minLength|maxLength)$`)

// rules returns the rules; the first that fits counts.
func rules() []rule {
	isParameter := func(name string) func(*catalog.API, *Difference) bool {
		return func(_ *catalog.API, d *Difference) bool {
			return strings.EqualFold(d.Place, "parameter "+name+" (header)")
		}
	}
	return []rule{
		{
			"K035", "the document names no header for the korrelasjonsid; it is optional",
			func(api *catalog.API, d *Difference) bool {
				return d.Kind == kindParameter && d.Theirs == "" && isParameter("Korrelasjonsid")(api, d)
			},
		},
		{"K035", "", isParameter("Korrelasjonsid")},
		{
			"K009", "the document does not say which years are open",
			func(_ *catalog.API, d *Difference) bool {
				return isYear(d) && d.Kind == "pattern" && d.Theirs == "string"
			},
		},
		{"K009", "", func(_ *catalog.API, d *Difference) bool { return isYear(d) }},
		{
			"K504", "a document is in the format in which it was made, and Sandkasse makes JSON and XML",
			func(_ *catalog.API, d *Difference) bool {
				return d.Kind == kindMediaType && d.Ours == "" &&
					strings.HasSuffix(d.Operation, "/dokumenter/{dokumentId}") &&
					slices.Contains([]string{"application/pdf", "text/csv", "application/zip"}, d.Theirs)
			},
		},
		{
			"K530", "the operation is not imitated, and is answered 501 in Sandkasse's own name",
			func(api *catalog.API, d *Difference) bool {
				return d.Kind == kindOperation && d.Ours == "" &&
					slices.ContainsFunc(api.NotImitated, func(one catalog.Operation) bool {
						return operation{method: one.Method, path: one.Path}.key() == keyOf(d.Theirs)
					})
			},
		},
		{"K036", "", func(api *catalog.API, d *Difference) bool { // the form, not that the header must be there
			return schemaKinds.MatchString(d.Kind) && isParameter("idempotencyKey")(api, d)
		}},
		{"K019", "", func(_ *catalog.API, d *Difference) bool {
			method, _, _ := strings.Cut(d.Theirs, " ")
			return d.Kind == kindOperation && (method == http.MethodHead || method == http.MethodOptions)
		}},
		{"K005", "", func(_ *catalog.API, d *Difference) bool { return d.Kind == kindStatus && d.Theirs == "413" }},
		{"K206", "", func(api *catalog.API, d *Difference) bool {
			return d.Kind == "additionalProperties" && api.Name == "kobo"
		}},
		{"K010", "", func(_ *catalog.API, d *Difference) bool { return d.Kind == "additionalProperties" && inBody(d) }},
		{"K016", "", func(_ *catalog.API, d *Difference) bool {
			return (d.Kind == "minLength" || d.Kind == "pattern") && strings.HasPrefix(d.Place, "answer 200/") &&
				strings.HasSuffix(d.Place, "/oppgavegiversLeveranseReferanse")
		}},
		{"K022", "", func(_ *catalog.API, d *Difference) bool {
			return d.Kind == kindCode && slices.Contains([]string{`"GLD_004"`, `"GLD_023"`}, d.Ours)
		}},
	}
}

// schemaRules returns the rules about what our schemas say where no official document is public.
func schemaRules() []rule {
	return []rule{
		{"K011", "", func(api *catalog.API, d *Difference) bool {
			return d.Kind == kindRequired && inBody(d) && isFromPage(api)
		}},
		{"K723", "", func(api *catalog.API, d *Difference) bool {
			return d.Kind == kindRequired && inBody(d) && isFromExample(api)
		}},
		{"K726", "", func(api *catalog.API, d *Difference) bool {
			return schemaKinds.MatchString(d.Kind) && inBody(d) && isFromExample(api)
		}},
	}
}

// inBody reports whether a difference is about the body of a request.
func inBody(d *Difference) bool { return d.Place == "body" || strings.HasPrefix(d.Place, "body/") }

// isYear reports whether a difference is about the year in a path.
func isYear(d *Difference) bool {
	return strings.HasSuffix(d.Place, " (path)") && strings.Contains(d.Ours, yearForm) ||
		d.Place == "parameter inntektsaar (path)"
}

// keyOf returns the key of an operation by its name.
func keyOf(name string) string {
	method, path, _ := strings.Cut(name, " ")
	return operation{method: method, path: path}.key()
}

// isFromPage reports whether an API's schema rests on the text of its page, without an official one.
func isFromPage(api *catalog.API) bool {
	return slices.Contains([]string{"bsu", "gavertilfrivillige", "aandsverk"}, api.Name)
}

// isFromExample reports whether an API's schema rests on an example alone.
func isFromExample(api *catalog.API) bool {
	official := []string{"innrapportering-boligsameie", "boligselskap"}
	return api.Family == "innrapportering" && !isFromPage(api) && !slices.Contains(official, api.Name)
}
