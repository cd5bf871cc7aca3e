package main

import (
	"runtime/debug"
	"slices"
	"testing"
)

// hasRaceDetector reports whether the program, which is this test, has the race detector in it. It
// then takes many times the memory and the address space.
func hasRaceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// withoutRaceDetector skips a test of the memory that the program takes where the race detector
// takes part of it. A step of .ci/run runs these tests without it.
func withoutRaceDetector(t *testing.T) {
	t.Helper()
	if hasRaceDetector() {
		t.Skip("the memory of the race detector would be measured too")
	}
}
