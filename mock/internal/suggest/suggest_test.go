package suggest

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"", "abc"}: 3, {"abc", ""}: 3, {"kitten", "sitting"}: 3, {"slow", "slwo"}: 2,
		{"flaky", "flaky"}: 0,
	} {
		if got := Distance(pair[0], pair[1]); got != want {
			t.Errorf("%v: %d, want %d", pair, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"probability", "times", "seed"}
	if name, ok := Nearest("Probablity", names); !ok || name != "probability" {
		t.Errorf("%q %t", name, ok)
	}
	if name, ok := Nearest("xyzzy", names); ok {
		t.Errorf("%q is near to xyzzy", name)
	}
	if got := NearestFirst("tims", names); !slices.Equal(got, []string{"times", "probability", "seed"}) {
		t.Errorf("%v", got)
	}
}
