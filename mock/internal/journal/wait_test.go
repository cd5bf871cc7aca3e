package journal

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// waited is the result of a Wait in the background.
type waited struct {
	calls []Entry
	err   error
}

// waiting begins to wait, and returns once it does.
func waiting(ctx context.Context, j *byName, q in, count int) <-chan waited {
	done := make(chan waited, 1)
	go func() {
		calls, err := j.Wait(ctx, q, count)
		done <- waited{calls, err}
	}()
	synctest.Wait()
	return done
}

func TestWaitReturnsWhatIsThereAlready(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	for n := range int64(3) {
		j.Add(Entry{Session: "default", Number: n + 1, Status: 200 + int(n)})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		query in
		count int
		want  []int64
		err   error
	}{
		"enough":           {in{"default", Query{}}, 3, []int64{1, 2, 3}, nil},
		"more":             {in{"default", Query{}}, 1, []int64{1, 2, 3}, nil},
		"none asked for":   {in{"default", Query{}}, 0, []int64{1, 2, 3}, nil},
		"fewer than none":  {in{"ukjent", Query{}}, -1, []int64{}, nil},
		"limited":          {in{"default", Query{Limit: 1}}, 3, []int64{3}, nil},
		"since":            {in{"default", Query{Since: 1}}, 2, []int64{2, 3}, nil},
		"too few":          {in{"default", Query{}}, 4, []int64{1, 2, 3}, context.Canceled},
		"too few that fit": {in{"default", Query{Status: "201"}}, 2, []int64{2}, context.Canceled},
		"unknown session":  {in{"ukjent", Query{}}, 1, []int64{}, context.Canceled},
	} {
		calls, err := j.Wait(ended, test.query, test.count)
		if diff := cmp.Diff(test.want, numbers(calls)); diff != "" || !errors.Is(err, test.err) {
			t.Errorf("%s: error %v, want %v; calls (-want +got):\n%s", name, err, test.err, diff)
		}
	}
	j.leftBehind(t)
}

func TestWaitIsWokenByTheCallsThatFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newByName(Options{})
		done := waiting(t.Context(), j, in{"a", Query{Status: "400", Since: 2}}, 2)
		for _, e := range []Entry{
			{Session: "a", Number: 1, Status: 400},
			{Session: "b", Number: 4, Status: 400},
			{Session: "a", Number: 5, Status: 400},
			{Session: "a", Number: 3, Status: 200},
		} {
			j.Add(e)
		}
		synctest.Wait()
		select {
		case got := <-done:
			t.Fatalf("woken by too few calls: %v", numbers(got.calls))
		default:
		}
		j.Add(Entry{Session: "a", Number: 4, Status: 400})
		got := <-done
		if diff := cmp.Diff([]int64{4, 5}, numbers(got.calls)); diff != "" || got.err != nil {
			t.Errorf("error %v, calls (-want +got):\n%s", got.err, diff)
		}
	})
}

func TestWaitGivesWhatThereIsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newByName(Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := waiting(ctx, j, in{"a", Query{}}, 2)
		j.Add(Entry{Session: "a", Number: 1})
		cancel()
		got := <-done
		if diff := cmp.Diff([]int64{1}, numbers(got.calls)); diff != "" || !errors.Is(got.err, context.Canceled) {
			t.Errorf("error %v, calls (-want +got):\n%s", got.err, diff)
		}
		j.leftBehind(t)
	})
}

// Calls that are pushed out by others are counted, and returned as far as the limits reach.
func TestWaitCountsWhatIsEvicted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newByName(Options{Calls: 3})
		three, five := waiting(t.Context(), j, in{"a", Query{}}, 3), waiting(t.Context(), j, in{"a", Query{}}, 5)
		for n := range int64(5) {
			j.Add(Entry{Session: "a", Number: n + 1})
			for range 3 {
				j.Add(Entry{Session: "noise", Number: j.Next("noise")})
			}
		}
		for want, done := range map[string]<-chan waited{"[1 2 3]": three, "[3 4 5]": five} {
			got := <-done
			if diff := cmp.Diff(want, toText(got.calls)); diff != "" || got.err != nil {
				t.Errorf("error %v, calls (-want +got):\n%s", got.err, diff)
			}
		}
	})
}

func TestWaitCountsACallTooGreatToKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newByName(Options{Bytes: 2_000})
		done := waiting(t.Context(), j, in{"a", Query{}}, 2)
		j.Add(Entry{Session: "a", Number: 1, Request: Message{Body: make([]byte, 5_000)}})
		j.Add(Entry{Session: "a", Number: 2})
		if got := <-done; got.err != nil || toText(got.calls) != "[2]" {
			t.Errorf("error %v, calls %s", got.err, toText(got.calls))
		}
	})
}

// What is cleared while somebody waits is as if it had never been.
func TestWaitBeginsAnewWhenTheSessionIsSetBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setBack func(*byName)
		want    string // of the calls 1 and 2 before, then 3, 4, 5
	}{
		"clear":            {func(j *byName) { j.Clear("a") }, "[3 4 5]"},
		"reset":            {func(j *byName) { j.Rewind("a", 0) }, "[3 4 5]"},
		"rewind":           {func(j *byName) { j.Rewind("a", 1) }, "[1 3 4]"},
		"rewind to now":    {func(j *byName) { j.Rewind("a", 2) }, "[1 2 3]"},
		"another session":  {func(j *byName) { j.Forget("b") }, "[1 2 3]"},
		"a foreign clear":  {func(j *byName) { j.Clear("b") }, "[1 2 3]"},
		"nothing happened": {func(*byName) {}, "[1 2 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := newByName(Options{})
				done := waiting(t.Context(), j, in{"a", Query{}}, 3)
				for n := range int64(5) {
					if n == 2 {
						test.setBack(j)
					}
					j.Add(Entry{Session: "a", Number: n + 1})
				}
				if got := <-done; got.err != nil || toText(got.calls) != test.want {
					t.Errorf("error %v, calls %s, want %s", got.err, toText(got.calls), test.want)
				}
			})
		})
	}
}

// Whoever waits for n calls of n callers gets them all, whatever the limits, and nobody is left
// behind.
func TestManyWaitersAndCallers(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 50
	j := newByName(Options{Calls: callers * each})
	var group sync.WaitGroup
	for caller := range callers {
		own := "session" + strconv.Itoa(caller)
		group.Go(func() {
			for range each {
				j.Add(Entry{Session: own, Number: j.Next(own)})
			}
		})
		for count := 1; count <= each; count += 7 {
			group.Go(func() {
				if calls, err := j.Wait(t.Context(), in{own, Query{}}, count); err != nil || len(calls) < count {
					t.Errorf("%d calls, error %v; want at least %d", len(calls), err, count)
				}
			})
		}
	}
	group.Wait()
	j.leftBehind(t)
}

// read returns what a subscription has at once: the numbers of the calls, their IDs, and the number
// that was missed so far.
func read(s *Subscription) (calls []Entry, ids []int64, missed int64) {
	calls, ids = []Entry{}, []int64{}
	for {
		events, missed := s.Next(3)
		if len(events) == 0 {
			return calls, ids, missed
		}
		for _, event := range events {
			calls, ids = append(calls, event.Call()), append(ids, event.ID)
		}
	}
}

func TestSubscriptionReadsWhatFits(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	j.Add(Entry{Session: "a", Number: j.Next("a"), Method: "POST"})
	sub := j.Subscribe(in{"a", Query{Method: "POST", Since: 2}})
	other := j.Subscribe(in{"b", Query{}})
	for n := range int64(6) {
		j.Add(Entry{Session: "a", Number: n + 2, Method: []string{"GET", "POST"}[n%2], Why: "for 10836096911"})
	}
	got, ids, missed := read(sub)
	if diff := cmp.Diff([]int64{3, 5, 7}, numbers(got)); diff != "" || missed != 0 {
		t.Errorf("%d missed, calls (-want +got):\n%s", missed, diff)
	}
	if diff := cmp.Diff([]int64{3, 5, 7}, ids); diff != "" {
		t.Errorf("IDs (-want +got):\n%s", diff)
	}
	if got[0].Why != "for 108360*****" {
		t.Errorf("what is delivered is not masked: %q", got[0].Why)
	}
	if got, _, _ := read(other); len(got) != 0 {
		t.Errorf("another session's calls were delivered: %v", numbers(got))
	}
	for range 2 {
		sub.Close()
		other.Close()
	}
	j.leftBehind(t)
}

