package control

import (
	"net/http"
	"strconv"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/maskinporten"
)

// What a client should do, where several codes ask for the same.
const (
	tryAgain   = "Try again with a growing wait, under the same idempotencyKey where the API has one; where it has none, look first whether the call was carried out."
	newToken   = "Get a new token, and repeat the call once with it; give up where a fresh one is refused too."
	otherToken = "Do not send again with this token: ask Maskinporten for one with the scope and the systembruker that the API wants."
	ownFault   = "Do not send again as it is: correct the call in the program that makes it."
	wrongBody  = "Correct the document and send it again. Where the API has an idempotencyKey the same one will do: a refused call leaves its key free."
	notThere   = "Check the identifier, and whether what it names is the caller's own; right after it was made, ask again a few times with a growing wait."
	readState  = "Do not send again as it is: fetch what the API has now, and decide from that what is left to do."
)

// advice is what a client should do when it meets a code: as its offence has it, else as its status has it.
func advice(code catalog.Code) string {
	if page, found := maskinporten.Explain(code.Name); found && code.Behaviour != "" {
		return page.Fix
	}
	if code.Behaviour != "" {
		return "Read error_description, which says which of the errors of this name it is, and error_uri, which says what to do."
	}
	if _, err := strconv.Atoi(code.Name); err == nil { // the words of many offences
		return byStatus(code.Row.Status)
	}
	if text, found := byOffence()[code.Row.Offence]; found {
		return text
	}
	return byStatus(code.Row.Status)
}

// byOffence is what to do about an offence.
func byOffence() map[feil.Offence]string {
	return map[feil.Offence]string{
		feil.UnknownURL:         ownFault,
		feil.MethodNotAllowed:   ownFault,
		feil.MissingToken:       "Get a token from Maskinporten, and send it as Authorization: Bearer TOKEN with every call.",
		feil.InvalidToken:       newToken,
		feil.WrongScope:         otherToken,
		feil.NoSystembruker:     otherToken,
		feil.NotAcceptable:      "Ask for what the API answers in Accept, or leave Accept out.",
		feil.WrongContentType:   "Send the body with the Content-Type that the API takes, such as application/json.",
		feil.BodyTooLarge:       "Do not send again as it is: split what is sent into several smaller ones.",
		feil.MissingHeader:      ownFault,
		feil.BadParameter:       ownFault,
		feil.KeyReused:          "Do not send another body under this idempotencyKey, which has its answer: make a new key for a new body, and keep one for a repeat.",
		feil.YearNotSupported:   "Send to an inntektsaar that the API takes.",
		feil.BrokenJSON:         wrongBody,
		feil.SchemaViolation:    wrongBody,
		feil.YearMismatch:       "Have the same inntektsaar in the address and in the document. The idempotencyKey may be the same: a refused call leaves its key free.",
		feil.ContradictoryData:  wrongBody,
		feil.NoRightToReport:    "Do not send again as it is: the oppgavegiver has to delegate to the organisation in the token, or the token be one for the oppgavegiver.",
		feil.UnknownForsendelse: notThere,
		feil.UnknownDokument:    notThere,
		feil.UnknownDialog:      notThere,
		feil.ForbiddenDialog: "Do not send again as it is: " +
			"the dialog's organisation has to delegate to the organisation in the token, or the token be one for it.",
		feil.DialogGone:         "Do not ask for it again, and take it out of what is shown: it was deleted.",
		feil.UnknownDialogPart:  notThere,
		feil.UnknownSystem:      "Do not send again as it is: send the id of a system that is set up in Kobo.",
		feil.UnknownHome:        notThere,
		feil.UnknownCase:        notThere,
		feil.NoReservation:      readState,
		feil.NoAssignment:       readState,
		feil.NoTenancy:          readState,
		feil.NoNotice:           readState,
		feil.OtherAddress:       readState,
		feil.TenancyExists:      readState,
		feil.CaseReservesOthers: readState,
		feil.AssignedOtherwise:  readState,
		feil.HomeLinked:         readState,
		feil.NoticeExists:       readState,
		feil.UnexpectedFailure:  tryAgain,
		feil.UnspecifiedFailure: tryAgain,
		feil.BackendFailure:     tryAgain,
	}
}

// byStatus is what to do about an HTTP status of which no more is known.
func byStatus(status int) string {
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
