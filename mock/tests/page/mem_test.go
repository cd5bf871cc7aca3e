package page

import (
	"net/http/httptest"
	"runtime"
	"strings"
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
	call := func(method, path, body string) {
		r := httptest.NewRequest(method, "http://127.0.0.1/_sandkasse/"+path, strings.NewReader(body))
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != 200 && !strings.HasPrefix(path, "page/calls/") { // there are no calls
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
	}
	show := func(path string) { call("GET", path, "") }
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
	call("POST", "generate/bsu", `{"broken": "list"}`)
	before := used()
	for _, path := range append(pages(), "reporting", "reporting/holdings", "kobo", "kobo/cases", "kobo/systems",
		"kobo/messages", "systemusers", "testdata", "testdata/generate", "testdata/broken",
		"testdata/broken/document?kind=bsu&rule=unknown-url") {
		show("page/" + path)
	}
	if took := used() - before; took > 2<<20 {
		t.Errorf("the page takes %d bytes", took)
	} else {
		t.Logf("the page takes %d bytes", took)
	}
}
