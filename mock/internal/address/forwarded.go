package address

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// forwarded holds the address that a client used, as a reverse proxy tells it.
type forwarded struct {
	scheme string // http or https
	host   string // with its port
	prefix string // that the proxy removed from the path, without a slash at the end
}

// base returns the address that the client used, without the default port of its scheme.
func (f forwarded) base() string {
	host := f.host
	if f.scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return f.scheme + "://" + host + f.prefix
}

// forwarded returns what the headers of a trusted proxy say, completed from the request; nothing
// where there is no such header, or the call is from elsewhere. The error says which header is
// wrong (K640).
func (p Public) forwarded(r *http.Request) (forwarded, error) {
	if !p.trusts(r.RemoteAddr) {
		return forwarded{}, nil
	}
	host, proto, err := readForwarded(r.Header.Values("Forwarded"))
	if err != nil {
		return forwarded{}, err
	}
	f := forwarded{scheme: strings.ToLower(proto), host: host}
	port := outermost(r.Header, "X-Forwarded-Port")
	if f.scheme == "" {
		f.scheme = strings.ToLower(outermost(r.Header, "X-Forwarded-Proto"))
	}
	if f.host == "" {
		f.host = outermost(r.Header, "X-Forwarded-Host")
	}
	if f.prefix, err = forwardedPrefix(r.Header); err != nil {
		return forwarded{}, err
	}
	if f == (forwarded{}) && port == "" {
		return f, nil
	}
	switch {
	case f.scheme != "" && f.scheme != "http" && f.scheme != "https":
		return forwarded{}, wrongHeader(proto, "X-Forwarded-Proto", "proto", f.scheme, "http or https")
	case port != "" && !isPortNumber(port):
		return forwarded{}, wrongHeader("", "X-Forwarded-Port", "", port, "a number from 1 to 65535")
	}
	if f.scheme == "" {
		f.scheme = scheme(r)
	}
	hasHost := f.host != ""
	if !hasHost {
		f.host = r.Host
	}
	name, ownPort, ok := SplitHost(f.host)
	if hasHost && (!ok || name == "" || ownPort != "" && !isPortNumber(ownPort) || isBareIPv6(f.host)) {
		return forwarded{}, wrongHeader(host, "X-Forwarded-Host", "host", f.host, "a host such as sandkasse.corp.no")
	}
	f.host = strings.TrimSuffix(f.host, ":")
	if ok && port != "" && (ownPort == "" || !hasHost) { // the port in a host that was forwarded is the client's
		f.host = strings.TrimSuffix(f.host, ":"+ownPort) + ":" + port
	}
	return f, nil
}

// trusts reports whether a call from an address, IP:PORT, comes from a reverse proxy.
func (p Public) trusts(remote string) bool {
	if len(p.Proxies) == 0 {
		return false
	}
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	ip := from.Addr().Unmap().WithZone("")
	return ip.IsLoopback() || slices.ContainsFunc(p.Proxies, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// wrongHeader returns the error of a value in the header Forwarded, where one is given there, else
// in the other header.
func wrongHeader(inForwarded, other, parameter, value, must string) error {
	where := other
	if inForwarded != "" {
		where = parameter + " in the header Forwarded"
	} else {
		where = "the header " + where
	}
	return fmt.Errorf("%s, which the reverse proxy in front of sandkasse sends, is %q; it must be %s", where, value,
		must)
}

// outermost returns the first value of a list in a header: that of the proxy nearest to the client.
func outermost(header http.Header, name string) string {
	first, _, _ := strings.Cut(header.Get(name), ",")
	return strings.TrimSpace(first)
}

// forwardedPrefix returns the path that proxies removed, the outermost first.
func forwardedPrefix(header http.Header) (string, error) {
	const name = "X-Forwarded-Prefix"
	whole := ""
	for part := range strings.SplitSeq(strings.Join(header.Values(name), ","), ",") {
		part = strings.TrimRight(strings.TrimSpace(part), "/")
		if err := checkPrefix(part); err != nil {
			return "", wrongHeader("", name, "", part, err.Error())
		}
		whole += part
	}
	return whole, nil
}

// pathCharacters are those of a URL's path that need no escape and separate nothing (RFC 3986).
const pathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-"

// checkPrefix returns an error that says what a path before all others must be; nil for a good one
// and for none.
func checkPrefix(path string) error {
	const must = "a path such as /sandkasse, of letters, digits and . _ ~ - after single slashes"
	if path == "" {
		return nil
	}
	for i, segment := range strings.Split(path, "/") {
		if i == 0 && segment != "" || i > 0 && strings.Trim(segment, ".") == "" || strings.HasPrefix(segment, "_") ||
			strings.Trim(segment, pathCharacters) != "" {
			return errors.New(must)
		}
	}
	return nil
}

// isBareIPv6 reports whether a host is an IPv6 address without the brackets that it has in URLs.
func isBareIPv6(host string) bool {
	return !strings.HasPrefix(host, "[") && strings.Count(host, ":") > 1
}

// isPortNumber reports whether a text is the number of a port.
func isPortNumber(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// readForwarded returns host and proto of the first element in the header Forwarded (RFC 7239),
// which the proxy nearest to the client has written; empty for what it leaves out.
func readForwarded(values []string) (host, proto string, err error) {
	text, first := strings.Join(values, ","), true
	for _, element := range splitUnquoted(text, ',') {
		given := map[string]string{}
		for _, pair := range splitUnquoted(element, ';') {
			name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
			if name == "" && !found {
				continue
			}
			name = strings.ToLower(name)
			value, ok := unquote(value)
			if _, twice := given[name]; !ok || !found || twice || name == "" {
				return "", "", fmt.Errorf(
					"the header Forwarded, which the reverse proxy in front of sandkasse sends, is %q; it must be "+
						"such as proto=https;host=sandkasse.corp.no (RFC 7239)", text)
			}
			given[name] = value
		}
		if len(given) > 0 && first {
			host, proto, first = given["host"], given["proto"], false
		}
	}
	return host, proto, nil
}

// splitUnquoted splits a text at a character outside quotation marks.
func splitUnquoted(text string, at byte) (parts []string) {
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case quoted && text[i] == '\\':
			i++
		case !quoted && text[i] == at:
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}

// unquote returns a value of the header Forwarded without its quotation marks; false for one that
// has a quotation mark on one side only, or is empty.
func unquote(value string) (string, bool) {
	inside, quoted := strings.CutPrefix(value, `"`)
	if !quoted {
		return value, value != "" && !strings.Contains(value, `"`)
	}
	inside, closed := strings.CutSuffix(inside, `"`)
	return strings.ReplaceAll(inside, `\`, ""), closed && inside != ""
}
