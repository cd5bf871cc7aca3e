package page

import (
	"net/http/httptest"
	"runtime"
	"testing"

	"sandkasse/mock"
)

// TestMemory: the page takes less than 2 MiB once all of it has been shown and nobody looks any more.
// It runs alone, since others would be counted with it.
func TestMemory(t *testing.T) {
	server, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	show := func(path string) {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/_sandkasse/"+path, nil))
	}
	used := func() int64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	for _, path := range []string{
		"", "calls", "apis", "scenarios", "plays", "clock", "sessions", "checkpoints", "dialogs", "holdings",
		"kobo/saker", "kobo/kobobolig", "kobo/systems", "kobo/events", "altinn/systems", "altinn/requests",
		"altinn/users", "testdata/personer", "testdata/organisasjoner", "testdata/felter", "generate",
	} {
		show(path) // what the control API takes by itself
	}
	before := used()
	for _, path := range append(pages(), "reporting", "reporting/holdings", "kobo", "kobo/cases", "kobo/systems",
		"kobo/messages", "systemusers", "testdata", "testdata/generate") {
		show("page/" + path)
	}
	if took := used() - before; took > 2<<20 {
		t.Errorf("the page takes %d bytes", took)
	} else {
		t.Logf("the page takes %d bytes", took)
	}
}
