package innrapportering

import (
	"errors"
	"slices"
	"sort"
	"time"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// MayRead reports whether the caller may read the dialogs of an organisation: whoever may report
// for it may (K078).
func MayRead(tx *store.Tx, r *wire.Request, api *catalog.API, organisasjon string) (bool, error) {
	may, _, err := mayReportFor(tx, r, api, organisasjon)
	return may, err
}

// VisibleDialogs returns the dialogs of the organisations whose dialogs the caller may read, of all
// APIs: all dialogs unless tokens are checked strictly (K078).
func VisibleDialogs(tx *store.Tx, r *wire.Request) (list []Dialog, err error) {
	if r.Auth != token.Strict {
		for dialog, err := range dialogs(tx, "") {
			if err != nil {
				return nil, err
			}
			list = append(list, dialog)
		}
		return list, nil
	}
	organisasjoner := altinn.WithUnits(r, []string{r.Principal.Org})
	if covered, decided, err := altinn.Parties(tx, r); err != nil {
		return nil, err
	} else if decided {
		return dialogsOfAll(tx, covered)
	}
	for entry, err := range delegations.All(tx, "") {
		if err != nil {
			return nil, err
		}
		if d := entry.Value; d.To == r.Principal.Org && !slices.Contains(organisasjoner, d.From) {
			organisasjoner = append(organisasjoner, d.From)
		}
	}
	return dialogsOfAll(tx, organisasjoner)
}

// dialogsOfAll returns the dialogs of several organisations.
func dialogsOfAll(tx *store.Tx, organisasjoner []string) (list []Dialog, err error) {
	for _, organisasjon := range organisasjoner {
		theirs, err := DialogsOf(tx, organisasjon)
		if err != nil {
			return nil, err
		}
		list = append(list, theirs...)
	}
	return list, nil
}

// IsProcessed reports whether the feedback on the delivery is visible at the given time.
func (f Forsendelse) IsProcessed(now time.Time) bool {
	return f.TilbakemeldingID != "" && !f.NeverShown && !now.Before(f.Behandlet)
}

// Progress describes how far the deliveries of a dialog have been processed at a given time.
type Progress struct {
	Processed int         // number of deliveries with visible feedback
	Updated   time.Time   // time of the last delivery or feedback, whichever is later
	Last      Forsendelse // the last delivery
}

// Progress returns the progress of the dialog at the given time. Deliveries are normally processed
// in the order of their arrival (K079), so those that wait are the newest: Progress looks at the
// 1st, 2nd, 4th, 8th … newest until one is processed, and then searches between the last two.
func (d Dialog) Progress(tx *store.Tx, now time.Time) (p Progress, err error) {
	if d.OutOfOrder {
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
		return f.IsProcessed(now)
	}
	for entry, failed := range inDialog.Backwards(tx, deliveryPrefix(d.DialogID)) {
		if failed != nil {
			return Progress{}, failed
		}
		id := string(entry.Value)
		ids = append(ids, id)
		if n := len(ids); n&(n-1) == 0 && processed(id) {
			break
		}
	}
	if len(ids) == 0 {
		return Progress{Updated: d.Oppdatert}, nil
	}
	p = Progress{Updated: d.Oppdatert, Last: seen[ids[0]]}
	waiting := sort.Search(len(ids), func(i int) bool { return processed(ids[i]) })
	if waiting < len(ids) {
		p.Processed = d.Antall - waiting
		if last := seen[ids[waiting]].Behandlet; last.After(p.Updated) {
			p.Updated = last
		}
	}
	return p, err
}

// counted returns the progress by looking at every delivery.
func (d Dialog) counted(tx *store.Tx, now time.Time) (Progress, error) {
	p := Progress{Updated: d.Oppdatert}
	for f, err := range ForsendelserOf(tx, d.DialogID) {
		if err != nil {
			return Progress{}, err
		}
		p.Last = f
		if f.IsProcessed(now) {
			p.Processed++
			if f.Behandlet.After(p.Updated) {
				p.Updated = f.Behandlet
			}
		}
	}
	return p, nil
}
