package certs

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Names holds the names and addresses that a CA may sign certificates for.
type Names struct {
	dns     []string // in lower case; each stands for itself and all names below it
	machine string   // the name of the machine, one of dns; empty where it has none
	ranges  []netip.Prefix
}

// ownNames are the names under which a machine, or a container on it, reaches itself.
var ownNames = []string{"localhost", "host.docker.internal"}

// ownRanges are the addresses of machines that are not on the Internet (RFC 1918, RFC 4193).
var ownRanges = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"),
}

// NewNames returns the own names and addresses of a machine with the given hosts: names in lower
// case, patterns such as *.api.example.no, and IP addresses. machine is the name of the machine,
// empty where it has none.
func NewNames(hosts []string, machine string) Names {
	n := Names{dns: slices.Clone(ownNames), ranges: slices.Clone(ownRanges)}
	for _, host := range hosts {
		host = strings.TrimPrefix(host, "*.")
		if ip, err := netip.ParseAddr(host); err == nil {
			ip = ip.Unmap().WithZone("")
			if !n.allowsIP(ip) {
				n.ranges = append(n.ranges, netip.PrefixFrom(ip, ip.BitLen()))
			}
		} else if host != "" {
			n.dns = append(n.dns, host)
		}
	}
	if machine != "" && net.ParseIP(machine) == nil {
		n.machine = machine
		n.dns = append(n.dns, machine)
	}
	slices.Sort(n.dns)
	n.dns = slices.Compact(n.dns)
	return n
}

// Allows reports whether a DNS name is among the names, or below one of them.
func (n Names) Allows(name string) bool { return within(n.dns, name) }

// within reports whether a DNS name is one of the given ones, or below one of them.
func within(domains []string, name string) bool {
	return slices.ContainsFunc(domains, func(domain string) bool {
		domain = strings.ToLower(strings.TrimPrefix(domain, "."))
		return domain == "" || name == domain || strings.HasSuffix(name, "."+domain)
	})
}

func (n Names) allowsIP(ip netip.Addr) bool {
	return slices.ContainsFunc(n.ranges, func(r netip.Prefix) bool { return r.Contains(ip) })
}

// networks returns the ranges as name constraints have them.
func (n Names) networks() []*net.IPNet {
	all := make([]*net.IPNet, len(n.ranges))
	for i, r := range n.ranges {
		all[i] = &net.IPNet{IP: r.Addr().AsSlice(), Mask: net.CIDRMask(r.Bits(), r.Addr().BitLen())}
	}
	return all
}
