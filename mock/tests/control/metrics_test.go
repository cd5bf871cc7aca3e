package control

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// scrape returns the metrics of a server by their names and labels:
// sandkasse_calls_total{api=bsu,…}. Of a histogram they are those of its sum, its count and its
// buckets.
func scrape(t *testing.T, c testkit.Client) map[string]float64 {
	t.Helper()
	got := c.Call("GET", c.URL("")+"/_sandkasse/metrics", "")
	if got.Status != 200 || got.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("%d %v %s", got.Status, got.Header, got.Body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(got.Body))
	if err != nil {
		t.Fatalf("%v\n%s", err, got.Body)
	}
	values := map[string]float64{}
	for name, family := range families {
		if family.GetHelp() == "" || family.GetType() == dto.MetricType_UNTYPED {
			t.Errorf("%s is not described", name)
		}
		for _, one := range family.GetMetric() {
			var labels []string
			for _, pair := range one.GetLabel() {
				labels = append(labels, pair.GetName()+"="+pair.GetValue())
			}
			key := name + "{" + strings.Join(labels, ",") + "}"
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				values[key] = one.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				values[key] = one.GetGauge().GetValue()
			case dto.MetricType_HISTOGRAM:
				values[key+" count"] = float64(one.GetHistogram().GetSampleCount())
				values[key+" sum"] = one.GetHistogram().GetSampleSum()
				for _, bucket := range one.GetHistogram().GetBucket() {
					values[fmt.Sprintf("%s %g", key, bucket.GetUpperBound())] = float64(bucket.GetCumulativeCount())
				}
			}
		}
	}
	return values
}

// TestMetrics: what is counted is what was done, in all sessions together, and a standard parser reads it.
func TestMetrics(t *testing.T) {
	t.Parallel()
	received := make(chan struct{}, 10)
	receiver := httptest.NewServer(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received <- struct{}{} }),
	)
	defer receiver.Close()
	clock := testkit.ClockAt(testkit.Noon)
	s := mocktest.StartWith(t, mock.Options{Clock: clock.Now, Version: "v1.2.3"})
	a, b := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b")
	a.Delivered(1)
	a.Delivered(1) // again
	b.Delivered(1)
	b.Deliver(2, "idempotencyKey", "ikke-en-uuid")
	b.Deliver(3, "Sandkasse-Scenario", "GLD_017, slow;ms=1")
	b.Deliver(4, "Sandkasse-Scenario", "slow;ms=2")
	a.Call("GET", a.URL("")+"/nowhere/made-up-by-the-caller", "")
	a.Call("GET", a.URL("bsu")+"/nowhere/made-up-by-the-caller", "")
	a.Call("BREW", a.URL("bsu")+"/v1/2023", "")
	a.Control("PUT", "kobo/systems/fdvu-1", `{"url": "`+receiver.URL+`", "apiKey": "test"}`, nil)
	a.Reserve(a.NewBolig())
	select {
	case <-received:
	case <-time.After(20 * time.Second):
		t.Fatalf("no message came: %s", a.Control("GET", "kobo/events", "", nil))
	}
	var after map[string]float64
	for deadline := time.Now().Add(20 * time.Second); ; { // the outcome is stored after the receiver has answered
		if after = scrape(t, a); after["sandkasse_webhook_sends_total{outcome=delivered}"] > 0 ||
			time.Now().After(deadline) {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	for name, want := range map[string]float64{
		"sandkasse_calls_total{api=bsu,route=innsending,status=200,code=}":        4,
		"sandkasse_calls_total{api=bsu,route=innsending,status=400,code=GLD_006}": 1,
		"sandkasse_calls_total{api=bsu,route=innsending,status=500,code=GLD_017}": 1,
		"sandkasse_calls_total{api=bsu,route=,status=404,code=GLD_021}":           1,
		"sandkasse_calls_total{api=bsu,route=,status=405,code=GLD_022}":           1,
		"sandkasse_calls_total{api=,route=,status=404,code=}":                     1,
		"sandkasse_calls_total{api=kobo,route=opprettBolig,status=201,code=}":     1,
		"sandkasse_call_replays_total{api=bsu}":                                   1,
		"sandkasse_plays_total{scenario=slow}":                                    2,
		"sandkasse_plays_total{scenario=GLD_017}":                                 1,
		"sandkasse_call_duration_seconds{api=bsu} count":                          8,
		"sandkasse_call_duration_seconds{api=kobo} count":                         1,
		"sandkasse_call_duration_seconds{api=bsu} +Inf":                           8,
		"sandkasse_webhook_sends_total{outcome=delivered}":                        1,
		"sandkasse_sessions{}":                                                    3, // with the default one
		"sandkasse_journal_calls{}":                                               10,
		"sandkasse_journal_dropped_total{}":                                       0,
		"sandkasse_live_streams{}":                                                0,
		"sandkasse_build_info{version=v1.2.3}":                                    1,
	} {
		if after[name] != want {
			t.Errorf("%s is %v, want %v", name, after[name], want)
		}
	}
	for name, min := range map[string]float64{
		"sandkasse_commit_updates{} count": 4, "sandkasse_commit_updates{} sum": 4,
		"sandkasse_commit_bytes{} sum": 4 * 4096, "sandkasse_commit_bytes{} count": 4,
		"sandkasse_journal_bytes{}": 5000, "sandkasse_data_file_bytes{}": 16384,
	} {
		if after[name] < min {
			t.Errorf("%s is %v, want %v or more", name, after[name], min)
		}
	}
	// nothing that a caller makes up becomes a label
	for name := range after {
		for _, madeUp := range []string{"made-up", "BREW", "ikke-en", "ms=", "=a}", "=b}", "fdvu", "7c9e6679"} {
			if strings.Contains(name, madeUp) {
				t.Errorf("%s has %q", name, madeUp)
			}
		}
	}
	// every code and status of an answer that is counted is one of the catalogue's
	for name := range after {
		if _, code, found := strings.Cut(name, "code=GLD_"); found &&
			!slices.Contains([]string{"006}", "017}", "021}", "022}"}, code) {
			t.Errorf("%s", name)
		}
	}
	for method, status := range map[string]int{"POST": 405, "GET": 200, "HEAD": 200} {
		if got := a.Call(method, a.URL("")+"/_sandkasse/metrics", ""); got.Status != status {
			t.Errorf("%s: %d", method, got.Status)
		}
	}
}
