package altinn

import (
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// changeBody is the body of a POST of a change.
type changeBody struct {
	Rights           []Right   `json:"requiredRights"`
	UnwantedRights   []Right   `json:"unwantedRights"`
	Packages         []Package `json:"requiredAccessPackages"`
	UnwantedPackages []Package `json:"unwantedAccessPackages"`
	RedirectURL      string    `json:"redirectUrl"`
}

const zeroID = "00000000-0000-0000-0000-000000000000"

const missingCorrelation = "Missing or invalid QueryParameter: correlation-id. Generate a unique UUID (RFC 4122) for " +
	"this Change Request, and add as a Query Parameter."

const noChangeNeeded Status = "NoChangeNeeded"

// request returns the request for a change of a system user that a body asks for.
func (b changeBody) request(user User, id string, now time.Time) Request {
	return Request{
		ID: id, Kind: Changing, System: user.System, Vendor: user.Vendor, Customer: user.Owner,
		ExternalRef: user.ExternalRef, IntegrationTitle: user.IntegrationTitle, User: user.ID,
		Rights: orEmpty(b.Rights), Packages: orEmpty(b.Packages), UnwantedRights: b.UnwantedRights,
		UnwantedPackages: b.UnwantedPackages, RedirectURL: b.RedirectURL, Status: New, Created: now,
	}
}

// askChange asks for a change of the rights of a standard system user.
func (a Altinn) askChange(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	var body changeBody
	if err := decode(r.Body, "createRequest", &body); err != nil {
		return wire.Response{}, err
	}
	id, err := readID("correlation-id", r.Query.Get("correlation-id"))
	if err != nil || id == zeroID {
		return wire.Response{}, refuseText(400, missingCorrelation,
			"correlation-id in the query is missing, no UUID or "+
				"zero; make a new UUID for each change")
	}
	if r.Principal.Consumer == "" {
		return wire.Response{}, refuseEmpty(401, "the token names no consumer")
	}
	userID, err := readID("system-user-id", r.Query.Get("system-user-id"))
	if err != nil {
		return wire.Response{}, err
	}
	user, found, err := users.Get(tx, userID)
	switch {
	case err != nil:
		return wire.Response{}, err
	case !found || !user.live(r.Now):
		return wire.Response{}, refuse("AUTH-00015", "there is no system user of the id in system-user-id")
	case id == userID:
		return wire.Response{}, refuseText(400, "The correlation-id should not be the same as the system-user-id. "+
			"Generate a unique id.", "correlation-id and system-user-id are the same")
	case user.Vendor != r.Principal.Consumer:
		return wire.Response{}, refuseEmpty(401, "the system user is of the vendor %s, the token of %s", user.Vendor,
			r.Principal.Consumer)
	}
	q := body.request(user, id, r.Now)
	if len(body.Rights)+len(body.UnwantedRights)+len(body.Packages)+len(body.UnwantedPackages) == 0 {
		q.Status = noChangeNeeded
		shown := q.view(r).(changeView)
		shown.ConfirmURL = ""
		return jsonAnswer(200, shown), nil
	}
	stored, found, err := requests.Get(tx, id)
	switch {
	case err != nil:
		return wire.Response{}, err
	case found && stored.Kind == Changing && stored.Vendor == r.Principal.Consumer && !stored.Deleted:
		return jsonAnswer(200, stored.view(r)), nil
	case found:
		return wire.Response{}, refuse("AUTH-00061", "the correlation-id is the id of another request; make a new one")
	case user.Kind != Standard:
		return wire.Response{}, refuse("AUTH-00015", "the system user is an agent's; only standard ones can be changed")
	}
	system, _, err := systems.Get(tx, user.System)
	if err != nil {
		return wire.Response{}, err
	}
	if err := checkRedirect(system, body.RedirectURL); err != nil {
		return wire.Response{}, err
	}
	if err := checkAskedRights(system, body.Rights); err != nil {
		return wire.Response{}, err
	}
	if err := checkAskedPackages(Standard, system, body.Packages); err != nil {
		return wire.Response{}, err
	}
	return a.store(tx, r, q)
}
