//go:build !(linux || darwin || freebsd)

package store

// addressSpaceIsLimited returns false: such a limit is not known on this system.
func addressSpaceIsLimited() bool { return false }
