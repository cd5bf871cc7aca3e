package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// real is the clock of the machine: verifiers go by it.
var real = time.Now

var testNames = NewNames([]string{"maskinporten.no", "*.api.skatteetaten-test.no", "203.0.113.7", "kobo"}, "builder-1")

func newCA(t *testing.T, names Names, clock func() time.Time) *Authority {
	t.Helper()
	a, err := New(names, clock)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// named returns the certificate for a client that asks for a name; reached is the address that it
// has reached.
func named(t *testing.T, a *Authority, name string, reached net.IP) *x509.Certificate {
	t.Helper()
	c, err := a.Certificate(&tls.ClientHelloInfo{ServerName: name, Conn: reachedConn{ip: reached}})
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf
}

type reachedConn struct {
	net.Conn
	ip net.IP
}

func (c reachedConn) LocalAddr() net.Addr { return &net.TCPAddr{IP: c.ip, Port: 8080} }

func verify(a *Authority, leaf *x509.Certificate, name string) error {
	pool := x509.NewCertPool()
	pool.AddCert(a.Root())
	_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name})
	return err
}

// TestCertificate: the certificate is for the name that was asked for, and else for the address.
func TestCertificate(t *testing.T) {
	t.Parallel()
	a := newCA(t, testNames, real)
	lan := net.IPv4(192, 168, 4, 5)
	for _, name := range []string{
		"maskinporten.no", "test.maskinporten.no", "innrapporteringbsu.api.skatteetaten-test.no", "kobo", "builder-1",
		"localhost", "bsu.api.localhost", "host.docker.internal",
	} {
		leaf := named(t, a, strings.ToUpper(name), lan)
		if err := verify(a, leaf, name); err != nil || len(leaf.DNSNames) != 1 || len(leaf.IPAddresses) != 0 {
			t.Errorf("%s gets a certificate for %v %v: %v", name, leaf.DNSNames, leaf.IPAddresses, err)
		}
		if leaf.PublicKey.(*ecdsa.PublicKey).Curve != elliptic.P256() {
			t.Errorf("the key is of %s", leaf.PublicKeyAlgorithm)
		}
	}
	for _, name := range []string{
		"", "example.org", "maskinporten.no.example.org", "notmaskinporten.no", "*.localhost", "127.0.0.1",
	} {
		leaf := named(t, a, name, lan)
		for _, reached := range []string{"192.168.4.5", "127.0.0.1", "::1", "localhost"} {
			if err := verify(a, leaf, reached); err != nil {
				t.Errorf("asked for %q, the certificate is not for %s: %v", name, reached, err)
			}
		}
	}
	public := named(t, a, "", net.IPv4(198, 51, 100, 1)) // an address that the CA is not for
	if err := verify(a, public, "127.0.0.1"); err != nil {
		t.Errorf("reached by a public address: %v", err)
	}
	if err := verify(a, named(t, a, "", net.IPv4(203, 0, 113, 7)), "203.0.113.7"); err != nil {
		t.Errorf("reached by an address of --hosts: %v", err)
	}
}

// TestConstraints: certificates that the CA signs for other names and addresses are refused, by Go
// and by OpenSSL.
func TestConstraints(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatalf("install openssl: %v", err)
	}
	a := newCA(t, testNames, real)
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, a.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name      string
		permitted bool
	}{
		{"test.maskinporten.no", true},
		{"innrapporteringbsu.api.skatteetaten-test.no", true},
		{"kobo", true},
		{"localhost", true},
		{"127.8.9.10", true},
		{"::1", true},
		{"10.1.2.3", true},
		{"172.31.255.255", true},
		{"192.168.1.1", true},
		{"fd00::1", true},
		{"203.0.113.7", true},
		{"www.skatteetaten.no", false},
		{"api.skatteetaten.no", false},
		{"xmaskinporten.no", false},
		{"no", false},
		{"example.org", false},
		{"8.8.8.8", false},
		{"172.32.0.1", false},
		{"2001:db8::1", false},
	} {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i) + 1),
			NotBefore:    real().Add(-time.Hour), NotAfter: real().Add(time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		kind := "-verify_hostname"
		if ip := net.ParseIP(c.name); ip != nil {
			template.IPAddresses, kind = []net.IP{ip}, "-verify_ip"
		} else {
			template.DNSNames = []string{c.name}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, a.chain[0], a.key.Public(), a.signer)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(a, leaf, c.name); (err == nil) != c.permitted {
			t.Errorf("%s: Go says %v", c.name, err)
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.pem", i))
		text := block("CERTIFICATE", der)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := exec.CommandContext(t.Context(), openssl, "verify", "-x509_strict", "-purpose", "sslserver",
			"-CAfile", ca, kind, c.name, file).CombinedOutput()
		violated := strings.Contains(string(output), "permitted subtree violation")
		if (err == nil) != c.permitted || violated == c.permitted {
			t.Errorf("%s: openssl says %v: %s", c.name, err, output)
		}
	}
}

