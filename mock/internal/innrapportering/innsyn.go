package innrapportering

import (
	"errors"
	"sort"
	"time"

	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// MaySee tells whether the caller may see what stands on an organisation's dialogs: whoever may report for it may (K078).
func MaySee(tx *store.Tx, r *wire.Request, organisasjon string) (bool, error) {
	return mayReportFor(tx, r, organisasjon)
}

// SynligeDialoger are all the dialogs that the caller may see: without strict all there are (K078).
func SynligeDialoger(tx *store.Tx, r *wire.Request) (list []Dialog, err error) {
	if r.Auth != maskinporten.Strict {
		for entry, err := range dialoger.All(tx, "") {
			if err != nil {
				return nil, err
			}
			list = append(list, entry.Value)
		}
		return list, nil
	}
	organisasjoner := []string{r.Principal.Org}
	for entry, err := range delegations.All(tx, "") {
		if err != nil {
			return nil, err
		}
		if d := entry.Value; d.To == r.Principal.Org && d.From != r.Principal.Org {
			organisasjoner = append(organisasjoner, d.From)
		}
	}
	for _, organisasjon := range organisasjoner {
		theirs, err := Dialoger(tx, organisasjon)
		if err != nil {
			return nil, err
		}
		list = append(list, theirs...)
	}
	return list, nil
}

// ErBehandlet tells whether the feedback on the delivery shows at that time. Until then nobody may learn of it.
func (f Forsendelse) ErBehandlet(now time.Time) bool {
	return f.TilbakemeldingID != "" && !f.Aldri && !now.Before(f.Behandlet)
}

// Framdrift is how far the processing of the deliveries on a dialog had come at a time.
type Framdrift struct {
	Behandlet int         // how many deliveries had their feedback
	Oppdatert time.Time   // the last delivery or feedback, whichever came later
	Siste     Forsendelse // the last delivery
}

// Framdrift tells how far the processing has come at that time. As a rule deliveries are processed in the order in which they came (K079), so the
// ones that wait are the newest: it looks at the 1st, 2nd, 4th, 8th … of them from the newest on until one is processed, then halves the rest.
func (d Dialog) Framdrift(tx *store.Tx, now time.Time) (so Framdrift, err error) {
	if d.Ujevn {
		return d.counted(tx, now)
	}
	var ids []string // the newest first
	seen := map[string]Forsendelse{}
	processed := func(id string) bool {
		f, known := seen[id]
		if !known {
			var failed error
			f, _, failed = forsendelser.Get(tx, id)
			err = errors.Join(err, failed)
			seen[id] = f
		}
		return f.ErBehandlet(now)
	}
	for entry, failed := range iDialog.Backwards(tx, d.DialogID+"/") {
		if failed != nil {
			return Framdrift{}, failed
		}
		ids = append(ids, entry.Value)
		if n := len(ids); n&(n-1) == 0 && processed(entry.Value) {
			break
		}
	}
	if len(ids) == 0 {
		return Framdrift{Oppdatert: d.Oppdatert}, nil
	}
	so = Framdrift{Oppdatert: d.Oppdatert, Siste: seen[ids[0]]}
	waiting := sort.Search(len(ids), func(i int) bool { return processed(ids[i]) })
	if waiting < len(ids) {
		so.Behandlet = d.Antall - waiting
		if last := seen[ids[waiting]].Behandlet; last.After(so.Oppdatert) {
			so.Oppdatert = last
		}
	}
	return so, err
}

// counted is Framdrift by looking at every delivery.
func (d Dialog) counted(tx *store.Tx, now time.Time) (Framdrift, error) {
	so := Framdrift{Oppdatert: d.Oppdatert}
	for f, err := range Forsendelser(tx, d.DialogID) {
		if err != nil {
			return Framdrift{}, err
		}
		so.Siste = f
		if f.ErBehandlet(now) {
			so.Behandlet++
			if f.Behandlet.After(so.Oppdatert) {
				so.Oppdatert = f.Behandlet
			}
		}
	}
	return so, nil
}
