package dialogporten

import (
	"slices"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// found is a dialog that a search has found.
type found struct {
	dialogView
	so innrapportering.Progress
	sortKey
}

// search answers the dialogs that match, of those that the caller may read.
func (a api) search(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	q, err := parseQuery(r.Query)
	if err != nil {
		return wire.Response{}, err
	}
	all, err := a.matches(tx, r, q)
	if err != nil {
		return wire.Response{}, err
	}
	slices.SortFunc(all, func(a, b found) int { return q.order.compare(&a.sortKey, &b.sortKey) })
	shown := page{Items: []item{}, HasNextPage: len(all) > q.limit, OrderBy: q.order.String()}
	for i := range all[:min(len(all), q.limit)] {
		one, err := all[i].item(tx, r)
		if err != nil {
			return wire.Response{}, err
		}
		shown.Items = append(shown.Items, one)
		shown.ContinuationToken = q.order.token(&all[i].sortKey)
	}
	if len(shown.Items) == 0 && q.after != nil {
		shown.ContinuationToken = q.order.token(q.after)
	}
	result, err := answer(shown)
	if shown.HasNextPage {
		result.NextPage = shown.ContinuationToken
	}
	return result, err
}

// matches returns the dialogs that match a search, after its starting position, unsorted.
func (a api) matches(tx *store.Tx, r *wire.Request, q query) ([]found, error) {
	dialogs, err := candidates(tx, r, q)
	if err != nil {
		return nil, err
	}
	var all []found
	for _, d := range dialogs {
		f := found{dialogView: dialogView{d, a.apis.ByName(d.API)}}
		if f.api == nil || !q.fits(f.dialogView) { // the API is not in the catalogue now
			continue
		}
		covered, err := altinn.Covers(tx, r, f.api, d.Organisasjon)
		if err != nil {
			return nil, err
		}
		if covered.Decided && !covered.May {
			if len(r.Remarks) == 0 {
				r.Remarks = append(r.Remarks, "a dialog is left out: "+covered.Why)
			}
			continue
		}
		if f.so, err = d.Progress(tx, r.Now); err != nil {
			return nil, err
		}
		updated := stamp(f.so.Updated)
		f.sortKey = sortKey{created: stamp(d.Opprettet), updated: updated, contentUpdated: updated, id: d.DialogID}
		fits := q.fitsNow(f)
		if fits && q.contentSeen != nil {
			seen, err := seenSince(tx, d.DialogID, f.so.Updated)
			if err != nil {
				return nil, err
			}
			fits = *q.contentSeen == (len(seen) > 0)
		}
		if fits && (q.after == nil || q.order.compare(&f.sortKey, q.after) > 0) {
			all = append(all, f)
		}
	}
	return all, nil
}

// candidates returns the dialogs of the parties of a search that the caller may read.
func candidates(tx *store.Tx, r *wire.Request, q query) (list []innrapportering.Dialog, err error) {
	if q.matchesNothing {
		return nil, nil
	}
	if !q.byParty {
		return innrapportering.VisibleDialogs(tx, r)
	}
	for _, organisasjon := range q.organisasjoner {
		may, err := mayRead(tx, r, organisasjon)
		if err != nil {
			return nil, err
		}
		if !may {
			if len(r.Remarks) == 0 {
				r.Remarks = append(r.Remarks, "a party is left out: the token's system user may not read for it. A "+
					"standard one reads for its owner, an agent's for its clients")
			}
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

// mayRead reports whether the caller may read dialogs of an organisation; of which APIs is asked for each
// dialog.
func mayRead(tx *store.Tx, r *wire.Request, organisasjon string) (bool, error) {
	if covered, decided, err := altinn.Parties(tx, r); err != nil || decided {
		return slices.Contains(covered, organisasjon), err
	}
	return innrapportering.MayRead(tx, r, r.API, organisasjon)
}

// fits reports whether the members of a dialog that never change match the search.
func (q query) fits(d dialogView) bool {
	if q.resources != nil && !slices.Contains(q.resources, d.serviceResource()) || q.orgs != nil &&
		!slices.Contains(q.orgs, serviceOwner) ||
		!q.created.holds(stamp(d.Opprettet)) {
		return false
	}
	title := strings.ToLower(d.title())
	return !slices.ContainsFunc(q.words, func(word string) bool { return !strings.Contains(title, word) })
}

// fitsNow reports whether the other members of a dialog match the search.
func (q query) fitsNow(f found) bool {
	return (q.statuses == nil || slices.Contains(q.statuses, f.status(f.so))) && q.updated.holds(f.updated) &&
		q.contentUpdated.holds(f.contentUpdated)
}

// item returns the dialog as an element of a list.
func (f found) item(tx *store.Tx, r *wire.Request) (item, error) {
	seen, err := seenSince(tx, f.DialogID, f.so.Updated)
	latest := f.creation()
	if f.so.Last.ForsendelseID != "" {
		latest = submitted(f.so.Last)
	}
	return item{head: f.head(r, f.so, seen), LatestActivity: latest.described()}, err
}