// TestClock: certificates follow the clock that the CA was given, and are made anew before they
// end.
func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	a := newCA(t, testNames, func() time.Time { return now })
	first := named(t, a, "localhost", nil)
	if again := named(t, a, "localhost", nil); again != first {
		t.Error("the second certificate is another one")
	}
	for _, step := range []time.Duration{50 * 24 * time.Hour, 20 * 24 * time.Hour, -60 * 24 * time.Hour} {
		now = now.Add(step)
		leaf := named(t, a, "localhost", nil)
		if !now.After(leaf.NotBefore) || now.After(leaf.NotAfter.Add(-24*time.Hour)) {
			t.Errorf("at %s the certificate is valid from %s to %s", now, leaf.NotBefore, leaf.NotAfter)
		}
	}
}

// TestLeavesAreBounded: names that clients make up do not fill the memory.
func TestLeavesAreBounded(t *testing.T) {
	t.Parallel()
	a := newCA(t, testNames, real)
	for i := range maxLeaves + 10 {
		named(t, a, fmt.Sprintf("h%d.localhost", i), nil)
	}
	if len(a.leaves) > maxLeaves {
		t.Errorf("%d certificates are remembered", len(a.leaves))
	}
}

// TestStored: a CA is stored where only its owner can read it, is used again, and must be for all
// names.
func TestStored(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "data.db.ca.pem")
	if err := os.WriteFile(file+".new", []byte("half"), 0o666); err != nil { // of a start that was killed
		t.Fatal(err)
	}
	first, err := Stored(file, testNames, real)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %s: %v", info.Mode(), err)
	}
	if _, err := os.Stat(file + ".new"); err == nil {
		t.Error("the unfinished file is left behind")
	}
	again, err := Stored(file, NewNames([]string{"maskinporten.no"}, "another-machine"), real)
	if err != nil || !again.Root().Equal(first.Root()) {
		t.Fatalf("the CA is another one: %v", err)
	}
	if !again.LacksMachine() || first.LacksMachine() {
		t.Error("it is not known whether the CA is for the name of the machine")
	}
	if err := verify(first, named(t, again, "test.maskinporten.no", nil), "test.maskinporten.no"); err != nil {
		t.Error(err)
	}
	for names, want := range map[*Names]string{
		{dns: []string{"localhost", "new.corp.no"}}: "may not sign certificates for new.corp.no; remove that file",
		ptr(NewNames([]string{"203.0.113.8"}, "")):  "may not sign certificates for 203.0.113.8; remove that file",
	} {
		if _, err := Stored(file, *names, real); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %s", names, err, want)
		}
	}
	late := func() time.Time { return real().Add(caLifetime + time.Hour) }
	if _, err := Stored(file, testNames, late); err == nil || !strings.Contains(err.Error(), "is valid from") {
		t.Errorf("after its end: %v", err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Stored(file, testNames, real); err == nil || !strings.Contains(err.Error(), "has no certificate") {
		t.Errorf("a damaged file: %v", err)
	}
}

func ptr[T any](value T) *T { return &value }

// TestGiven: a CA from files is used where it can be, and the error says what is wrong where it
// cannot.
func TestGiven(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	made := newCA(t, testNames, real)
	keyText, err := made.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	otherKey, err := newCA(t, testNames, real).KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalECPrivateKey(made.signer.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	cert, key := write("ca.pem", made.PEM()), write("ca-key.pem", keyText)
	leaf, err := made.Certificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	leafKey, err := x509.MarshalPKCS8PrivateKey(made.key)
	if err != nil {
		t.Fatal(err)
	}
	leafFile := write("leaf.pem", block("CERTIFICATE", leaf.Certificate[0]))
	leafKeyFile := write("leaf-key.pem", block("PRIVATE KEY", leafKey))
	for name, c := range map[string]struct {
		cert, key string
		want      string // of the error; empty for none
	}{
		"as made":        {cert, key, ""},
		"in SEC 1":       {cert, write("ec.pem", block("EC PRIVATE KEY", ec)), ""},
		"in one file":    {write("both.pem", append(made.PEM(), keyText...)), filepath.Join(dir, "both.pem"), ""},
		"another key":    {cert, write("other.pem", otherKey), "is not that of the certificate"},
		"no key":         {cert, cert, "has no private key"},
		"no certificate": {key, key, "has no certificate"},
		"no file":        {filepath.Join(dir, "none.pem"), key, "none.pem, cannot be read: no such file"},
		"a folder":       {cert, dir, "no regular file"},
		"too long":       {write("long.pem", make([]byte, maxFile+1)), key, "the most that is read"},
		"no CA":          {leafFile, leafKeyFile, "is not that of a CA"},
		"broken in base64": {
			write("broken.pem", block("CERTIFICATE", []byte("x"))), key, "has no certificate that can be read",
		},
	} {
		a, err := Given(c.cert, c.key, testNames, real)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want == "":
			if err := verify(made, named(t, a, "kobo", nil), "kobo"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	if _, err := Pair(leafFile, leafKeyFile); err != nil {
		t.Error(err)
	}
	if _, err := Pair(leafFile, key); err == nil || !strings.Contains(err.Error(), "no certificate and its key") {
		t.Errorf("a certificate with the key of another one: %v", err)
	}
}

func block(kind string, text []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: text})
}
