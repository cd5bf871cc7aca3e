package webhook

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"sandkasse/mock/internal/store"
)

// BenchmarkDeliver delivers 10,000 events, of one home and of a thousand, from a file of each
// durability and with as many delivered before.
func BenchmarkDeliver(b *testing.B) {
	const count = 10_000
	for _, durability := range []store.Durability{store.Sync, store.Async} {
		for _, homes := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/homes=%d", durability, homes), func(b *testing.B) {
				var got atomic.Int64
				done := make(chan struct{}, 1)
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if got.Add(1)%count == 0 {
						done <- struct{}{}
					}
				}))
				defer server.Close()
				db, err := store.Open(filepath.Join(b.TempDir(), "data.db"), store.Options{Durability: durability})
				if err != nil {
					b.Fatal(err)
				}
				defer db.Close()
				var c clock
				number := 0
				for b.Loop() {
					b.StopTimer()
					err := db.Session(session).Update(c.now(), func(tx *store.Tx) error {
						for range count {
							number++
							if err := Enqueue(tx, about(fmt.Sprint(number%homes), fmt.Sprint(number)), ""); err != nil {
								return err
							}
						}
						return SetSystem(tx, System{ID: "fdvu-1", URL: server.URL, APIKey: NewAPIKey("key")})
					})
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					d, err := Start(Config{
						Store: db, Log: slog.New(slog.DiscardHandler), Settings: DefaultSettings(),
						Session: sessionsOf(db, &c),
					})
					if err != nil {
						b.Fatal(err)
					}
					<-done
					b.StopTimer()
					d.Close()
					b.StartTimer()
				}
				b.ReportMetric(float64(got.Load())/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}

// BenchmarkEnqueue enqueues one event in a transaction of its own, with nobody to deliver it.
func BenchmarkEnqueue(b *testing.B) {
	db, err := store.OpenTemporary()
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	number := 0
	b.ReportAllocs()
	for b.Loop() {
		number++
		err := db.Session(session).Update(start, func(tx *store.Tx) error {
			return Enqueue(tx, about(fmt.Sprint(number%100), fmt.Sprint(number)), "")
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
