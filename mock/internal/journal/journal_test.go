package journal

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNextCountsEachSessionFromOne(t *testing.T) {
	t.Parallel()
	j := newByName(Options{Calls: 1})
	for want := int64(1); want <= 3; want++ {
		for _, session := range []string{"default", "other", ""} {
			if got := j.Next(session); got != want {
				t.Fatalf("Next(%q) = %d, want %d", session, got, want)
			}
			j.Add(Entry{Number: want, Session: session})
		}
	}
	j.Clear("default")
	if got := j.Next("default"); got != 4 {
		t.Errorf("Next after eviction and Clear = %d, want 4", got)
	}
}

func TestLimitsHaveDefaults(t *testing.T) {
	t.Parallel()
	for _, given := range []Options{{}, {Calls: -1, Bytes: -1}} {
		if got, want := newByName(given).options, (Options{Calls: 10_000, Bytes: 32 << 20}); got != want {
			t.Errorf("New(%+v) has limits %+v, want %+v", given, got, want)
		}
	}
}

func TestCallsFitTheQuery(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	for _, e := range []Entry{
		{Number: 1, Session: "default", API: "bsu", Route: "/v1/{inntektsaar}", Status: 200},
		{
			Number: 2, Session: "default", API: "bsu", Route: "/v1/{inntektsaar}", Status: 400, Code: "GLD_006",
			Specification: []string{"GLD_1028"},
			Organisation:  "313367002", Played: []string{"slow", "GLD_006"},
		},
		{Number: 1, Session: "other", API: "bsu", Status: 400, Code: "GLD_006", Specification: []string{"GLD_1022"}},
		{
			Number: 3, Session: "default", API: "aandsverk", Status: 400, Code: "GLD_006",
			Specification: []string{"GLD_1022", "GLD_1030"},
			Organisation:  "313367002", IdempotencyKey: "nøkkel",
		},
		{
			Number: 4, Session: "default", API: "bsu", Status: 401, Code: "GLD_004",
			Specification:  []string{"GLD_1007"},
			IdempotencyKey: "01018012345", Played: []string{"slow"}, StoppedBy: "token",
		},
		{Number: 5, Session: "default", Method: "GET", Status: 404},
	} {
		j.Add(e)
	}
	for name, test := range map[string]struct {
		query in
		want  []int64
	}{
		"session":           {in{"default", Query{}}, []int64{1, 2, 3, 4, 5}},
		"other session":     {in{"other", Query{}}, []int64{1}},
		"unknown session":   {in{"ukjent", Query{}}, []int64{}},
		"no session":        {in{}, []int64{}},
		"api":               {in{"default", Query{API: "bsu"}}, []int64{1, 2, 4}},
		"status":            {in{"default", Query{Status: "400"}}, []int64{2, 3}},
		"parent code":       {in{"default", Query{Code: "GLD_006"}}, []int64{2, 3}},
		"specification":     {in{"default", Query{Code: "GLD_1028"}}, []int64{2}},
		"one of two":        {in{"default", Query{Code: "GLD_1030"}}, []int64{3}},
		"part of a code":    {in{"default", Query{Code: "GLD_10"}}, []int64{}},
		"since":             {in{"default", Query{Since: 3}}, []int64{4, 5}},
		"since the last":    {in{"default", Query{Since: 5}}, []int64{}},
		"limit":             {in{"default", Query{Limit: 2}}, []int64{4, 5}},
		"limit of filtered": {in{"default", Query{Status: "400", Limit: 1}}, []int64{3}},
		"limit beyond":      {in{"default", Query{Limit: 50}}, []int64{1, 2, 3, 4, 5}},
		"limit below zero":  {in{"default", Query{Limit: -1}}, []int64{1, 2, 3, 4, 5}},
		"all at once": {
			in{"default", Query{API: "bsu", Status: "400", Code: "GLD_006", Since: 1, Limit: 3}},
			[]int64{2},
		},
		"all but one fits":   {in{"default", Query{API: "bsu", Status: "400", Code: "GLD_006", Since: 2}}, []int64{}},
		"api of no such":     {in{"default", Query{API: "boligsameie"}}, []int64{}},
		"status of no such":  {in{"default", Query{Status: "500"}}, []int64{}},
		"route":              {in{"default", Query{Route: "/v1/{inntektsaar}"}}, []int64{1, 2}},
		"method in any case": {in{"default", Query{Method: "get"}}, []int64{5}},
		"organisation":       {in{"default", Query{Organisation: "313367002"}}, []int64{2, 3}},
		"key":                {in{"default", Query{Key: "nøkkel"}}, []int64{3}},
		"masked key":         {in{"default", Query{Key: "01018012345"}}, []int64{4}},
		"scenario":           {in{"default", Query{Scenario: "slow"}}, []int64{2, 4}},
		"second scenario":    {in{"default", Query{Scenario: "GLD_006"}}, []int64{2}},
		"stopped by":         {in{"default", Query{StoppedBy: "token"}}, []int64{4}},
		"two that disagree":  {in{"default", Query{StoppedBy: "token", Method: "GET"}}, []int64{}},
		"other session's 22": {in{"other", Query{Code: "GLD_1022"}}, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, numbers(j.Calls(test.query))); diff != "" {
				t.Errorf("Calls(%+v) (-want +got):\n%s", test.query, diff)
			}
		})
	}
}

