package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
)

// onDemand is an offence that a scenario asks for, with the places that its real cause would point at: values are what the call has there.
func onDemand(c *call, offence feil.Offence) *feil.Feil {
	return feil.New(offence, "a scenario asked for this", exampleDetails(c, offence)...)
}

// exampleDetails are where the offence would be in this call.
func exampleDetails(c *call, offence feil.Offence) []feil.Detalj {
	header := func(name string) string { return strings.Join(c.http.Header.Values(name), ", ") }
	pointed := func(pointer jsonptr.Pointer, utenKode string) []feil.Detalj {
		value, _ := pointer.In(documentOf(c))
		text := ""
		if value != nil {
			text = fmt.Sprint(value)
		}
		return []feil.Detalj{{Sti: pointer.String(), AngittVerdi: text, UtenKode: utenKode}}
	}
	switch offence {
	case feil.UnknownURL:
		return []feil.Detalj{{AngittVerdi: c.path, UtenKode: noSuchPath}}
	case feil.MethodNotAllowed:
		return []feil.Detalj{{UtenKode: c.http.Method + " brukes ikke på denne adressen"}}
	case feil.MissingToken:
		return []feil.Detalj{{Sti: "Authorization", UtenKode: "token mangler"}}
	case feil.InvalidToken:
		return []feil.Detalj{{Sti: "Authorization", UtenKode: "tokenet er ugyldig"}}
	case feil.WrongScope:
		return []feil.Detalj{wrongScope(c)}
	case feil.NoSystembruker:
		return []feil.Detalj{noSystembruker()}
	case feil.NotAcceptable:
		if c.API.ErrorBody == "problem" {
			return []feil.Detalj{noJSONAccepted()}
		}
		return []feil.Detalj{{Sti: "Accept", AngittVerdi: cmp.Or(header("Accept"), "text/plain"),
			UtenKode: "Accept godtar ikke formatet på svaret"}}
	case feil.WrongContentType:
		return []feil.Detalj{{Sti: "Content-Type", AngittVerdi: header("Content-Type"), UtenKode: "Content-Type må være application/json"}}
	case feil.BodyTooLarge:
		return []feil.Detalj{{Melding: fmt.Sprintf("request body er større enn %d byte", c.API.MaxBody)}}
	case feil.MissingHeader:
		return []feil.Detalj{{Sti: requiredHeader(c), Melding: missingHeader(c), UtenKode: requiredHeader(c) + " mangler"}}
	case feil.BadParameter:
		return badParameter(c, header)
	case feil.YearNotSupported:
		return []feil.Detalj{{Sti: "inntektsaar", AngittVerdi: c.Params["inntektsaar"], UtenKode: yearsTaken(c)}}
	case feil.KeyReused:
		return []feil.Detalj{{Sti: idempotencyHeader, AngittVerdi: header(idempotencyHeader), UtenKode: keyReused}}
	case feil.BrokenJSON:
		return brokenJSON(c)
	case feil.SchemaViolation:
		return brokenSchema(c)
	case feil.YearMismatch:
		return pointed(c.API.Felter.Inntektsaar, "inntektsaar er et annet enn i adressen")
	case feil.ContradictoryData:
		return pointed(c.API.Felter.Leveransetype, "leveransetype stemmer ikke med det som er levert")
	case feil.NoRightToReport:
		return pointed(c.API.Felter.Oppgavegiver, "det mangler rett til å levere for denne oppgavegiveren")
	case feil.UnknownForsendelse:
		return []feil.Detalj{{Sti: "forsendelseId", AngittVerdi: c.Params["forsendelseId"], UtenKode: "det finnes ingen forsendelse med denne IDen"}}
	case feil.UnknownDokument:
		return []feil.Detalj{{Sti: "dokumentId", AngittVerdi: c.Params["dokumentId"], UtenKode: "forsendelsen har ikke noe dokument med denne IDen"}}
	case feil.ForbiddenDialog:
		return []feil.Detalj{{Sti: "Forbidden", Melding: "Forbidden"}}
	case feil.DialogGone:
		if c.Params["dialogId"] == "" {
			return nil
		}
		return []feil.Detalj{{Sti: "DialogEntity", AngittVerdi: c.Params["dialogId"],
			Melding: "Entity 'DialogEntity' with the following key(s) is removed: (" + c.Params["dialogId"] + ")."}}
	case feil.UnknownSystem:
		return []feil.Detalj{{Sti: systemIDHeader, Melding: "oppsett for FDVU-systemet mangler i Kobo"}}
	}
	return nil
}

// requiredHeader is the header of its own that an API requires: Kobo's system id, or the key of a delivery.
func requiredHeader(c *call) string {
	if checked(c, "kobo-systemid") {
		return systemIDHeader
	}
	return idempotencyHeader
}

// missingHeader is the sentence on it, where the page's text says less.
func missingHeader(c *call) string {
	if name := requiredHeader(c); name == systemIDHeader {
		return name + " mangler"
	}
	return ""
}

func checked(c *call, check string) bool {
	if c.Route == nil {
		return false
	}
	for _, name := range c.Route.Checks {
		if name == check {
			return true
		}
	}
	return false
}

// badParameter points at the parameter that a caller of this route is the most likely to get wrong.
func badParameter(c *call, header func(string) string) []feil.Detalj {
	switch {
	case checked(c, "idempotency-key"):
		return []feil.Detalj{{Sti: idempotencyHeader, AngittVerdi: header(idempotencyHeader), Melding: "idempotencyKey må være en UUID"}}
	case checked(c, "inntektsaar"):
		return []feil.Detalj{{Sti: "inntektsaar", AngittVerdi: c.Params["inntektsaar"], Melding: "inntektsår må være et årstall med fire sifre"}}
	case checked(c, "kobo-bolig-id"):
		return []feil.Detalj{{Sti: "koboBoligId", AngittVerdi: c.Params["koboBoligId"], Melding: "koboBoligId må være en UUID"}}
	case checked(c, "kobo-systemid"):
		return []feil.Detalj{{Sti: systemIDHeader, AngittVerdi: header(systemIDHeader),
			Melding: fmt.Sprintf("%s må være angitt én gang, med høyst %d synlige tegn", systemIDHeader, MaxKoboSystemID)}}
	}
	return nil
}

// brokenJSON is what the first half of the body would be told.
func brokenJSON(c *call) []feil.Detalj {
	var syntax *schema.SyntaxError
	if _, err := schema.Decode(c.Body[:len(c.Body)/2]); !errors.As(err, &syntax) {
		return nil
	}
	return []feil.Detalj{{Sti: syntax.Sti, Melding: syntax.Melding}}
}

// brokenSchema is what the call's document would be told without its oppgavegiver, and an empty one where it has none.
func brokenSchema(c *call) []feil.Detalj {
	compiled := c.API.Schema
	if c.Route != nil && c.Route.Schema != nil {
		compiled = c.Route.Schema
	}
	if compiled == nil {
		return nil
	}
	document := documentOf(c)
	if at := c.API.Felter.Oppgavegiver; len(at) > 0 {
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
	detaljer := make([]feil.Detalj, len(avvik))
	for i, a := range avvik {
		detaljer[i] = feil.Detalj{Sti: a.Sti, AngittVerdi: a.AngittVerdi, Melding: a.Melding}
	}
	return detaljer
}

// documentOf is the call's body decoded, or an empty object.
func documentOf(c *call) any {
	document, err := schema.Decode(c.Body)
	if err != nil {
		return map[string]any{}
	}
	return document
}
