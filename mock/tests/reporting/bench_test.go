package reporting

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// newDelivery returns a function that delivers the example of bsu to a new server, each time under a
// new key.
func newDelivery(tb testing.TB, options mock.Options) func() {
	tb.Helper()
	s, err := mock.New(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		tb.Fatal(err)
	}
	authorization := "Bearer " + testkit.Mint(tb, s, backend.Of(s).Catalog.ByName("bsu"), func(*token.Spec) {})
	return func() {
		r, err := http.NewRequest(http.MethodPost, "http://sandkasse.test/innrapporteringbsu/v1/2023",
			bytes.NewReader(example))
		if err != nil {
			tb.Error(err)
			return
		}
		r.Header = http.Header{
			"Authorization": {authorization}, "Content-Type": {"application/json"},
			"Idempotencykey": {uuid.NewString()},
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			tb.Error(w.Body)
		}
	}
}

// together runs a function so many times at once.
func together(times int, run func()) {
	var running sync.WaitGroup
	for range times {
		running.Go(run)
	}
	running.Wait()
}

// BenchmarkHandler measures what a delivery costs inside the server, without a network and without
// a disk to wait for, with so many at a time.
func BenchmarkHandler(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			deliver := newDelivery(b, mock.Options{})
			b.ReportAllocs()
			calls := make(chan struct{}, clients)
			var running sync.WaitGroup
			for range clients {
				running.Go(func() {
					for range calls {
						deliver()
					}
				})
			}
			for b.Loop() {
				calls <- struct{}{}
			}
			close(calls)
			running.Wait()
		})
	}
}

// BenchmarkMetrics measures what counting a call costs, beside a delivery as a whole.
func BenchmarkMetrics(b *testing.B) {
	b.Run("delivery", func(b *testing.B) {
		deliver := newDelivery(b, mock.Options{})
		b.ReportAllocs()
		for b.Loop() {
			deliver()
		}
	})
	b.Run("counting", func(b *testing.B) {
		counted := metrics.NewServer(time.Now)
		labels := metrics.CallLabels{API: "bsu", Route: "innsending", Status: http.StatusOK}
		b.ReportAllocs()
		for b.Loop() {
			began := counted.Now()
			counted.Call(labels, false, nil)
			counted.CallEnded(labels.API, began)
			counted.Commit(1, 16384)
		}
	})
}
