//go:build linux || darwin || freebsd

package store

import (
	"math"
	"syscall"
)

// addressSpaceIsLimited reports whether the process may not reserve as much address space as it
// likes (ulimit -v).
func addressSpaceIsLimited() bool {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit)
	return err == nil && uint64(limit.Cur) < math.MaxInt64
}
