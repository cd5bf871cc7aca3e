//go:build race

package mock

// raceEnabled is true under the race detector, where a test does less of the same.
const raceEnabled = true
