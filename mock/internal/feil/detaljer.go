package feil

import "fmt"

// The functions in this file return where an offence is in a call, and what is wrong there. A check
// that finds the offence and an answer with its code on demand both take it from here. given is
// what stands there in the call.

// UnknownURLDetalj returns the Detalj for a path that the API does not have.
func UnknownURLDetalj(given string) Detalj {
	return Detalj{AngittVerdi: given, UtenKode: "det er ikke noe på denne adressen"}
}

// MethodNotAllowedDetalj returns the Detalj for a method that a path does not have; allow names
// those it has, and may be empty.
func MethodNotAllowedDetalj(method, allow string) Detalj {
	text := method + " brukes ikke på denne adressen"
	if allow != "" {
		text += ", men " + allow
	}
	return Detalj{UtenKode: text}
}

// MissingTokenDetalj returns the Detalj for a call without a token; melding says what its header
// has instead, and may be empty.
func MissingTokenDetalj(melding string) Detalj {
	return Detalj{Sti: "Authorization", Melding: melding, UtenKode: "token mangler"}
}

// InvalidTokenDetalj returns the Detalj for a token that does not hold; melding says why, and may
// be empty.
func InvalidTokenDetalj(melding string) Detalj {
	return Detalj{Sti: "Authorization", Melding: melding, UtenKode: "tokenet er ugyldig"}
}

// WrongScopeDetalj returns the Detalj for a token without the scope of the API. No page has a
// specification code for this offence.
func WrongScopeDetalj(scope string) Detalj {
	return Detalj{Sti: "Authorization", UtenKode: "tokenet har ikke scope " + scope}
}

// NoSystembrukerDetalj returns the Detalj for a token without a systembruker, in the words of
// GLD_1063, which some pages have.
func NoSystembrukerDetalj() Detalj {
	return Detalj{Sti: "Authorization", UtenKode: "tokenet mangler informasjon om systembruker i authorization_details"}
}

// NotAcceptableDetalj returns the Detalj for an Accept header that leaves out what the API answers
// with; types says that in Norwegian.
func NotAcceptableDetalj(given, types string) Detalj {
	return Detalj{Sti: "Accept", AngittVerdi: given, UtenKode: "Accept godtar " + types}
}

// NoJSONAcceptedDetalj returns the Detalj for an Accept header that leaves out every kind of JSON,
// in Dialogporten's words.
func NoJSONAcceptedDetalj() Detalj {
	return Detalj{Sti: "Accept", Melding: "The request must accept application/json responses."}
}

// WrongContentTypeDetalj returns the Detalj for a body of another type than JSON.
func WrongContentTypeDetalj(given string) Detalj {
	return Detalj{Sti: "Content-Type", AngittVerdi: given, UtenKode: "Content-Type må være application/json"}
}

// BodyTooLargeDetalj returns the Detalj for a body of more than limit bytes.
func BodyTooLargeDetalj(limit int64) Detalj {
	return Detalj{Melding: fmt.Sprintf("request body er større enn %d byte", limit)}
}

// MissingHeaderDetalj returns the Detalj for a header that is not there.
func MissingHeaderDetalj(name string) Detalj {
	return Detalj{Sti: name, UtenKode: name + " mangler"}
}

// KeyFormDetalj returns the Detalj for an idempotencyKey that is no UUID.
func KeyFormDetalj(given string) Detalj {
	return Detalj{Sti: "idempotencyKey", AngittVerdi: given, Melding: "idempotencyKey må være en UUID"}
}

// KeyReusedDetalj returns the Detalj for an idempotencyKey that was answered before, for another
// body.
func KeyReusedDetalj(given string) Detalj {
	return Detalj{
		Sti: "idempotencyKey", AngittVerdi: given,
		UtenKode: "idempotencyKey er brukt før, med et annet innhold",
	}
}

// YearFormDetalj returns the Detalj for an inntektsaar in the path that is no year.
func YearFormDetalj(given string) Detalj {
	return Detalj{Sti: "inntektsaar", AngittVerdi: given, Melding: "inntektsår må være et årstall med fire sifre"}
}

