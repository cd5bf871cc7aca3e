package report

import "testing"

// TestRecent: the oldest key makes place for a new one, in a session that is full and where all
// sessions together are.
func TestRecent(t *testing.T) {
	t.Parallel()
	memory := &Memory{}
	here := space{memory: memory}
	r := recent[int, string]{space: &here}
	for i := range maxRemembered + 1 {
		r.put(i, "value")
	}
	_, hasFirst := r.get(0)
	_, hasLast := r.get(maxRemembered)
	if hasFirst || !hasLast || here.held != maxRemembered {
		t.Fatalf("has the first %t, the last %t, holds %d", hasFirst, hasLast, here.held)
	}
	memory.held.Store(maxRememberedInAll)
	other := recent[int, string]{space: &space{memory: memory}}
	other.put(1, "value")
	if _, found := other.get(1); found {
		t.Error("more is remembered than all sessions may")
	}
	r.put(-1, "value")
	if _, found := r.get(-1); !found {
		t.Error("the oldest does not make place where all sessions are full")
	}
	r.remove(-1)
	here.giveBack(here.held)
	if got := memory.held.Load(); got != maxRememberedInAll-maxRemembered {
		t.Errorf("%d are held afterwards", got)
	}
}

// TestRecentFew: a few things are found, changed and forgotten as many are.
func TestRecentFew(t *testing.T) {
	t.Parallel()
	for _, many := range []int{1, few, few + 1, 5 * few} {
		here := space{memory: &Memory{}}
		r := recent[int, int]{space: &here}
		for i := range many {
			r.put(i, i)
		}
		r.put(many-1, 7)
		*r.find(0) += 100
		for i, value := range r.all {
			want := i + map[int]int{0: 100}[i]
			if i == many-1 {
				want = 7 + want - i
			}
			if *value != want {
				t.Errorf("of %d, %d is %d, want %d", many, i, *value, want)
			}
		}
		r.remove(many)
		for i := range many {
			r.remove(i)
			if _, found := r.get(i); found || here.held != int64(many-i-1) || r.size() != many-i-1 {
				t.Fatalf("of %d, %d is there after it was removed; %d are held", many, i, here.held)
			}
		}
	}
}
