package apidocument

import (
	"fmt"
	"regexp"
	"strings"
)

// escapedRune matches a character as patterns of JavaScript write it.
var escapedRune = regexp.MustCompile(`\\(\\|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|/)`)

// GoPattern returns a pattern of JavaScript, as schemas have it, in the form of Go.
func GoPattern(pattern string) string {
	return escapedRune.ReplaceAllStringFunc(pattern, func(escape string) string {
		switch {
		case escape == `\/`:
			return "/"
		case strings.HasPrefix(escape, `\u`):
			return fmt.Sprintf(`\x{%s}`, strings.Trim(escape[2:], "{}"))
		}
		return escape
	})
}
