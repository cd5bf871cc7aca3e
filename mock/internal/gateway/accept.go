package gateway

import (
	"errors"
	"mime"
	"strconv"
	"strings"
)

// accepts reports whether an Accept header allows a media type (RFC 9110, 12.5.1): the most
// specific range that matches decides, and a quality of 0 excludes. A missing header allows
// everything; a range that cannot be read allows nothing.
func accepts(header, kind, subtype string) bool { return preference(header, kind, subtype) > 0 }

// preference returns the quality that an Accept header gives a media type, 0 to 1.
func preference(header, kind, subtype string) float64 {
	if strings.TrimSpace(header) == "" {
		return 1
	}
	best, given := -1, 0.0
	for _, part := range splitUnquoted(header) {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
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
			best, given = specific, quality(params["q"])
		}
	}
	return given
}

// splitUnquoted splits at the commas outside quotation marks.
func splitUnquoted(header string) (parts []string) {
	quoted, begin := false, 0
	for i := range len(header) {
		switch {
		case header[i] == '"' && (i == 0 || header[i-1] != '\\'):
			quoted = !quoted
		case header[i] == ',' && !quoted:
			parts = append(parts, header[begin:i])
			begin = i + 1
		}
	}
	return append(parts, header[begin:])
}

// quality returns the value of a range's parameter q: 1 where it is left out, 0 where it is no
// number from 0 to 1.
func quality(q string) float64 {
	if q == "" {
		return 1
	}
	value, err := strconv.ParseFloat(q, 64)
	if err != nil || !(value >= 0 && value <= 1) {
		return 0
	}
	return value
}
