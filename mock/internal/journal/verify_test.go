package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// made returns the calls of a client that fetched a token, met an outage, tried again and asked for
// the outcome.
func made() []Entry { return madeJournal().Calls(in{}) }

func madeJournal() *byName {
	j := newByName(Options{})
	for _, e := range []Entry{
		{API: "maskinporten", Route: "/token", Method: "POST", Path: "/maskinporten/token", Status: 200},
		{
			API: "bsu", Route: "/v1/{inntektsaar}", Method: "POST", Path: "/bsu/v1/2023", Status: 503,
			IdempotencyKey: "k1", StoppedBy: "scenario",
			Played: []string{"maintenance"}, Why: "The scenario maintenance was played.", Organisation: "313367002",
			Request: Message{Body: []byte(`{"fnr":"10836096911"}`)},
		},
		{
			API: "bsu", Route: "/v1/{inntektsaar}", Method: "POST", Path: "/bsu/v1/2023", Status: 400, Code: "GLD_006",
			Specification: []string{"GLD_1028"}, IdempotencyKey: "k1",
			Organisation: "313367002", StoppedBy: "content-type",
		},
		{
			API: "bsu", Route: "/v1/{inntektsaar}", Method: "POST", Path: "/bsu/v1/2023", Status: 200,
			IdempotencyKey: "k1", Organisation: "313367002",
		},
		{
			API: "bsu", Route: "/v1/{inntektsaar}/{id}", Method: "GET", Path: "/bsu/v1/2023/1", Status: 200,
			Organisation: "313367002",
		},
	} {
		e.Number = j.Next("")
		j.Add(e)
	}
	return j
}

func times(n int) *int { return &n }

