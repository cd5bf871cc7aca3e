package sessions

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
)

// full makes so many deliveries in a session, and returns it.
func full(b *testing.B, s *mock.Server, name string, deliveries int) *mock.Session {
	b.Helper()
	session, err := s.Session(name)
	if err != nil {
		b.Fatal(err)
	}
	example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		b.Fatal(err)
	}
	const clients = 32
	var filling sync.WaitGroup
	for client := range clients {
		filling.Go(func() {
			for i := client; i < deliveries; i += clients {
				if w := deliverBench(s, name, example, i); w.Code != http.StatusOK {
					b.Errorf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
	filling.Wait()
	return session
}

func deliverBench(s *mock.Server, session string, example []byte, key int) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/innrapporteringbsu/v1/2023", bytes.NewReader(example))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sandkasse-Session", session)
	r.Header.Set("idempotencyKey", fmt.Sprintf("7c9e6679-7425-40de-944b-%012x", key))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// benchServer has its data on disk, and syncs it.
func benchServer(b *testing.B) *mock.Server {
	b.Helper()
	s, err := mock.New(mock.Options{
		Auth: mock.Off, Data: filepath.Join(b.TempDir(), "sandkasse.db"), Durability: mock.Sync,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkFreshServer measures the baseline of the two below: a new server is how else a suite
// begins empty.
func BenchmarkFreshServer(b *testing.B) {
	for b.Loop() {
		s, err := mock.New(mock.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset resets a session that holds so many deliveries; it must take less than 100 ms
// whatever they are. first-ms is the reset of a session that never had a checkpoint, and next-ms
// the first delivery after it, while what was there is being deleted.
func BenchmarkReset(b *testing.B) {
	for _, deliveries := range []int{1, 100_000} {
		b.Run(fmt.Sprint(deliveries), func(b *testing.B) {
			s := benchServer(b)
			session := full(b, s, "a", deliveries)
			began := time.Now()
			if err := session.Reset(); err != nil {
				b.Fatal(err)
			}
			first := time.Since(began)
			began = time.Now()
			full(b, s, "a", 1)
			next := time.Since(began)

			session = full(b, s, "b", deliveries)
			if _, err := session.Checkpoint("full"); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := session.Reset(); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := session.Restore("full"); err != nil {
					b.Fatal(err)
				}
				full(b, s, "b", 1) // which was answered before: nothing is stored
				b.StartTimer()
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
			b.ReportMetric(float64(next.Microseconds())/1000, "next-ms")
		})
	}
}

// BenchmarkCheckpoint makes a checkpoint of a session that holds so many deliveries, and
// BenchmarkRestore brings it back after one more; each must take less than 200 ms for ten thousand.
func BenchmarkCheckpoint(b *testing.B) {
	for _, deliveries := range []int{1, 10_000} {
		b.Run(fmt.Sprint(deliveries), func(b *testing.B) {
			session := full(b, benchServer(b), "a", deliveries)
			for b.Loop() {
				if _, err := session.Checkpoint("full"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRestore(b *testing.B) {
	for _, deliveries := range []int{1, 10_000} {
		b.Run(fmt.Sprint(deliveries), func(b *testing.B) {
			s := benchServer(b)
			session := full(b, s, "a", deliveries)
			restore, err := session.Checkpoint("full")
			if err != nil {
				b.Fatal(err)
			}
			example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				if w := deliverBench(s, "a", example, deliveries); w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
				b.StartTimer()
				if err := restore(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
