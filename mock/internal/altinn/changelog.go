package altinn

import (
	"encoding/json"
	"fmt"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// log stores the system, with an entry in its change log.
func (s System) log(tx *store.Tx, r *wire.Request, kind string, data json.RawMessage) error {
	s.Changes++
	entry := change{
		Internal: s.InternalID, By: r.Principal.Consumer, Type: kind, Data: data, Client: r.Principal.ClientID,
		Created: stamp(r.Now),
	}
	at := fmt.Sprintf("%s/%010d", key(s.ID), 9_999_999_999-s.Changes)
	if err := changes.Put(tx, at, entry); err != nil {
		return err
	}
	return systems.Put(tx, s.ID, s)
}

// shown returns a body as the change log has it.
func (b systemBody) shown(vendor string) json.RawMessage {
	return object(member{"Id", b.ID}, member{"Vendor", vendorRef{ID: "0192:" + vendor}}, member{"Name", b.Name},
		member{"Description", b.Description}, member{"Rights", pascalRights(b.Rights)},
		member{"AccessPackages", pascalPackages(b.Packages)}, member{"ClientId", b.ClientID},
		member{"IsVisible", b.visible()}, member{"AllowedRedirectUrls", b.RedirectURLs})
}

// pascalRights returns rights as the change log has them.
func pascalRights(rights []Right) []json.RawMessage {
	list := []json.RawMessage{}
	for _, right := range rights {
		resources := []json.RawMessage{}
		for _, one := range right.Resource {
			resources = append(resources, object(member{"Id", one.ID}, member{"Value", one.Value}))
		}
		action := member{}
		if right.Action != "" {
			action = member{"Action", right.Action}
		}
		list = append(list, object(action, member{"Resource", resources}))
	}
	return list
}

// pascalPackages returns packages as the change log has them.
func pascalPackages(packages []Package) []json.RawMessage {
	list := []json.RawMessage{}
	for _, one := range packages {
		list = append(list, object(member{"Urn", one.URN}))
	}
	return list
}

// changeLog answers the changes of a system, the newest first.
func (a Altinn) changeLog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	system, err := findOwn(tx, r, func(id string) *Refusal {
		return refuseText(404, "System with ID "+id+" not found.", "no system has the id %q", id)
	})
	if err != nil {
		return wire.Response{}, err
	}
	list := []change{}
	for entry, err := range changes.All(tx, key(system.ID)+"/") {
		if err != nil {
			return wire.Response{}, err
		}
		list = append(list, entry.Value)
	}
	return jsonAnswer(200, list), nil
}
