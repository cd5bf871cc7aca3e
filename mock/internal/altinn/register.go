package altinn

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

const adminScope = "altinn:authentication/systemregister.admin"

// succeeded is the answer to a change of a system.
type succeeded struct {
	Succeeded bool `json:"succeeded"`
}

// vendor returns the organisation that calls. Every token has one.
func vendor(r *wire.Request) (string, error) {
	if r.Principal.Consumer == "" {
		return "", refuseEmpty(401, "the token names no consumer")
	}
	return r.Principal.Consumer, nil
}

// owns refuses a caller that is not the vendor; the scope of administrators lifts that.
func owns(r *wire.Request, vendor string) error {
	if r.Principal.Consumer == vendor || r.Principal.HasScope(adminScope) {
		return nil
	}
	return refuseEmpty(403, "the token is of %s, the system of %s; get a token of the vendor", r.Principal.Consumer,
		vendor)
}

// create registers a system.
func (a Altinn) create(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	body, err := readSystem(r)
	if err != nil {
		return wire.Response{}, err
	}
	org, err := body.Vendor.org()
	if err != nil {
		return wire.Response{}, err
	}
	if err := owns(r, org); err != nil {
		return wire.Response{}, err
	}
	wrong, err := a.checkNew(tx, body, org)
	if err != nil {
		return wire.Response{}, err
	}
	if err := refuseAll(wrong); err != nil {
		return wire.Response{}, err
	}
	if err := checkTexts(body); err != nil {
		return wire.Response{}, err
	}
	if slices.ContainsFunc(body.ClientID, isRepeatedIn(body.ClientID)) {
		return wire.Response{}, refuseText(409, "The System already exist: "+body.ID,
			"clientId has the same id twice; Altinn says that as if the system existed")
	}
	system := System{ID: body.ID, InternalID: r.IDs.V4().String(), Vendor: org, Created: r.Now}
	system.fill(body)
	if err := system.enterClients(tx); err != nil {
		return wire.Response{}, err
	}
	if err := system.log(tx, r, "create", body.shown(org)); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, system.InternalID), nil
}

// list answers the caller's own systems.
func (a Altinn) list(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	org, err := vendor(r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []systemEntry{}
	for entry, err := range systems.All(tx, org+"_") {
		if err != nil {
			return wire.Response{}, err
		}
		if s := entry.Value; !s.Deleted {
			list = append(list, s.entry())
		}
	}
	return jsonAnswer(200, list), nil
}

// findOwn returns the system in the path, deleted or not, which must be the caller's; missing refuses one that
// there is not.
func findOwn(tx *store.Tx, r *wire.Request, missing func(id string) *Refusal) (System, error) {
	id := r.Params["systemId"]
	system, found, err := systems.Get(tx, id)
	switch {
	case err != nil:
		return System{}, err
	case !found:
		return System{}, missing(id)
	}
	return system, owns(r, system.Vendor)
}

// get answers a system, a deleted one too.
func (a Altinn) get(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	system, err := findOwn(tx, r, func(id string) *Refusal { return refusePlain(404, "no system has the id %q", id) })
	if err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, system.view()), nil
}

const deletedText = "Cannot update a system marked as deleted."

// replace replaces all of a system. Redirect addresses are not checked again.
func (a Altinn) replace(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	body, err := readSystem(r)
	if err != nil {
		return wire.Response{}, err
	}
	id := r.Params["systemId"]
	org, err := body.Vendor.org()
	if err != nil {
		return wire.Response{}, err
	}
	system, found, err := systems.Get(tx, id)
	if err != nil {
		return wire.Response{}, err
	}
	if !found || system.Vendor != org {
		return wire.Response{}, refuseText(404, "System with ID '"+id+"' not found.",
			"no system of %s has the id %q", org, id)
	}
	if err := owns(r, system.Vendor); err != nil {
		return wire.Response{}, err
	}
	if body.ID != id {
		return wire.Response{}, refuseAll([]violation{{code("AUTH.VLD-00012"), member{}, fmt.Sprintf(
			"id in the body is %q, in the address %q", body.ID, id)}})
	}
	if system.Deleted {
		return wire.Response{}, refuseText(400, deletedText, "the system is deleted, and its id stays taken")
	}
	wrong := a.checkRights(body.Rights)
	wrong = append(wrong, checkPackages(body.Packages, body.visible())...)
	if slices.ContainsFunc(body.ClientID, isRepeatedIn(body.ClientID)) {
		wrong = append(wrong, violation{code("AUTH.VLD-00011"), member{}, "a client id stands there twice"})
	}
	taken, err := takenClient(tx, body.ClientID, id)
	if err != nil {
		return wire.Response{}, err
	}
	wrong = append(wrong, taken...)
	if err := refuseAll(wrong); err != nil {
		return wire.Response{}, err
	}
	if err := checkTexts(body); err != nil {
		return wire.Response{}, err
	}
	system.fill(body)
	if err := system.enterClients(tx); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, succeeded{true}), system.log(tx, r, "update", body.shown(org))
}

// changeable returns the system in the path, which the caller may change. An unknown one is answered
// as PUT of a whole system does (K742).
func changeable(tx *store.Tx, r *wire.Request) (System, error) {
	system, err := findOwn(tx, r, func(id string) *Refusal {
		return refuseText(404, "System with ID '"+id+"' not found.", "no system has the id %q (K742)", id)
	})
	if err == nil && system.Deleted {
		err = refuseText(400, deletedText, "the system is deleted, and its id stays taken")
	}
	return system, err
}

// replaceRights replaces the rights of a system.
func (a Altinn) replaceRights(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	check := func(_ System, rights []Right) []violation { return a.checkRights(rights) }
	return replaceList(tx, r, "rights", check, func(s *System, rights []Right) error {
		s.Rights = orEmpty(rights)
		return s.log(tx, r, "rightsupdate", object(member{"Rights", pascalRights(rights)}))
	})
}

// replacePackages replaces the packages of a system.
func (a Altinn) replacePackages(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	check := func(s System, packages []Package) []violation { return checkPackages(packages, s.IsVisible) }
	return replaceList(tx, r, "accessPackages", check, func(s *System, packages []Package) error {
		s.Packages = orEmpty(packages)
		return s.log(tx, r, "accesspackageupdate", object(member{"AccessPackages", pascalPackages(packages)}))
	})
}

// replaceList replaces a list of the system in the path by the one in the body, whose argument has a name: check
// returns what is wrong with it, and store stores the system with it.
func replaceList[T any](
	tx *store.Tx, r *wire.Request, argument string, check func(System, []T) []violation, store func(*System, []T) error,
) (wire.Response, error) {
	var list []T
	if err := decode(r.Body, argument, &list); err != nil {
		return wire.Response{}, err
	}
	system, err := changeable(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	if err := refuseAll(check(system, list)); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, succeeded{true}), store(&system, list)
}

// remove deletes a system: its client ids are free again, its id is not.
func (a Altinn) remove(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	system, err := findOwn(tx, r, func(id string) *Refusal {
		return refuseMembers(map[string][]string{"return": {"System not found"}},
			"no system has the id %q; Altinn answers that with 400", id)
	})
	if err != nil {
		return wire.Response{}, err
	}
	system.Deleted, system.ClientIDs = true, []string{}
	if err := system.log(tx, r, "delete", object(member{"Id", system.ID})); err != nil {
		return wire.Response{}, err
	}
	return jsonAnswer(200, succeeded{true}), settleSystem(tx, system.ID, r.Now)
}
