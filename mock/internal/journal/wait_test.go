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

// waited is what a Wait in the background came to.
type waited struct {
	calls []Entry
	err   error
}

// waiting begins to wait, and returns once it does.
func waiting(ctx context.Context, j *Journal, q Query, count int) <-chan waited {
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
	j := New(Limits{})
	for n := range int64(3) {
		j.Add(Entry{Session: "default", Number: n + 1, Status: 200 + int(n)})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		query Query
		count int
		want  []int64
		err   error
	}{
		"enough":           {Query{Session: "default"}, 3, []int64{1, 2, 3}, nil},
		"more":             {Query{Session: "default"}, 1, []int64{1, 2, 3}, nil},
		"none asked for":   {Query{Session: "default"}, 0, []int64{1, 2, 3}, nil},
		"fewer than none":  {Query{Session: "ukjent"}, -1, []int64{}, nil},
		"limited":          {Query{Session: "default", Limit: 1}, 3, []int64{3}, nil},
		"since":            {Query{Session: "default", Since: 1}, 2, []int64{2, 3}, nil},
		"too few":          {Query{Session: "default"}, 4, []int64{1, 2, 3}, context.Canceled},
		"too few that fit": {Query{Session: "default", Status: "201"}, 2, []int64{2}, context.Canceled},
		"unknown session":  {Query{Session: "ukjent"}, 1, []int64{}, context.Canceled},
	} {
		calls, err := j.Wait(ended, test.query, test.count)
		if diff := cmp.Diff(test.want, numbers(calls)); diff != "" || !errors.Is(err, test.err) {
			t.Errorf("%s: error %v, want %v; calls (-want +got):\n%s", name, err, test.err, diff)
		}
	}
	if len(j.sessions) != 1 {
		t.Errorf("%d sessions are known, want 1", len(j.sessions))
	}
}

func TestWaitIsWokenByTheCallsThatFit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := New(Limits{})
		done := waiting(t.Context(), j, Query{Session: "a", Status: "400", Since: 2}, 2)
		for _, e := range []Entry{
			{Session: "a", Number: 1, Status: 400}, {Session: "b", Number: 4, Status: 400}, {Session: "a", Number: 5, Status: 400},
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
		j := New(Limits{})
		ctx, cancel := context.WithCancel(t.Context())
		done := waiting(ctx, j, Query{Session: "a"}, 2)
		j.Add(Entry{Session: "a", Number: 1})
		cancel()
		got := <-done
		if diff := cmp.Diff([]int64{1}, numbers(got.calls)); diff != "" || !errors.Is(got.err, context.Canceled) {
			t.Errorf("error %v, calls (-want +got):\n%s", got.err, diff)
		}
		if s := j.sessions["a"]; len(s.waiters) != 0 {
			t.Errorf("%d waiters are left behind", len(s.waiters))
		}
	})
}

// Calls that are pushed out by others are counted, and returned as far as the limits reach.
func TestWaitCountsWhatIsEvicted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := New(Limits{Calls: 3})
		three, five := waiting(t.Context(), j, Query{Session: "a"}, 3), waiting(t.Context(), j, Query{Session: "a"}, 5)
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
		j := New(Limits{Bytes: 2_000})
		done := waiting(t.Context(), j, Query{Session: "a"}, 2)
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
		setBack func(*Journal)
		want    string // of the calls 1 and 2 before, then 3, 4, 5
	}{
		"clear":            {func(j *Journal) { j.Clear("a") }, "[3 4 5]"},
		"forget":           {func(j *Journal) { j.Forget("a") }, "[3 4 5]"},
		"rewind":           {func(j *Journal) { j.Rewind("a", 1) }, "[1 3 4]"},
		"rewind to now":    {func(j *Journal) { j.Rewind("a", 2) }, "[1 2 3]"},
		"another session":  {func(j *Journal) { j.Forget("b") }, "[1 2 3]"},
		"a foreign clear":  {func(j *Journal) { j.Clear("b") }, "[1 2 3]"},
		"nothing happened": {func(*Journal) {}, "[1 2 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := New(Limits{})
				done := waiting(t.Context(), j, Query{Session: "a"}, 3)
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

// Whoever waits for n calls of n callers gets them all, whatever the limits, and nobody is left behind.
func TestManyWaitersAndCallers(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 50
	j := New(Limits{Calls: callers * each})
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
				if calls, err := j.Wait(t.Context(), Query{Session: own}, count); err != nil || len(calls) < count {
					t.Errorf("%d calls, error %v; want at least %d", len(calls), err, count)
				}
			})
		}
	}
	group.Wait()
	for name, s := range j.sessions {
		if len(s.waiters) != 0 {
			t.Errorf("%d waiters are left behind in %s", len(s.waiters), name)
		}
	}
}

