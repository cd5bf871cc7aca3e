package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// maxFile is the greatest length of a file with certificates or a key, in bytes.
const maxFile = 1 << 20

// Stored returns the Authority whose CA is in a file, which only its owner may read. It makes both
// where there is no such file. The error says which name the CA lacks, or why it cannot be used.
func Stored(file string, names Names, clock func() time.Time) (*Authority, error) {
	text, err := read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return create(file, names, clock)
	}
	if err != nil {
		return nil, fmt.Errorf("the CA in %s cannot be read: %w", file, err)
	}
	a, err := parse(text, text, file, file, names, clock)
	if err != nil {
		return nil, fmt.Errorf("%w; remove that file to have a new CA made, which clients then have to trust", err)
	}
	return a, nil
}

// create makes a CA and stores it in a new file. Whenever it is interrupted, the file is there as a
// whole or not.
func create(file string, names Names, clock func() time.Time) (*Authority, error) {
	a, err := New(names, clock)
	if err != nil {
		return nil, err
	}
	key, err := a.KeyPEM()
	if err != nil {
		return nil, err
	}
	unfinished := file + ".new"
	os.Remove(unfinished) // which an interrupted start left behind
	if err = WriteFile(unfinished, append(a.PEM(), key...)); err == nil {
		err = os.Rename(unfinished, file)
	}
	if err != nil {
		return nil, fmt.Errorf("the CA cannot be stored beside the data: %w", err)
	}
	return a, nil
}

// WriteFile writes a new file that only its owner may read. It is an error if the file exists.
func WriteFile(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// Given returns the Authority whose CA is in certFile and its key in keyFile, both in PEM. The
// certificates that vouch for the CA may follow it. The error says what is wrong with a file, or
// which name the CA lacks.
func Given(certFile, keyFile string, names Names, clock func() time.Time) (*Authority, error) {
	cert, err := read(certFile)
	if err != nil {
		return nil, fmt.Errorf("the certificate of the CA, %s, cannot be read: %w", certFile, err)
	}
	key, err := read(keyFile)
	if err != nil {
		return nil, fmt.Errorf("the key of the CA, %s, cannot be read: %w", keyFile, err)
	}
	return parse(cert, key, certFile, keyFile, names, clock)
}

// Pair returns a certificate for TLS from two files in PEM: the certificate, followed by those that
// vouch for it, and its key.
func Pair(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := read(certFile)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s cannot be read: %w", certFile, err)
	}
	key, err := read(keyFile)
	if err != nil {
		return nil, fmt.Errorf("the key %s cannot be read: %w", keyFile, err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s and %s are no certificate and its key in PEM: %w", certFile, keyFile, err)
	}
	return &pair, nil
}

// read reads a file. The error does not repeat its name.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	if err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("it has %d bytes; the most that is read is %d", info.Size(), maxFile)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(file)
	}
	if reason, ok := errors.AsType[*fs.PathError](err); ok {
		err = reason.Err
	}
	return text, err
}

// parse returns the Authority of a CA and its key.
func parse(cert, key []byte, certFile, keyFile string, names Names, clock func() time.Time) (*Authority, error) {
	chain, err := certificates(cert)
	if err != nil {
		return nil, fmt.Errorf("%s has no certificate that can be read: %w", certFile, err)
	}
	signer, err := privateKey(key)
	if err != nil {
		return nil, fmt.Errorf("%s has no private key that can be read: %w", keyFile, err)
	}
	ca := chain[0]
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(ca.PublicKey) {
		return nil, fmt.Errorf("the private key in %s is not that of the certificate in %s", keyFile, certFile)
	}
	if !ca.IsCA || ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, fmt.Errorf("the certificate in %s is not that of a CA: it may sign no certificates", certFile)
	}
	if now := clock(); now.Before(ca.NotBefore) || now.After(ca.NotAfter) {
		return nil, fmt.Errorf("the CA in %s is valid from %s to %s, and now it is %s", certFile,
			day(ca.NotBefore), day(ca.NotAfter), day(now))
	}
	if lacking := lacks(ca, names); len(lacking) > 0 {
		return nil, fmt.Errorf("the CA in %s may not sign certificates for %s", certFile, strings.Join(lacking, ", "))
	}
	return newAuthority(names, clock, chain, signer)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// certificates returns all certificates of a text in PEM. The error is not nil where there is none.
func certificates(text []byte) (all []*x509.Certificate, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("it must have one between BEGIN CERTIFICATE and END CERTIFICATE")
	}
	return all, nil
}

// privateKey returns the first private key of a text in PEM, in any of its three forms.
func privateKey(text []byte) (crypto.Signer, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errors.New(
				"it must have one between BEGIN PRIVATE KEY and END PRIVATE KEY, without a password",
			)
		}
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, errors.New("it is of a kind that signs nothing")
	}
}

// lacks returns the names that a CA may not sign certificates for, though they are needed. The name
// of the machine is not: that of a container is another one at each start (K621).
func lacks(ca *x509.Certificate, names Names) (lacking []string) {
	permitted, excluded := ca.PermittedDNSDomains, ca.ExcludedDNSDomains
	for _, name := range names.dns {
		if len(permitted) > 0 && !within(permitted, name) || within(excluded, name) {
			if name != names.machine {
				lacking = append(lacking, name)
			}
		}
	}
	for _, r := range names.ranges {
		if len(ca.PermittedIPRanges) > 0 && !slices.ContainsFunc(networksOf(ca), func(p netip.Prefix) bool {
			return p.Bits() <= r.Bits() && p.Contains(r.Addr())
		}) {
			lacking = append(lacking, strings.TrimSuffix(strings.TrimSuffix(r.String(), "/32"), "/128"))
		}
	}
	return lacking
}

// networksOf returns the IP ranges that a CA may sign certificates for.
func networksOf(ca *x509.Certificate) (all []netip.Prefix) {
	for _, n := range ca.PermittedIPRanges {
		if ip, ok := netip.AddrFromSlice(n.IP); ok {
			bits, _ := n.Mask.Size()
			all = append(all, netip.PrefixFrom(ip, bits))
		}
	}
	return all
}

// LacksMachine reports whether the CA may not sign certificates for the name of the machine.
func (a *Authority) LacksMachine() bool {
	permitted := a.chain[0].PermittedDNSDomains
	return a.names.machine != "" && len(permitted) > 0 && !within(permitted, a.names.machine)
}

// PEM returns the certificate of the CA, and those that vouch for it.
func (a *Authority) PEM() []byte {
	var text bytes.Buffer
	for _, c := range a.chain {
		pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a buffer takes everything
	}
	return text.Bytes()
}

// KeyPEM returns the private key of a CA that New made.
func (a *Authority) KeyPEM() ([]byte, error) {
	key, ok := a.signer.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key of the CA is not one that was made here")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
