//go:build !examples

package examples

// toolsRequired is set by the build tag examples. Without it an example whose tool is missing is
// skipped.
const toolsRequired = false
