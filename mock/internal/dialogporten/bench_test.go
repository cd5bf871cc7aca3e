package dialogporten

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

// BenchmarkSearch searches after ten thousand deliveries.
func BenchmarkSearch(b *testing.B) {
	const deliveries, own = 10_000, "312222221"
	byParty := url.Values{"party": {partyPrefix + own}}
	for _, test := range []struct {
		name  string
		delay time.Duration
		to    func(i int) delivery
		query url.Values
		found int // on the page
	}{
		{"one dialog, all processed", 0, func(int) delivery { return delivery{own, "bsu", 2025, noon} }, byParty, 1},
		{
			"one dialog, half processed", 5 * time.Second,
			func(int) delivery { return delivery{own, "bsu", 2025, noon} },
			byParty, 1,
		},
		{
			"one dialog, none processed", time.Hour, func(int) delivery { return delivery{own, "bsu", 2025, noon} },
			byParty, 1,
		},
		{"24 dialogs of one party", 0, func(i int) delivery {
			return delivery{own, []string{"bsu", "gaver"}[i%2], 2014 + i/2%12, noon}
		}, byParty, 24},
		{
			"10,000 parties, one of them asked for", 0,
			func(i int) delivery { return delivery{fmt.Sprint(310000000 + i), "bsu", 2025, noon} },
			url.Values{"party": {partyPrefix + "310005000"}},
			1,
		},
		{
			"10,000 parties, the newest 100 of all", 0,
			func(i int) delivery { return delivery{fmt.Sprint(310000000 + i), "bsu", 2025, noon} },
			url.Values{"serviceResource": {resourcePrefix + "ske-innrapportering-boligsparing-ungdom"}},
			100,
		},
	} {
		b.Run(test.name, func(b *testing.B) {
			w := newReported(b)
			w.delay = test.delay
			var all []delivery
			orgs := map[string]bool{}
			for i := range deliveries {
				one := test.to(i)
				one.at = noon.Add(time.Duration(i) * time.Millisecond)
				all = append(all, one)
				orgs[one.org] = true
			}
			w.deliver(all...)
			for org := range orgs {
				w.delegate(org, own)
			}
			now := noon.Add(deliveries * time.Millisecond)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.ask("dialog-search", own, now, test.query, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			var got struct{ Items []struct{ ID string } }
			if _, err := w.ask("dialog-search", own, now, test.query, nil, &got); err != nil ||
				len(got.Items) != test.found {
				b.Fatalf("%d dialogs: %v", len(got.Items), err)
			}
		})
	}
}

// BenchmarkOneDialog asks for a dialog with ten thousand processed deliveries, and for its parts.
func BenchmarkOneDialog(b *testing.B) {
	const deliveries, own = 10_000, "312222221"
	w := newReported(b)
	var all []delivery
	for i := range deliveries {
		all = append(all, delivery{own, "bsu", 2025, noon.Add(time.Duration(i) * time.Millisecond)})
	}
	w.deliver(all...)
	d := w.dlg[own+"/bsu/2025"]
	f := w.given[d.DialogID][deliveries/2]
	params := map[string]string{
		"dialogId": d.DialogID, "transmissionId": f.TilbakemeldingID,
		"activityId": activityID(f.ForsendelseID),
	}
	for _, behaviour := range []string{"dialog", "dialog-transmission", "dialog-activity"} {
		b.Run(behaviour, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.ask(behaviour, own, noon.Add(time.Hour), nil, params, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
