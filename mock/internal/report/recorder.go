package report

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

const (
	maxFindings = 200 // of a rule in a session
	maxShown    = 20  // calls of a finding

	// more is the subject of a rule's last finding, which has the faults of all further subjects.
	more = "more"
)

// Recorder keeps what the report of one session is made of. It is safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	space    space
	watchers []watcher          // by rule; nil before the first call
	findings map[int][]*finding // by rule; nil before the first
	coverage coverage
	closed   bool
}

// finding holds the faults of one subject that a rule has found.
type finding struct {
	subject string
	calls   []int64  // the first maxShown
	events  []string // the first maxShown
	undone  []int64  // those of them that a restore has undone; their numbers are given again
	times   int      // faults
	what    string
	unsure  bool // as all of its faults
	settled bool // by a restore: what comes has the numbers of its calls again, and is a finding of its own
}

// NewRecorder returns a recorder that has seen nothing. Close it when its session ends.
func NewRecorder(memory *Memory) *Recorder {
	return &Recorder{space: space{memory: memory}, coverage: coverage{space: space{memory: memory}}}
}

// See notes a call that has been answered.
func (r *Recorder) See(c *Call) {
	c.prepare()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.begin()
	r.coverage.see(c)
	for i, w := range r.watchers {
		for _, f := range w.see(c) {
			r.add(i, f)
		}
	}
}

// Hear notes an attempt to send a message to the client's receiver.
func (r *Recorder) Hear(m Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.begin()
	for i, w := range r.watchers {
		if listening, ok := w.(listener); ok {
			for _, f := range listening.hear(m) {
				r.add(i, f)
			}
		}
	}
}

// begin makes the watchers unless they are there. The lock is held.
func (r *Recorder) begin() {
	if r.watchers == nil {
		r.watchers = r.newWatchers()
	}
}

// add adds a fault to the findings of a rule; to the last one where there are maxFindings. Where all
// sessions together have as many findings as they may, a new one is lost.
func (r *Recorder) add(rule int, f fault) {
	known, isNew := findingOf(r.findings[rule], f)
	if isNew && len(r.findings[rule]) >= maxFindings-1 {
		f.subject, f.what = more, "the same was found again, more often than this report lists one by one"
		known, isNew = findingOf(r.findings[rule], f)
	}
	if isNew {
		if !take(&r.space.memory.findings, maxFindingsInAll) {
			return
		}
		if r.findings == nil {
			r.findings = map[int][]*finding{}
		}
		r.findings[rule] = append(r.findings[rule], known)
	}
	known.add(f)
}

// findingOf returns the finding that a fault belongs to, and whether it is new and in no list.
func findingOf(list []*finding, f fault) (known *finding, isNew bool) {
	at := slices.IndexFunc(list, func(known *finding) bool { return !known.settled && known.subject == f.subject })
	if at >= 0 {
		return list[at], false
	}
	return &finding{subject: f.subject, what: f.what, unsure: true}, true
}

// add adds a fault.
func (f *finding) add(one fault) {
	f.times++
	f.unsure = f.unsure && one.unsure
	for _, call := range one.calls {
		if len(f.calls) < maxShown && !slices.Contains(f.calls, call) {
			f.calls = append(f.calls, call)
		}
	}
	for _, event := range one.events {
		if len(f.events) < maxShown && !slices.Contains(f.events, event) {
			f.events = append(f.events, event)
		}
	}
}

// Successor closes the recorder, and returns the one that takes its place when its session goes back
// to the time of a call. It has the coverage and the findings, also those that are open at a time of the session's
// clock, and remembers nothing else: what was delivered after that call is not there any more (K770).
func (r *Recorder) Successor(call int64, now time.Time) *Recorder {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := NewRecorder(r.space.memory)
	if r.closed || r.watchers == nil {
		r.close()
		return next
	}
	for i, f := range r.open(now) {
		if slices.ContainsFunc(f.calls, func(of int64) bool { return of > call }) { // else it may still be mended
			r.add(i, f)
		}
	}
	next.findings, next.watchers = r.findings, next.newWatchers()
	for _, findings := range next.findings {
		for _, f := range findings {
			for _, known := range f.calls {
				if known > call {
					f.undone = append(f.undone, known)
				}
			}
			f.settled = f.subject != more
		}
	}
	r.findings = nil
	next.coverage.apis = r.coverage.handOver()
	r.close()
	return next
}

// open yields the faults that are open at a time of the session's clock, with their rules.
func (r *Recorder) open(now time.Time) func(yield func(rule int, f fault) bool) {
	return func(yield func(int, fault) bool) {
		for i, w := range r.watchers {
			watching, ok := w.(opener)
			if !ok {
				continue
			}
			for _, f := range watching.open(now) {
				if !yield(i, f) {
					return
				}
			}
		}
	}
}

// newWatchers returns watchers that have seen nothing, by rule.
func (r *Recorder) newWatchers() []watcher {
	known := rules()
	all := make([]watcher, len(known))
	for i, one := range known {
		all[i] = one.watch(&r.space)
	}
	return all
}

// Close lets go of all that is remembered, and the recorder notes nothing afterwards.
func (r *Recorder) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.close()
}

// close does what Close does. The lock is held.
func (r *Recorder) close() {
	for _, findings := range r.findings {
		r.space.memory.findings.Add(-int64(len(findings)))
	}
	r.closed = true
	r.watchers, r.findings = nil, nil
	r.coverage.forget()
	r.space.giveBack(r.space.held)
}

// Findings returns what was found, with what is open at a time of the session's clock: by the first
// call that shows it, and then what messages show. The calls that kept does not have are listed as
// gone.
func (r *Recorder) Findings(now time.Time, kept func(call int64) bool) []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Finding{}
	lists := map[int][]*finding{}
	for i, f := range r.open(now) {
		known, isNew := findingOf(lists[i], f)
		if isNew {
			lists[i] = append(lists[i], known)
		}
		known.add(f)
	}
	for i, rule := range Rules() {
		for _, f := range slices.Concat(r.findings[i], lists[i]) {
			shown := Finding{
				Rule: rule.ID, Gravity: rule.Gravity, Sure: rule.Sure && !f.unsure,
				Calls: append([]int64{}, f.calls...), Gone: []int64{}, Events: append([]string{}, f.events...),
				Times: f.times, What: f.what, Production: rule.Production, Change: rule.Change,
			}
			slices.Sort(shown.Calls)
			for _, call := range shown.Calls {
				if slices.Contains(f.undone, call) || !kept(call) {
					shown.Gone = append(shown.Gone, call)
				}
			}
			all = append(all, shown)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.firstCall(), b.firstCall()) })
	return all
}

// firstCall returns the number of the first call of a finding; the greatest number where it is about
// messages alone, which come last.
func (f Finding) firstCall() int64 {
	if len(f.Calls) == 0 {
		return math.MaxInt64
	}
	return f.Calls[0]
}

// Coverage returns the lines of an API in their order, with what the client has met of them, and
// without Coverage.Next. called is false where the client has made no call to the API.
func (r *Recorder) Coverage(of *Lines) (list []Coverage, called bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.coverage.lines(of), r.coverage.find(of) != nil
}

// SeePlayed notes scripts that have played on what nobody called an API for: the client of that API
// meets them in its messages.
func (r *Recorder) SeePlayed(of *Lines, played []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if numbers := of.scripts(played); !r.closed && len(numbers) > 0 {
		r.coverage.at(of).count(numbers, true)
	}
}
