package dialogporten

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/innrapportering"
)

const own = "312222221"

// answered has the members of a page that the tests look at.
type answered struct {
	Items                      []listed
	HasNextPage                bool
	ContinuationToken, OrderBy string
}

type listed struct {
	ID                                 string
	UpdatedAt                          time.Time
	FromServiceOwnerTransmissionsCount int
	FromPartyTransmissionsCount        int
	LatestActivity                     struct{ CreatedAt time.Time }
}

func (a answered) ids() []string {
	ids := []string{}
	for _, i := range a.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

// TestPaging: paging through any search gives each dialog that the caller may see, and that the
// search asks for, exactly once and in order, whatever the limit, also while more is reported; and
// each shows how far its processing has come.
func TestPaging(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newReported(t)
		defer w.db.Close()
		w.delay = time.Duration(rapid.IntRange(0, 90).Draw(rt, "delay")) * time.Second
		orgs := []string{own, "310000003", "310000011", "310000038", "310000046"}
		may := map[string]bool{own: true}
		for _, org := range orgs[1:4] { // the last one never
			if rapid.Bool().Draw(rt, "delegated") {
				w.delegate(org, own)
				may[org] = true
			}
		}
		now := noon
		some := func(label string, to []string) {
			for range rapid.IntRange(0, 40).Draw(rt, label) {
				// often at one instant
				now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "apart")) * 7777777777)
				w.deliver(delivery{
					rapid.SampledFrom(to).Draw(rt, "org"),
					rapid.SampledFrom([]string{"bsu", "gaver"}).Draw(rt, "api"),
					rapid.IntRange(2020, 2023).Draw(rt, "year"), now,
				})
			}
		}
		some("before", orgs)
		asked := now
		query := url.Values{}
		parties := orgs
		if rapid.Bool().Draw(rt, "by party") {
			parties = nil
			for range rapid.IntRange(1, 5).Draw(rt, "parties") {
				org := rapid.SampledFrom(orgs).Draw(rt, "party")
				parties = append(parties, org)
				query.Add("party", partyPrefix+org)
			}
		}
		resource := "ske-innrapportering-gaver"
		if !query.Has("party") || rapid.Bool().Draw(rt, "by resource") {
			query.Set("serviceResource", resourcePrefix+resource)
		} else {
			resource = ""
		}
		status := rapid.SampledFrom([]string{"", inProgress, completed}).Draw(rt, "status")
		query.Set("status", status)
		order := rapid.SampledFrom([]string{
			"", "createdAt", "createdAt_asc", "updatedAt_desc,createdAt_asc", "id_asc",
			"contentUpdatedAt_asc,id_asc",
			"dueAt,createdAt_asc",
		}).Draw(rt, "order")
		query.Set("orderBy", order)

		// The expected result, from what was reported, one by one.
		var want []innrapportering.Dialog
		updated := map[string]time.Time{}
		for _, d := range w.dlg {
			processed, last := 0, d.Oppdatert
			for _, f := range w.given[d.DialogID] {
				if f.IsProcessed(asked) {
					processed++
					last = later(last, f.Behandlet)
				}
			}
			at, ok := completed, may[d.Organisasjon] && slices.Contains(parties, d.Organisasjon)
			if processed < d.Antall {
				at = inProgress
			}
			updated[d.DialogID] = last
			if ok && (status == "" || status == at) && (resource == "" || d.API == "gaver") {
				want = append(want, d)
			}
		}
		slices.SortFunc(want, func(a, b innrapportering.Dialog) int {
			ids, created := strings.Compare(a.DialogID, b.DialogID), a.Opprettet.Compare(b.Opprettet)
			changed := updated[a.DialogID].Compare(updated[b.DialogID])
			switch order {
			case "createdAt":
				return cmp.Or(-created, -ids)
			case "createdAt_asc", "dueAt,createdAt_asc":
				return cmp.Or(created, -ids)
			case "updatedAt_desc,createdAt_asc":
				return cmp.Or(-changed, created, -ids)
			case "id_asc":
				return cmp.Or(-changed, ids)
			case "contentUpdatedAt_asc,id_asc":
				return cmp.Or(changed, ids)
			default:
				return cmp.Or(-changed, -ids)
			}
		})
		ids := []string{}
		for _, d := range want {
			ids = append(ids, d.DialogID)
		}

		limit := rapid.IntRange(1, 12).Draw(rt, "limit")
		query.Set("limit", fmt.Sprint(limit))
		got := []string{}
		for pages := 0; ; pages++ {
			var page answered
			if _, err := w.ask("dialog-search", own, asked, query, nil, &page); err != nil {
				rt.Fatal(err)
			}
			if len(page.Items) > limit || page.HasNextPage && len(page.Items) < limit || pages > 0 &&
				len(page.Items) == 0 || pages > len(ids)+3 {
				rt.Fatalf("page %d has %d of %d items, and says of a next page: %v", pages, len(page.Items), limit,
					page.HasNextPage)
			}
			for _, i := range page.Items {
				processed, all := 0, w.given[i.ID]
				for _, f := range all {
					if f.IsProcessed(asked) {
						processed++
					}
				}
				if slices.Contains(ids, i.ID) && (i.FromServiceOwnerTransmissionsCount != processed ||
					i.FromPartyTransmissionsCount != len(all) ||
					!i.UpdatedAt.Equal(stamp(updated[i.ID])) ||
					!i.LatestActivity.CreatedAt.Equal(stamp(all[len(all)-1].Mottatt))) {
					rt.Fatalf("%+v, where %d of %d deliveries are processed and the last change was at %s", i,
						processed, len(all), updated[i.ID])
				}
			}
			got = append(got, page.ids()...)
			if !page.HasNextPage {
				break
			}
			query.Set("continuationToken", page.ContinuationToken)
			if pages < 3 {
				now = now.Add(time.Hour)
				w.deliver(delivery{own, "gaver", 2000 + pages, now}) // a new dialog, of a later hour
			}
		}
		got = slices.DeleteFunc(got, func(id string) bool { // those that were added may come or not
			return !slices.Contains(ids, id) && !w.given[id][0].Mottatt.Before(asked.Add(time.Hour))
		})
		if diff := gocmp.Diff(ids, got); diff != "" {
			rt.Fatalf("%s (-want +got):\n%s", query.Encode(), diff)
		}
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// TestFilters: each parameter narrows as it should, several values of one are any of them,
// different ones are all of them.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.delay = time.Minute
	w.delegate("310000003", own)
	w.deliver(
		delivery{own, "bsu", 2024, noon}, delivery{own, "gaver", 2024, noon.Add(time.Hour)},
		delivery{"310000003", "bsu", 2024, noon.Add(2 * time.Hour)},
		delivery{"310000038", "bsu", 2024, noon.Add(2 * time.Hour)},
		delivery{own, "bsu", 2025, noon.Add(3 * time.Hour)},
	)
	now := noon.Add(3*time.Hour + time.Second) // the last one waits for its feedback
	const party, other, bsu = "party=" + partyPrefix + own, "party=" + partyPrefix + "310000003",
		"serviceResource=" + resourcePrefix + "ske-innrapportering-boligsparing-ungdom"
	for query, want := range map[string]int{
		party:                                3,
		bsu:                                  3,
		party + "&" + bsu:                    2,
		party + "&" + other:                  4,
		party + "&" + party:                  3,
		"PARTY=" + partyPrefix + own:         3,
		party + "&noSuchParameter=1":         3,
		"party=" + partyPrefix + "310000038": 0,
		"party=" + partyPrefix + "310000038&" + bsu:               0,
		"party=urn:altinn:person:identifier-no:01810112345":       0,
		"serviceResource=urn:altinn:resource:finnes-ikke":         0,
		party + "&serviceResource=" + resourcePrefix + "x&" + bsu: 2,
		party + "&org=ske":                                   3,
		party + "&org=nav":                                   0,
		party + "&org=nav&org=ske":                           3,
		party + "&status=Completed":                          2,
		party + "&status=inprogress":                         1,
		party + "&status=Completed&status=InProgress":        3,
		party + "&status=Draft":                              0,
		party + "&systemLabel=Default":                       3,
		party + "&systemLabel=Sent":                          3,
		party + "&systemLabel=Sent&systemLabel=Default":      3,
		party + "&systemLabel=Default&systemLabel=Archive":   0,
		party + "&systemLabel=Archive":                       0,
		party + "&createdAfter=2026-03-02T13:00:00Z":         2,
		party + "&createdAfter=2026-03-02T14:00:00%2B01:00":  2,
		party + "&createdBefore=2026-03-02T13:00:00Z":        2,
		party + "&createdAfter=2026-03-02T12:00:00.0000001Z": 2,
		party + "&updatedAfter=2026-03-02T13:00:30Z":         2,
		party + "&updatedBefore=2026-03-02T12:01:00Z":        1,
		party + "&contentUpdatedAfter=2026-03-02T13:01:00Z&contentUpdatedBefore=2026-03-02T13:01:00Z": 1,
		party + "&dueAfter=2020-01-01T00:00:00Z":                                                      0,
		party + "&extendedStatus=x":                                                                   0,
		party + "&externalReference=x":                                                                0,
		party + "&process=urn:x":                                                                      0,
		party + "&isContentSeen=false":                                                                3,
		party + "&isContentSeen=true":                                                                 0,
		party + "&excludeApiOnly=true":                                                                3,
		party + "&search=boligsparing":                                                                2,
		party + "&search=UNGDOM%202025":                                                               1,
		party + "&search=tullball":                                                                    0,
		party + "&search=boligsparing&searchLanguageCode=nb":                                          2,
		party + "&search=boligsparing&searchLanguageCode=en-GB":                                       0,
		party + "&searchLanguageCode=en":                                                              3,
		party + "&limit=1000":                                                                         3,
		party + "&limit=":                                                                             3,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		var got answered
		if _, err := w.ask("dialog-search", own, now, values, nil, &got); err != nil || len(got.Items) != want {
			t.Errorf("%s: %d dialogs, want %d (%v)", query, len(got.Items), want, err)
		}
	}
}

// TestEmptyPage: who asks behind the end gets the token back, and finds there what comes later.
func TestEmptyPage(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.deliver(delivery{own, "bsu", 2024, noon})
	query := url.Values{"party": {partyPrefix + own}, "orderBy": {"createdAt_asc"}}
	var first, behind, later answered
	for i, page := range []*answered{&first, &behind, &later} {
		if i == 2 {
			w.deliver(delivery{own, "bsu", 2025, noon.Add(time.Second)})
		}
		if _, err := w.ask("dialog-search", own, noon.Add(time.Minute), query, nil, page); err != nil {
			t.Fatal(err)
		}
		query.Set("continuationToken", page.ContinuationToken)
	}
	if len(first.Items) != 1 || len(behind.Items) != 0 || behind.ContinuationToken != first.ContinuationToken ||
		len(later.Items) != 1 ||
		later.Items[0].ID == first.Items[0].ID || first.OrderBy != "createdat_asc,id_desc" {
		t.Errorf("the pages are %+v, %+v and %+v", first, behind, later)
	}
}
