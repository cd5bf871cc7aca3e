package altinn

import (
	"fmt"
	"slices"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// userView is a system user as it is answered.
type userView struct {
	ID               string `json:"id"`
	IntegrationTitle string `json:"integrationTitle"`
	System           string `json:"systemId"`
	ProductName      string `json:"productName"`
	Owner            string `json:"reporteeOrgNo"`
	Created          string `json:"created"`
	Deleted          bool   `json:"isDeleted"`
	SupplierName     string `json:"supplierName"`
	Supplier         string `json:"supplierOrgno"`
	ExternalRef      string `json:"externalRef"`
	Kind             Kind   `json:"userType"`
}

func (u User) view() userView {
	return userView{
		ID: u.ID, IntegrationTitle: u.IntegrationTitle, System: u.System, Owner: u.Owner, Created: stamp(u.Created),
		Deleted: u.Deleted, Supplier: u.Vendor, ExternalRef: u.ExternalRef, Kind: u.Kind,
	}
}

// external returns the system user as Maskinporten is answered.
func (u User) external() userView {
	shown := u.view()
	shown.ProductName = u.System
	return shown
}

// findLive returns the system user of a customer for a system; false if there is none now.
func findLive(tx *store.Tx, system, customer, ref string, now time.Time) (u User, found bool, err error) {
	id, found, err := userKeys.Get(tx, key(system, customer, ref))
	if err != nil || !found {
		return u, false, err
	}
	u, found, err = users.Get(tx, id)
	return u, found && u.live(now), err
}

// byQuery answers a system user by the vendor's references.
func (a Altinn) byQuery(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	system, customer, ref := r.Query.Get("system-id"), r.Query.Get("orgno"), r.Query.Get("external-ref")
	if err := requiredQuery(r, "system-id", "orgno"); err != nil {
		return wire.Response{}, err
	}
	if ref == "" {
		ref = customer
	}
	u, found, err := findLive(tx, system, customer, ref, r.Now)
	if err != nil {
		return wire.Response{}, err
	}
	if !found || u.Vendor != r.Principal.Consumer {
		return wire.Response{}, noUser(tx, r, system, customer, ref)
	}
	return jsonAnswer(200, u.view()), nil
}

// noUser returns the refusal that says why the caller finds no system user by its references.
func noUser(tx *store.Tx, r *wire.Request, id, customer, ref string) error {
	system, found, err := systems.Get(tx, id)
	switch {
	case err != nil:
		return err
	case !found || system.Deleted:
		return refusePlain(404, "no system has the id %q", id)
	case system.Vendor != r.Principal.Consumer:
		return refusePlain(404, "the system is of %s, the token of %s", system.Vendor, r.Principal.Consumer)
	}
	why, err := missingUser(tx, system, customer, ref, r.Now)
	if err != nil {
		return err
	}
	return refusePlain(404, "%s", why)
}

// usersBySystem lists the system users of a system.
func (a Altinn) usersBySystem(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	system, err := ownSystem(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	return paged(tx, r, usersOf, key(system.ID)+"/", "/api/v1/systemuser/vendor/bysystem/", func(id string) (any,
		error,
	) {
		u, _, err := users.Get(tx, id)
		if !u.live(r.Now) {
			return nil, err
		}
		return u.view(), err
	})
}

// byExternalID answers Maskinporten's question for a system user.
func (a Altinn) byExternalID(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	q := UserQuery{
		ClientID: r.Query.Get("clientId"), Vendor: r.Query.Get("systemProviderOrgNo"),
		Customer: r.Query.Get("systemUserOwnerOrgNo"), ExternalRef: r.Query.Get("externalRef"),
	}
	if err := requiredQuery(r, "clientId", "systemProviderOrgNo", "systemUserOwnerOrgNo"); err != nil {
		return wire.Response{}, err
	}
	u, why, err := FindUser(tx, q, r.Now)
	if err != nil {
		return wire.Response{}, err
	}
	if why != "" {
		return wire.Response{}, refusePlain(404, "%s", why)
	}
	return jsonAnswer(200, u.external()), nil
}

// UserQuery names a system user by its client and customer.
type UserQuery struct {
	ClientID, Vendor, Customer, ExternalRef string
}

// SystemOf returns the system that a client id is on, or was on until it was taken off it or the system was
// deleted: the client is bound to the register even then (K766). found is false for one that never was on any.
func SystemOf(tx *store.Tx, clientID string) (system System, found bool, err error) {
	id, found, err := clientIDs.Get(tx, clientKey(clientID))
	if err != nil || !found {
		return system, false, err
	}
	return systems.Get(tx, id)
}

// FindUser returns the approved system user that a client may get tokens for. Where there is none, why
// says what is missing and what would be right.
func FindUser(tx *store.Tx, q UserQuery, now time.Time) (u User, why string, err error) {
	ref := q.ExternalRef
	if ref == "" {
		ref = q.Customer
	}
	system, found, err := SystemOf(tx, q.ClientID)
	switch {
	case err != nil:
		return u, "", err
	case !found:
		return u, fmt.Sprintf("client %q is on no system in Altinn's register, must stand under clientId of one",
			q.ClientID), nil
	case system.Deleted:
		return u, fmt.Sprintf("client %q was on the system %s, which is deleted; register another one with the client",
			q.ClientID, system.ID), nil
	case !system.has(q.ClientID):
		return u, fmt.Sprintf("client %q is not on the system %s any more, must stand under its clientId", q.ClientID,
			system.ID), nil
	case system.Vendor != q.Vendor:
		return u, fmt.Sprintf("the client's organisation is %s, must be the vendor of the system %s: %s", q.Vendor,
			system.ID, system.Vendor), nil
	}
	u, found, err = findLive(tx, system.ID, q.Customer, ref, now)
	if err != nil || found {
		return u, "", err
	}
	why, err = missingUser(tx, system, q.Customer, ref, now)
	return User{}, why, err
}

// missingUser returns why a customer has no system user with a reference.
func missingUser(tx *store.Tx, system System, customer, ref string, now time.Time) (why string, err error) {
	for _, kind := range []Kind{Standard, Agent} {
		q, found, err := findByKey(tx, kind, system.ID, customer, ref)
		if err != nil {
			return "", err
		}
		if !found {
			continue
		}
		switch status := q.StatusAt(now); {
		case q.HasTimedOut(now):
			return fmt.Sprintf("nobody answered the request %s in time; delete it and ask again", q.ID), nil
		case status == New:
			return fmt.Sprintf("%s has not approved the request %s yet; open its confirmUrl, or POST "+
				"/_sandkasse/altinn/requests/%[2]s/approve", customer, q.ID), nil
		case status == Rejected:
			return fmt.Sprintf("%s has rejected the request %s; delete it and ask again", customer, q.ID), nil
		}
	}
	var refs []string
	deleted, asClient := false, ""
	for entry, err := range usersOf.All(tx, key(system.ID)+"/") {
		if err != nil {
			return "", err
		}
		u, _, err := users.Get(tx, entry.Value)
		if err != nil {
			return "", err
		}
		if u.Owner == customer {
			if u.live(now) && len(refs) < 5 {
				refs = append(refs, fmt.Sprintf("%q", u.ExternalRef))
			}
			deleted = deleted || u.ExternalRef == ref && u.Deleted
		} else if _, isClient, err := clientsOf.Get(tx, u.ID+"/"+customer); err != nil {
			return "", err
		} else if isClient && u.live(now) {
			asClient = u.Owner
		}
	}
	switch {
	case deleted:
		return fmt.Sprintf("%s has deleted its system user; ask again", customer), nil
	case len(refs) > 0:
		return fmt.Sprintf("externalRef is %q, must be the one of the request: %v", ref, refs), nil
	case asClient != "":
		return fmt.Sprintf("systemuser_org is %s, a client; must be the accountant, whose agent's system user it is: "+
			"%s",
			customer, asClient), nil
	}
	return fmt.Sprintf("%s has no system user for the system %s, must have approved a request for one", customer,
		system.ID), nil
}

// accept makes or changes the system user of the request, as of a time. It stores the user, not the
// request.
func (q Request) accept(tx *store.Tx, at time.Time) error {
	if q.Kind == Changing {
		u, found, err := users.Get(tx, q.User)
		if err != nil || !found {
			return err
		}
		u.Rights = slices.DeleteFunc(u.Rights, func(r Right) bool {
			return slices.ContainsFunc(q.UnwantedRights, r.sameResources)
		})
		u.Packages = slices.DeleteFunc(u.Packages, func(p Package) bool {
			return slices.Contains(q.UnwantedPackages,
				p)
		})
		for _, right := range q.Rights {
			if !slices.ContainsFunc(u.Rights, right.sameResources) {
				u.Rights = append(u.Rights, right)
			}
		}
		for _, one := range q.Packages {
			if !slices.Contains(u.Packages, one) {
				u.Packages = append(u.Packages, one)
			}
		}
		return users.Put(tx, u.ID, u)
	}
	return q.user(at).enter(tx)
}

// user returns the system user that a request asks for, made at a time.
func (q Request) user(at time.Time) User {
	return User{
		ID: q.ID, Kind: q.Kind, System: q.System, Vendor: q.Vendor, Owner: q.Customer, ExternalRef: q.ExternalRef,
		IntegrationTitle: q.IntegrationTitle, Rights: q.Rights, Packages: q.Packages, Created: at,
	}
}

// enter stores a new system user, to be found by its references.
func (u User) enter(tx *store.Tx) error {
	if err := userKeys.Put(tx, key(u.System, u.Owner, u.ExternalRef), u.ID); err != nil {
		return err
	}
	if err := usersOf.Put(tx, key(u.System)+"/"+u.ID, u.ID); err != nil {
		return err
	}
	return users.Put(tx, u.ID, u)
}