func TestACallGreaterThanTheLimitPushesNothingOut(t *testing.T) {
	t.Parallel()
	j := newByName(Options{Bytes: 8 << 10})
	j.Add(Entry{Number: 1})
	j.Add(Entry{Number: 2, Path: strings.Repeat("x", 8<<10)})
	if diff := cmp.Diff([]int64{1}, numbers(j.Calls(in{}))); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestRewindAndForget(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	for range 5 {
		j.Add(Entry{Session: "a", Number: j.Next("a")})
		j.Add(Entry{Session: "b", Number: j.Next("b")})
	}
	j.Rewind("a", 3)
	if diff := cmp.Diff([]int64{1, 2, 3}, numbers(j.Calls(in{"a", Query{}}))); diff != "" || j.Next("a") != 4 {
		t.Errorf("after Rewind to 3 (-want +got):\n%s", diff)
	}
	j.Rewind("a", 9)
	if diff := cmp.Diff([]int64{1, 2, 3}, numbers(j.Calls(in{"a", Query{}}))); diff != "" || j.Next("a") != 10 {
		t.Errorf("after Rewind to 9 (-want +got):\n%s", diff)
	}
	j.Forget("a")
	if diff := cmp.Diff([]int64{}, numbers(j.Calls(in{"a", Query{}}))); diff != "" || j.Next("a") != 1 {
		t.Errorf("after Forget (-want +got):\n%s", diff)
	}
	j.Rewind("b", -7)
	if got := j.Number("b"); got != 0 {
		t.Errorf("after Rewind below zero the last number is %d", got)
	}
	j.Forget("b")
	if got := j.Number("ukjent"); got != 0 {
		t.Errorf("a new log has come to %d", got)
	}
}

// A call that was in flight when its session was set back is not in the log that took its place.
func TestAReplacedLogTakesNothing(t *testing.T) {
	t.Parallel()
	j := New(Options{})
	old := j.Log("a")
	old.Add(Entry{Number: old.Next()})
	late := old.Next()
	next := old.Replace(1)
	old.Add(Entry{Number: late, Why: "late"})
	next.Add(Entry{Number: next.Next(), Why: "new"})
	if calls := next.Calls(Query{}); len(calls) != 2 || calls[1].Why != "new" || calls[1].Number != 2 ||
		calls[1].Session != "a" {
		t.Errorf("the new log has %+v", calls)
	}
	if calls := old.Calls(Query{}); len(calls) != 0 || j.count != 2 {
		t.Errorf("the old log has %+v, the journal %d calls", calls, j.count)
	}
	next.Close()
	next.Add(Entry{Number: 3})
	if j.count != 0 || j.bytes != 0 {
		t.Errorf("closed, there are %d calls of %d bytes", j.count, j.bytes)
	}
}

// The journal against a plain list, through any order of calls: the newest that fit the limits are
// there, each session sees its own in the order of their numbers, and the bytes add up.
func TestJournalIsThePlainListWithinItsLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := Options{
			Calls: rapid.IntRange(1, 20).Draw(t, "calls"),
			Bytes: rapid.IntRange(2_000, 40_000).Draw(t, "bytes"),
		}
		session := rapid.SampledFrom([]string{"default", "other", "third"})
		j := newByName(limits)
		var list []Entry
		handedOut := map[string]int64{}
		waiting := map[string][]int64{}

		t.Repeat(map[string]func(*rapid.T){
			"next": func(t *rapid.T) {
				s := session.Draw(t, "session")
				handedOut[s]++
				n := j.Next(s)
				if n != handedOut[s] {
					t.Fatalf("Next(%q) = %d, want %d", s, n, handedOut[s])
				}
				waiting[s] = append(waiting[s], n)
			},
			"add": func(t *rapid.T) {
				s := session.Draw(t, "session")
				if len(waiting[s]) == 0 {
					t.Skip("no number handed out")
				}
				at := rapid.IntRange(0, len(waiting[s])-1).Draw(t, "at")
				e := Entry{
					Session: s, Number: waiting[s][at],
					Path: strings.Repeat("x", rapid.IntRange(0, 3_000).Draw(t, "length")),
				}
				waiting[s] = slices.Delete(waiting[s], at, at+1)
				j.Add(e)
				if e.size() > limits.Bytes {
					return
				}
				list = append(list, e)
				for len(list) > limits.Calls || sum(list) > limits.Bytes {
					list = list[1:]
				}
			},
			"clear": func(t *rapid.T) {
				s := session.Draw(t, "session")
				j.Clear(s)
				list = slices.DeleteFunc(list, func(e Entry) bool { return e.Session == s })
			},
			"rewind": func(t *rapid.T) {
				s := session.Draw(t, "session")
				n := rapid.Int64Range(0, handedOut[s]).Draw(t, "n")
				if n == 0 {
					j.Forget(s)
				} else {
					j.Rewind(s, n)
				}
				handedOut[s], waiting[s] = n, slices.DeleteFunc(waiting[s],
					func(number int64) bool { return number > n })
				list = slices.DeleteFunc(list, func(e Entry) bool { return e.Session == s && e.Number > n })
			},
			"": func(t *rapid.T) {
				if j.count != len(list) || j.bytes != sum(list) {
					t.Fatalf("the journal has %d calls of %d bytes, want %d of %d", j.count, j.bytes, len(list),
						sum(list))
				}
				for _, s := range []string{"default", "other", "third"} {
					want := []int64{}
					for _, e := range list {
						if e.Session == s {
							want = append(want, e.Number)
						}
					}
					slices.Sort(want)
					if diff := cmp.Diff(want, numbers(j.Calls(in{s, Query{}}))); diff != "" {
						t.Fatalf("calls of %q (-want +got):\n%s", s, diff)
					}
					if got := j.Number(s); got != handedOut[s] {
						t.Fatalf("Number(%q) = %d, want %d", s, got, handedOut[s])
					}
					for n := range handedOut[s] + 2 {
						if e, found := j.Call(s, n); found != slices.Contains(want, n) || found &&
							(e.Number != n || e.Session != s) {
							t.Fatalf("Call(%q, %d) = %d of %q, %t, where there are %v", s, n, e.Number, e.Session,
								found, want)
						}
					}
				}
			},
		})
	})
}

