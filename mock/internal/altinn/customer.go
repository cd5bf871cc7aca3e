package altinn

import (
	"strings"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// Systems returns all systems, deleted ones too, by id.
func Systems(tx *store.Tx) ([]System, error) { return all(tx, systems) }

// FindSystem returns the system of that id; the zero System if there is none.
func FindSystem(tx *store.Tx, id string) (System, error) {
	system, _, err := systems.Get(tx, id)
	return system, err
}

// Requests returns all requests that are not deleted, by id.
func Requests(tx *store.Tx) ([]Request, error) {
	list, err := all(tx, requests)
	kept := list[:0]
	for _, q := range list {
		if !q.Deleted {
			kept = append(kept, q)
		}
	}
	return kept, err
}

// FindRequest returns a request and its system; found is false where there is none, or it is deleted.
func FindRequest(tx *store.Tx, id string) (q Request, system System, found bool, err error) {
	q, found, err = requests.Get(tx, strings.ToLower(id))
	if err != nil || !found || q.Deleted {
		return q, system, false, err
	}
	system, _, err = systems.Get(tx, q.System)
	return q, system, true, err
}

// Users returns all system users, deleted ones too, by id.
func Users(tx *store.Tx) ([]User, error) { return all(tx, users) }

// FindUserByID returns a system user; found is false where there is none at the transaction's time.
func FindUserByID(tx *store.Tx, id string) (u User, found bool, err error) {
	u, found, err = users.Get(tx, strings.ToLower(id))
	return u, found && u.live(tx.Now), err
}

// Answer has the customer answer a request: Accepted makes or changes the system user. TimedOut is
// what Altinn sets where nobody answers. The error is a *Refusal.
func Answer(tx *store.Tx, id string, answer Status) (Request, error) {
	q, system, found, err := FindRequest(tx, id)
	if err != nil {
		return q, err
	}
	if !found {
		return q, refuse("AUTH-00010", "there is no request %q; GET /_sandkasse/altinn/requests lists those there are",
			strings.ToLower(id))
	}
	again := "AUTH-00013"
	if q.Kind == Changing {
		again = "AUTH-00061"
	}
	switch status := q.StatusAt(tx.Now); {
	case status != New:
		return q, refuse(again, "the request is %s already", status)
	case q.HasTimedOut(tx.Now) && answer != TimedOut: // K768
		return q, refuse(again, "the request has timed out: nobody answered it in 180 days")
	case answer == Accepted:
		if err := q.checkApproval(tx, system, tx.Now); err != nil {
			return q, err
		}
	}
	if q.waits(tx.Now) {
		if err := q.dropUser(tx); err != nil {
			return q, err
		}
	}
	q.Status, q.Answer, q.AnswerAt, q.AnswerRefused = answer, "", time.Time{}, false
	if answer == Accepted {
		if err := q.accept(tx, tx.Now); err != nil {
			return q, err
		}
	}
	if err := requests.Put(tx, q.ID, q); err != nil {
		return q, err
	}
	return q, settle(tx, q.System, q.Customer, q.ExternalRef, tx.Now)
}

// checkApproval refuses an approval at a time that cannot be carried out. The error is a *Refusal.
func (q Request) checkApproval(tx *store.Tx, system System, now time.Time) error {
	switch {
	case system.Deleted:
		return refuse("AUTH-00011", "the system %s is deleted", system.ID)
	case q.NotDelegable:
		return refuse("AUTH-00016", "a scenario has a right of the request be one that cannot be delegated")
	case q.Kind != Changing:
		return isFree(tx, q.System, q.Customer, q.ExternalRef, now)
	}
	u, found, err := users.Get(tx, q.User)
	if err == nil && (!found || !u.live(now)) {
		err = refuse("AUTH-00015", "the system user of the change is deleted")
	}
	return err
}

// MakeUser has a customer choose a system from the list of those that are visible, with all that the system
// can be given: a standard system user without a request, whose externalRef is the customer's number
// (K754). id is a new one. The error is a *Refusal.
func MakeUser(tx *store.Tx, id, systemID, customer string) (u User, err error) {
	system, found, err := systems.Get(tx, systemID)
	switch {
	case err != nil:
		return u, err
	case !found || system.Deleted:
		return u, refuse("AUTH-00011", "there is no system %q; GET /_sandkasse/altinn/systems lists those there are",
			systemID)
	case !system.IsVisible:
		return u, refusePlain(400, "the system %s has isVisible false, so no customer sees it in the list; the vendor "+
			"must ask for a system user, or set isVisible", system.ID)
	case !isOrganisation(customer):
		return u, refuse("AUTH-00000", "the organisation is %q; it must be an organisation number with a right check "+
			"digit", customer)
	case len(system.Rights)+len(system.Packages) == 0:
		return u, refuse("AUTH-00059", "the system %s has neither rights nor accessPackages to give", system.ID)
	}
	if err := isFree(tx, system.ID, customer, customer, tx.Now); err != nil {
		return u, err
	}
	u = User{
		ID: id, Kind: Standard, System: system.ID, Vendor: system.Vendor, Owner: customer, ExternalRef: customer,
		IntegrationTitle: system.Name["nb"], Rights: system.Rights, Packages: system.Packages, Created: tx.Now,
	}
	if err := u.enter(tx); err != nil {
		return u, err
	}
	return u, settle(tx, u.System, u.Owner, u.ExternalRef, tx.Now)
}

// DeleteUser has the customer delete a system user, and with it its request, so that a new one can
// be made. found is false where there is none.
func DeleteUser(tx *store.Tx, id string) (found bool, err error) {
	u, found, err := FindUserByID(tx, id)
	if err != nil || !found {
		return false, err
	}
	u.Deleted = true
	if err := userKeys.Delete(tx, key(u.System, u.Owner, u.ExternalRef)); err != nil {
		return false, err
	}
	if q, has, err := requests.Get(tx, u.ID); err != nil {
		return false, err
	} else if has && !q.Deleted {
		if err := q.delete(tx); err != nil {
			return false, err
		}
	}
	if err := users.Put(tx, u.ID, u); err != nil {
		return false, err
	}
	return true, settle(tx, u.System, u.Owner, u.ExternalRef, tx.Now)
}

// Clients returns the clients of an agent's system user, by number.
func Clients(tx *store.Tx, userID string) ([]Client, error) {
	list := []Client{}
	for entry, err := range clientsOf.All(tx, userID+"/") {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}

// AddClient adds a client to an agent's system user. The error is a *Refusal.
func AddClient(tx *store.Tx, userID, organisation string) error {
	u, err := findAgent(tx, userID)
	if err != nil {
		return err
	}
	if !token.IsOrganisation(organisation) {
		return refuse("AUTH.VLD-00016", "the client is %q; it must be an organisation number of nine digits",
			organisation)
	}
	if !isOrganisation(organisation) { // K743
		return refuse("AUTH-00079", "%s has no right check digit, so it is no organisation's number; GET "+
			"/_sandkasse/testdata/organisasjoner finds some", organisation)
	}
	at := u.ID + "/" + organisation
	if _, found, err := clientsOf.Get(tx, at); err != nil || found {
		return err
	}
	return clientsOf.Put(tx, at, Client{organisation, tx.Now})
}

// RemoveClient takes a client away from an agent's system user. The error is a *Refusal.
func RemoveClient(tx *store.Tx, userID, organisation string) error {
	u, err := findAgent(tx, userID)
	if err != nil {
		return err
	}
	at := u.ID + "/" + organisation
	if _, found, err := clientsOf.Get(tx, at); err != nil {
		return err
	} else if !found {
		return refusePlain(404, "the system user has no client %q; GET /_sandkasse/altinn/users/%s lists its clients",
			organisation, u.ID)
	}
	return clientsOf.Delete(tx, at)
}

// findAgent returns a system user that is an agent's.
func findAgent(tx *store.Tx, id string) (User, error) {
	u, found, err := FindUserByID(tx, id)
	switch {
	case err != nil:
		return u, err
	case !found:
		return u, refuse("AUTH.VLD-00014", "there is no system user %q; GET /_sandkasse/altinn/users lists those there"+
			" are", strings.ToLower(id))
	case u.Kind != Agent:
		return u, refuse("AUTH.VLD-00015", "the system user is a standard one, for its owner's own reporting; only an "+
			"agent's has clients")
	}
	return u, nil
}
