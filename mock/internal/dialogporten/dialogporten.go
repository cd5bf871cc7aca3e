// Package dialogporten is the end-user's view of what reporting stored, as Altinn's Dialogporten shows it: dialogs, and on them a
// transmission for each delivery and one for the feedback on it (reference maskinporten-dialogporten 3). It stores nothing of its own.
package dialogporten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

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
	return wire.Behaviours{
		"dialog-search":        {Do: p.search, Tells: []feil.Offence{feil.BadParameter}},
		"dialog":               {Do: p.dialog, Tells: []feil.Offence{feil.UnknownDialog, feil.DialogGone}},
		"dialog-transmissions": {Do: p.transmissions, Tells: []feil.Offence{feil.UnknownDialog, feil.DialogGone}},
		"dialog-transmission":  {Do: p.transmission, Tells: []feil.Offence{feil.UnknownDialog, feil.DialogGone, feil.UnknownDialogPart}},
		"dialog-activities":    {Do: p.activities, Tells: []feil.Offence{feil.UnknownDialog}},
		"dialog-activity":      {Do: p.activity, Tells: []feil.Offence{feil.UnknownDialog, feil.UnknownDialogPart}},
		"dialog-limits":        {Do: limits},
	}
}

// portal shows the deliveries to the APIs of a catalogue.
type portal struct{ apis *catalog.Catalog }

// dialog is one dialog, whole.
func (p portal) dialog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, err := p.find(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	so, err := at.Framdrift(tx, r.Now)
	if err != nil {
		return wire.Response{}, err
	}
	shown := dialog{
		head: at.head(so), Attachments: []struct{}{}, GuiActions: []struct{}{}, APIActions: []struct{}{},
		Activities: []activity{at.creation()}, Transmissions: []transmission{},
	}
	shown.Revision = at.revision(so)
	opened := false
	for f, err := range innrapportering.Forsendelser(tx, at.DialogID) {
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
	at, err := p.find(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []transmission{}
	for f, err := range innrapportering.Forsendelser(tx, at.DialogID) {
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
	at, err := p.find(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	id := strings.ToLower(r.Params["transmissionId"])
	f, found, err := innrapportering.FinnForsendelse(tx, id)
	if err == nil && !found {
		f, found, err = innrapportering.FinnTilbakemelding(tx, id)
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
	return wire.Response{}, unknown(feil.UnknownDialogPart, "DialogTransmission", id,
		"the dialog has no transmission of this id; a delivery's is its forsendelseId, and the feedback has one of its own once it has come")
}

// activities are those of a dialog, the first one first. The list does not say who did it.
func (p portal) activities(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, err := p.find(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	list := []activity{at.creation()}
	for f, err := range innrapportering.Forsendelser(tx, at.DialogID) {
		if err != nil {
			return wire.Response{}, err
		}
		list = append(list, submitted(f))
	}
	for i := range list {
		list[i].PerformedBy = nil
	}
	return answer(list)
}

// activity is one of them.
func (p portal) activity(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	at, err := p.find(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	id := strings.ToLower(r.Params["activityId"])
	if created := at.creation(); id == created.ID {
		return answer(created)
	}
	f, found, err := innrapportering.FinnForsendelse(tx, turned(id))
	if err != nil {
		return wire.Response{}, err
	}
	if !found || f.DialogID != at.DialogID {
		return wire.Response{}, unknown(feil.UnknownDialogPart, "DialogActivity", id, "the dialog has no activity of this id")
	}
	return answer(submitted(f))
}

// limits are those that the search keeps, open to all.
func limits(*store.Tx, *wire.Request) (wire.Response, error) {
	return answer(limitsAnswer{EndUserSearch: searchLimits{
		MaxPartyFilterValues: maxParties, MaxServiceResourceFilterValues: maxResources, MaxOrgFilterValues: maxOrgs,
		MaxExtendedStatusFilterValues: maxExtendedStatuses,
	}})
}

// find is the dialog that a path names. One that the caller may not see is told exactly as one that does not exist, and so is an id that is
// no UUID: the contract has no 400 here (K077).
func (p portal) find(tx *store.Tx, r *wire.Request) (dialogOf, error) {
	id := strings.ToLower(r.Params["dialogId"])
	d, found, err := innrapportering.FinnDialog(tx, id)
	if err != nil {
		return dialogOf{}, err
	}
	if !found {
		return dialogOf{}, unknown(feil.UnknownDialog, "DialogEntity", id, "no dialog has this id")
	}
	api := p.apis.ByName(d.API)
	if api == nil {
		return dialogOf{}, unknown(feil.UnknownDialog, "DialogEntity", id, "the dialog is of the API "+d.API+", which is not imitated now")
	}
	may, err := innrapportering.MaySee(tx, r, d.Organisasjon)
	if err != nil {
		return dialogOf{}, err
	}
	if !may {
		return dialogOf{}, unknown(feil.UnknownDialog, "DialogEntity", id,
			fmt.Sprintf("the dialog is of organisation %s, the token is for %s", d.Organisasjon, r.Principal.Org))
	}
	return dialogOf{d, api}, nil
}

// unknown is a 404, in the words of Dialogporten's own snapshot tests of its errors (K086).
func unknown(offence feil.Offence, entity, id, why string) error {
	return feil.New(offence, why, feil.Detalj{
		Sti: entity, AngittVerdi: id, Melding: fmt.Sprintf("Entity '%s' with the following key(s) was not found: (%s).", entity, id),
	})
}

func answer(value any) (wire.Response, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return wire.Response{ContentType: "application/json", Document: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, err
}
