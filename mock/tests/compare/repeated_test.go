package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
)

// TestRecordedTwice: a call that a browser and a proxy have recorded counts once, whichever of them has its token; one
// that was made again, or answered otherwise, counts.
func TestRecordedTwice(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	for name, test := range map[string]struct {
		change   func(e *entry)
		repeated bool
	}{
		"the same": {func(*entry) {}, true},
		"without the token": {func(e *entry) {
			e.Request.Headers = slices.DeleteFunc(slices.Clone(e.Request.Headers),
				func(p pair) bool { return p.Name == "Authorization" })
		}, true},
		"later": {func(e *entry) { e.Started = start.Add(time.Hour).Format(time.RFC3339Nano) }, false},
		"another korrelasjonsid": {func(e *entry) {
			e.Response.Content.Text = strings.Replace(e.Response.Content.Text, `"korrelasjonsid":"`,
				`"korrelasjonsid":"0`, 1)
		}, false},
	} {
		for _, first := range []bool{false, true} {
			i := slices.IndexFunc(entries, func(e entry) bool {
				return e.Response.Status == 400 && strings.Contains(e.Response.Content.Text, `"korrelasjonsid":"`)
			})
			if i < 0 {
				t.Fatal("no error has a korrelasjonsid")
			}
			again := clone(t, entries)
			second := again[i]
			at, err := time.Parse(time.RFC3339Nano, second.Started)
			if err != nil {
				t.Fatal(err)
			}
			second.Started = at.Add(700 * time.Millisecond).Format(time.RFC3339Nano)
			test.change(&second)
			if first {
				second.Started, again[i].Started = again[i].Started, second.Started
			}
			found := compared(t, harFile(t, append(again, second)))
			isRepeated := func(left mock.NotCompared) bool { return strings.HasPrefix(left.Reason, "recorded twice") }
			got := slices.ContainsFunc(found.NotCompared, isRepeated)
			if got != test.repeated || got && (found.Compared != len(entries) || len(found.Differences) > 0) {
				t.Errorf("%s, first %t: %d of %d compared, %v%s", name, first, found.Compared, len(entries),
					found.NotCompared, explain(found))
			}
		}
	}
}
