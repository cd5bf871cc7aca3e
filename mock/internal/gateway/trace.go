package gateway

import (
	"net/http"
	"strings"
)

// traceID returns the trace id of a call's traceparent; empty where it has none, or several, or one that is not of the
// form of W3C's Trace Context (https://www.w3.org/TR/trace-context/#traceparent-header, read 2026-11-27), which is to
// be passed over then: version, trace id, parent id and flags, each in lower-case hexadecimal digits. A version above
// 00 may have more after the flags; ff is none.
func traceID(header http.Header) string {
	const (
		version, trace, parent = 2, 3 + 32, 3 + 32 + 1 + 16 // ends
		length                 = parent + 1 + 2
	)
	values := header["Traceparent"]
	if len(values) != 1 || len(values[0]) < length {
		return ""
	}
	text := values[0]
	for i := range length {
		if c := text[i]; i == version || i == trace || i == parent {
			if c != '-' {
				return ""
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
	}
	id := text[version+1 : trace]
	switch {
	case text[:version] == "ff",
		len(text) > length && (text[:version] == "00" || text[length] != '-'),
		strings.Trim(id, "0") == "", strings.Trim(text[trace+1:parent], "0") == "":
		return ""
	}
	return id
}
