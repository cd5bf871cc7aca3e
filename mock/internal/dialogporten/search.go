package dialogporten

import (
	"slices"
	"strings"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// found is a dialog that a search came upon.
type found struct {
	dialogOf
	so innrapportering.Progress
	place
}

// search finds dialogs among those that the caller may see. A party whose dialogs the caller may not see has none.
func (p portal) search(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	q, err := parseQuery(r.Query)
	if err != nil {
		return wire.Response{}, err
	}
	all, err := p.matches(tx, r, q)
	if err != nil {
		return wire.Response{}, err
	}
	slices.SortFunc(all, func(a, b found) int { return q.order.compare(&a.place, &b.place) })
	shown := page{Items: []item{}, HasNextPage: len(all) > q.limit, OrderBy: q.order.String()}
	for i := range all[:min(len(all), q.limit)] {
		one, err := all[i].item(tx, r)
		if err != nil {
			return wire.Response{}, err
		}
		shown.Items = append(shown.Items, one)
		shown.ContinuationToken = q.order.token(&all[i].place)
	}
	if len(shown.Items) == 0 && q.after != nil {
		shown.ContinuationToken = q.order.token(q.after)
	}
	return answer(shown)
}

// matches is everything that a search asks for behind its starting place, in no order.
func (p portal) matches(tx *store.Tx, r *wire.Request, q query) ([]found, error) {
	dialogs, err := candidates(tx, r, q)
	if err != nil {
		return nil, err
	}
	var all []found
	for _, d := range dialogs {
		f := found{dialogOf: dialogOf{d, p.apis.ByName(d.API)}}
		if f.api == nil || !q.fits(f.dialogOf) { // an API that is not imitated now
			continue
		}
		if f.so, err = d.Progress(tx, r.Now); err != nil {
			return nil, err
		}
		updated := stamp(f.so.Updated)
		f.place = place{created: stamp(d.Opprettet), updated: updated, contentUpdated: updated, id: d.DialogID}
		fits := q.fitsNow(f)
		if fits && q.contentSeen != nil {
			seen, err := seenSince(tx, d.DialogID, f.so.Updated)
			if err != nil {
				return nil, err
			}
			fits = *q.contentSeen == (len(seen) > 0)
		}
		if fits && (q.after == nil || q.order.compare(&f.place, q.after) > 0) {
			all = append(all, f)
		}
	}
	return all, nil
}

// candidates are the dialogs that a search looks at.
func candidates(tx *store.Tx, r *wire.Request, q query) (list []innrapportering.Dialog, err error) {
	if q.impossible {
		return nil, nil
	}
	if !q.byParty {
		return innrapportering.VisibleDialogs(tx, r)
	}
	for _, organisasjon := range q.organisasjoner {
		may, err := innrapportering.MayRead(tx, r, organisasjon)
		if err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		theirs, err := innrapportering.DialogsOf(tx, organisasjon)
		if err != nil {
			return nil, err
		}
		list = append(list, theirs...)
	}
	return list, nil
}

// fits tells whether what never changes of a dialog is what the search asks for.
func (q query) fits(d dialogOf) bool {
	if q.resources != nil && !slices.Contains(q.resources, d.serviceResource()) || q.orgs != nil && !slices.Contains(q.orgs, serviceOwner) ||
		!q.created.holds(stamp(d.Opprettet)) {
		return false
	}
	title := strings.ToLower(d.title())
	return !slices.ContainsFunc(q.words, func(word string) bool { return !strings.Contains(title, word) })
}

// fitsNow tells whether what changes of a dialog is what the search asks for.
func (q query) fitsNow(f found) bool {
	return (q.statuses == nil || slices.Contains(q.statuses, f.status(f.so))) && q.updated.holds(f.updated) && q.contentUpdated.holds(f.contentUpdated)
}

// item is the dialog as a list shows it.
func (f found) item(tx *store.Tx, r *wire.Request) (item, error) {
	seen, err := seenSince(tx, f.DialogID, f.so.Updated)
	latest := f.creation()
	if f.so.Last.ForsendelseID != "" {
		latest = submitted(f.so.Last)
	}
	return item{head: f.head(r, f.so, seen), LatestActivity: latest.described()}, err
}