// A reader that sleeps holds nobody up, gets what the journal still has, and learns how many calls
// it has no longer.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	j := newByName(Options{Calls: 10})
	all, posts := j.Subscribe(in{"a", Query{}}), j.Subscribe(in{"a", Query{Method: "POST"}})
	defer all.Close()
	defer posts.Close()
	for n := range 14 {
		j.Add(Entry{Session: "a", Number: j.Next("a"), Method: []string{"GET", "POST"}[n%2]})
		j.Add(Entry{Session: "noise", Number: j.Next("noise")})
	}
	for name, test := range map[string]struct {
		sub    *Subscription
		want   []int64
		missed int64
	}{
		"all":   {all, []int64{10, 11, 12, 13, 14}, 9},
		"posts": {posts, []int64{10, 12, 14}, 4},
	} {
		got, _, missed := read(test.sub)
		if diff := cmp.Diff(test.want, numbers(got)); diff != "" || missed != test.missed {
			t.Errorf("%s: %d missed, want %d; calls (-want +got):\n%s", name, missed, test.missed, diff)
		}
	}
}

// A call that is too great to keep is missed by whoever listens, and by whoever resumes.
func TestSubscriptionMissesACallTooGreatToKeep(t *testing.T) {
	t.Parallel()
	j := newByName(Options{Bytes: 2_000})
	sub := j.Subscribe(in{"a", Query{}})
	defer sub.Close()
	j.Add(Entry{Session: "a", Number: j.Next("a"), Request: Message{Body: make([]byte, 5_000)}})
	resumed, known := j.Resume(in{"a", Query{}}, 0)
	defer resumed.Close()
	for name, sub := range map[string]*Subscription{"subscribed": sub, "resumed": resumed} {
		if got, _, missed := read(sub); len(got) != 0 || missed != 1 || !known {
			t.Errorf("%s: %d calls and %d missed", name, len(got), missed)
		}
	}
}

// Whoever resumes gets what was added after an event, in that order, and learns what the journal
// has no longer.
func TestResume(t *testing.T) {
	t.Parallel()
	add := func(j *byName, numbers ...int64) {
		for _, n := range numbers {
			for j.Number("a") < n {
				j.Next("a")
			}
			j.Add(Entry{Session: "a", Number: n, Method: []string{"GET", "POST"}[n%2]})
		}
	}
	for name, test := range map[string]struct {
		happened func(*byName)
		query    Query
		after    int64
		want     []int64
		ids      []int64
		missed   int64
		unknown  bool
	}{
		"from the first": {
			func(j *byName) { add(j, 1, 2, 3) },
			Query{},
			0,
			[]int64{1, 2, 3},
			[]int64{1, 2, 3},
			0, false,
		},
		"in the middle": {func(j *byName) { add(j, 1, 2, 3) }, Query{}, 2, []int64{3}, []int64{3}, 0, false},
		"at the end":    {func(j *byName) { add(j, 1, 2, 3) }, Query{}, 3, []int64{}, []int64{}, 0, false},
		"filtered": {
			func(j *byName) { add(j, 1, 2, 3, 4, 5) },
			Query{Method: "POST"},
			2,
			[]int64{3, 5},
			[]int64{3, 5},
			0, false,
		},
		"out of order": {
			func(j *byName) { add(j, 1, 3, 2, 4) },
			Query{},
			2,
			[]int64{2, 4},
			[]int64{3, 4},
			0,
			false,
		},
		"evicted": {
			func(j *byName) { add(j, 1, 2, 3, 4, 5, 6, 7, 8) },
			Query{},
			1,
			[]int64{4, 5, 6, 7, 8},
			[]int64{4, 5, 6, 7, 8},
			2, false,
		},
		"just within reach": {
			func(j *byName) { add(j, 1, 2, 3, 4, 5, 6, 7, 8) },
			Query{},
			3,
			[]int64{4, 5, 6, 7, 8},
			[]int64{4, 5, 6, 7, 8},
			0, false,
		},
		"cleared": {
			func(j *byName) { add(j, 1, 2); j.Clear("a"); add(j, 3) },
			Query{},
			1,
			[]int64{3},
			[]int64{3},
			0, false,
		},
		"evicted, then cleared": {
			func(j *byName) { add(j, 1, 2, 3, 4, 5, 6, 7); j.Clear("a"); add(j, 8) },
			Query{},
			1,
			[]int64{8},
			[]int64{8},
			0, false,
		},
		"reset": {
			func(j *byName) { add(j, 1, 2, 3); j.Rewind("a", 0); add(j, 1, 2, 3, 4) },
			Query{},
			2,
			[]int64{1, 2, 3, 4},
			[]int64{4, 5, 6, 7},
			0, false,
		},
		"restored": {
			func(j *byName) { add(j, 1, 2, 3); j.Rewind("a", 1); add(j, 2, 3) },
			Query{},
			3,
			[]int64{2, 3},
			[]int64{4, 5},
			0, false,
		},
		"of another server": {
			func(j *byName) { add(j, 1, 2) },
			Query{},
			700,
			[]int64{1, 2},
			[]int64{1, 2},
			0,
			true,
		},
		"of a session that ended": {
			func(j *byName) { add(j, 1, 2, 3); j.Forget("a"); add(j, 1) },
			Query{},
			3,
			[]int64{1},
			[]int64{1},
			0, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newByName(Options{Calls: 5})
			test.happened(j)
			sub, known := j.Resume(in{"a", test.query}, test.after)
			defer sub.Close()
			got, ids, missed := read(sub)
			if diff := cmp.Diff(test.want, numbers(got)); diff != "" || missed != test.missed || known == test.unknown {
				t.Errorf("known: %t, %d missed, want %d; calls (-want +got):\n%s", known, missed, test.missed, diff)
			}
			if diff := cmp.Diff(test.ids, ids); diff != "" {
				t.Errorf("IDs (-want +got):\n%s", diff)
			}
		})
	}
}

