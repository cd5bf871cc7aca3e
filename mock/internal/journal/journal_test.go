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
	j := New(Limits{Calls: 1})
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
	for _, given := range []Limits{{}, {Calls: -1, Bytes: -1}} {
		if got, want := New(given).limits, (Limits{Calls: 10_000, Bytes: 32 << 20}); got != want {
			t.Errorf("New(%+v) has limits %+v, want %+v", given, got, want)
		}
	}
}

func TestCallsFitTheQuery(t *testing.T) {
	t.Parallel()
	j := New(Limits{})
	for _, e := range []Entry{
		{Number: 1, Session: "default", API: "bsu", Status: 200},
		{Number: 2, Session: "default", API: "bsu", Status: 400, Code: "GLD_006", Specification: []string{"GLD_1028"}},
		{Number: 1, Session: "other", API: "bsu", Status: 400, Code: "GLD_006", Specification: []string{"GLD_1022"}},
		{Number: 3, Session: "default", API: "aandsverk", Status: 400, Code: "GLD_006", Specification: []string{"GLD_1022", "GLD_1030"}},
		{Number: 4, Session: "default", API: "bsu", Status: 401, Code: "GLD_004", Specification: []string{"GLD_1007"}},
		{Number: 5, Session: "default", Status: 404},
	} {
		j.Add(e)
	}
	for name, test := range map[string]struct {
		query Query
		want  []int64
	}{
		"session":            {Query{Session: "default"}, []int64{1, 2, 3, 4, 5}},
		"other session":      {Query{Session: "other"}, []int64{1}},
		"unknown session":    {Query{Session: "ukjent"}, []int64{}},
		"no session":         {Query{}, []int64{}},
		"api":                {Query{Session: "default", API: "bsu"}, []int64{1, 2, 4}},
		"status":             {Query{Session: "default", Status: 400}, []int64{2, 3}},
		"parent code":        {Query{Session: "default", Code: "GLD_006"}, []int64{2, 3}},
		"specification":      {Query{Session: "default", Code: "GLD_1028"}, []int64{2}},
		"one of two":         {Query{Session: "default", Code: "GLD_1030"}, []int64{3}},
		"part of a code":     {Query{Session: "default", Code: "GLD_10"}, []int64{}},
		"since":              {Query{Session: "default", Since: 3}, []int64{4, 5}},
		"since the last":     {Query{Session: "default", Since: 5}, []int64{}},
		"limit":              {Query{Session: "default", Limit: 2}, []int64{4, 5}},
		"limit of filtered":  {Query{Session: "default", Status: 400, Limit: 1}, []int64{3}},
		"limit beyond":       {Query{Session: "default", Limit: 50}, []int64{1, 2, 3, 4, 5}},
		"limit below zero":   {Query{Session: "default", Limit: -1}, []int64{1, 2, 3, 4, 5}},
		"all at once":        {Query{Session: "default", API: "bsu", Status: 400, Code: "GLD_006", Since: 1, Limit: 3}, []int64{2}},
		"all but one fits":   {Query{Session: "default", API: "bsu", Status: 400, Code: "GLD_006", Since: 2}, []int64{}},
		"api of no such":     {Query{Session: "default", API: "boligsameie"}, []int64{}},
		"status of no such":  {Query{Session: "default", Status: 500}, []int64{}},
		"other session's 22": {Query{Session: "other", Code: "GLD_1022"}, []int64{1}},
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
	j := New(Limits{Bytes: 8 << 10})
	j.Add(Entry{Number: 1})
	j.Add(Entry{Number: 2, Path: strings.Repeat("x", 8<<10)})
	if diff := cmp.Diff([]int64{1}, numbers(j.Calls(Query{}))); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// The journal against a plain list, through any order of calls: the newest that fit the limits are there, each session
// sees its own in the order of their numbers, and the bytes add up.
func TestJournalIsThePlainListWithinItsLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{Calls: rapid.IntRange(1, 20).Draw(t, "calls"), Bytes: rapid.IntRange(2_000, 40_000).Draw(t, "bytes")}
		session := rapid.SampledFrom([]string{"default", "other", "third"})
		j := New(limits)
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
				e := Entry{Session: s, Number: waiting[s][at], Path: strings.Repeat("x", rapid.IntRange(0, 3_000).Draw(t, "length"))}
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
			"": func(t *rapid.T) {
				if len(j.calls) != len(list) || j.bytes != sum(list) {
					t.Fatalf("the journal has %d calls of %d bytes, want %d of %d", len(j.calls), j.bytes, len(list), sum(list))
				}
				for _, s := range []string{"default", "other", "third"} {
					want := []int64{}
					for _, e := range list {
						if e.Session == s {
							want = append(want, e.Number)
						}
					}
					slices.Sort(want)
					if diff := cmp.Diff(want, numbers(j.Calls(Query{Session: s}))); diff != "" {
						t.Fatalf("calls of %q (-want +got):\n%s", s, diff)
					}
				}
			},
		})
	})
}

func TestConcurrentCallers(t *testing.T) {
	t.Parallel()
	const callers, each = 16, 200
	j := New(Limits{Calls: 2 * callers * each})
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
				if got := numbers(j.Calls(Query{Session: "default"})); !slices.IsSorted(got) {
					t.Errorf("numbers out of order: %v", got)
				}
				if got := len(j.Calls(Query{Session: own})); got != min(i+1, 10) {
					t.Errorf("%d calls of %s since it was cleared, want %d", got, own, min(i+1, 10))
				}
				j.Clear(own)
			}
		})
	}
	group.Wait()
	got := numbers(j.Calls(Query{Session: "default"}))
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
