package address

import (
	"net/netip"
	"slices"
	"strings"
)

// SplitHost splits a Host header into the host, in lower case and without the brackets of an IPv6
// address and a full stop at the end, and the port, "" for none; ok is false where the header is no
// host. An empty header is the host "".
func SplitHost(header string) (name, port string, ok bool) {
	name = strings.ToLower(header)
	if rest, bracketed := strings.CutPrefix(name, "["); bracketed {
		inside, after, closed := strings.Cut(rest, "]")
		return inside, strings.TrimPrefix(after, ":"), closed && isPort(after) && strings.Contains(inside, ":") &&
			isIP(inside)
	}
	if isIP(name) { // an IPv6 address without brackets
		return name, "", true
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		if !isPort(name[i:]) {
			return name, "", false
		}
		name, port = name[:i], name[i+1:]
	}
	if name == "" {
		return "", port, header == ""
	}
	name = strings.TrimSuffix(name, ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return name, port, false
		}
	}
	return name, port, true
}

// isPort reports whether a text is empty, or a colon and digits (RFC 3986, section 3.2.3: also no
// digits).
func isPort(text string) bool {
	return text == "" || text[0] == ':' && strings.Trim(text[1:], "0123456789") == ""
}

// isIP reports whether a text is an IP address, with or without a zone.
func isIP(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// IsLocal reports whether no web site can have a name from SplitHost: it is an IP address, a name
// without a full stop as containers have, or a name under a domain that is not registered on the
// Internet. example.com is local too, since it is the host of requests that net/http/httptest
// makes.
func IsLocal(name string) bool {
	if name == "example.com" || !strings.Contains(name, ".") || isIP(name) {
		return true
	}
	domains := []string{".localhost", ".local", ".internal", ".test", ".home.arpa", ".svc", ".cluster.local"}
	return slices.ContainsFunc(domains, func(domain string) bool { return strings.HasSuffix(name, domain) })
}
