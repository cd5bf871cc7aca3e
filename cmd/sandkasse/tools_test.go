//go:build examples

package main

// toolsRequired is set by the build tag examples: a program that a document describes must be there,
// as in .ci/run, which installs all of them.
const toolsRequired = true
