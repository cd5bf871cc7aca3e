package report

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/wire"
)

// refused returns a call that is refused with the code X.
func refused(of *Lines, number int64, path, key string) *Call {
	return &Call{
		Request: &wire.Request{
			API: of.API, Number: number, Address: address.Address{URL: &url.URL{Path: path}}, Body: []byte("{}"),
		},
		HTTP: httptest.NewRequest(http.MethodPost, path, nil), Key: key,
		Status: http.StatusBadRequest, Code: "X", Reached: true, Lines: of, Latest: number,
	}
}

// linesOfX returns the lines of an API that has one error.
func linesOfX() *Lines {
	return NewLines(&catalog.API{Name: "x"}, []Line{{Status: http.StatusBadRequest, Kode: "X"}}, nil)
}

// TestCoverageIsBounded: what is kept of a session does not grow with its calls, and what is forgotten
// counts as gone on.
func TestCoverageIsBounded(t *testing.T) {
	t.Parallel()
	memory := &Memory{}
	r, of := NewRecorder(memory), linesOfX()
	const calls = 5 * maxRemembered
	for i := range int64(calls) {
		c := refused(of, i+1, fmt.Sprintf("/%d", i), "k")
		c.Latest = calls // all are under way at once
		r.See(c)
	}
	lines, called := r.Coverage(of)
	want := Reaction{GaveUp: maxOpen, WentOn: calls - maxOpen}
	if len(lines) != 1 || lines[0].Met != calls || lines[0].Reaction != want || !called {
		t.Errorf("the coverage is %+v", lines)
	}
	if kept := r.coverage.answered.size(); kept != maxRemembered || memory.held.Load() > 2*maxRemembered {
		t.Errorf("%d answers are remembered, %d things in all", kept, memory.held.Load())
	}
	r.Close()
	if memory.held.Load() != 0 {
		t.Errorf("%d things are held after the end", memory.held.Load())
	}
}

// TestReactionOfCallsAtOnce: a call that had begun before an answer is no reaction to it.
func TestReactionOfCallsAtOnce(t *testing.T) {
	t.Parallel()
	r, of := NewRecorder(&Memory{}), linesOfX()
	first, second := refused(of, 1, "/a", "k"), refused(of, 2, "/a", "k")
	first.Latest = 2
	r.See(first)
	r.See(second)
	lines, _ := r.Coverage(of)
	if want := (Reaction{GaveUp: 2}); lines[0].Reaction != want {
		t.Errorf("of two calls at once the coverage is %+v", lines[0])
	}
	r.See(refused(of, 3, "/a", "other"))
	lines, _ = r.Coverage(of)
	if want := (Reaction{NewKey: 1, WentOn: 1, GaveUp: 1}); lines[0].Reaction != want {
		t.Errorf("after a third call the coverage is %+v", lines[0])
	}
}

// BenchmarkCoverage measures what a session costs in which a client has met one thing.
func BenchmarkCoverage(b *testing.B) {
	memory, of := &Memory{}, linesOfX()
	c := refused(of, 1, "/a", "k")
	b.ReportAllocs()
	for range b.N {
		r := NewRecorder(memory)
		r.coverage.see(c)
		r.Close()
	}
}