func TestVerify(t *testing.T) {
	t.Parallel()
	post := Expected{API: "bsu", Method: "post", Key: "k1"}
	for name, test := range map[string]struct {
		expectation Expectation
		want        string // per check: wanted, found, ok, nearest; then the pair out of order
	}{
		"at least once": {Expectation{Calls: []Expected{post}}, "at least 1: [2 3 4] ok"},
		"exactly":       {Expectation{Calls: []Expected{with(post, times(3), nil, nil)}}, "exactly 3: [2 3 4] ok"},
		"exactly, too many": {
			Expectation{Calls: []Expected{with(post, times(2), nil, nil)}},
			"exactly 2: [2 3 4] NOT",
		},
		"never": {
			Expectation{Calls: []Expected{with(Expected{Status: "500"}, times(0), nil, nil)}},
			"exactly 0 (never): [] ok",
		},
		"never, but was": {
			Expectation{Calls: []Expected{with(Expected{Status: "503"}, times(0), nil, nil)}},
			"exactly 0 (never): [2] NOT",
		},
		"at most": {Expectation{Calls: []Expected{with(post, nil, nil, times(3))}}, "at most 3: [2 3 4] ok"},
		"at most, too many": {
			Expectation{Calls: []Expected{with(post, nil, nil, times(2))}},
			"at most 2: [2 3 4] NOT",
		},
		"at most none there": {
			Expectation{Calls: []Expected{with(Expected{Status: "418"}, nil, nil, times(2))}},
			"at most 2: [] ok",
		},
		"between": {
			Expectation{Calls: []Expected{with(post, nil, times(2), times(4))}},
			"2 to 4: [2 3 4] ok",
		},
		"at least, too few": {
			Expectation{Calls: []Expected{with(post, nil, times(4), nil)}},
			"at least 4: [2 3 4] NOT, nearest 5: method post/GET key k1/",
		},
		"all fields": {
			Expectation{Calls: []Expected{{
				API: "bsu", Route: "/v1/{inntektsaar}", Method: "POST", Status: "400",
				Code: "GLD_1028", Organisation: "313367002",
				Key: "k1", StoppedBy: "content-type",
			}}}, "at least 1: [3] ok",
		},
		"scenario": {Expectation{Calls: []Expected{{Scenario: "maintenance"}}}, "at least 1: [2] ok"},
		"body as written": {
			Expectation{Calls: []Expected{{BodyContains: `"fnr":"10836096911"`}}},
			"at least 1: [2] ok",
		},
		"body as shown": {
			Expectation{Calls: []Expected{{Scenario: "maintenance", BodyContains: `108360*****`}}},
			"at least 1: [] NOT, nearest 2: bodyContains 108360*****/a body of 21 bytes without it, of which 21 are " +
				"kept",
		},
		"another person": {
			Expectation{Calls: []Expected{{Scenario: "maintenance", BodyContains: `10836096912`}}},
			"at least 1: [] NOT, nearest 2: bodyContains 108360*****/a body of 21 bytes without it, of which 21 are " +
				"kept",
		},
		"another code": {
			Expectation{Calls: []Expected{{Method: "POST", API: "bsu", Code: "GLD_1022"}}},
			"at least 1: [] NOT, nearest 4: code GLD_1022/",
		},
		"code and status": {
			Expectation{Calls: []Expected{{API: "bsu", Status: "400", Code: "GLD_1022"}}},
			"at least 1: [] NOT, nearest 3: code GLD_1022/GLD_006, GLD_1028",
		},
		"outcome before who": {
			Expectation{Calls: []Expected{{Route: "/token", Status: "503"}}},
			"at least 1: [] NOT, nearest 1: status 503/200",
		},
		"unexpected before expected": {
			Expectation{
				Calls: []Expected{{Status: "404", API: "bsu"}, {Method: "GET"}, {Method: "POST", Status: "200"}},
			},
			"at least 1: [] NOT, nearest 3: status 404/400; at least 1: [5] ok; at least 1: [1 4] ok",
		},
		"unexpected after expected": {
			Expectation{Calls: []Expected{{Status: "404", API: "bsu"}, {Status: "503"}}},
			"at least 1: [] NOT, nearest 5: status 404/200; at least 1: [2] ok",
		},
		"a body that is not": {
			Expectation{Calls: []Expected{{Scenario: "maintenance", BodyContains: "x"}}},
			"at least 1: [] NOT, nearest 2: bodyContains x/a body of 21 bytes without it, of which 21 are kept",
		},
		"a class": {
			Expectation{Calls: []Expected{with(Expected{Status: "2xx"}, times(3), nil, nil)}},
			"exactly 3: [1 4 5] ok",
		},
		"a class in capitals": {
			Expectation{Calls: []Expected{with(Expected{Status: "5XX"}, times(1), nil, nil)}},
			"exactly 1: [2] ok",
		},
		"a class never": {
			Expectation{Calls: []Expected{with(Expected{Status: "5xx"}, times(0), nil, nil)}},
			"exactly 0 (never): [2] NOT",
		},
		"a class that was not": {
			Expectation{Calls: []Expected{{API: "maskinporten", Status: "4xx"}}},
			"at least 1: [] NOT, nearest 1: status 4xx/200",
		},
		"a class in two letters": {
			Expectation{Calls: []Expected{{Status: "4xx"}, {Status: "4XX"}}},
			"at least 2: [3] NOT, nearest 5: status 4xx/200; at least 2: [3] NOT, nearest 5: status 4xx/200",
		},

		"nothing else": {
			Expectation{NothingElse: true, Calls: []Expected{{Status: "2xx"}, {API: "bsu"}}},
			"at least 1: [1 4 5] ok; at least 1: [2 3 4 5] ok",
		},
		"something else": {
			Expectation{NothingElse: true, Calls: []Expected{{Status: "2xx"}}},
			"at least 1: [1 4 5] ok; unexpected 2 of 2: 2 3",
		},
		"something else, in order": {
			Expectation{
				NothingElse: true, InOrder: true,
				Calls: []Expected{{Status: "4xx"}, {Status: "5xx"}},
			},
			"at least 1: [3] ok; at least 1: [2] ok; 2 should come after 3; unexpected 3 of 3: 1 4 5",
		},
		"no call at all": {Expectation{NothingElse: true}, "unexpected 5 of 5: 1 2 3 4 5"},
		"never is not unexpected": {
			Expectation{
				NothingElse: true,
				Calls: []Expected{
					{Status: "2xx"},
					{Status: "400"},
					with(Expected{Status: "5xx"}, times(0), nil, nil),
				},
			},
			"at least 1: [1 4 5] ok; at least 1: [3] ok; exactly 0 (never): [2] NOT",
		},

		"twice the same": {
			Expectation{Calls: []Expected{post, post}},
			"at least 2: [2 3 4] ok; at least 2: [2 3 4] ok",
		},
		"twice the same, exactly": {Expectation{Calls: []Expected{
			with(post, times(1), nil, nil),
			with(post, times(2), nil, nil),
		}}, "exactly 3: [2 3 4] ok; exactly 3: [2 3 4] ok"},
		"one for two": {
			Expectation{Calls: []Expected{{Status: "503"}, {Scenario: "maintenance"}}},
			"at least 1: [2] ok; at least 1: [2] ok",
		},

		"in order": {
			Expectation{
				InOrder: true,
				Calls:   []Expected{{Status: "503"}, {Status: "400"}, {Method: "GET"}},
			},
			"at least 1: [2] ok; at least 1: [3] ok; at least 1: [5] ok",
		},
		"out of order": {
			Expectation{InOrder: true, Calls: []Expected{{Status: "400"}, {Status: "503"}}},
			"at least 1: [3] ok; at least 1: [2] ok; 2 should come after 3",
		},
		"the same around others": {
			Expectation{
				InOrder: true,
				Calls:   []Expected{{Status: "200"}, {Status: "400"}, {Status: "200"}},
			},
			"at least 2: [1 4 5] ok; at least 1: [3] ok; at least 2: [1 4 5] ok",
		},
		"all needed first": {
			Expectation{
				InOrder: true,
				Calls:   []Expected{with(post, times(3), nil, nil), {Status: "400"}},
			},
			"exactly 3: [2 3 4] ok; at least 1: [3] ok; 3 should come after 4",
		},
		"one for two in order": {
			Expectation{
				InOrder: true,
				Calls:   []Expected{{Status: "503"}, {Scenario: "maintenance"}},
			},
			"at least 1: [2] ok; at least 1: [2] ok; 2 should come after 2",
		},
		"missing in order": {
			Expectation{InOrder: true, Calls: []Expected{{Method: "GET"}, {Method: "GET"}}},
			"at least 2: [5] NOT, nearest 4: method GET/POST; at least 2: [5] NOT, nearest 4: method GET/POST",
		},
		"never in order": {
			Expectation{
				InOrder: true,
				Calls:   []Expected{{Method: "GET"}, with(Expected{Status: "500"}, times(0), nil, nil)},
			},
			"at least 1: [5] ok; exactly 0 (never): [] ok",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := test.expectation.Validate(); err != nil {
				t.Fatal(err)
			}
			verdict := madeJournal().log("").Verify(test.expectation)
			if diff := cmp.Diff(test.want, summary(verdict)); diff != "" {
				t.Errorf("the verdict (-want +got):\n%s", diff)
			}
			if want := !strings.Contains(test.want, "NOT") && !strings.Contains(test.want, "should") &&
				!strings.Contains(test.want, "unexpected"); verdict.OK != want {
				t.Errorf("OK is %t, want %t", verdict.OK, want)
			}
		})
	}
}

