// Package dialogporten implements the end-user API of Altinn's Dialogporten over the deliveries
// that package innrapportering stores: a dialog for each organisation, year and API, with a
// transmission for each delivery and one for the feedback on it (docs/sources/dialogporten.md). Its
// own records say who has seen a dialog.
package dialogporten

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Behaviours returns the operations of the end-user API, by the names that the family file uses.
// They show the deliveries to the APIs of the catalogue.
func Behaviours(apis *catalog.Catalog) wire.Behaviours {
	p := api{apis}
	own := []feil.Offence{feil.BadParameter, feil.UnknownDialog, feil.ForbiddenDialog, feil.DialogGone}
	list := []feil.Offence{feil.BadParameter, feil.UnknownDialog, feil.DialogGone}
	part := append(slices.Clone(list), feil.UnknownDialogPart)
	return wire.Behaviours{
		"dialog-search":        {Do: p.search, Offences: []feil.Offence{feil.BadParameter}},
		"dialog":               {Do: p.dialog, Offences: own, Writes: true},
		"dialog-transmissions": {Do: p.transmissions, Offences: list},
		"dialog-transmission":  {Do: p.transmission, Offences: part},
		"dialog-activities":    {Do: p.activities, Offences: list},
		"dialog-activity":      {Do: p.activity, Offences: part},
		"dialog-seenlog":       {Do: p.seenlog, Offences: list},
		"dialog-seenlog-entry": {Do: p.seenlogEntry, Offences: part},
		"dialog-limits":        {Do: limits},
		"dialog-metadata":      {Do: metadata},
		"dialog-jwks":          {Do: jwks},
	}
}

// api serves the deliveries to the APIs of a catalogue.
type api struct{ apis *catalog.Catalog }

// dialog answers one dialog, and marks it as seen by the caller.
func (a api) dialog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	ids, err := bindIDs(r, dialogID)
	if err != nil {
		return wire.Response{}, err
	}
	at, may, err := a.find(tx, r, ids[dialogID])
	if err != nil {
		return wire.Response{}, err
	}
	if !may {
		return wire.Response{}, feil.New(feil.ForbiddenDialog, at.notVisible(r), feil.ForbiddenDialogDetalj())
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

// transmissions answers the transmissions of a dialog, sorted by time.
func (a api) transmissions(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, _, err := a.part(tx, r)
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

// transmission answers one transmission: a delivery, or the feedback on one.
func (a api) transmission(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, ids, err := a.part(tx, r, "transmissionId")
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
		"the dialog has no transmission of this id; a delivery's is its forsendelseId, and the feedback has one of "+
			"its own once it has come")
}

// activities answers the activities of a dialog, sorted by time and without their actors.
func (a api) activities(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, _, err := a.part(tx, r)
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

// activity answers one activity.
func (a api) activity(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, ids, err := a.part(tx, r, "activityId")
	if err != nil {
		return wire.Response{}, err
	}
	id := ids["activityId"]
	if created := at.creation(); id == created.ID {
		return answer(created.described())
	}
	f, found, err := innrapportering.FindForsendelse(tx, activityID(id))
	if err != nil {
		return wire.Response{}, err
	}
	if !found || f.DialogID != at.DialogID {
		const why = "the dialog has no activity of this id"
		return wire.Response{}, entityFault(feil.UnknownDialogPart, "DialogActivity", id, why)
	}
	return answer(submitted(f).described())
}

// limits answers the limits of a search; it needs no token.
func limits(*store.Tx, *wire.Request) (wire.Response, error) {
	return answer(limitsAnswer{EndUserSearch: searchLimits{
		MaxPartyFilterValues: maxParties, MaxServiceResourceFilterValues: maxResources, MaxOrgFilterValues: maxOrgs,
		MaxExtendedStatusFilterValues: maxExtendedStatuses,
	}, ServiceOwnerSearch: serviceOwnerLimits{
		MaxPartyFilterValues: 20, MaxServiceResourceFilterValues: 20, MaxExtendedStatusFilterValues: 20,
	}})
}

// dialogID is the name of the path parameter with the id of the dialog.
const dialogID = "dialogId"

// find returns the dialog with the id, and whether the caller may read it.
func (a api) find(tx *store.Tx, r *wire.Request, id string) (at dialogView, may bool, err error) {
	d, found, err := innrapportering.FindDialog(tx, id)
	if err != nil {
		return dialogView{}, false, err
	}
	if !found {
		const why = "no dialog has this id; dialogs come from deliveries to the reporting APIs in the same session"
		unknown := entityFault(feil.UnknownDialog, "DialogEntity", id, why)
		unknown.Sandbox = why // K533
		return dialogView{}, false, unknown
	}
	api := a.apis.ByName(d.API)
	if api == nil {
		why := "the dialog is of the API " + d.API + ", which is not imitated now"
		return dialogView{}, false, entityFault(feil.UnknownDialog, "DialogEntity", id, why)
	}
	may, err = innrapportering.MayRead(tx, r, d.Organisasjon)
	return dialogView{d, api}, may, err
}

// part returns the dialog in a path below a dialog, and the path's other parameters, which are ids.
// Below a dialog, one that the caller may not read is answered like one that does not exist; only
// the dialog itself is 403 (Altinn/dialogporten at 743f07f).
func (a api) part(tx *store.Tx, r *wire.Request, names ...string) (dialogView, map[string]string, error) {
	ids, err := bindIDs(r, append([]string{dialogID}, names...)...)
	if err != nil {
		return dialogView{}, nil, err
	}
	at, may, err := a.find(tx, r, ids[dialogID])
	if err == nil && !may {
		err = entityFault(feil.UnknownDialog, "DialogEntity", at.DialogID, at.notVisible(r))
	}
	return at, ids, err
}

// notVisible returns, for the journal, why the caller may not read a dialog.
func (d dialogView) notVisible(r *wire.Request) string {
	return fmt.Sprintf("the dialog is of organisation %s, the token is for %s", d.Organisasjon, r.Principal.Org)
}

// answer returns a response with the value as JSON.
func answer(value any) (wire.Response, error) {
	return wire.Response{ContentType: "application/json", Document: plainjson.MustMarshal(value)}, nil
}
