package journal

import (
	"context"
	"slices"
	"sync"
	"testing"
)

// byName is a journal with the logs of several sessions by name, as a server keeps them: a log is
// made when it is first asked for, and replaced when its session is set back.
type byName struct {
	*Journal
	mu   sync.Mutex
	logs map[string]*Log
}

// in is a query of one session's log.
type in struct {
	session string
	Query
}

func newByName(limits Options) *byName {
	return &byName{Journal: New(limits), logs: map[string]*Log{}}
}

func (j *byName) log(session string) *Log {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.logs[session] == nil {
		j.logs[session] = j.Log(session)
	}
	return j.logs[session]
}

func (j *byName) Next(session string) int64   { return j.log(session).Next() }
func (j *byName) Number(session string) int64 { return j.log(session).Number() }
func (j *byName) Add(e Entry)                 { j.log(e.Session).Add(e) }
func (j *byName) Calls(q in) []Entry          { return j.log(q.session).Calls(q.Query) }

func (j *byName) Call(session string, number int64) (Entry, bool) { return j.log(session).Call(number) }
func (j *byName) Clear(session string)                            { j.log(session).Clear() }
func (j *byName) Subscribe(q in) *Subscription                    { return j.log(q.session).Subscribe(q.Query) }

func (j *byName) Wait(ctx context.Context, q in, count int) ([]Entry, error) {
	calls, err := j.log(q.session).Wait(ctx, q.Query, count)
	return slices.AppendSeq([]Entry{}, calls), err
}

func (j *byName) Resume(q in, after int64) (*Subscription, bool) {
	return j.log(q.session).Resume(q.Query, after)
}

// Forget ends the session.
func (j *byName) Forget(session string) {
	old := j.log(session)
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.logs, session)
	old.Close()
}

// Rewind replaces the session's log by what it was at the number n.
func (j *byName) Rewind(session string, n int64) {
	old := j.log(session)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.logs[session] = old.Replace(n)
}

// leftBehind fails the test where a log still has somebody who waits or has subscribed.
func (j *byName) leftBehind(t *testing.T) {
	t.Helper()
	for name, l := range j.logs {
		if len(l.waiters) != 0 || len(l.subscriptions) != 0 {
			t.Errorf("%d waiters and %d subscriptions are left behind in %s", len(l.waiters), len(l.subscriptions),
				name)
		}
	}
}
