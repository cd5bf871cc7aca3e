package address

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Public determines the public address of a call, which is the one of every address in its answer:
//
//  1. that of the real host that the call is for;
//  2. Base;
//  3. what a trusted reverse proxy says in forwarding headers;
//  4. what the caller asked for.
type Public struct {
	// Base is the base address that the user gave, without a slash at the end; empty for none. The
	// addresses of calls do not have its path (K646).
	Base string
	// Proxies are the networks of reverse proxies. Where there is one, forwarding headers of calls
	// from it and from loopback are read; otherwise none are.
	Proxies []netip.Prefix
	// IsReal reports whether the name of a host is an agency's.
	IsReal func(host string) bool
	// Own returns the base address of the server for calls that are for a real host.
	Own func() string
}

// server returns an Address with all that does not depend on modifiers.
func (p Public) server(r *http.Request) (Address, error) {
	a := Address{Session: DefaultSession, Host: r.Host, Scheme: scheme(r), URL: r.URL}
	a.asked = a.Scheme + "://" + r.Host
	a.Server = a.asked
	if p.Base != "" {
		a.Server = p.Base
	}
	f, err := p.forwarded(r)
	if err == nil && f != (forwarded{}) {
		a.Host = f.host
		if p.Base == "" {
			a.Server = f.base()
		}
	}
	a.own = a.Server
	if name, port, ok := SplitHost(a.Host); ok && name != "" && p.IsReal(name) {
		a.RealHost = name
		if a.own = p.Base; a.own == "" {
			a.own = p.Own()
		}
		// Some clients write out the default port of their scheme.
		secure := r.TLS != nil || f.scheme == "https"
		if port != "" && port != "443" && (port != "80" || secure) {
			a.realPort = ":" + port
		}
		a.Server = "https://" + name + a.realPort
	}
	a.Root, a.SessionRoot = a.Server, a.Server
	return a, err
}

// scheme returns the scheme of a call.
func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// Secure makes a request that is made within the server one over TLS.
func Secure(r *http.Request) {
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
}

// At returns the address, without a slash at the end, of another real host in answers to a call for
// one: with its port and modifiers.
func (a Address) At(host string) string { return "https://" + host + a.realPort + a.modifiers() }

// Own returns the base address of the sandbox itself, with the call's modifiers. It is Root unless
// the call is for a real host, where the control API is not.
func (a Address) Own() string { return a.own + a.modifiers() }

func (a Address) modifiers() string { return strings.TrimPrefix(a.Root, a.Server) }

// Public returns Server where it is not the address that the caller used, and else nothing.
func (a Address) Public() string {
	if a.Server == a.asked {
		return ""
	}
	return a.Server
}

// ServerHost returns the host of Server, with its port.
func (a Address) ServerHost() string { return hostOf(a.Server) }

// hostOf returns the host of a base address, with its port.
func hostOf(base string) string {
	_, rest, _ := strings.Cut(base, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// ReachedAt returns HOST:PORT of the sandbox itself for a call for a real host, and else nothing.
func (a Address) ReachedAt() string {
	if a.RealHost == "" {
		return ""
	}
	scheme, _, _ := strings.Cut(a.own, "://")
	host := hostOf(a.own)
	if _, port, _ := SplitHost(host); port != "" {
		return host
	}
	return strings.TrimSuffix(host, ":") + map[string]string{"http": ":80", "https": ":443"}[scheme]
}

// Location returns what a redirect to a path of the sandbox has in its header: the path where it is
// below the address that was asked for, and else the whole address.
func (a Address) Location(path string) string {
	whole := a.Root + path
	if below, ok := strings.CutPrefix(whole, a.asked); ok && strings.HasPrefix(below, "/") {
		return below
	}
	return whole
}

// Explain returns a sentence in which the paths of the control API can be followed by the caller:
// the whole address stands for a path that is not below the host that was asked for.
func (a Address) Explain(sentence string) string {
	if a.own == a.asked {
		return sentence
	}
	return strings.ReplaceAll(" "+sentence, " /_sandkasse/", " "+a.own+"/_sandkasse/")[1:]
}

// CheckBase returns a base address that a user gave, without a slash at its end. The error says
// what it must be.
func CheckBase(given string) (string, error) {
	const must = "it must be http:// or https:// and a host, perhaps with a port and a path, such as " +
		"https://sandkasse.corp.no/test"
	base := strings.TrimRight(strings.TrimSpace(given), "/")
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("%q is not a base address; %s", given, must)
	}
	name, port, ok := SplitHost(u.Host)
	switch {
	case u.Scheme != "http" && u.Scheme != "https", !ok, name == "", isBareIPv6(u.Host),
		port != "" && !isPortNumber(port),
		u.User != nil, strings.ContainsAny(base, "?#"), checkPrefix(u.EscapedPath()) != nil:
		return "", fmt.Errorf("%q is not a base address; %s", given, must)
	}
	return strings.ToLower(u.Scheme) + "://" + strings.TrimSuffix(u.Host, ":") + u.EscapedPath(), nil
}

// ParseProxies returns the networks that a user gave as those of reverse proxies: networks such as
// 10.0.0.0/8, IP addresses, or the word loopback. The error says which text is none of these.
func ParseProxies(given []string) ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for _, text := range given {
		text = strings.TrimSpace(text)
		if strings.EqualFold(text, "loopback") {
			networks = append(networks, loopback()...)
			continue
		}
		network, err := netip.ParsePrefix(text)
		if ip, ipErr := netip.ParseAddr(text); ipErr == nil && ip.Zone() == "" {
			network, err = ip.Prefix(ip.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not the network of a reverse proxy; it must be such as 172.16.0.0/12, an IP "+
				"address, or loopback", text)
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

// loopback returns the networks of the machine itself.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// AtBase returns the address of a sandbox at a base address, without a slash at its end, that everybody
// uses.
func AtBase(base string) Address {
	return Address{Server: base, Root: base, SessionRoot: base, own: base, asked: base}
}

// In returns the address in another session, without scenarios.
func (a Address) In(session string) Address {
	a.Session, a.Scenarios = session, nil
	a.SessionRoot = a.Server
	if session != DefaultSession {
		a.SessionRoot += "/" + sessionSegment + "/" + session
	}
	a.Root = a.SessionRoot
	return a
}