func with(e Expected, times, atLeast, atMost *int) Expected {
	e.Times, e.AtLeast, e.AtMost = times, atLeast, atMost
	return e
}

// summary describes a verdict briefly.
func summary(v Verdict) string {
	var list []string
	for _, c := range v.Checks {
		text := fmt.Sprintf("%s: %v ", c.Want, c.Calls)
		if c.OK {
			text += "ok"
		} else {
			text += "NOT"
		}
		if c.Nearest != nil {
			text += fmt.Sprintf(", nearest %d:", c.Nearest.Number)
			for _, d := range c.Nearest.Differences {
				text += fmt.Sprintf(" %s %s/%s", d.Field, d.Want, d.Got)
			}
		}
		list = append(list, text)
	}
	if v.OutOfOrder != nil {
		list = append(list, fmt.Sprintf("%d should come after %d", v.OutOfOrder.Call, v.OutOfOrder.After))
	}
	if v.UnexpectedFound > 0 {
		text := fmt.Sprintf("unexpected %d of %d:", len(v.Unexpected), v.UnexpectedFound)
		for _, call := range v.Unexpected {
			text += fmt.Sprint(" ", call.Number)
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

// TestUnexpectedIsBounded: the verdict lists the first hundred calls, and counts all.
func TestUnexpectedIsBounded(t *testing.T) {
	t.Parallel()
	calls := make([]Entry, 1234)
	for i := range calls {
		calls[i] = Entry{Number: int64(i + 1), API: "bsu", Path: "/x", Status: 200}
	}
	v := verify(calls, Expectation{
		NothingElse: true,
		Calls:       []Expected{with(Expected{API: "kobo"}, times(0), nil, nil)},
	})
	if v.OK || v.UnexpectedFound != 1234 || len(v.Unexpected) != MaxUnexpected || v.Unexpected[99].Number != 100 {
		t.Errorf("%d of %d are listed, OK is %t", len(v.Unexpected), v.UnexpectedFound, v.OK)
	}
	if v := verify(nil, Expectation{NothingElse: true}); !v.OK {
		t.Errorf("no call at all is expected, and none was made: %+v", v)
	}
}

// TestStatus: which statuses a Status stands for, in JSON and for a query, and which texts are
// none.
func TestStatus(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`404`: `404`, `"404"`: `404`, `100`: `100`, `599`: `599`, `"1xx"`: `"1xx"`, `"5XX"`: `"5XX"`, `null`: `""`,
	} {
		var s Status
		if err := json.Unmarshal([]byte(written), &s); err != nil || s.Check() != nil {
			t.Errorf("%s: %v, %v", written, err, s.Check())
		}
		if got, err := json.Marshal(s); err != nil || string(got) != want {
			t.Errorf("%s is shown as %s, %v; want %s", written, got, err, want)
		}
	}
	for _, wrong := range []string{
		`0`, `4`, `99`, `600`, `-404`, `404.0`, `4e2`, `1000`, `true`, `{}`, `[404]`, `""`,
		`"0xx"`, `"6xx"`, `"4x"`, `"40x"`, `"x4x"`,
		`"4xxx"`, `" 4xx"`, `"4**"`, `"+44"`, `"4+4"`, `"okay"`, `"` + strings.Repeat("4", 5000) + `"`,
	} {
		var s Status
		if err := json.Unmarshal([]byte(wrong), &s); err != nil {
			t.Errorf("%s: %v", wrong, err)
		}
		if err := s.Check(); err == nil || !strings.Contains(err.Error(),
			"from 100 to 599, or a class: 1xx, 2xx, 3xx, 4xx or 5xx") || len(err.Error()) > 200 {
			t.Errorf("%.20s is no status: %v", wrong, err)
		}
		if s.statuses().has(404) {
			t.Errorf("%s has 404", wrong)
		}
	}
	for n, want := range map[int]Status{0: "", 4: "4xx", 404: "404", 7: "7"} {
		if got := StatusOf(n); got != want {
			t.Errorf("StatusOf(%d) is %q, want %q", n, got, want)
		}
	}
	for _, query := range []struct {
		status Status
		want   []int64
	}{
		{"", []int64{1, 2, 3, 4, 5}},
		{"200", []int64{1, 4, 5}},
		{"2xx", []int64{1, 4, 5}},
		{"4xx", []int64{3}},
		{"3xx", nil},
		{"7", nil},
	} {
		var got []int64
		for _, e := range madeJournal().Calls(in{"", Query{Status: query.status}}) {
			got = append(got, e.Number)
		}
		if !slices.Equal(got, query.want) {
			t.Errorf("%q finds %v, want %v", query.status, got, query.want)
		}
	}
}

func TestVerdictAsJSON(t *testing.T) {
	t.Parallel()
	verdict := verify(made(), Expectation{InOrder: true, Calls: []Expected{
		{API: "bsu", Method: "POST", Status: "400"},
		with(Expected{Scenario: "maintenance"}, times(1), nil, nil),
		{Method: "GET", Status: "404", Key: "k2"},
	}})
	got, err := json.Marshal(verdict)
	if err != nil {
		t.Fatal(err)
	}
	isGolden(t, "testdata/verdict.json", got)
}

func TestVerifyWithoutCalls(t *testing.T) {
	t.Parallel()
	if got, want := summary(verify(nil, Expectation{InOrder: true, Calls: []Expected{{API: "bsu"}}})),
		"at least 1: [] NOT"; got != want {
		t.Errorf("the verdict is %q, want %q", got, want)
	}
}

func TestWhatCannotBeVerifiedIsRefused(t *testing.T) {
	t.Parallel()
	many := Expectation{Calls: make([]Expected, 1001)}
	for want, x := range map[string]Expectation{
		"calls holds 0 calls to expect; it must hold from 1 to 1000 (none for no call at all, with nothingElse)": {},
		"calls holds 1001 calls to expect; it must hold from 1 to 1000 (none for no call at all, with " +
			"nothingElse)": many,
		"calls[1].times is -1; it must be from 0 to 1000000": {
			Calls: []Expected{{}, with(Expected{}, times(-1), nil, nil)},
		},
		"calls[0].atLeast is 1000001; it must be from 0 to 1000000": {
			Calls: []Expected{with(Expected{}, nil, times(1000001), nil)},
		},
		"calls[0].atMost is -3; it must be from 0 to 1000000": {
			Calls: []Expected{with(Expected{}, nil, nil, times(-3))},
		},
		"calls[0] has times beside atLeast or atMost; give times alone, or the others": {
			Calls: []Expected{with(Expected{}, times(1), times(1), nil)},
		},
		"calls[0].atLeast is 3, which is more than its atMost, 2": {
			Calls: []Expected{with(Expected{}, nil, times(3), times(2))},
		},
		`calls[1].status is "42"; it must be a whole number from 100 to 599, or a class: 1xx, 2xx, 3xx, 4xx or 5xx`: {
			Calls: []Expected{{}, {Status: "42"}},
		},
	} {
		if err := x.Validate(); err == nil || err.Error() != want {
			t.Errorf("Validate says %v, want %s", err, want)
		}
	}
}

// anyCalls returns calls of which many are alike.
func anyCalls(t *rapid.T) []Entry {
	var list []Entry
	for i := range rapid.IntRange(1, 12).Draw(t, "calls") {
		list = append(list, Entry{
			Number: int64(i + 1), API: rapid.SampledFrom([]string{"bsu", "kobo"}).Draw(t, "api"), Route: "/v1",
			Method: rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method"),
			Status: rapid.SampledFrom([]int{200, 400}).Draw(t, "status"),
		})
	}
	return list
}

func itself(e Entry) Expected {
	return Expected{API: e.API, Route: e.Route, Method: e.Method, Status: StatusOf(e.Status)}
}

// A sequence verifies itself, in order; with a call dropped it fails, and the calls like that one
// are reported as too few.
func TestASequenceVerifiesItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		calls, x := anyCalls(t), Expectation{InOrder: rapid.Bool().Draw(t, "in order")}
		exactly := rapid.Bool().Draw(t, "exactly")
		for _, e := range calls {
			expected := itself(e)
			if exactly {
				expected.Times = times(1)
			}
			x.Calls = append(x.Calls, expected)
		}
		if verdict := verify(calls, x); !verdict.OK {
			t.Fatalf("a sequence does not verify itself: %s", summary(verdict))
		}
		at := rapid.IntRange(0, len(calls)-1).Draw(t, "dropped")
		dropped := calls[at]
		fewer := slices.Delete(slices.Clone(calls), at, at+1)
		verdict := verify(fewer, x)
		if verdict.OK || verdict.Checks[at].OK {
			t.Fatalf("a call was dropped: %s", summary(verdict))
		}
		for i, c := range verdict.Checks {
			if like := itself(calls[i]) == itself(dropped); c.OK == like {
				t.Fatalf("check %d is %t after call %d was dropped: %s", i, c.OK, at+1, summary(verdict))
			}
			if c.Nearest != nil && len(c.Nearest.Differences) == 0 {
				t.Fatalf("the nearest call differs in nothing: %s", summary(verdict))
			}
		}
		more := slices.Insert(slices.Clone(calls), at, dropped)
		if verdict := verify(more, x); verdict.OK == exactly {
			t.Fatalf("a call was made twice: %s", summary(verdict))
		}
	})
}

