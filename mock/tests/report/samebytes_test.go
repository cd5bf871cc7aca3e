package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
)

// repeatable returns the faults that are the same each time. While those of a receiver wait for messages, the clock
// goes on as often as that takes.
func repeatable() []fault {
	return slices.DeleteFunc(faults(), func(one fault) bool { return strings.HasPrefix(one.rule, "webhook-") })
}

// badReports returns the report on a client that commits all repeatable faults, by format, of a server of its own
// whose address is left out.
func badReports(t *testing.T) map[string]string {
	t.Helper()
	c := newObserved(t, mock.Options{
		Seed: 7, ProcessingDelay: time.Minute, Kobo: mock.KoboOptions{Systems: []string{"fdvu-1"}},
	})
	for _, one := range repeatable() {
		one.do(c)
		c.clock.Advance(2 * time.Hour)
	}
	all := map[string]string{}
	for _, format := range []string{"json", "text", "md", "junit", "html"} {
		all[format] = strings.ReplaceAll(get(c.Client, "?api=bsu&api=kobo&format="+format).Body, c.URL(""), "")
	}
	return all
}

// TestSameBytes: the same seed, clock and calls give the same report, byte for byte, in each format, of a client with
// findings.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	first, second := badReports(t), badReports(t)
	for format, text := range first {
		for _, one := range repeatable() {
			if !strings.Contains(text, one.rule) {
				t.Errorf("the report as %s has no %s", format, one.rule)
			}
		}
		lines, others := strings.Split(text, "\n"), strings.Split(second[format], "\n")
		if len(lines) != len(others) {
			t.Errorf("the report as %s has %d lines, and %d the second time", format, len(lines), len(others))
			continue
		}
		for i, line := range lines {
			if line != others[i] {
				t.Errorf("line %d of the report as %s is %.300q, and %.300q the second time", i+1, format, line,
					others[i])
			}
		}
	}
}
