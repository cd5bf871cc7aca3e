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

// sight is one entry of a dialog's seen log: a system user read the dialog.
type sight struct {
	ID        string    `json:"id"`
	DialogID  string    `json:"dialogId"`
	SeenAt    time.Time `json:"seenAt"`
	ActorID   string    `json:"actorId"`
	ActorName string    `json:"actorName"`
}

// sights are kept in each dialog by time.
var sights = store.NewCollection[sight]("dialogSeen") // by sightKey

func sightKey(s sight) string { return s.DialogID + "/" + timestamp(s.SeenAt).String() + "/" + s.ID }

// caller returns the actor that reads a dialog: the system user of the token, by its system's name.
// Where the token has none, or there is no token, it is a system user derived from the organisation
// (K531).
func caller(r *wire.Request) (actorID, actorName string) {
	id := cmp.Or(r.Principal.SystemUserID, wire.DerivedIDs("systembruker/"+r.Principal.Org).V4().String())
	return systemUserPrefix + id, cmp.Or(r.Principal.SystemID, "Systembruker")
}

// seenSince returns who has seen a dialog from that time on, the latest sight of each, in the order
// in which they first did.
func seenSince(tx *store.Tx, dialogID string, since time.Time) (list []sight, err error) {
	for entry, err := range sights.Backwards(tx, dialogID+"/") {
		if err != nil {
			return nil, err
		}
		if stamp(entry.Value.SeenAt).Before(stamp(since)) {
			break
		}
		list = append(list, entry.Value)
	}
	slices.Reverse(list)
	var actors []sight
	for _, s := range list {
		if i := slices.IndexFunc(actors, func(other sight) bool { return other.ActorID == s.ActorID }); i >= 0 {
			actors[i] = s
		} else {
			actors = append(actors, s)
		}
	}
	return actors, nil
}

// markSeen enters the caller in the seen log of a dialog, unless the caller has seen it since its
// last update, and returns who has (Altinn/dialogporten, DialogSeenLogWriter; K532). The entry's id
// follows from the dialog, the update and the caller, as there.
func markSeen(tx *store.Tx, r *wire.Request, d innrapportering.Dialog, updated time.Time) ([]sight, error) {
	list, err := seenSince(tx, d.DialogID, updated)
	if err != nil {
		return nil, err
	}
	actorID, actorName := caller(r)
	if slices.ContainsFunc(list, func(s sight) bool { return s.ActorID == actorID }) {
		return list, nil
	}
	s := sight{DialogID: d.DialogID, SeenAt: r.Now, ActorID: actorID, ActorName: actorName}
	ids := wire.DerivedIDs("seen/" + d.DialogID + "/" + timestamp(updated).String() + "/" + actorID)
	s.ID = ids.V7(d.Opprettet).String()
	if err := sights.Put(tx, sightKey(s), s); err != nil {
		return nil, err
	}
	return append(list, s), nil
}

// seenLogs are sights as an answer to that caller shows them.
func seenLogs(r *wire.Request, list []sight) []seenLog {
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

// seenlog returns all the entries of a dialog's seen log, the first one first.
func (p portal) seenlog(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	_, list, err := p.sightsOf(tx, r)
	if err != nil {
		return wire.Response{}, err
	}
	return answer(seenLogs(r, list))
}

// seenlogEntry returns one of them.
func (p portal) seenlogEntry(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	ids, list, err := p.sightsOf(tx, r, "seenLogId")
	if err != nil {
		return wire.Response{}, err
	}
	id := ids["seenLogId"]
	i := slices.IndexFunc(list, func(s sight) bool { return s.ID == id })
	if i < 0 {
		const why = "the dialog's seen log has no entry of this id"
		return wire.Response{}, entityFault(feil.UnknownDialogPart, "DialogSeenLog", id, why)
	}
	return answer(seenLogs(r, list[i:i+1])[0])
}

// sightsOf returns the whole seen log of the dialog that a path names, and the parameters that are ids.
func (p portal) sightsOf(tx *store.Tx, r *wire.Request, names ...string) (ids map[string]string, list []sight, err error) {
	at, ids, err := p.part(tx, r, names...)
	if err != nil {
		return nil, nil, err
	}
	for entry, err := range sights.All(tx, at.DialogID+"/") {
		if err != nil {
			return nil, nil, err
		}
		list = append(list, entry.Value)
	}
	return ids, list, nil
}
