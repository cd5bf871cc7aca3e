package compare

import "testing"

// TestCarriedOut: a call had its effect where it went well, also where a scenario lost or replaced its answer.
func TestCarriedOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		comment string
		want    bool
	}{
		{200, "", true},
		{201, "a scenario tore the connection in place of 201", true},
		{502, "a scenario answered this in place of 200", true},
		{502, "a scenario answered this in place of 409 GLD_019", false},
		{502, "a scenario answered this in place of 400", false},
		{502, "a scenario answered this in place of 200; a member is unknown", true},
		{502, "a scenario asked for this", false},
		{200, "a scenario asked for this", false},
		{502, "", false},
		{0, "", false},
	} {
		if got := isCarriedOut(test.status, test.comment); got != test.want {
			t.Errorf("%d %q: %t", test.status, test.comment, got)
		}
	}
}
