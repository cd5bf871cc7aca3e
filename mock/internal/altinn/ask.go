package altinn

import (
	"errors"
	"strings"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// ask returns the operation that asks for a system user of a kind.
func (a Altinn) ask(kind Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		var body requestBody
		if err := decode(r.Body, "createRequest", &body); err != nil {
			return wire.Response{}, err
		}
		body.SystemID, body.Customer = strings.TrimSpace(body.SystemID), strings.TrimSpace(body.Customer)
		body.ExternalRef = strings.TrimSpace(body.ExternalRef)
		body.IntegrationTitle = strings.TrimSpace(body.IntegrationTitle)
		body.RedirectURL = strings.TrimSpace(body.RedirectURL)
		if err := required("systemId", body.SystemID != "", "partyOrgNo", body.Customer != ""); err != nil {
			return wire.Response{}, err
		}
		if r.Principal.Consumer == "" {
			return wire.Response{}, refuse("AUTH-00023", "the token names no consumer")
		}
		if body.ExternalRef == "" {
			body.ExternalRef = body.Customer
		}
		known, system, err := a.findOrCheck(tx, r, kind, body)
		if err != nil {
			return wire.Response{}, err
		}
		if known != nil {
			return jsonAnswer(200, known.view(r)), nil
		}
		return a.store(tx, r, body.request(kind, system, r.IDs.V4().String(), r.Now))
	}
}

// store stores a new request, has the customer answer as the settings and scenarios want, and
// answers 201.
func (a Altinn) store(tx *store.Tx, r *wire.Request, q Request) (wire.Response, error) {
	response := jsonAnswer(201, q.view(r)) // New, whatever comes next
	response.Header = map[string]string{"Location": r.Base + "/api/v1/systemuser/request/" + q.ID}
	if q.Kind == Changing {
		response.Header["Location"] = r.Base + "/api/v1/systemuser/changerequest/" + q.ID
	}
	after := r.Staged.ApprovalAfter
	answer := map[string]Status{
		wire.ApprovalApprove: Accepted, wire.ApprovalReject: Rejected, wire.ApprovalTimeout: TimedOut,
	}[r.Staged.Approval]
	if answer == "" && a.Approve == Auto && r.Staged.Approval == "" {
		answer = Accepted
	}
	q.NotDelegable = r.Staged.Approval == wire.ApprovalNotDelegable
	if q.Kind == Changing { // which is carried out at once, or not at all (K748)
		after = 0
	}
	if answer != TimedOut && after >= lifetime { // nobody can answer then
		answer = ""
	}
	if answer == Accepted && after == 0 {
		system, _, err := systems.Get(tx, q.System)
		if err != nil {
			return wire.Response{}, err
		}
		var refused *Refusal
		if err := q.checkApproval(tx, system, r.Now); errors.As(err, &refused) { // and so it stays New (K755)
			q.AnswerRefused = true
		} else if err != nil {
			return wire.Response{}, err
		}
	}
	if answer != "" {
		q.Answer, q.AnswerAt = answer, r.Now.Add(after)
	}
	if err := requestKeys.Put(tx, q.key(), q.ID); err != nil {
		return wire.Response{}, err
	}
	if err := bySystem.Put(tx, q.inSystem(), q.ID); err != nil {
		return wire.Response{}, err
	}
	if err := requests.Put(tx, q.ID, q); err != nil {
		return wire.Response{}, err
	}
	if answer == Accepted && after == 0 && !q.AnswerRefused {
		if err := q.accept(tx, r.Now); err != nil {
			return wire.Response{}, err
		}
	}
	return response, settle(tx, q.System, q.Customer, q.ExternalRef, r.Now)
}

// findOrCheck returns the request that is stored under the key of a body, or checks the body and
// returns its system. The order is Altinn's.
func (a Altinn) findOrCheck(
	tx *store.Tx, r *wire.Request, kind Kind, body requestBody,
) (known *Request, system System, err error) {
	user, found, err := findLive(tx, body.SystemID, body.Customer, body.ExternalRef, r.Now)
	if err != nil {
		return nil, system, err
	}
	if found {
		return nil, system, refuse("AUTH-00004", "%s has the system user %s for %s and externalRef %q already",
			body.Customer, user.ID, body.SystemID, body.ExternalRef)
	}
	stored, exists, err := findByKey(tx, kind, body.SystemID, body.Customer, body.ExternalRef)
	if err != nil {
		return nil, system, err
	}
	exists = exists && stored.StatusAt(r.Now) != TimedOut
	if exists && stored.Vendor == r.Principal.Consumer {
		return &stored, system, nil
	}
	system, found, err = systems.Get(tx, body.SystemID)
	switch {
	case err != nil:
		return nil, system, err
	case !found:
		return nil, system, refuse("AUTH-00011", "no system has the id %q", body.SystemID)
	case exists:
		name := map[Status]string{
			New: "AUTH-00007", Accepted: "AUTH-00006",
			Rejected: "AUTH-00009",
		}[stored.StatusAt(r.Now)]
		return nil, system, refuse(name, "the request is of another vendor, %s; the token is of %s", stored.Vendor,
			r.Principal.Consumer)
	case system.Vendor != r.Principal.Consumer:
		return nil, system, refuse("AUTH-00011", "the system is of %s, the token of %s", system.Vendor,
			r.Principal.Consumer)
	case !isOrganisation(body.Customer):
		return nil, system, refuse("AUTH-00000", "partyOrgNo is %q, which is no organisation number with a right "+
			"check digit; GET /_sandkasse/testdata/organisasjoner finds some (K743)", body.Customer)
	}
	if err := checkRedirect(system, body.RedirectURL); err != nil {
		return nil, system, err
	}
	if err := checkAsked(kind, system, body.Rights, body.Packages); err != nil {
		return nil, system, err
	}
	if len([]rune(body.ExternalRef)) > maxExternalRef {
		return nil, system, refusePlain(500, "externalRef has more than %d characters (K746)", maxExternalRef)
	}
	if len([]rune(body.IntegrationTitle)) > maxTitle {
		return nil, system, refusePlain(500, "integrationTitle has more than %d characters (K746)", maxTitle)
	}
	return nil, system, nil
}
