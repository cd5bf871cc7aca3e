package report

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// deliveries returns a new server, and a function that delivers a document to it that is like no other.
func deliveries(b *testing.B) (deliver func(), s *mock.Server) {
	b.Helper()
	s, err := mock.New(mock.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	header := http.Header{
		"Authorization": {"Bearer " + testkit.Mint(b, s, backend.Of(s).Catalog.ByName("bsu"), func(*token.Spec) {})},
		"Content-Type":  {"application/json"},
	}
	example, number := testkit.Example(b), 100_000
	return func() {
		number++
		r := httptest.NewRequest("POST", "/innrapporteringbsu/v1/2023",
			bytes.NewReader(bytes.Replace(example, []byte(": 22500"), []byte(": "+strconv.Itoa(number)), 1)))
		r.Header = header.Clone()
		r.Header.Set("idempotencyKey", uuid.NewString())
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}, s
}

// BenchmarkCalls measures a delivery with the report, and without it: its recorder is closed.
func BenchmarkCalls(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(map[bool]string{false: "without", true: "with"}[with]+" the report", func(b *testing.B) {
			deliver, s := deliveries(b)
			if !with {
				backend.Of(s).Sessions.Get(mock.DefaultSession).Report.Close()
			}
			b.ReportAllocs()
			for b.Loop() {
				deliver()
			}
		})
	}
}

// BenchmarkReport makes the report after so many calls; heap-MB is what the server holds then.
func BenchmarkReport(b *testing.B) {
	for _, calls := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(calls), func(b *testing.B) {
			deliver, s := deliveries(b)
			for range calls {
				deliver()
			}
			for b.Loop() {
				if _, err := s.Report(mock.ReportQuery{}); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
		})
	}
}
