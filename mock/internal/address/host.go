package address

import (
	"net/netip"
	"slices"
	"strings"
)

// HostName returns the host of a Host header in lower case, without its port, the brackets of an
// IPv6 address and a full stop at the end; ok is false for what is no host. An empty header is the
// host "".
func HostName(header string) (name string, ok bool) {
	name = strings.ToLower(header)
	if rest, bracketed := strings.CutPrefix(name, "["); bracketed {
		inside, after, closed := strings.Cut(rest, "]")
		return inside, closed && isPort(after) && strings.Contains(inside, ":") && isIP(inside)
	}
	if isIP(name) { // an IPv6 address without brackets
		return name, true
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		if !isPort(name[i:]) {
			return name, false
		}
		name = name[:i]
	}
	if name == "" {
		return "", header == ""
	}
	name = strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return name, false
		}
	}
	return name, true
}

// isPort reports whether a text is nothing, or a colon and digits (RFC 3986, 3.2.3: also none).
func isPort(text string) bool {
	return text == "" || text[0] == ':' && strings.Trim(text[1:], "0123456789") == ""
}

// isIP reports whether a text is an IP address, with a zone or without.
func isIP(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// IsLocal reports whether a name from HostName can only be that of a machine nearby, so that no web
// site can have it: an IP address, a name without a full stop as containers have, or a name under
// one of the domains that are not given away on the Internet. example.com is what tests in Go call
// the host of a request (net/http/httptest).
func IsLocal(name string) bool {
	if name == "example.com" || !strings.Contains(name, ".") || isIP(name) {
		return true
	}
	domains := []string{".localhost", ".local", ".internal", ".test", ".home.arpa", ".svc", ".cluster.local"}
	return slices.ContainsFunc(domains, func(domain string) bool { return strings.HasSuffix(name, domain) })
}
