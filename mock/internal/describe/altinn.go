package describe

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/journal"
)

// altinnFamily is the family of Altinn's authentication.
const altinnFamily = "authentication"

// altinnAdvice returns what a client should do about an error of Altinn's authentication that has no
// code of Altinn's: its status says little, so the step that stopped the call decides. It is empty for
// another.
func altinnAdvice(call journal.Entry) string {
	const behaviour = "behaviour "
	switch step := call.StoppedBy; {
	case step == "token" && call.Request.Header.Get("Authorization") == "":
		return offenceAdvice(feil.MissingToken)
	case step == "token":
		return newToken
	case step == "scope":
		return "Do not send again with this token: ask Maskinporten for one with the scope that the operation wants. " +
			"Altinn gives the scopes to registered vendors who ask for them; then add them to the client."
	case !strings.HasPrefix(step, behaviour):
		return offenceAdvice(map[string]feil.Offence{
			"url": feil.UnknownURL, "method": feil.MethodNotAllowed, "enterprise-user": feil.EnterpriseUser,
			"body-size": feil.BodyTooLarge, "content-type": feil.WrongContentType,
		}[step])
	case strings.HasPrefix(call.Why, failedInside):
		return tryAgain
	}
	switch call.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if call.Route == exchangeRoute {
			return "Do not send this token again: the exchange takes a valid token of Maskinporten itself, with its " +
				"consumer, at /authentication/api/v1/exchange/maskinporten."
		}
		return "Do not send again with this token: get one of the organisation that registered the system."
	case http.StatusConflict, http.StatusInternalServerError:
		return ownFault
	}
	return ""
}

// exchangeRoute is the route of Altinn's exchange of tokens.
const exchangeRoute = "/api/v1/exchange/{provider}"

// maskinportenToken is the advice to a client that sent Altinn's token to an API that wants Maskinporten's.
const maskinportenToken = "Send the token of Maskinporten as it is, and not the one of Altinn that it was exchanged " +
	"for."

// sentExchanged reports whether a call was refused because its token is one of Altinn's exchange.
func sentExchanged(call journal.Entry) bool {
	return call.StoppedBy == "token" && strings.Contains(call.Why, "the token was exchanged")
}

// failedInside begins the reason of a call that failed inside Sandkasse.
const failedInside = "something failed inside sandkasse"

// askAgain is the advice about a request that has timed out.
const askAgain = "The request has timed out: nobody answered it in time, and nobody can any more. Delete it and ask " +
	"again; for a change, with a new correlation-id."

// altinnNext returns what a client of Altinn's authentication does next after a success that many take
// for something else; empty after another.
func altinnNext(call journal.Entry) string {
	var body struct {
		Status   string
		TimedOut bool
	}
	if json.Unmarshal(call.Answer.Body, &body) != nil { // a text, a list, or cut
		body.Status, body.TimedOut = "", false
	}
	switch route := call.Method + " " + call.Route; route {
	case "POST /api/v1/systemregister/vendor":
		return "The answer is a bare JSON string, the system's internal id. Name the system by the id that you sent."
	case "POST /api/v1/systemuser/request/vendor", "POST /api/v1/systemuser/request/vendor/agent",
		"POST /api/v1/systemuser/changerequest/vendor":
		if call.Status == http.StatusCreated {
			return "Send the customer to confirmUrl, and poll the request for its status. The browser of the person " +
				"who answers, and not your server, goes to redirectUrl: as it stands, for approval and rejection alike."
		}
		switch {
		case body.Status == "NoChangeNeeded":
			return "Nothing is to be changed: name the rights and packages to add or to take away."
		case body.TimedOut:
			return askAgain
		}
		return "The request was there already, so the answer is 200 and its status now. Delete a rejected one before " +
			"you ask again."
	case "GET /api/v1/systemuser/request/vendor/{requestId}", "GET /api/v1/systemuser/request/vendor/agent/{requestId}",
		"GET /api/v1/systemuser/changerequest/vendor/{requestId}":
		switch {
		case body.TimedOut:
			return askAgain
		case body.Status == "New":
			return "Nobody has answered yet: poll again. In a test POST /_sandkasse/altinn/requests/ID/approve answers."
		}
	case "GET " + exchangeRoute:
		return "This token is for Altinn's own APIs. The reporting APIs and Dialogporten want Maskinporten's."
	}
	return ""
}

// altinnPlaces returns the places that an error of Altinn's authentication names.
func altinnPlaces(answer []byte) []PlaceView {
	var body struct {
		ValidationErrors []map[string]any
		Errors           map[string][]string
	}
	if json.Unmarshal(answer, &body) != nil {
		return nil
	}
	var places []PlaceView
	for _, one := range body.ValidationErrors {
		text := func(name string) string { value, _ := one[name].(string); return value }
		place := PlaceView{Kode: text("code"), Melding: text("title") + text("detail")} // of either form
		if paths, _ := one["paths"].([]any); len(paths) > 0 {
			place.Sti, _ = paths[0].(string)
		}
		for _, name := range slices.Sorted(maps.Keys(one)) {
			if !slices.Contains([]string{"code", "title", "detail", "paths"}, name) {
				place.Value = text(name)
			}
		}
		places = append(places, place)
	}
	for _, name := range slices.Sorted(maps.Keys(body.Errors)) {
		for _, text := range body.Errors[name] {
			places = append(places, PlaceView{Sti: name, Melding: text})
		}
	}
	return places[:min(len(places), maxPlaces)]
}

// altinnStored returns the record that a call to Altinn's authentication made.
func altinnStored(call journal.Entry) (stored []StoredValue) {
	var sent, answered struct{ ID string }
	switch {
	case call.Method != http.MethodPost:
	case strings.HasSuffix(call.Route, "/systemregister/vendor"):
		if json.Unmarshal(call.Request.Body, &sent) == nil && sent.ID != "" {
			stored = append(stored, StoredValue{"system", strings.TrimSpace(sent.ID)})
		}
	case call.Status == http.StatusCreated && json.Unmarshal(call.Answer.Body, &answered) == nil:
		stored = append(stored, StoredValue{"request", answered.ID})
	}
	return stored
}
