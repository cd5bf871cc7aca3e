// Package metrics counts what a server does, and writes the counts in the text form of Prometheus
// (https://prometheus.io/docs/instrumenting/exposition_formats, read 2026-11-27). It has no global state: each server
// has a Registry. To count costs some tens of nanoseconds and no memory.
package metrics

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ContentType is that of Registry.Text.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// maxSeries bounds the series of one metric (K685). Labels have names that a server knows, of which
// there are fewer; but the folder with a user's scripts may change while it runs.
const maxSeries = 2000

// Other stands for all label values of a metric of which there are maxSeries already.
const Other = "other"

// Registry holds the metrics of one server, in the order in which they were made. Making them is not safe for
// concurrent use, and everything else is.
type Registry struct{ metrics []metric }

// metric is one metric with all its series.
type metric interface{ write(out *bytes.Buffer) }

// Text returns all metrics in the text form of Prometheus. Series are sorted by their labels.
func (r *Registry) Text() []byte {
	var out bytes.Buffer
	for _, m := range r.metrics {
		m.write(&out)
	}
	return out.Bytes()
}

// family is the name of a metric with what is said of it.
type family struct{ name, help, kind string }

func (f family) writeHead(out *bytes.Buffer) {
	out.WriteString("# HELP " + f.name + " " + f.help + "\n# TYPE " + f.name + " " + f.kind + "\n")
}

// gauge is a value that is read when the metrics are written.
type gauge struct {
	family
	labels string
	read   func() float64
}

// Gauge adds a gauge, whose value read returns. Its labels are pairs of a name and a value.
func (r *Registry) Gauge(name, help string, read func() float64, labels ...string) {
	r.metrics = append(r.metrics, gauge{family{name, help, "gauge"}, labelText(labels), read})
}

// CounterFunc adds a counter, whose value read returns.
func (r *Registry) CounterFunc(name, help string, read func() float64) {
	r.metrics = append(r.metrics, gauge{family{name, help, "counter"}, "", read})
}

func (g gauge) write(out *bytes.Buffer) {
	g.writeHead(out)
	out.WriteString(g.name + g.labels + " " + number(g.read()) + "\n")
}

// series holds the values of a metric by their labels, which are those of a struct L.
type series[L comparable, V any] struct {
	labels func(L) []string // pairs of a name and a value
	new    func() *V

	mu    sync.RWMutex
	known map[L]*V
	other *V // for all labels beyond maxSeries; nil until then
}

// of returns the value of some labels.
func (s *series[L, V]) of(labels L) *V {
	s.mu.RLock()
	value := s.known[labels]
	s.mu.RUnlock()
	if value != nil {
		return value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if value = s.known[labels]; value != nil {
		return value
	}
	if len(s.known) >= maxSeries {
		if s.other == nil {
			s.other = s.new()
		}
		return s.other
	}
	value = s.new()
	s.known[labels] = value
	return value
}

// each calls write with every value and the text of its labels, sorted by it.
func (s *series[L, V]) each(write func(labels string, value *V)) {
	s.mu.RLock()
	values, texts := map[string]*V{}, []string{}
	for labels, value := range s.known {
		text := labelText(s.labels(labels))
		values[text], texts = value, append(texts, text)
	}
	if s.other != nil {
		pairs := s.labels(*new(L))
		for i := 1; i < len(pairs); i += 2 {
			pairs[i] = Other
		}
		text := labelText(pairs)
		values[text], texts = s.other, append(texts, text)
	}
	s.mu.RUnlock()
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		write(text, values[text])
	}
}

// Counters are counters that only grow, by their labels.
type Counters[L comparable] struct {
	family
	series[L, atomic.Uint64]
}

// NewCounters adds counters to a registry. labels returns the labels of an L as pairs of a name and a value, always of
// the same names.
func NewCounters[L comparable](r *Registry, name, help string, labels func(L) []string) *Counters[L] {
	c := &Counters[L]{family: family{name, help, "counter"}}
	c.labels, c.new, c.known = labels, func() *atomic.Uint64 { return &atomic.Uint64{} }, map[L]*atomic.Uint64{}
	r.metrics = append(r.metrics, c)
	return c
}

// Inc counts one.
func (c *Counters[L]) Inc(labels L) { c.of(labels).Add(1) }

func (c *Counters[L]) write(out *bytes.Buffer) {
	c.writeHead(out)
	c.each(func(labels string, value *atomic.Uint64) {
		out.WriteString(c.name + labels + " " + strconv.FormatUint(value.Load(), 10) + "\n")
	})
}

// Histograms count values in buckets, by their labels.
type Histograms[L comparable] struct {
	family
	bounds []float64 // the greatest value of each bucket, ascending; there is one more without a bound
	series[L, histogram]
}

// histogram is one of Histograms.
type histogram struct {
	buckets []atomic.Uint64
	sum     atomic.Uint64 // of the values, as the bits of a float64
}

// NewHistograms adds histograms to a registry. Labels are as those of NewCounters.
func NewHistograms[L comparable](r *Registry, name, help string, bounds []float64, labels func(L) []string,
) *Histograms[L] {
	h := &Histograms[L]{family: family{name, help, "histogram"}, bounds: bounds}
	h.labels, h.known = labels, map[L]*histogram{}
	h.new = func() *histogram { return &histogram{buckets: make([]atomic.Uint64, len(bounds)+1)} }
	r.metrics = append(r.metrics, h)
	return h
}

// Observe counts a value.
func (h *Histograms[L]) Observe(labels L, value float64) {
	one, at := h.of(labels), 0
	for at < len(h.bounds) && value > h.bounds[at] {
		at++
	}
	one.buckets[at].Add(1)
	for {
		before := one.sum.Load()
		if one.sum.CompareAndSwap(before, math.Float64bits(math.Float64frombits(before)+value)) {
			return
		}
	}
}

func (h *Histograms[L]) write(out *bytes.Buffer) {
	h.writeHead(out)
	h.each(func(labels string, one *histogram) {
		total := uint64(0)
		for i := range one.buckets {
			bound := math.Inf(1)
			if i < len(h.bounds) {
				bound = h.bounds[i]
			}
			total += one.buckets[i].Load()
			out.WriteString(h.name + "_bucket" + withLabel(labels, "le", number(bound)) + " " +
				strconv.FormatUint(total, 10) + "\n")
		}
		out.WriteString(h.name + "_sum" + labels + " " + number(math.Float64frombits(one.sum.Load())) + "\n")
		out.WriteString(h.name + "_count" + labels + " " + strconv.FormatUint(total, 10) + "\n")
	})
}

// number returns a number as Prometheus reads it.
func number(f float64) string {
	if math.IsInf(f, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// escaper escapes the value of a label.
var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// labelText returns pairs of a name and a value as {name="value",…}; nothing for none.
func labelText(pairs []string) string {
	text := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		text = withLabel(text, pairs[i], pairs[i+1])
	}
	return text
}

// withLabel returns the text of some labels with one more.
func withLabel(labels, name, value string) string {
	one := name + `="` + escaper.Replace(strings.ToValidUTF8(value, "�")) + `"}`
	if labels == "" {
		return "{" + one
	}
	return strings.TrimSuffix(labels, "}") + "," + one
}
