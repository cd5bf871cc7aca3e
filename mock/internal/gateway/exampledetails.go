package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
)

// onDemand returns an offence that a scenario asks for, with the details that its real cause would
// have in this call.
func onDemand(c *call, offence feil.Offence) *feil.Feil {
	return feil.New(offence, "a scenario asked for this", exampleDetails(c, offence)...)
}

// exampleDetails returns where an offence would be in this call, with the values that stand there;
// nil for nowhere.
func exampleDetails(c *call, offence feil.Offence) []feil.Detalj {
	header := func(name string) string { return strings.Join(c.http.Header.Values(name), ", ") }
	switch offence {
	case feil.BadParameter:
		return badParameter(c, header)
	case feil.BrokenJSON:
		return brokenJSON(c)
	case feil.SchemaViolation:
		return brokenSchema(c)
	}
	var one feil.Detalj
	felter := &c.API.Felter
	switch offence {
	case feil.UnknownURL:
		one = feil.UnknownURLDetalj(c.path)
	case feil.MethodNotAllowed:
		one = feil.MethodNotAllowedDetalj(c.http.Method, "")
	case feil.MissingToken:
		one = feil.MissingTokenDetalj("")
	case feil.InvalidToken:
		one = feil.InvalidTokenDetalj("")
	case feil.WrongScope:
		one = feil.WrongScopeDetalj(c.API.Scope)
	case feil.NoSystembruker:
		one = feil.NoSystembrukerDetalj()
	case feil.NotAcceptable:
		one = feil.NotAcceptableDetalj(cmp.Or(header("Accept"), "text/plain"), "ikke formatet på svaret")
		if c.API.ErrorBody == "problem" {
			one = feil.NoJSONAcceptedDetalj()
		}
	case feil.WrongContentType:
		one = feil.WrongContentTypeDetalj(header("Content-Type"))
	case feil.BodyTooLarge:
		one = feil.BodyTooLargeDetalj(c.API.MaxBody)
	case feil.MissingHeader:
		if one = feil.MissingHeaderDetalj(idempotencyHeader); checked(c, "kobo-systemid") {
			one = missingSystemID()
		}
	case feil.YearNotSupported:
		one = yearNotSupported(c, c.Params["inntektsaar"])
	case feil.KeyReused:
		one = feil.KeyReusedDetalj(header(idempotencyHeader))
	case feil.YearMismatch:
		at := felter.First(felter.Inntektsaar)
		one = feil.YearMismatchDetalj(at.String(), valueAt(c, at))
	case feil.ContradictoryData:
		at := felter.First(felter.Leveransetype)
		one = feil.ContradictoryDataDetalj(at.String(), valueAt(c, at), 0)
	case feil.Underenhet:
		at := felter.First(felter.Oppgavegiver)
		one = feil.UnderenhetDetalj(at.String(), valueAt(c, at))
	case feil.NoRightToReport:
		at := felter.First(felter.Oppgavegiver)
		one = feil.NoRightToReportDetalj(at.String(), valueAt(c, at))
	case feil.UnknownForsendelse, feil.NoDialog:
		one = feil.UnknownForsendelseDetalj(c.Params["forsendelseId"])
	case feil.UnknownDokument:
		one = feil.UnknownDokumentDetalj(c.Params["dokumentId"])
	case feil.ForbiddenDialog:
		one = feil.ForbiddenDialogDetalj()
	case feil.DialogGone:
		if c.Params["dialogId"] == "" {
			return nil
		}
		one = feil.Detalj{
			Sti: "DialogEntity", AngittVerdi: c.Params["dialogId"],
			Melding: "Entity 'DialogEntity' with the following key(s) is removed: (" + c.Params["dialogId"] + ").",
		}
	case feil.UnknownSystem:
		one = feil.UnknownSystemDetalj()
	default:
		return nil
	}
	return []feil.Detalj{one}
}

// valueAt returns what the call's document has at a place, as text; empty where there is nothing.
func valueAt(c *call, pointer jsonptr.Pointer) string {
	if value, _ := pointer.In(documentOf(c)); value != nil {
		return fmt.Sprint(value)
	}
	return ""
}

// checked reports whether a check is among those of the call's route.
func checked(c *call, check string) bool {
	return c.Route != nil && slices.Contains(c.Route.Checks, check)
}

// badParameter points at the parameter that a caller of this route is the most likely to get wrong;
// nil where it has none.
func badParameter(c *call, header func(string) string) []feil.Detalj {
	switch {
	case checked(c, "idempotency-key"):
		return []feil.Detalj{feil.KeyFormDetalj(header(idempotencyHeader))}
	case checked(c, "inntektsaar"):
		return []feil.Detalj{feil.YearFormDetalj(c.Params["inntektsaar"])}
	case checked(c, "kobo-bolig-id"):
		return []feil.Detalj{feil.BoligIDFormDetalj(c.Params["koboBoligId"])}
	case checked(c, "kobo-systemid"):
		return []feil.Detalj{feil.SystemIDFormDetalj(header(systemIDHeader), MaxKoboSystemID)}
	}
	return nil
}

// brokenJSON returns the detail of the call's body cut in half; nil where the half is JSON.
func brokenJSON(c *call) []feil.Detalj {
	var syntax *schema.SyntaxError
	if _, err := schema.Decode(c.Body[:len(c.Body)/2]); !errors.As(err, &syntax) {
		return nil
	}
	return []feil.Detalj{{Sti: syntax.Sti, Melding: syntax.Melding}}
}

// brokenSchema returns the violations of the call's document without its oppgavegiver, or of an
// empty document where that has none.
func brokenSchema(c *call) []feil.Detalj {
	compiled := c.API.Schema
	if c.Route != nil && c.Route.Schema != nil {
		compiled = c.Route.Schema
	}
	if compiled == nil {
		return nil
	}
	document := documentOf(c)
	if at := c.API.Felter.First(c.API.Felter.Oppgavegiver); len(at) > 0 {
		if parent, ok := at[:len(at)-1].In(document); ok {
			if object, ok := parent.(map[string]any); ok {
				delete(object, at[len(at)-1])
			}
		}
	}
	avvik := compiled().Validate(document)
	if len(avvik) == 0 {
		avvik = compiled().Validate(map[string]any{})
	}
	return violations(avvik)
}

// documentOf returns the call's body decoded, or an empty object.
func documentOf(c *call) any {
	document, err := schema.Decode(c.Body)
	if err != nil {
		return map[string]any{}
	}
	return document
}
