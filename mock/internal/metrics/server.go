package metrics

import (
	"strconv"
	"strings"
	"time"
)

// Server holds the metrics of a server that are counted as things happen; the owner of a Server adds gauges to its
// Registry.
type Server struct {
	Registry

	// Now is the clock of the server, by which the duration of calls is measured.
	Now func() time.Time

	calls    *Counters[CallLabels]
	duration *Histograms[string]
	replays  *Counters[string]
	plays    *Counters[string]
	commits  *Histograms[struct{}]
	written  *Histograms[struct{}]
	webhooks *Counters[string]
}

// CallLabels are the labels by which calls are counted. All of them are names that the catalogue has, or the status of
// an answer.
type CallLabels struct {
	API, Route string // names; empty where the call belongs to none
	Status     int
	Code       string // parent code of an error; empty for none
}

// NewServer returns the metrics of a server, with its clock.
func NewServer(now func() time.Time) *Server {
	s := &Server{Now: now}
	r := &s.Registry
	s.calls = NewCounters(r, "sandkasse_calls_total", "Calls to imitated APIs.", func(l CallLabels) []string {
		return []string{"api", l.API, "route", l.Route, "status", strconv.Itoa(l.Status), "code", l.Code}
	})
	byAPI := func(api string) []string { return []string{"api", api} }
	none := func(struct{}) []string { return nil }
	s.duration = NewHistograms(r, "sandkasse_call_duration_seconds",
		"Time from a call to the end of its answer, by the clock of the server; with the delays of scenarios.",
		[]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, byAPI)
	s.replays = NewCounters(r, "sandkasse_call_replays_total",
		"Calls that were answered as before, by their idempotencyKey.", byAPI)
	s.plays = NewCounters(r, "sandkasse_plays_total", "Scenarios that were applied to calls.",
		func(name string) []string { return []string{"scenario", name} })
	s.commits = NewHistograms(r, "sandkasse_commit_updates", "Updates that a commit of the store held.",
		[]float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}, none)
	s.written = NewHistograms(r, "sandkasse_commit_bytes", "Bytes of the pages that a commit of the store wrote.",
		[]float64{1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 20, 1 << 22, 1 << 24}, none)
	s.webhooks = NewCounters(r, "sandkasse_webhook_sends_total",
		"Attempts to send a webhook message, and messages that were given up.",
		func(outcome string) []string { return []string{"outcome", outcome} })
	return s
}

// Call counts a call, as its answer is ready, with the scenarios that were applied to it.
func (s *Server) Call(labels CallLabels, replayed bool, played []string) {
	s.calls.Inc(labels)
	if replayed {
		s.replays.Inc(labels.API)
	}
	for _, name := range played {
		name, _, _ = strings.Cut(name, ";") // without its parameters
		s.plays.Inc(name)
	}
}

// CallEnded counts how long a call took.
func (s *Server) CallEnded(api string, began time.Time) {
	s.duration.Observe(api, max(s.Now().Sub(began), 0).Seconds())
}

// Commit counts a commit of the store.
func (s *Server) Commit(updates int, bytes int64) {
	s.commits.Observe(struct{}{}, float64(updates))
	s.written.Observe(struct{}{}, float64(bytes))
}

// Webhook counts an attempt to send a message, or a message that was given up, by its outcome.
func (s *Server) Webhook(outcome string) { s.webhooks.Inc(outcome) }
