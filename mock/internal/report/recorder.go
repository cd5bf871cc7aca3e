package report

import (
	"cmp"
	"slices"
	"sync"
)

const (
	maxFindings = 200 // of a rule in a session
	maxShown    = 20  // calls of a finding
)

// Recorder keeps what the report of one session is made of. It is safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	space    space
	watchers []watcher // by rule; nil before the first call
	findings [][]*finding
	closed   bool
}

// finding holds the faults of one subject that a rule has found.
type finding struct {
	subject string
	calls   []int64 // the first maxShown
	undone  []int64 // those of them that a restore has undone; their numbers are given again
	times   int     // faults
	what    string
}

// NewRecorder returns a recorder that has seen nothing. Close it when its session ends.
func NewRecorder(memory *Memory) *Recorder { return &Recorder{space: space{memory: memory}} }

// See notes a call that has been answered.
func (r *Recorder) See(c *Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.watchers == nil {
		r.watchers = r.newWatchers()
		r.findings = make([][]*finding, len(r.watchers))
	}
	for i, w := range r.watchers {
		for _, f := range w.see(c) {
			r.add(i, f)
		}
	}
}

// add adds a fault to the findings of a rule. Those beyond maxFindings are lost.
func (r *Recorder) add(rule int, f fault) {
	at := slices.IndexFunc(r.findings[rule], func(known *finding) bool { return known.subject == f.subject })
	if at < 0 {
		if len(r.findings[rule]) == maxFindings {
			r.space.full = true
			return
		}
		at = len(r.findings[rule])
		r.findings[rule] = append(r.findings[rule], &finding{subject: f.subject, what: f.what})
	}
	known := r.findings[rule][at]
	known.times++
	for _, call := range f.calls {
		if len(known.calls) < maxShown && !slices.Contains(known.calls, call) {
			known.calls = append(known.calls, call)
		}
	}
}

// Rewind forgets what the rules remember, since the session goes back to the time of a call: what was
// delivered after it is not there any more. The findings stay (K770).
func (r *Recorder) Rewind(call int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, findings := range r.findings {
		for _, f := range findings {
			for _, known := range f.calls {
				if known > call {
					f.undone = append(f.undone, known)
				}
			}
			f.subject = "" // a call of its number may come again
		}
	}
	r.space.giveBack(r.space.held)
	if r.watchers != nil {
		r.watchers = r.newWatchers()
	}
}

// newWatchers returns watchers that have seen nothing, by rule.
func (r *Recorder) newWatchers() []watcher {
	var all []watcher
	for _, one := range rules() {
		all = append(all, one.watch(&r.space))
	}
	return all
}

// Close lets go of all that is remembered, and the recorder notes nothing afterwards.
func (r *Recorder) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.watchers, r.findings = nil, nil
	r.space.giveBack(r.space.held)
}

// Findings returns what was found, by the first call that shows it. The calls that kept does not
// have are listed as gone.
func (r *Recorder) Findings(kept func(call int64) bool) []Finding {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Finding{}
	for i, rule := range Rules() {
		if r.findings == nil {
			break
		}
		for _, f := range r.findings[i] {
			shown := Finding{
				Rule: rule.ID, Gravity: rule.Gravity, Sure: rule.Sure, Calls: slices.Clone(f.calls), Gone: []int64{},
				Times: f.times, What: f.what, Production: rule.Production, Change: rule.Change,
			}
			for _, call := range f.calls {
				if slices.Contains(f.undone, call) || !kept(call) {
					shown.Gone = append(shown.Gone, call)
				}
			}
			all = append(all, shown)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Calls[0], b.Calls[0]) })
	return all
}
