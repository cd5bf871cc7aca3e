package gateway

import (
	"mime"
	"strconv"
	"strings"
)

// accepts tells whether an Accept header allows a media type (RFC 9110, 12.5.1): the most specific range that fits decides, and a
// quality of 0 excludes. A missing header allows everything; a range that cannot be read allows nothing.
func accepts(header, kind, subtype string) bool {
	if strings.TrimSpace(header) == "" {
		return true
	}
	best, allowed := -1, false
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		specific := -1
		switch media {
		case kind + "/" + subtype:
			specific = 2
		case kind + "/*":
			specific = 1
		case "*/*", "*": // a lone * is what some HTTP libraries send
			specific = 0
		}
		if specific > best {
			best, allowed = specific, quality(params["q"]) > 0
		}
	}
	return allowed
}

// quality is a range's q parameter: 1 when left out, 0 when it is no number.
func quality(q string) float64 {
	if q == "" {
		return 1
	}
	value, err := strconv.ParseFloat(q, 64)
	if err != nil {
		return 0
	}
	return value
}
