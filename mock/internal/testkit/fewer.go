package testkit

import "testing"

// FewerData reports whether tests are to use fewer data: with -short, and under the race detector,
// where all takes ten times as long. What is left out are more data for the same code.
func FewerData() bool { return testing.Short() || raceEnabled }
