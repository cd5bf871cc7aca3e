//go:build !race

package testkit

// raceEnabled says whether the race detector is on.
const raceEnabled = false
