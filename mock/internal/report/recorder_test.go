package report

import (
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/wire"
)

// owing has a fault for each call that is odd, and one that is open for each until its double is seen.
type owing struct{ calls []int64 }

func (w *owing) see(c *Call) []fault {
	if c.Number%2 == 0 {
		w.calls = slices.DeleteFunc(w.calls, func(call int64) bool { return call == c.Number/2 })
		return nil
	}
	w.calls = append(w.calls, c.Number)
	return []fault{{subject: "odd", calls: []int64{c.Number}, unsure: c.Number == 1}}
}

func (w *owing) open(time.Time) (all []fault) {
	for _, call := range w.calls {
		all = append(all, fault{subject: "open", calls: []int64{call}})
	}
	return all
}

// numbered returns a call with a number.
func numbered(number int64) *Call {
	r := httptest.NewRequest("GET", "http://sandkasse.test/nowhere", nil)
	return &Call{Request: &wire.Request{Number: number, Address: address.Address{URL: r.URL}}, HTTP: r}
}

// newOwing returns a recorder with a watcher of this kind that has seen some calls.
func newOwing(memory *Memory, calls ...int64) *Recorder {
	r := NewRecorder(memory)
	r.watchers = []watcher{&owing{}}
	for _, number := range calls {
		r.See(numbered(number))
	}
	return r
}

// shown returns the calls of each finding, and those that are gone.
func shown(r *Recorder) (calls, gone [][]int64) {
	for _, f := range r.Findings(time.Time{}, func(int64) bool { return true }) {
		calls, gone = append(calls, f.Calls), append(gone, f.Gone)
	}
	return calls, gone
}

func equal(a, b [][]int64) bool { return slices.EqualFunc(a, b, slices.Equal) }

// TestOpen: what a client still could mend is shown each time, and not added to what was found.
func TestOpen(t *testing.T) {
	t.Parallel()
	r := newOwing(&Memory{}, 1, 3)
	for range 2 {
		if calls, _ := shown(r); !equal(calls, [][]int64{{1, 3}, {1, 3}}) {
			t.Fatalf("the findings have the calls %v", calls)
		}
	}
	r.See(numbered(2))
	r.See(numbered(6))
	if calls, _ := shown(r); !equal(calls, [][]int64{{1, 3}}) {
		t.Errorf("the findings have the calls %v, want none that is open", calls)
	}
}

// TestCallsInOrder: a finding has its calls by their numbers, in whatever order they were answered.
func TestCallsInOrder(t *testing.T) {
	t.Parallel()
	if calls, _ := shown(newOwing(&Memory{}, 7, 1, 5)); !equal(calls, [][]int64{{1, 5, 7}, {1, 5, 7}}) {
		t.Errorf("the findings have the calls %v", calls)
	}
}

// TestUnsure: a finding is unsure as long as all of its faults are.
func TestUnsure(t *testing.T) {
	t.Parallel()
	r := newOwing(&Memory{}, 1, 2)
	everything := func(int64) bool { return true }
	if got := r.Findings(time.Time{}, everything); len(got) != 1 || got[0].Sure {
		t.Errorf("the findings are %+v, want an unsure one", got)
	}
	r.See(numbered(3))
	r.See(numbered(6))
	if got := r.Findings(time.Time{}, everything); len(got) != 1 || !got[0].Sure {
		t.Errorf("the findings are %+v, want a sure one", got)
	}
}

// TestSuccessor: after a restore the findings are there, with what was open and is undone; the recorder
// before it notes nothing more, and what is found later is a finding of its own.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	memory := &Memory{}
	r := newOwing(memory, 1, 3, 5)
	next := r.Successor(3, time.Time{})
	r.See(numbered(7))
	if calls, _ := shown(r); len(calls) != 0 {
		t.Errorf("the recorder before the restore has %v", calls)
	}
	next.watchers = next.watchers[:0]
	calls, gone := shown(next)
	if !equal(calls, [][]int64{{1, 3, 5}, {5}}) || !equal(gone, [][]int64{{5}, {5}}) {
		t.Errorf("the findings have the calls %v, of which %v are gone", calls, gone)
	}
	next.watchers = []watcher{&owing{}}
	next.See(numbered(5))
	if calls, gone = shown(next); !equal(calls, [][]int64{{1, 3, 5}, {5}, {5}, {5}}) ||
		!equal(gone, [][]int64{{5}, {5}, {}, {}}) {
		t.Errorf("the findings have the calls %v, of which %v are gone", calls, gone)
	}
	if memory.findings.Load() != 3 {
		t.Errorf("%d findings are counted", memory.findings.Load())
	}
	next.Close()
	if memory.findings.Load() != 0 || memory.held.Load() != 0 {
		t.Errorf("%d findings and %d things are held after the end", memory.findings.Load(), memory.held.Load())
	}
}

// TestFindingsBounded: the last finding of a rule has all further faults, and beyond what all sessions may have,
// new ones are lost.
func TestFindingsBounded(t *testing.T) {
	t.Parallel()
	memory := &Memory{}
	r := newOwing(memory)
	for i := range int64(maxFindings + 10) {
		r.add(0, fault{subject: strconv.FormatInt(i, 10), calls: []int64{i}, what: "what"})
	}
	last := r.findings[0][len(r.findings[0])-1]
	if len(r.findings[0]) != maxFindings || last.times != 11 || last.calls[0] != maxFindings-1 ||
		last.what == "what" {
		t.Errorf("of %d findings the last is %+v", len(r.findings[0]), last)
	}
	memory.findings.Store(maxFindingsInAll)
	other := newOwing(memory, 1)
	if len(other.findings[0]) != 0 || memory.findings.Load() != maxFindingsInAll {
		t.Error("a finding is kept where all sessions together have as many as they may")
	}
	for i := range int64(maxShown + 1) {
		r.findings[0][0].add(fault{calls: []int64{1000 + i}})
	}
	if f := r.findings[0][0]; len(f.calls) != maxShown || f.times != maxShown+2 {
		t.Errorf("a finding has %d calls of %d faults", len(f.calls), f.times)
	}
}
