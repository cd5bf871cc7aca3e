//go:build !unix

package mock

// maxFiles returns 0: there is no limit.
func maxFiles() int { return 0 }

// tooManyFiles are the errors of accept where the process or the machine has no file left; there are none.
var tooManyFiles []error
