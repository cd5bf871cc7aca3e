package reporting

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestDamageIsNoAnswer: a stored document of which one bit is another is refused as damaged, by the
// API and by the control API, in Sandkasse's own words. What is not damaged is answered as before.
func TestDamageIsNoAnswer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandkasse.db")
	s := testkit.NewServer(t, mock.Options{Auth: mock.Off, Data: path})
	damaged := testkit.DeliverExample(t, s, testkit.UUID(1)).ForsendelseID
	whole := testkit.DeliverExample(t, s, testkit.UUID(2)).ForsendelseID
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	record := []byte(damaged + "$" + damaged) // the key, and behind the length 36 the first field
	spoiled := 0
	for at := 0; ; spoiled++ { // in every page of the file that has had it
		next := bytes.Index(data[at:], record)
		if next < 0 {
			break
		}
		at += next + bytes.IndexByte(data[at+next:], '{') + 100 // in the document
		data[at] ^= 1
	}
	if spoiled == 0 {
		t.Fatal("the document is not in the file")
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	get := func(address string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		return w
	}
	for _, base := range []string{"/innrapporteringbsu/v1/2023/forsendelser/", "/_sandkasse/forsendelser/"} {
		w := get(base + damaged + "/dokumenter/" + damaged)
		if fault := w.Header().Get("Sandkasse-Feil"); w.Code != http.StatusInternalServerError ||
			!strings.Contains(fault, "is damaged") || strings.Contains(w.Body.String(), "GLD") ||
			!strings.Contains(w.Body.String(), "what is stored does not fit its checksum") {
			t.Errorf("%s: damage is answered %d, %q: %s", base, w.Code, fault, w.Body)
		}
		if w := get(base + whole + "/dokumenter/" + whole); w.Code != http.StatusOK {
			t.Errorf("%s: what is whole is answered %d: %s", base, w.Code, w.Body)
		}
	}
}
