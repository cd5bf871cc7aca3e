// Package certs signs the certificates of the server, with a CA of its own or one that the user
// gives. Its CA may sign the imitated names and the machine's own ones, and no others: whoever has
// its key can pretend to be nobody else.
//
// Keys and serial numbers come from the random numbers of the machine, and times from its clock.
// This is the one place where the same seed, clock and calls do not give the same bytes (K620).
package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Times of certificates. Clients refuse those that are valid for more than 398 days; of a client
// whose clock is wrong by less than a day, none is refused.
const (
	caLifetime   = 10 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	renewBefore  = 30 * 24 * time.Hour // the end of a certificate
	clockSkew    = 24 * time.Hour
)

// maxLeaves is the greatest number of certificates that an Authority remembers.
const maxLeaves = 512

// Authority is a CA that signs certificates when they are asked for. It is safe for concurrent use.
type Authority struct {
	names Names
	clock func() time.Time // the machine's

	chain  []*x509.Certificate // the CA, and then those that vouch for it
	signer crypto.Signer       // the key of the CA
	key    *ecdsa.PrivateKey   // of all certificates that it signs

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by DNS name or IP address
}

// New returns an Authority with a new CA. clock returns the time of the machine.
func New(names Names, clock func() time.Time) (*Authority, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 4)
	rand.Read(id) // cannot fail
	now := clock()
	template := &x509.Certificate{
		Subject: pkix.Name{
			Organization: []string{organisation}, CommonName: "Sandkasse test CA " + hex.EncodeToString(id),
		},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(caLifetime),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, PermittedDNSDomainsCritical: true,
		PermittedDNSDomains: names.dns, PermittedIPRanges: names.networks(),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("no CA can be made for %s: %w", strings.Join(names.dns, ", "), err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return newAuthority(names, clock, []*x509.Certificate{certificate}, signer)
}

const organisation = "Sandkasse, for tests only"

func newAuthority(
	names Names, clock func() time.Time, chain []*x509.Certificate, signer crypto.Signer,
) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &Authority{
		names: names, clock: clock, chain: chain, signer: signer, key: key, leaves: map[string]*tls.Certificate{},
	}, err
}

// Root returns the certificate that clients have to trust: the last one of the chain.
func (a *Authority) Root() *x509.Certificate { return a.chain[len(a.chain)-1] }

// IsFor reports whether Certificate returns one for the name, in any letter case.
func (a *Authority) IsFor(name string) bool { return a.names.Allows(strings.ToLower(name)) }

// Certificate returns the certificate for a TLS handshake, as tls.Config.GetCertificate does: for
// the name that the client asks for; where it asks for none, or for one that the CA is not for, for
// the address that it has reached and those of the machine itself (K622).
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if a.names.Allows(name) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" {
		return a.leaf(name, func(c *x509.Certificate) { c.DNSNames = []string{name} })
	}
	var local netip.Addr
	if hello.Conn != nil {
		if tcp, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok {
			local, _ = netip.AddrFromSlice(tcp.IP)
			local = local.Unmap()
		}
	}
	return a.leaf(local.String(), func(c *x509.Certificate) {
		c.DNSNames = []string{"localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		if local.IsValid() && !local.IsLoopback() &&
			a.names.allowsIP(local) { // one that is not allowed would spoil all
			c.IPAddresses = append(c.IPAddresses, net.IP(local.AsSlice()))
		}
	})
}

// leaf returns the remembered certificate under a key, or a new one where there is none, or it ends
// soon. fill sets the names of a new one.
func (a *Authority) leaf(key string, fill func(*x509.Certificate)) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	if known := a.leaves[key]; known != nil && now.After(known.Leaf.NotBefore) &&
		now.Before(known.Leaf.NotAfter.Add(-renewBefore)) {
		return known, nil
	}
	ca := a.chain[0]
	template := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{organisation}},
		NotBefore: latest(now.Add(-clockSkew), ca.NotBefore), NotAfter: earliest(now.Add(leafLifetime), ca.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	fill(template)
	der, err := x509.CreateCertificate(rand.Reader, template, ca, a.key.Public(), a.signer)
	if err != nil {
		return nil, err
	}
	made := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
	if made.Leaf, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	for _, c := range a.chain {
		if string(c.RawIssuer) != string(c.RawSubject) { // clients have the root, or refuse it anyway
			made.Certificate = append(made.Certificate, c.Raw)
		}
	}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves) // to make them again costs less than to know which were used last
	}
	a.leaves[key] = made
	return made, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
