package apidocument

import (
	"regexp"
	"slices"
)

// IsMethod reports whether a member of a path, in capitals, is an operation.
func IsMethod(name string) bool {
	return slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"}, name)
}

var pathParameter = regexp.MustCompile(`\{[^{}/]+\}`)

// PathParameters returns the parameters of a path in their order, each as {name}.
func PathParameters(path string) []string { return pathParameter.FindAllString(path, -1) }

// UnnamedPath returns a path without the names of its parameters: two paths with the same one are the same.
func UnnamedPath(path string) string { return pathParameter.ReplaceAllString(path, "{}") }
