package describe

import (
	"net/http"
	"strconv"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/maskinporten"
)

// Advice that several codes share.
const (
	tryAgain = "Try again with a growing wait, under the same idempotencyKey where the API has one; where it has " +
		"none, look first whether the call was carried out."
	newToken   = "Get a new token, and repeat the call once with it; give up where a fresh one is refused too."
	otherToken = "Do not send again with this token: ask Maskinporten for one with the scope and the systembruker " +
		"that the API wants."
	ownFault  = "Do not send again as it is: correct the call in the program that makes it."
	wrongBody = "Correct the document and send it again. Where the API has an idempotencyKey the same one will do: " +
		"a refused call leaves its key free."
	notThere = "Check the identifier, and whether what it names is the caller's own; right after it was made, ask " +
		"again a few times with a growing wait."
	readState = "Do not send again as it is: fetch what the API has now, and decide from that what is left to do."
)

// Advice returns what a client should do when it meets a code: by its offence, or by its status
// where the offence says no more.
func Advice(code catalog.Code) string {
	if code.Behaviour != "" { // an error of the token endpoint, or of Altinn
		if page, found := maskinporten.Explain(code.Name); found {
			return page.Fix
		}
		if known, found := altinn.FindCode(code.Name); found {
			return known.Fix
		}
		return "Read error_description, which says which of the errors of this name it is, and error_uri, which " +
			"says what to do."
	}
	if _, err := strconv.Atoi(code.Name); err == nil { // a status, which many offences share
		return statusAdvice(code.Row.Status)
	}
	if text := offenceAdvice(code.Row.Offence); text != "" {
		return text
	}
	return statusAdvice(code.Row.Status)
}

// offenceAdvice returns what to do about an offence, in any family; "" for an unknown offence.
func offenceAdvice(offence feil.Offence) string {
	switch offence {
	case feil.UnknownURL, feil.MethodNotAllowed, feil.MissingHeader, feil.BadParameter:
		return ownFault
	case feil.BrokenJSON, feil.SchemaViolation, feil.ContradictoryData:
		return wrongBody
	case feil.UnknownForsendelse, feil.NoDialog, feil.UnknownDokument, feil.UnknownDialog, feil.UnknownDialogPart,
		feil.UnknownHome, feil.UnknownCase:
		return notThere
	case feil.NoReservation, feil.NoAssignment, feil.NoTenancy, feil.NoNotice, feil.OtherAddress, feil.TenancyExists,
		feil.CaseReservesOthers, feil.AssignedOtherwise, feil.HomeLinked, feil.NoticeExists:
		return readState
	case feil.UnexpectedFailure, feil.UnspecifiedFailure, feil.BackendFailure:
		return tryAgain
	case feil.InvalidToken:
		return newToken
	case feil.WrongScope, feil.NoSystembruker:
		return otherToken
	case feil.EnterpriseUser:
		return "Leave out the header X-Altinn-EnterpriseUser-Authentication, and use a system user."
	case feil.MissingToken:
		return "Get a token from Maskinporten, and send it as Authorization: Bearer TOKEN with every call."
	case feil.NotAcceptable:
		return "Ask for what the API answers in Accept, or leave Accept out."
	case feil.WrongContentType:
		return "Send the body with the Content-Type that the API takes, such as application/json."
	case feil.BodyTooLarge:
		return "Do not send again as it is: split what is sent into several smaller ones."
	case feil.KeyReused:
		return "Do not send another body under this idempotencyKey, which has its answer: make a new key for a new " +
			"body, and keep one for a repeat."
	case feil.YearNotSupported:
		return "Send to an inntektsaar that the API takes."
	case feil.YearMismatch:
		return "Have the same inntektsaar in the address and in the document. The idempotencyKey may be the same: a " +
			"refused call leaves its key free."
	case feil.Underenhet:
		return "Do not send again as it is: report for the hovedenhet, with its organisasjonsnummer."
	case feil.NoRightToReport:
		return "Do not send again as it is: the oppgavegiver has to delegate to the organisation in the token, or " +
			"the token be one for the oppgavegiver."
	case feil.ForbiddenDialog:
		return "Do not send again as it is: " +
			"the dialog's organisation has to delegate to the organisation in the token, or the token be one for it."
	case feil.DialogGone:
		return "Do not ask for it again, and take it out of what is shown: it was deleted."
	case feil.UnknownSystem:
		return "Do not send again as it is: send the id of a system that is set up in Kobo."
	}
	return ""
}

// statusAdvice returns what to do about an HTTP status.
func statusAdvice(status int) string {
	switch {
	case status >= http.StatusInternalServerError:
		return tryAgain
	case status == http.StatusUnauthorized:
		return newToken
	case status == http.StatusForbidden:
		return "Do not send again as it is: the token, or the organisation in it, has not the right to this."
	case status == http.StatusNotFound:
		return notThere
	case status == http.StatusConflict:
		return readState
	}
	return "Do not send again as it is: read in the body what is wrong, and correct the call."
}