// When a session ends, its readers learn it, and those of the session that has its name afterwards
// are others.
func TestReadersOfASessionThatEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newByName(Options{})
		sub, done := j.Subscribe(in{"a", Query{}}), waiting(t.Context(), j, in{"a", Query{}}, 2)
		old := j.log("a")
		j.Add(Entry{Session: "a", Number: j.Next("a")})
		if sub.Ended() {
			t.Error("ended before its time")
		}
		j.Forget("a")
		if got := <-done; !errors.Is(got.err, ErrClosed) || len(got.calls) != 0 {
			t.Errorf("who waited got %v, %v", numbers(got.calls), got.err)
		}
		if _, err := old.Wait(t.Context(), Query{}, 1); !errors.Is(err, ErrClosed) {
			t.Errorf("who waits afterwards gets %v", err)
		}
		<-sub.Added()
		if got, _, _ := read(sub); len(got) != 0 || !sub.Ended() {
			t.Errorf("read %v, ended: %t", numbers(got), sub.Ended())
		}
		j.Add(Entry{Session: "a", Number: j.Next("a"), Why: "again"})
		if calls := j.Calls(in{"a", Query{}}); len(calls) != 1 || calls[0].Number != 1 {
			t.Errorf("the new session has %v", numbers(calls))
		}
		sub.Close()
	})
}

// Every call that fits is either read or counted as missed, and a reader that goes and resumes
// loses none and gets none twice, whatever readers, callers and closers do at once.
func TestSubscriptionsUnderLoad(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		made, callers := rapid.IntRange(0, 300).Draw(t, "made"), rapid.IntRange(1, 3).Draw(t, "callers")
		limit := rapid.SampledFrom([]int{10, 100_000}).Draw(t, "limit")
		stays := rapid.IntRange(1, 20).Draw(t, "stays")
		j := newByName(Options{Calls: limit})
		sub, closedEarly := j.Subscribe(in{"a", Query{}}), j.Subscribe(in{"a", Query{}})
		var group sync.WaitGroup
		for range callers {
			group.Go(func() {
				for range made {
					j.Add(Entry{Session: "a", Number: j.Next("a")})
				}
			})
		}
		group.Go(closedEarly.Close)
		delivered, last, missed := map[int64]bool{}, int64(0), int64(0)
		for reads := 0; len(delivered)+int(missed) < made*callers; reads++ {
			events, now := sub.Next(7)
			for _, event := range events {
				if event.ID <= last || delivered[event.Call().Number] {
					t.Fatalf("call %d with ID %d came after ID %d", event.Call().Number, event.ID, last)
				}
				delivered[event.Call().Number], last = true, event.ID
			}
			switch {
			case reads%stays == stays-1:
				sub.Close()
				missed += now
				sub, _ = j.Resume(in{"a", Query{}}, last)
			case len(events) == 0 && len(delivered)+int(missed+now) < made*callers:
				<-sub.Added()
			case len(events) == 0:
				missed += now
			}
		}
		group.Wait()
		if sub.Close(); limit > 10 && missed != 0 {
			t.Fatalf("%d were missed, though the journal has them all", missed)
		}
	})
}

func toText(calls []Entry) string {
	text := "["
	for i, n := range numbers(calls) {
		if i > 0 {
			text += " "
		}
		text += strconv.FormatInt(n, 10)
	}
	return text + "]"
}
