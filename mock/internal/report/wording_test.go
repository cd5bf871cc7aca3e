package report

import (
	"strings"
	"testing"
)

// TestWording: what production does stands as a sentence with a subject, so that it reads well alone; that of a
// key that is reused admits that no page says when the error occurs (K811).
func TestWording(t *testing.T) {
	t.Parallel()
	for _, rule := range Rules() {
		subject, rest, _ := strings.Cut(rule.Production, " ")
		switch subject {
		case "the", "a":
		case "Kobo", "Maskinporten", "Skatteetaten":
		case "long", "real": // lists, numbers
		default:
			t.Errorf("%s in production: %q does not begin with what does it, but with %q", rule.ID, rest, subject)
		}
		if strings.HasSuffix(rule.Production, ".") || strings.HasSuffix(rule.Change, ".") {
			t.Errorf("%s: a clause has a full stop", rule.ID)
		}
		if rule.ID == "key-reused" && !(strings.Contains(rule.Production, "most likely") &&
			strings.Contains(rule.Production, "does not say when it occurs")) {
			t.Errorf("GLD_019 is told as a fact: %s", rule.Production)
		}
	}
}
