package sessions

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestCheckpointFile: a session is brought by a file to another server, where it has the same records, seed and clock,
// and where the next calls get the answers that they get on the first one. The calls and plays stay behind.
func TestCheckpointFile(t *testing.T) {
	t.Parallel()
	from := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now}), "a")
	from.Control("POST", "reset", `{"seed": 7}`, nil)
	from.UseAll()
	from.Control("POST", "checkpoints", `{"name": "stocked"}`, nil)
	then := func(c testkit.Client) map[string]string {
		seen := c.State()
		for _, name := range []string{"calls", "plays", "checkpoints", "kobo/events"} {
			delete(seen, name)
		}
		return seen
	}
	before, first := then(from), from.Delivered(2)
	file := from.Call("GET", from.URL("")+"/_sandkasse/checkpoints/stocked/file", "")
	if file.Status != 200 || file.Header.Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("%d %v", file.Status, file.Header)
	}
	if again := from.Call("GET", from.URL("")+"/_sandkasse/checkpoints/stocked/file", ""); again.Body != file.Body {
		t.Error("the same checkpoint gives other bytes")
	}

	to := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now}), "a")
	own := to.Delivered(9)
	var saved struct {
		Name    string
		Records int
		Bytes   int
	}
	to.Control("PUT", "checkpoints/brought/file", file.Body, &saved)
	if saved.Name != "brought" || saved.Records < 10 || saved.Bytes < 1000 || saved.Bytes > len(file.Body) {
		t.Errorf("saved as %+v", saved)
	}
	if again := to.Delivered(9); again.ForsendelseID != own.ForsendelseID {
		t.Error("the session itself has changed")
	}
	for range 2 {
		to.Control("POST", "checkpoints/brought/restore", "", nil)
		if diff := cmp.Diff(before, then(to)); diff != "" {
			t.Errorf("on the other server (-there +here):\n%s", diff)
		}
		if again := to.Delivered(2); again != first {
			t.Errorf("the next delivery is %+v, and was %+v", again, first)
		}
	}
	if back := to.Call("GET", to.URL("")+"/_sandkasse/checkpoints/brought/file", ""); back.Body != file.Body {
		t.Errorf("its file has other bytes: %d and %d", len(back.Body), len(file.Body))
	}

	damaged := file.Body[:len(file.Body)/2] + "x" + file.Body[len(file.Body)/2+1:]
	for _, test := range []struct {
		method, name, body string
		status             int
		tells              string
	}{
		{"GET", "nowhere", "", 404, "GET /_session/a/_sandkasse/checkpoints lists"},
		{"PUT", "a b", file.Body, 400, "a letter of a to z"},
		{"PUT", "c", "", 400, "it is empty"},
		{"PUT", "c", `{"name": "c"}`, 400, "it is no checkpoint of Sandkasse"},
		{"PUT", "c", damaged, 400, "it is damaged or cut short"},
		{"PUT", "c", file.Body[:len(file.Body)-1], 400, "it is damaged or cut short"},
		{"PUT", "c", strings.Replace(file.Body, "checkpoint 1", "checkpoint 9", 1), 400, `it is of version "9"`},
		{"PUT", "c", withNote(file.Body, `[]`), 400, "what it says of the session cannot be read"},
		{
			"PUT", "c", withNote(file.Body, `{"calls":9223372036854775807,"serial":1,"seed":7}`), 400,
			"what it says of the session cannot be read",
		},
		{
			"PUT", "c", withNote(file.Body, `{"calls":1,"serial":9223372036854775807}`), 400,
			"what it says of the session cannot be read",
		},
		{"POST", "c", file.Body, 405, "GET and PUT are"},
	} {
		address := to.URL("") + "/_sandkasse/checkpoints/" + strings.ReplaceAll(test.name, " ", "%20") + "/file"
		got := to.Call(test.method, address, test.body)
		if got.Status != test.status || !strings.Contains(got.Header.Get("Sandkasse-Feil"), test.tells) {
			t.Errorf("%s %s: %d %s", test.method, test.name, got.Status, got.Body)
		}
		testkit.IsPlain(t, test.tells, got.Body)
	}
	for n := range 31 { // beside the one that is there
		to.Control("PUT", fmt.Sprintf("checkpoints/c%d/file", n), file.Body, nil)
	}
	if got := to.Call("PUT", to.URL("")+"/_sandkasse/checkpoints/more/file", file.Body); got.Status != 409 {
		t.Errorf("one too many: %d %s", got.Status, got.Body)
	}
}

// withNote returns a checkpoint file with another note, under a right checksum.
func withNote(file, note string) string {
	first, rest, _ := strings.Cut(file, "\n")
	rest = rest[1+int(rest[0]) : len(rest)-sha256.Size] // the length of the note is one byte
	made := fmt.Sprintf("%s\n%c%s%s", first, len(note), note, rest)
	sum := sha256.Sum256([]byte(made))
	return made + string(sum[:])
}

// TestCheckpointFileInGo does the same by the Go API.
func TestCheckpointFileInGo(t *testing.T) {
	t.Parallel()
	started, other := mocktest.Start(t), mocktest.Start(t)
	from, to := started.Server(), other.Server()
	testkit.NewClient(t, started, "default").Delivered(1)
	if _, err := from.Checkpoint("stocked"); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := from.WriteCheckpoint("stocked", &file); err != nil {
		t.Fatal(err)
	}
	text := file.Bytes()
	if err := to.ReadCheckpoint("there", &file); err != nil {
		t.Fatal(err)
	}
	if err := to.Restore("there"); err != nil {
		t.Fatal(err)
	}
	if again := testkit.NewClient(t, other, "default").Deliver(1); !strings.Contains(again.Body, "forsendelseId") {
		t.Errorf("%+v", again)
	}
	if calls := to.Calls(mock.CallQuery{API: "bsu"}); len(calls) != 1 || !calls[0].Replayed {
		t.Errorf("the key is not known: %+v", calls)
	}
	if err := from.WriteCheckpoint("nowhere", &file); !errors.Is(err, mock.ErrNoCheckpoint) ||
		!strings.Contains(err.Error(), `no checkpoint "nowhere"`) {
		t.Error(err)
	}
	if err := to.ReadCheckpoint("there", bytes.NewReader(text[1:])); !errors.Is(err, mock.ErrCheckpointFile) {
		t.Error(err)
	}
	if err := to.ReadCheckpoint("a b", bytes.NewReader(text)); !errors.As(err, new(*mock.ArgumentError)) {
		t.Error(err)
	}
}
