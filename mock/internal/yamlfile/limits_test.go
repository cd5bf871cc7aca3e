package yamlfile

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostile returns texts of which the YAML library takes gigabytes, or that are larger than any file
// that somebody writes, each with what is wrong with it.
func hostile() map[string][2]string {
	repeat := func(text string, size int) string { return strings.Repeat(text, size/len(text)) }
	var indented, members strings.Builder
	for i := range 2_000 {
		fmt.Fprintf(&indented, "%sa:\n", strings.Repeat(" ", i%500))
	}
	for i := range 20_000 {
		fmt.Fprintf(&members, "k%d: v\n", i)
	}
	return map[string][2]string{
		"brackets":            {repeat("[", 120_000), "mean something"},
		"few brackets":        {repeat("[", 40_000), "within each other"},
		"brackets, closed":    {"name: " + repeat("[", 20_000) + repeat("]", 20_000), "within each other"},
		"brackets on lines":   {repeat("[\n", 60_000), "within each other"},
		"brackets and commas": {repeat("[a,", 60_000), "within each other"},
		"braces":              {repeat("{a: ", 80_000), "within each other"},
		"elements":            {repeat("- ", 80_000), "within each other"},
		"elements, mixed":     {repeat("- ? ", 80_000), "within each other"},
		"indentation":         {indented.String(), "within each other"},
		"members":             {members.String(), "members"},
		"members in braces":   {"name: {" + strings.ReplaceAll(members.String()[:60_000], "\n", ", ") + "}", "members"},
		"a long name":         {repeat("x", 100_000) + ": a", "characters"},
		"a long text":         {"name: " + repeat("x", 2<<20), "larger than"},
		"tags":                {repeat("!!a ", 200_000), "mean something"},
		"anchors":             {repeat("&a ", 200_000), "mean something"},
		"aliases": {
			"rooms:\n- &r {tags: &t [" + repeat("a, ", 9_000) + "a]}\n" + repeat("- *r\n", 50_000), "values",
		},
		"many faults": {repeat("- a\n", 80_000), "a list"},
	}
}

// TestHostile: whatever stands in a file, reading it takes a bounded amount of memory, and what is
// wrong is one line.
func TestHostile(t *testing.T) { // not parallel: it measures
	for name, c := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var got house
		faults := ReadAliased("house.yaml", []byte(c[0]), &got).Faults
		runtime.ReadMemStats(&after)
		if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 256 {
			t.Errorf("%s: %d MiB were allocated", name, taken)
		}
		if len(faults) != 1 || !strings.Contains(faults[0].Text, c[1]) || len(faults[0].String()) > 200 {
			t.Errorf("%s: %d faults, first %.300s; want one with %q", name, len(faults), faults, c[1])
		}
	}
}

// TestManyFaults: of very many faults the first are listed.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	var got house
	faults := Read("house.yaml", []byte("rooms:\n"+strings.Repeat("- a\n", 1_000)), &got).Faults
	if len(faults) != maxFaults+1 || !strings.Contains(faults[maxFaults].Text, "further faults") {
		t.Errorf("%d faults, the last %v", len(faults), faults[len(faults)-1])
	}
}

// TestLargeButSound: what somebody may write is read.
func TestLargeButSound(t *testing.T) {
	t.Parallel()
	var got house
	rooms := strings.Repeat("  - {name: Stua, area: 20.5, tags: [a, b, c, d, e, f, g, h]}\n", 1_000)
	text := "# " + strings.Repeat("[", 1_000) + "\nname: \"" + strings.Repeat("{[", 500) + "\"\nrooms:\n" + rooms
	f := Read("house.yaml", []byte(text), &got)
	if len(f.Faults) > 0 || len(got.Rooms) != 1_000 {
		t.Errorf("%d rooms, faults %v", len(got.Rooms), f.Faults)
	}
}
