// Package dialogporten is the end-user's view of what reporting stored, as Altinn's Dialogporten
// shows it: dialogs, and on them a transmission for each delivery and one for the feedback on it
// (reference maskinporten-dialogporten 3). Of its own it stores who has seen what.
package dialogporten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Behaviours are the operations of the end-user API, by the names that a family file uses. They show the deliveries to the APIs of that
// catalogue. What each tells is the same whatever the catalogue.
func Behaviours(apis *catalog.Catalog) wire.Behaviours {
	p := portal{apis}
	own := []feil.Offence{feil.BadParameter, feil.UnknownDialog, feil.ForbiddenDialog, feil.DialogGone}
	list := []feil.Offence{feil.BadParameter, feil.UnknownDialog, feil.DialogGone}
	part := append(slices.Clone(list), feil.UnknownDialogPart)
	return wire.Behaviours{
		"dialog-search":        {Do: p.search, Tells: []feil.Offence{feil.BadParameter}},
		"dialog":               {Do: p.dialog, Tells: own, Writes: true},
		"dialog-transmissions": {Do: p.transmissions, Tells: list},
		"dialog-transmission":  {Do: p.transmission, Tells: part},
		"dialog-activities":    {Do: p.activities, Tells: list},
		"dialog-activity":      {Do: p.activity, Tells: part},
		"dialog-seenlog":       {Do: p.seenlog, Tells: list},
		"dialog-seenlog-entry": {Do: p.seenlogEntry, Tells: part},
		"dialog-limits":        {Do: limits},
		"dialog-metadata":      {Do: metadata},
		"dialog-jwks":          {Do: jwks},
	}
}

// portal shows the deliveries to the APIs of a catalogue.
type portal struct{ apis *catalog.Catalog }

// dialog is one dialog, whole. Whoever reads it has seen it.
func (p portal) dialog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	ids, err := bindIDs(r, dialogID)
	if err != nil {
		return wire.Response{}, err
	}
	at, may, err := p.find(tx, r, ids[dialogID])
	if err != nil {
		return wire.Response{}, err
	}
	if !may {
		detail := feil.Detalj{Sti: "Forbidden", Melding: "Forbidden"}
		return wire.Response{}, feil.New(feil.ForbiddenDialog, at.foreign(r), detail)
	}
	so, err := at.Progress(tx, r.Now)
	if err != nil {
		return wire.Response{}, err
	}
	seen, err := markSeen(tx, r, at.Dialog, so.Updated)
	if err != nil {
		return wire.Response{}, err
	}
	shown := dialog{
		head: at.head(r, so, seen), Attachments: []struct{}{}, GuiActions: []struct{}{}, APIActions: []struct{}{},
		Activities: []activity{at.creation()}, Transmissions: []transmission{},
	}
	shown.Revision, shown.DialogToken = at.revision(so), at.token(r)
	opened := false
	for f, err := range innrapportering.ForsendelserOf(tx, at.DialogID) {
		if err != nil {
			return wire.Response{}, err
		}
		shown.Activities = append(shown.Activities, submitted(f))
		for _, t := range at.transmissionsOf(r, f) {
			t.IsOpened = &opened
			shown.Transmissions = append(shown.Transmissions, t)
		}
	}
	inOrder(shown.Transmissions)
	response, err := answer(shown)
	response.ETag = shown.Revision
	return response, err
}

