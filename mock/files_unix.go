//go:build unix

package mock

import (
	"math"
	"syscall"
)

// maxFiles returns the number of files that the process may have open; 0 where it has no limit.
func maxFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}

// tooManyFiles are the errors of accept where the process or the machine has no file left.
var tooManyFiles = []error{syscall.EMFILE, syscall.ENFILE}
