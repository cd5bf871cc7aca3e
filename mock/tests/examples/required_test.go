//go:build examples

package examples

// toolsRequired is set by the build tag examples: a tool that an example needs must be there, as in
// .ci/run, which installs all of them.
const toolsRequired = true
