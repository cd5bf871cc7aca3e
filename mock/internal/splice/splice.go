// Package splice puts short inputs of fuzz tests into long texts: Go minimises every input that
// finds something new, which takes the square of its length.
package splice

// MaxText is the length of the longest input that At takes, in bytes.
const MaxText = 200

// At returns base with length bytes from at on replaced by text. Places behind the end of base count
// as its end. It returns false for a text of more than MaxText bytes.
func At(base string, at, length uint16, text string) (string, bool) {
	if len(text) > MaxText {
		return "", false
	}
	from := min(int(at), len(base))
	to := min(from+int(length), len(base))
	return base[:from] + text + base[to:], true
}
