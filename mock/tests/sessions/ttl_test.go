package sessions

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestSessionExpires: a session that is not used goes after its time by the server's clock,
// whatever its own says, and its name begins anew; one that is used stays, and so does the default
// one.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	clock := testkit.ClockAt(testkit.Noon)
	s := mocktest.StartWith(t, mock.Options{SessionTTL: time.Hour, Clock: clock.Now})
	own := testkit.NewClient(t, s, "default")
	idle, used := testkit.NewClient(t, s, "idle"), testkit.NewClient(t, s, "used")
	fresh := idle.State()
	first := idle.UseAll()
	used.Delivered(1)
	kept, mine := used.State(), own.Delivered(1)
	idle.Control("PUT", "clock", `{"advance": "72h"}`, nil) // its own time does not matter
	clock.Advance(59 * time.Minute)
	used.State()
	if again := idle.Deliver(1); again.Status != http.StatusOK || !strings.Contains(again.Body, first.ForsendelseID) {
		t.Errorf("a minute before its end: %d %s", again.Status, again.Body)
	}
	clock.Advance(59*time.Minute + 30*time.Second)
	used.State()
	clock.Advance(30 * time.Second) // an hour after its last call, though nobody has called another session for a while
	if diff := cmp.Diff(clockless(fresh), clockless(idle.State())); diff != "" {
		t.Errorf("an expired session begins with (-new +got):\n%s", diff)
	}
	idle.Control("PUT", "clock", `{"freeze": "2027-05-05T05:05:05Z"}`, nil)
	if again := idle.Delivered(1); again != first {
		t.Errorf("begun anew it answers %+v, and answered %+v at first", again, first)
	}
	if diff := cmp.Diff(clockless(kept), clockless(used.State())); diff != "" {
		t.Errorf("a session that was used changed:\n%s", diff)
	}

	clock.Advance(2 * time.Hour)
	if names := sessionNames(own); !slices.Equal(names, []string{"default"}) {
		t.Errorf("after two hours there are %v", names)
	}
	if again := own.Delivered(1); again != mine {
		t.Errorf("the default session answers %+v, and %+v before", again, mine)
	}
}

// clockless returns all that is seen of a session but the time.
func clockless(seen map[string]string) map[string]string {
	delete(seen, "clock")
	return seen
}

// TestManySessionsExpire: a thousand sessions that go at once hold nobody up.
func TestManySessionsExpire(t *testing.T) {
	t.Parallel()
	clock := testkit.ClockAt(testkit.Noon)
	s := mocktest.StartWith(t, mock.Options{
		SessionTTL: time.Hour, Clock: clock.Now, Data: filepath.Join(t.TempDir(), "sandkasse.db"),
		Durability: mock.Sync,
	})
	var making sync.WaitGroup
	for i := range 20 {
		making.Go(func() {
			for j := range 10 {
				w := testkit.NewClient(t, s, fmt.Sprintf("s%d-%d", i, j))
				w.Control("POST", "delegations", `{"from": "319000011", "to": "319000003"}`, nil)
			}
		})
	}
	making.Wait()
	own := testkit.NewClient(t, s, "default")
	clock.Advance(2 * time.Hour)
	began := time.Now()
	if names := sessionNames(own); !slices.Equal(names, []string{"default"}) {
		t.Errorf("there are %d sessions left", len(names))
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

// TestSessionsRestart: records and checkpoints outlive the server; the clock, the seed, the plays
// and the journal begin anew (K350).
func TestSessionsRestart(t *testing.T) {
	t.Parallel()
	options := mock.Options{Data: filepath.Join(t.TempDir(), "sandkasse.db"), Clock: testkit.ClockAt(testkit.Noon).Now}
	start := func() (*mocktest.Session, *mock.Server) {
		server, err := mock.New(options)
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Start("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		return mocktest.DefaultSession(t, server), server
	}
	s, server := start()
	a := testkit.NewClient(t, s, "a")
	a.Control("POST", "reset", `{"seed": 5}`, nil)
	first := a.UseAll()
	dead := func(seen map[string]string) string {
		return seen["holdings"] + seen["delegations"] + seen["checkpoints"] + seen["kobo/saker"]
	}
	before := dead(a.State())
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}

	s, server = start()
	defer server.Close()
	a = testkit.NewClient(t, s, "a")
	if names := sessionNames(testkit.NewClient(t, s, "default")); !slices.Equal(names, []string{"a", "default"}) {
		t.Errorf("after the restart there are %v", names)
	}
	seen := a.State()
	a.Control("PUT", "clock", `{"freeze": "2027-05-05T05:05:05Z"}`, nil) // or the feedback is still to come
	if diff := cmp.Diff(before, dead(a.State())); diff != "" {
		t.Errorf("the records (-before +after):\n%s", diff)
	}
	if !strings.Contains(seen["calls"], `"calls": []`) || !strings.Contains(seen["plays"], `"plays": []`) ||
		!strings.Contains(seen["clock"], `"free": true`) {
		t.Errorf("the session begins with %s, %s and %s", seen["calls"], seen["plays"], seen["clock"])
	}
	if again := a.Delivered(1); again != first {
		t.Errorf("the key is answered with %+v, and with %+v before", again, first)
	}
	if next := a.Delivered(2); next.DialogID != first.DialogID || next.ForsendelseID == first.ForsendelseID {
		t.Errorf("after %+v comes %+v", first, next)
	}
	a.Control("PUT", "clock", `{"free": true}`, nil)
	a.Control("POST", "checkpoints/one/restore", "", nil)
	if clock := a.State()["clock"]; !strings.Contains(clock, "2027-05-05T05:05:05Z") ||
		!strings.Contains(clock, `"frozen": true`) {
		t.Errorf("the checkpoint's clock is %s", clock)
	}
	if again := a.Delivered(1); again != first {
		t.Errorf("from the checkpoint the key is answered with %+v", again)
	}
}