// Two calls that are not alike, and not repeated, are reported when they change places.
func TestTwoCallsThatChangePlacesAreReported(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "calls")
		var calls []Entry
		x := Expectation{InOrder: true}
		for i := range n {
			calls = append(calls, Entry{Number: int64(i + 1), Status: 200, IdempotencyKey: fmt.Sprint("key", i)})
			x.Calls = append(x.Calls, Expected{Key: fmt.Sprint("key", i)})
		}
		at := rapid.IntRange(0, n-2).Draw(t, "at")
		calls[at].IdempotencyKey, calls[at+1].IdempotencyKey = calls[at+1].IdempotencyKey, calls[at].IdempotencyKey
		want := OutOfOrder{Expected: at + 1, Call: int64(at + 1), After: int64(at + 2)}
		verdict := verify(calls, x)
		if verdict.OK || verdict.OutOfOrder == nil || *verdict.OutOfOrder != want {
			t.Fatalf("the verdict is %s, want call %d to come after %d", summary(verdict), want.Call, want.After)
		}
		x.InOrder = false
		if verdict := verify(calls, x); !verdict.OK {
			t.Fatalf("no order was asked for: %s", summary(verdict))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	j := newByName(Options{})
	for range DefaultCalls {
		j.Add(Entry{API: "bsu", Method: "POST", Status: 200, Number: j.Next("")})
	}
	calls := j.Calls(in{})
	x := Expectation{InOrder: true, Calls: []Expected{
		{API: "bsu", Status: "200"},
		{API: "bsu", Status: "400"},
		{Method: "GET"},
	}}
	for b.Loop() {
		if verify(calls, x).OK {
			b.Fatal("verified")
		}
	}
}