// transmissions are those of a dialog, the first one first.
func (p portal) transmissions(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, _, err := p.part(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []transmission{}
	for f, err := range innrapportering.ForsendelserOf(tx, at.DialogID) {
		if err != nil {
			return wire.Response{}, err
		}
		list = append(list, at.transmissionsOf(r, f)...)
	}
	inOrder(list)
	return answer(list)
}

// transmission is one of them: a delivery, or the feedback on one.
func (p portal) transmission(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, ids, err := p.part(tx, r, "transmissionId")
	if err != nil {
		return wire.Response{}, err
	}
	id := ids["transmissionId"]
	f, found, err := innrapportering.FindForsendelse(tx, id)
	if err == nil && !found {
		f, found, err = innrapportering.FindByTilbakemelding(tx, id)
	}
	if err != nil {
		return wire.Response{}, err
	}
	if found && f.DialogID == at.DialogID {
		for _, t := range at.transmissionsOf(r, f) {
			if t.ID == id {
				return answer(t)
			}
		}
	}
	return wire.Response{}, entityFault(feil.UnknownDialogPart, "DialogTransmission", id,
		"the dialog has no transmission of this id; a delivery's is its forsendelseId, and the feedback has one of its own once it has come")
}

// activities are those of a dialog, the first one first. The list does not say who did it.
func (p portal) activities(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, _, err := p.part(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []activity{at.creation()}
	for f, err := range innrapportering.ForsendelserOf(tx, at.DialogID) {
		if err != nil {
			return wire.Response{}, err
		}
		list = append(list, submitted(f))
	}
	for i := range list {
		list[i] = list[i].described()
		list[i].PerformedBy = nil
	}
	return answer(list)
}

// activity is one of them.
func (p portal) activity(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, ids, err := p.part(tx, r, "activityId")
	if err != nil {
		return wire.Response{}, err
	}
	id := ids["activityId"]
	if created := at.creation(); id == created.ID {
		return answer(created.described())
	}
	f, found, err := innrapportering.FindForsendelse(tx, turned(id))
	if err != nil {
		return wire.Response{}, err
	}
	if !found || f.DialogID != at.DialogID {
		const why = "the dialog has no activity of this id"
		return wire.Response{}, entityFault(feil.UnknownDialogPart, "DialogActivity", id, why)
	}
	return answer(submitted(f).described())
}

// limits are those that the search keeps, open to all.
func limits(*store.Tx, *wire.Request) (wire.Response, error) {
	return answer(limitsAnswer{EndUserSearch: searchLimits{
		MaxPartyFilterValues: maxParties, MaxServiceResourceFilterValues: maxResources, MaxOrgFilterValues: maxOrgs,
		MaxExtendedStatusFilterValues: maxExtendedStatuses,
	}, ServiceOwnerSearch: serviceOwnerLimits{
		MaxPartyFilterValues: 20, MaxServiceResourceFilterValues: 20, MaxExtendedStatusFilterValues: 20,
	}})
}

// dialogID is the name of the parameter that says which dialog is meant.
const dialogID = "dialogId"

// find returns the dialog of that id, and whether the caller may see it.
func (p portal) find(tx *store.Tx, r *wire.Request, id string) (at dialogOf, may bool, err error) {
	d, found, err := innrapportering.FindDialog(tx, id)
	if err != nil {
		return dialogOf{}, false, err
	}
	if !found {
		const why = "no dialog has this id; dialogs come from deliveries to the reporting APIs in the same session"
		unknown := entityFault(feil.UnknownDialog, "DialogEntity", id, why)
		unknown.Sandbox = why // K533
		return dialogOf{}, false, unknown
	}
	api := p.apis.ByName(d.API)
	if api == nil {
		why := "the dialog is of the API " + d.API + ", which is not imitated now"
		return dialogOf{}, false, entityFault(feil.UnknownDialog, "DialogEntity", id, why)
	}
	may, err = innrapportering.MayRead(tx, r, d.Organisasjon)
	return dialogOf{d, api}, may, err
}

// part returns the dialog that a path below a dialog names, and with it the other parameters of
// those names, which are ids. Below a dialog, one that the caller may not see is told exactly as
// one that does not exist; only the dialog itself is 403 (Altinn/dialogporten at 743f07f).
func (p portal) part(tx *store.Tx, r *wire.Request, names ...string) (dialogOf, map[string]string, error) {
	ids, err := bindIDs(r, append([]string{dialogID}, names...)...)
	if err != nil {
		return dialogOf{}, nil, err
	}
	at, may, err := p.find(tx, r, ids[dialogID])
	if err == nil && !may {
		err = entityFault(feil.UnknownDialog, "DialogEntity", at.DialogID, at.foreign(r))
	}
	return at, ids, err
}

// foreign says for the journal why the caller may not see a dialog.
func (d dialogOf) foreign(r *wire.Request) string {
	return fmt.Sprintf("the dialog is of organisation %s, the token is for %s", d.Organisasjon, r.Principal.Org)
}

func answer(value any) (wire.Response, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return wire.Response{ContentType: "application/json", Document: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, err
}
