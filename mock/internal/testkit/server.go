package testkit

import (
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
)

// ServerAt returns a server whose clock stands at a time.
func ServerAt(t *testing.T, now time.Time) *mock.Server {
	t.Helper()
	return NewServer(t, mock.Options{Clock: func() time.Time { return now }})
}

// NewServer returns a server that does not listen, which is closed with the test.
func NewServer(t *testing.T, options mock.Options) *mock.Server {
	t.Helper()
	s, err := mock.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Catalog returns the built-in catalogue as embedders see it.
func Catalog(t *testing.T) *mock.Catalog {
	t.Helper()
	known, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// APIs returns the built-in APIs, without those that are LeftOut.
func APIs(t *testing.T) (apis []*catalog.API) {
	t.Helper()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		if !LeftOut(api.Name) {
			apis = append(apis, api)
		}
	}
	return apis
}

// ReportingAPIs returns those of APIs that take deliveries.
func ReportingAPIs(t *testing.T) (apis []*catalog.API) {
	t.Helper()
	for _, api := range APIs(t) {
		if api.Schema != nil {
			apis = append(apis, api)
		}
	}
	if len(apis) < 5 {
		t.Fatalf("only %d APIs take deliveries", len(apis))
	}
	return apis
}
