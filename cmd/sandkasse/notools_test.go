//go:build !examples

package main

// toolsRequired is set by the build tag examples. Without it a test whose program is missing is
// skipped.
const toolsRequired = false
