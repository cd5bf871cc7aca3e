//go:build !race

package testkit

// RaceEnabled is true under the race detector, where tests use fewer data.
const RaceEnabled = false