// YearNotSupportedDetalj returns the Detalj for an inntektsaar outside the years that the API
// takes.
func YearNotSupportedDetalj(given string, first, last int) Detalj {
	return Detalj{
		Sti: "inntektsaar", AngittVerdi: given,
		UtenKode: fmt.Sprintf("inntektsåret må være fra og med %d til og med %d", first, last),
	}
}

// BoligIDFormDetalj returns the Detalj for a koboBoligId in the path that is no UUID.
func BoligIDFormDetalj(given string) Detalj {
	return Detalj{Sti: "koboBoligId", AngittVerdi: given, Melding: "koboBoligId må være en UUID"}
}

// SystemIDFormDetalj returns the Detalj for an x-kobo-systemid that is there more than once, or is
// no id of at most so many characters.
func SystemIDFormDetalj(given string, characters int) Detalj {
	return Detalj{
		Sti: "x-kobo-systemid", AngittVerdi: given,
		Melding: fmt.Sprintf("x-kobo-systemid må være angitt én gang, med høyst %d synlige tegn", characters),
	}
}

// YearMismatchDetalj returns the Detalj for an inntektsaar in the document, at sti, that is another
// than in the path.
func YearMismatchDetalj(sti, given string) Detalj {
	return Detalj{Sti: sti, AngittVerdi: given, UtenKode: "inntektsaar er et annet enn i adressen"}
}

// ContradictoryDataDetalj returns the Detalj for a leveransetype, at sti, that contradicts how many
// oppgaver a delivery holds; 0 where that is not known.
func ContradictoryDataDetalj(sti, given string, oppgaver int) Detalj {
	if oppgaver == 0 {
		return Detalj{Sti: sti, AngittVerdi: given, UtenKode: "leveransetype stemmer ikke med det som er levert"}
	}
	return Detalj{
		Sti: sti, AngittVerdi: given,
		Melding: fmt.Sprintf("leveransetype er %s, men leveransen inneholder %d oppgaver", given, oppgaver),
	}
}

// OtherOppgavegiverDetalj returns the Detalj for the oppgavegiver, at sti, of a leveranse that is
// another one than that of the first leveranse.
func OtherOppgavegiverDetalj(sti, given, first string) Detalj {
	return Detalj{
		Sti: sti, AngittVerdi: given,
		Melding: "alle leveranser i en innsending må ha samme oppgavegiver, og den første har " + first,
	}
}

// UnderenhetDetalj returns the Detalj for an oppgavegiver, at sti, that is an underenhet.
func UnderenhetDetalj(sti, given string) Detalj {
	return Detalj{Sti: sti, AngittVerdi: given, UtenKode: "oppgavegiver er ikke hovedenhet"}
}

// NoRightToReportDetalj returns the Detalj for an oppgavegiver, at sti, that the caller may not
// report for.
func NoRightToReportDetalj(sti, given string) Detalj {
	return Detalj{Sti: sti, AngittVerdi: given, UtenKode: "det mangler rett til å levere for denne oppgavegiveren"}
}

// UnknownForsendelseDetalj returns the Detalj for a forsendelseId that no forsendelse has.
func UnknownForsendelseDetalj(given string) Detalj {
	return Detalj{Sti: "forsendelseId", AngittVerdi: given, UtenKode: "det finnes ingen forsendelse med denne IDen"}
}

// UnknownDokumentDetalj returns the Detalj for a dokumentId that no document of the forsendelse
// has.
func UnknownDokumentDetalj(given string) Detalj {
	return Detalj{Sti: "dokumentId", AngittVerdi: given, UtenKode: "forsendelsen har ikke noe dokument med denne IDen"}
}

// ForbiddenDialogDetalj returns the Detalj for a dialog that the caller may not see, in
// Dialogporten's words.
func ForbiddenDialogDetalj() Detalj { return Detalj{Sti: "Forbidden", Melding: "Forbidden"} }

// UnknownSystemDetalj returns the Detalj for an x-kobo-systemid that no system in Kobo has.
func UnknownSystemDetalj() Detalj {
	return Detalj{Sti: "x-kobo-systemid", Melding: "oppsett for FDVU-systemet mangler i Kobo"}
}