func TestConcurrentCallers(t *testing.T) {
	t.Parallel()
	const callers, each = 16, 200
	j := newByName(Options{Calls: 2 * callers * each})
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			own := "session" + strconv.Itoa(caller)
			for i := range each {
				j.Add(Entry{Session: "default", Number: j.Next("default"), Request: Message{Body: []byte("{}")}})
				j.Add(Entry{Session: own, Number: j.Next(own)})
				if i%10 > 0 {
					continue
				}
				if got := numbers(j.Calls(in{"default", Query{}})); !slices.IsSorted(got) {
					t.Errorf("numbers out of order: %v", got)
				}
				if got := len(j.Calls(in{own, Query{}})); got != min(i+1, 10) {
					t.Errorf("%d calls of %s since it was cleared, want %d", got, own, min(i+1, 10))
				}
				j.Clear(own)
			}
		})
	}
	group.Wait()
	got := numbers(j.Calls(in{"default", Query{}}))
	if len(got) != callers*each {
		t.Fatalf("%d calls kept, want %d", len(got), callers*each)
	}
	for i, number := range got {
		if number != int64(i+1) {
			t.Fatalf("call %d has number %d, want %d", i, number, i+1)
		}
	}
}

func numbers(calls []Entry) []int64 {
	list := make([]int64, len(calls))
	for i, e := range calls {
		list[i] = e.Number
	}
	return list
}

func sum(list []Entry) int {
	n := 0
	for _, e := range list {
		n += e.size()
	}
	return n
}
