package reporting

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// BenchmarkHandler measures what a delivery costs inside the server, without a network and without
// a disk to wait for.
func BenchmarkHandler(b *testing.B) {
	s, err := mock.New(mock.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	example, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		b.Fatal(err)
	}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+testkit.Mint(b, s, backend.Of(s).Catalog.ByName("bsu"), func(*token.Spec) {}))
	header.Set("Content-Type", "application/json")
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/innrapporteringbsu/v1/2023", bytes.NewReader(example))
		r.Header = header
		header.Set("idempotencyKey", uuid.NewString())
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
