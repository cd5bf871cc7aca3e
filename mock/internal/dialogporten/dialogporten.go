// Package dialogporten implements the end-user API of Altinn's Dialogporten over the deliveries
// that package innrapportering stores: a dialog for each organisation, year and API, with a
// transmission for each delivery and one for the feedback on it (docs/sources/dialogporten.md). Its
// own records say who has seen a dialog.
package dialogporten

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/altinn"
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
		"dialog-search": {
			Do: p.search, Offences: []feil.Offence{feil.BadParameter},
			Summary: "Search the dialogs", Query: searchParameters(), Answers: one("A page of the dialogs.", page{}),
		},
		"dialog": {
			Do: p.dialog, Offences: own, Writes: true,
			Summary: "Get a dialog, which is then seen", Answers: []wire.Answer{{
				Status: 200, Means: "The dialog.", ContentTypes: []string{jsonType}, Body: dialog{},
				Header: map[string]string{"Etag": "The revision of the dialog."},
			}},
		},
		"dialog-transmissions": {
			Do: p.transmissions, Offences: list,
			Summary: "Get the transmissions of a dialog", Answers: one("The transmissions.", []transmission{}),
		},
		"dialog-transmission": {
			Do: p.transmission, Offences: part,
			Summary: "Get a transmission: a delivery, or the feedback on one",
			Answers: one("The transmission.", transmission{}),
		},
		"dialog-activities": {
			Do: p.activities, Offences: list,
			Summary: "Get the activities of a dialog", Answers: one("The activities.", []activity{}),
		},
		"dialog-activity": {
			Do: p.activity, Offences: part,
			Summary: "Get an activity", Answers: one("The activity.", activity{}),
		},
		"dialog-seenlog": {
			Do: p.seenlog, Offences: list,
			Summary: "Get the seen log of a dialog", Answers: one("The seen log.", []seenLog{}),
		},
		"dialog-seenlog-entry": {
			Do: p.seenlogEntry, Offences: part,
			Summary: "Get an entry of the seen log", Answers: one("The entry.", seenLog{}),
		},
		"dialog-limits": {
			Do: limits, Summary: "Get the limits of a search",
			Answers: always("The limits.", limitsAnswer{}, limits),
		},
		"dialog-metadata": {
			Do: metadata, Summary: "Get the metadata of the issuer of dialog tokens",
			Answers: always("The metadata.", issuerMetadata{}, metadata),
		},
		"dialog-jwks": {
			Do: jwks, Summary: "Get the keys that verify dialog tokens", Answers: []wire.Answer{{
				Status: 200, Means: "The keys.", ContentTypes: []string{jsonType}, Body: keySet{},
				Header:  map[string]string{"Cache-Control": "How long the keys may be kept."},
				Example: func(r *wire.Request) (wire.Response, error) { return jwks(nil, r) },
			}},
		},
	}
}

// one returns the description of the only answer that is no error: JSON of a type.
func one(means string, body any) []wire.Answer {
	return []wire.Answer{{Status: 200, Means: means, ContentTypes: []string{jsonType}, Body: body}}
}

// always returns the description of an answer that depends on nothing stored.
func always(means string, body any, do wire.Behaviour) []wire.Answer {
	answers := one(means, body)
	answers[0].Example = func(r *wire.Request) (wire.Response, error) { return do(nil, r) }
	return answers
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
		return wire.Response{}, feil.New(feil.ForbiddenDialog, at.notVisible(tx, r), feil.ForbiddenDialogDetalj())
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

const jsonType = "application/json"

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
	may, err = innrapportering.MayRead(tx, r, api, d.Organisasjon)
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
		err = entityFault(feil.UnknownDialog, "DialogEntity", at.DialogID, at.notVisible(tx, r))
	}
	return at, ids, err
}

// notVisible returns, for the journal, why the caller may not read a dialog.
func (d dialogView) notVisible(tx *store.Tx, r *wire.Request) string {
	if covered, err := altinn.Covers(tx, r, d.api, d.Organisasjon); err == nil && covered.Decided {
		return covered.Why
	}
	return fmt.Sprintf("the dialog is of organisation %s, the token is for %s", d.Organisasjon, r.Principal.Org)
}

// answer returns a response with the value as JSON.
func answer(value any) (wire.Response, error) {
	return wire.Response{ContentType: jsonType, Document: plainjson.MustMarshal(value)}, nil
}
