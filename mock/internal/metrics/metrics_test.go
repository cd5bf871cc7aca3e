package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestText holds the text, byte for byte.
func TestText(t *testing.T) {
	t.Parallel()
	var r Registry
	calls := NewCounters(&r, "calls_total", "Calls.", func(l CallLabels) []string {
		return []string{"api", l.API, "status", fmt.Sprint(l.Status)}
	})
	r.Gauge("open", "What is open.", func() float64 { return 1.5 }, "version", "a\"b\\c\nd")
	r.CounterFunc("dropped_total", "What was dropped.", func() float64 { return 2e9 })
	took := NewHistograms(&r, "took_seconds", "How long.", []float64{.1, 1}, func(api string) []string {
		return []string{"api", api}
	})
	for range 3 {
		calls.Inc(CallLabels{API: "kobo", Status: 200})
	}
	calls.Inc(CallLabels{API: "bsu", Status: 400})
	for _, value := range []float64{0, .1, .5, 1, 2} {
		took.Observe("bsu", value)
	}
	want := `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{api="bsu",status="400"} 1
calls_total{api="kobo",status="200"} 3
# HELP open What is open.
# TYPE open gauge
open{version="a\"b\\c\nd"} 1.5
# HELP dropped_total What was dropped.
# TYPE dropped_total counter
dropped_total 2e+09
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{api="bsu",le="0.1"} 2
took_seconds_bucket{api="bsu",le="1"} 4
took_seconds_bucket{api="bsu",le="+Inf"} 5
took_seconds_sum{api="bsu"} 3.6
took_seconds_count{api="bsu"} 5
`
	if diff := cmp.Diff(want, string(r.Text())); diff != "" {
		t.Error(diff)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(want)); err != nil || len(families) != 4 ||
		families["open"].GetMetric()[0].GetLabel()[0].GetValue() != "a\"b\\c\nd" {
		t.Errorf("read as %v, %v", families, err)
	}
}

// TestSeriesAreBounded: label values beyond the bound are counted together.
func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	s := NewServer(time.Now)
	var together sync.WaitGroup
	for i := range 4 {
		together.Go(func() {
			for n := range maxSeries + 100 {
				s.Call(CallLabels{API: "bsu", Status: 200}, false, []string{fmt.Sprintf("name-%d;x=%d", n, i)})
			}
		})
	}
	together.Wait()
	text := string(s.Text())
	if n := strings.Count(text, "\nsandkasse_plays_total{"); n != maxSeries+1 {
		t.Errorf("there are %d series", n)
	}
	if !strings.Contains(text, "\nsandkasse_plays_total{scenario=\"other\"} 400\n") ||
		!strings.Contains(text, "\nsandkasse_plays_total{scenario=\"name-7\"} 4\n") ||
		!strings.Contains(
			text,
			fmt.Sprintf("\nsandkasse_calls_total{api=\"bsu\",route=\"\",status=\"200\",code=\"\"} %d\n",
				4*(maxSeries+100)),
		) {
		t.Errorf("the counts are %.2000s", text)
	}
}

// TestNoAllocations: to count takes no memory.
func TestNoAllocations(t *testing.T) { // not parallel: it counts what the whole process allocates
	s, labels := NewServer(time.Now), CallLabels{"bsu", "innsending", 200, ""}
	if n := testing.AllocsPerRun(1000, func() {
		began := s.Now()
		s.Call(labels, true, nil)
		s.CallEnded(labels.API, began)
		s.Commit(3, 4096)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