func TestSubscriptionDeliversWhatFits(t *testing.T) {
	t.Parallel()
	j := New(Limits{Calls: 1})
	sub := j.Subscribe(Query{Session: "a", Method: "POST", Since: 2})
	other := j.Subscribe(Query{Session: "b"})
	for n := range int64(6) {
		j.Add(Entry{Session: "a", Number: n + 1, Method: []string{"POST", "GET"}[n%2], Why: "for 10836096911"})
	}
	sub.Close()
	sub.Close()
	j.Add(Entry{Session: "a", Number: 7, Method: "POST"})
	got := []Entry{}
	for e := range sub.Calls() {
		got = append(got, e)
	}
	if diff := cmp.Diff([]int64{3, 5}, numbers(got)); diff != "" || sub.Missed() != 0 {
		t.Errorf("%d missed, calls (-want +got):\n%s", sub.Missed(), diff)
	}
	if got[0].Why != "for 108360*****" {
		t.Errorf("what is delivered is not masked: %q", got[0].Why)
	}
	other.Close()
	if _, open := <-other.Calls(); open {
		t.Error("another session's call was delivered")
	}
	if len(j.sessions) != 1 || len(j.sessions["a"].subscriptions) != 0 {
		t.Errorf("subscriptions are left behind: %d sessions", len(j.sessions))
	}
}

// A reader that sleeps holds nobody up, and is told what it missed; when it reads again it goes on.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	j := New(Limits{})
	sub := j.Subscribe(Query{Session: "a"})
	defer sub.Close()
	const made = SubscriptionBuffer + 37
	for range made {
		j.Add(Entry{Session: "a", Number: j.Next("a")})
	}
	if got := sub.Missed(); got != made-SubscriptionBuffer {
		t.Errorf("%d missed, want %d", got, made-SubscriptionBuffer)
	}
	for want := range int64(SubscriptionBuffer) {
		if e := <-sub.Calls(); e.Number != want+1 {
			t.Fatalf("call %d delivered, want %d", e.Number, want+1)
		}
	}
	j.Add(Entry{Session: "a", Number: j.Next("a")})
	if e := <-sub.Calls(); e.Number != made+1 {
		t.Errorf("call %d delivered, want %d", e.Number, made+1)
	}
}

// A subscription outlives its session's being forgotten.
func TestSubscriptionOutlivesForget(t *testing.T) {
	t.Parallel()
	j := New(Limits{})
	sub := j.Subscribe(Query{Session: "a"})
	j.Add(Entry{Session: "a", Number: j.Next("a")})
	j.Forget("a")
	j.Add(Entry{Session: "a", Number: j.Next("a"), Why: "again"})
	<-sub.Calls()
	if e := <-sub.Calls(); e.Number != 1 || e.Why != "again" {
		t.Errorf("call %d (%s) delivered, want the new number 1", e.Number, e.Why)
	}
	sub.Close()
	j.Forget("a")
	if len(j.sessions) != 0 {
		t.Errorf("%d sessions are known", len(j.sessions))
	}
}

// Every call that fits is either delivered or counted as missed, whatever readers, callers and closers do at once.
func TestSubscriptionsUnderLoad(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		made := rapid.IntRange(0, 3*SubscriptionBuffer).Draw(t, "made")
		j := New(Limits{Calls: 10})
		sub, closedEarly := j.Subscribe(Query{Session: "a"}), j.Subscribe(Query{Session: "a"})
		var group sync.WaitGroup
		group.Go(func() {
			for range made {
				j.Add(Entry{Session: "a", Number: j.Next("a")})
			}
			sub.Close()
		})
		group.Go(closedEarly.Close)
		delivered, last := 0, int64(0)
		for e := range sub.Calls() {
			if delivered++; e.Number <= last {
				t.Fatalf("call %d delivered after %d", e.Number, last)
			}
			last = e.Number
		}
		group.Wait()
		if delivered+int(sub.Missed()) != made {
			t.Fatalf("%d delivered and %d missed of %d", delivered, sub.Missed(), made)
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
