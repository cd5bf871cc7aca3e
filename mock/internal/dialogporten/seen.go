package dialogporten

import (
	"cmp"
	"slices"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

const systemUserPrefix = "urn:altinn:systemuser:uuid:"

// seenEntry is an entry of a dialog's seen log: a system user has read the dialog.
type seenEntry struct {
	ID        string    `json:"id"`
	DialogID  string    `json:"dialogId"`
	SeenAt    time.Time `json:"seenAt"`
	ActorID   string    `json:"actorId"`
	ActorName string    `json:"actorName"`
}

// seenEntries holds the entries of each dialog by time.
var seenEntries = store.NewCollection[seenEntry]("dialogSeen") // by sightKey

func seenKey(s seenEntry) string { return s.DialogID + "/" + timestamp(s.SeenAt).String() + "/" + s.ID }

// caller returns the actor that reads a dialog: the system user of the token, with the name of its
// system. Without one it is a system user derived from the organisation (K531).
func caller(r *wire.Request) (actorID, actorName string) {
	id := cmp.Or(r.Principal.SystemUserID, wire.DerivedIDs("systembruker/"+r.Principal.Org).V4().String())
	return systemUserPrefix + id, cmp.Or(r.Principal.SystemID, "Systembruker")
}

// seenSince returns the entries of a dialog from the given time on, the latest of each actor, in
// the order in which the actors first saw it.
func seenSince(tx *store.Tx, dialogID string, since time.Time) (list []seenEntry, err error) {
	for entry, err := range seenEntries.Backwards(tx, dialogID+"/") {
		if err != nil {
			return nil, err
		}
		if stamp(entry.Value.SeenAt).Before(stamp(since)) {
			break
		}
		list = append(list, entry.Value)
	}
	slices.Reverse(list)
	var actors []seenEntry
	for _, s := range list {
		if i := slices.IndexFunc(actors, func(other seenEntry) bool { return other.ActorID == s.ActorID }); i >= 0 {
			actors[i] = s
		} else {
			actors = append(actors, s)
		}
	}
	return actors, nil
}

// markSeen adds the caller to the seen log of a dialog, unless the caller has seen it since its
// last update, and returns the entries since then (Altinn/dialogporten, DialogSeenLogWriter; K532).
// As there, the entry's id is derived from dialog, update and caller.
func markSeen(tx *store.Tx, r *wire.Request, d innrapportering.Dialog, updated time.Time) ([]seenEntry, error) {
	list, err := seenSince(tx, d.DialogID, updated)
	if err != nil {
		return nil, err
	}
	actorID, actorName := caller(r)
	if slices.ContainsFunc(list, func(s seenEntry) bool { return s.ActorID == actorID }) {
		return list, nil
	}
	s := seenEntry{DialogID: d.DialogID, SeenAt: r.Now, ActorID: actorID, ActorName: actorName}
	ids := wire.DerivedIDs("seen/" + d.DialogID + "/" + timestamp(updated).String() + "/" + actorID)
	s.ID = ids.V7(d.Opprettet).String()
	if err := seenEntries.Put(tx, seenKey(s), s); err != nil {
		return nil, err
	}
	return append(list, s), nil
}

// seenLogs returns entries as they stand in an answer to the caller.
func seenLogs(r *wire.Request, list []seenEntry) []seenLog {
	self, _ := caller(r)
	shown := []seenLog{}
	for _, s := range list {
		shown = append(shown, seenLog{
			ID: s.ID, SeenAt: timestamp(s.SeenAt), IsCurrentEndUser: s.ActorID == self,
			SeenBy: actor{ActorType: "PartyRepresentative", ActorName: s.ActorName, ActorID: s.ActorID},
		})
	}
	return shown
}

// seenlog answers the seen log of a dialog, sorted by time.
func (a api) seenlog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	_, list, err := a.seenEntriesOf(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	return answer(seenLogs(r, list))
}

// seenlogEntry answers one entry of the seen log.
func (a api) seenlogEntry(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	ids, list, err := a.seenEntriesOf(tx, r, "seenLogId")
	if err != nil {
		return wire.Response{}, err
	}
	id := ids["seenLogId"]
	i := slices.IndexFunc(list, func(s seenEntry) bool { return s.ID == id })
	if i < 0 {
		const why = "the dialog's seen log has no entry of this id"
		return wire.Response{}, entityFault(feil.UnknownDialogPart, "DialogSeenLog", id, why)
	}
	return answer(seenLogs(r, list[i:i+1])[0])
}

// seenEntriesOf returns the seen log of the dialog in the path, and the parameters of the path that
// are ids.
func (a api) seenEntriesOf(tx *store.Tx, r *wire.Request, names ...string) (ids map[string]string, list []seenEntry,
	err error,
) {
	at, ids, err := a.part(tx, r, names...)
	if err != nil {
		return nil, nil, err
	}
	for entry, err := range seenEntries.All(tx, at.DialogID+"/") {
		if err != nil {
			return nil, nil, err
		}
		list = append(list, entry.Value)
	}
	return ids, list, nil
}
