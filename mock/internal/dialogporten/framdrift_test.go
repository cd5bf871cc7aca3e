package dialogporten

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestFramdrift: however many deliveries wait, the count of those that have their feedback is
// right, and so is the last change.
func TestFramdrift(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	year := 0
	rapid.Check(t, func(rt *rapid.T) {
		year++
		w.delay = time.Duration(rapid.IntRange(0, 300).Draw(rt, "delay")) * time.Second
		var all []delivery
		now := noon
		for range rapid.IntRange(1, 200).Draw(rt, "deliveries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "apart")) * time.Second)
			all = append(all, delivery{own, "bsu", year, now})
		}
		w.deliver(all...)
		asked := noon.Add(time.Duration(rapid.IntRange(0, 900).Draw(rt, "asked")) * time.Second)
		var got answered
		if _, err := w.ask("dialog-search", own, asked,
			url.Values{
				"party": {partyPrefix + own}, "search": {fmt.Sprintf("ungdom %d", year)},
				"orderBy": {"createdAt_desc"}, "limit": {"1000"},
			}, nil, &got); err != nil {
			rt.Fatal(err)
		}
		d := w.dlg[fmt.Sprintf("%s/bsu/%d", own, year)]
		i := slices.IndexFunc(got.Items, func(i listed) bool { return i.ID == d.DialogID })
		processed, last := 0, d.Oppdatert
		for _, f := range w.given[d.DialogID] {
			if f.IsProcessed(asked) {
				processed++
				last = later(last, f.Behandlet)
			}
		}
		if i < 0 || got.Items[i].FromServiceOwnerTransmissionsCount != processed ||
			!got.Items[i].UpdatedAt.Equal(last) {
			rt.Fatalf("item %d of %+v; %d of %d deliveries are processed, the last change was at %s", i, got.Items,
				processed, d.Antall, last)
		}
	})
}
