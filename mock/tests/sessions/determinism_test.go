package sessions

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestFlakyRepeats: with one seed, the same calls fail on any server and after any reset, to the
// byte; with another seed others do.
func TestFlakyRepeats(t *testing.T) {
	t.Parallel()
	const calls = 40
	run := func(w testkit.Client, seed uint64, arm func(testkit.Client)) (failed []int, bytes []string) {
		if err := w.ResetWithSeed(seed); err != nil {
			t.Fatal(err)
		}
		w.SetClock(`{"freeze": "2026-03-02T12:00:00Z"}`)
		arm(w)
		for i := range calls {
			got := w.Deliver(i)
			if got.Status != http.StatusOK {
				failed = append(failed, i)
			}
			bytes = append(bytes, fmt.Sprint(got))
		}
		return failed, bytes
	}
	one := testkit.NewClient(t, mocktest.Start(t), "a")
	two := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{Seed: 99}), "a")
	for way, arm := range map[string]func(testkit.Client){
		"over HTTP": func(w testkit.Client) {
			w.Control("POST", "plays", `{"scenario": "flaky", "times": "always"}`, nil)
		},
		"in Go": func(w testkit.Client) {
			if _, err := w.Play(mock.Play{Scenario: "flaky", Times: mock.Always}); err != nil {
				t.Error(err)
			}
		},
		"a code by chance": func(w testkit.Client) {
			if _, err := w.Play(mock.Play{Scenario: "GLD_1015", Times: mock.Always, Probability: 0.2}); err != nil {
				t.Error(err)
			}
		},
	} {
		failed, first := run(one, 7, arm)
		if len(failed) < 2 || len(failed) > calls/2 {
			t.Errorf("%s: of %d calls %v failed", way, calls, failed)
		}
		for name, w := range map[string]testkit.Client{"after a reset": one, "on another server": two} {
			if _, again := run(w, 7, arm); !slices.Equal(first, again) {
				t.Errorf("%s, %s (-first +again):\n%s", way, name, cmp.Diff(first, again))
			}
		}
		if other, _ := run(one, 8, arm); slices.Equal(failed, other) {
			t.Errorf("%s: with another seed %v failed as well", way, other)
		}
	}
	// The seed of a play is its own, whatever the session's.
	seeded := func(w testkit.Client) {
		if _, err := w.Play(mock.Play{Scenario: "flaky", Times: mock.Always, Seed: 5}); err != nil {
			t.Error(err)
		}
	}
	failed, _ := run(one, 7, seeded)
	if again, _ := run(two, 8, seeded); !slices.Equal(failed, again) {
		t.Errorf("with one seed of the play %v and %v failed", failed, again)
	}
}

// TestInFlightEnds: calls that came one after the other were never in flight at once, whatever came
// of them.
func TestInFlightEnds(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	w.Control("POST", "plays", `{"scenario": "rate-limited", "times": "always"}`, nil)
	for i := range 20 {
		if got := w.Deliver(i); got.Status != http.StatusOK {
			t.Fatalf("call %d is answered %d %s", i, got.Status, got.Body)
		}
	}
}

// TestResetUnderLoad: a session is reset again and again while whoever may changes it; everybody
// gets an answer, and what was refused was refused by sandkasse itself.
func TestResetUnderLoad(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	var working sync.WaitGroup
	for _, act := range []func(int) testkit.Response{
		func(int) testkit.Response { return w.Call("POST", w.URL("")+"/_sandkasse/kobo/saker", testkit.NySak) },
		func(int) testkit.Response { return w.Call("POST", w.URL("")+"/_sandkasse/kobo/saker", testkit.NySak) },
		func(int) testkit.Response {
			return w.Call("POST", w.URL("")+"/_sandkasse/delegations", `{"from": "319000011", "to": "319000003"}`)
		},
		func(i int) testkit.Response { return w.Deliver(i) },
		func(int) testkit.Response {
			return w.Call("GET", w.URL("")+"/_sandkasse/token?api=bsu&org="+testkit.Oppgavegiver, "")
		},
		func(int) testkit.Response { return w.Call("POST", w.URL("")+"/_sandkasse/reset", "") },
		func(int) testkit.Response {
			return w.Call("POST", w.URL("")+"/_sandkasse/checkpoints", `{"name": "c"}`)
		},
		func(i int) testkit.Response {
			if i == 0 {
				w.Call("POST", w.URL("")+"/_sandkasse/checkpoints", `{"name": "c"}`)
			}
			return w.Call("POST", w.URL("")+"/_sandkasse/checkpoints/c/restore", "")
		},
	} {
		working.Go(func() {
			for i := range 60 {
				got := act(i)
				if got.Status != http.StatusOK && (got.Status != http.StatusConflict ||
					got.Header.Get("Sandkasse-Feil") == "") {
					t.Errorf("answered %d %v %s", got.Status, got.Header, got.Body)
				}
			}
		})
	}
	working.Wait()
	w.Control("POST", "reset", "", nil)
	if w.Delivered(1); !slices.Equal(w.Numbers(""), []int64{1}) {
		t.Errorf("afterwards there are the calls %v", w.Numbers(""))
	}
}
