package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// isTrusted reports whether a client that trusts only the CA of a text reaches a server by TLS under
// a name.
func isTrusted(t *testing.T, ca, address, name string) error {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ca)) {
		t.Fatalf("%q is no CA", ca)
	}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(address, "http://"), &tls.Config{RootCAs: pool, ServerName: name})
	if err != nil {
		return err
	}
	return conn.Close()
}

// TestCA: the command prints the CA of a server, and makes one that a server takes.
func TestCA(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	printed := runHere(t, "", "ca", "--url", s.URL(""))
	if printed.status != 0 {
		t.Fatalf("%+v", printed)
	}
	if err := isTrusted(t, printed.stdout, s.URL(""), "test.maskinporten.no"); err != nil {
		t.Error(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "ca")
	made := runHere(t, "", "ca", "--new", dir, "--hosts", "kobo.corp.no,sandkasse")
	cert, key := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem")
	if made.status != 0 || !strings.Contains(made.stdout, "serve --ca-cert "+cert+" --ca-key "+key) {
		t.Fatalf("%+v", made)
	}
	info, err := os.Stat(key)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the key has the mode %s: %v", info.Mode(), err)
	}
	if again := runHere(t, "", "ca", "--new", dir); !again.isUsage() || !strings.Contains(again.stderr, "exists") {
		t.Errorf("where there is one: %+v", again)
	}
	with := mock.Options{
		TLS: mock.TLSOptions{CACert: cert, CAKey: key}, Hosts: []string{"kobo.corp.no"},
	}
	given := mocktest.StartWith(t, with)
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kobo.corp.no", "maskinporten.no", "localhost", "127.0.0.1"} {
		if err := isTrusted(t, string(text), given.URL(""), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	with.Hosts = []string{"other.corp.no"}
	if _, err := mock.New(with); err == nil ||
		!strings.Contains(err.Error(), "may not sign certificates for other.corp.no") {
		t.Errorf("a CA that lacks a host: %v", err)
	}
}

// TestNoCA: where there is no CA to print, the command says why.
func TestNoCA(t *testing.T) {
	t.Parallel()
	off := mocktest.StartWith(t, mock.Options{TLS: mock.TLSOptions{Off: true}})
	secure := mocktest.Start(t)
	for url, tells := range map[string]string{
		off.URL(""): "--tls off", "http://127.0.0.1:1": "nothing listens",
		strings.Replace(secure.URL(""), "http:", "https:", 1): "the same port answers http:// too",
	} {
		if got := runHere(t, "", "ca", "--url", url); got.status != 1 || !strings.Contains(got.stderr, tells) {
			t.Errorf("%s: %+v; want %s", url, got, tells)
		}
	}
	if got := off.Server().CACertificate(); got != nil {
		t.Errorf("without TLS there is the CA %s", got.Subject)
	}
	if _, err := http.Get(strings.Replace(off.URL(""), "http:", "https:", 1)); err == nil ||
		!strings.Contains(err.Error(), "handshake failure") {
		t.Errorf("TLS that is off: %v", err)
	}
}

// TestInstallHelp names each kind of client.
func TestInstallHelp(t *testing.T) {
	t.Parallel()
	got := runHere(t, "", "ca", "--install-help")
	for _, client := range []string{
		"--cacert", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "keytool", "certutil", "SSL_CERT_FILE", "RootCAs",
		"Debian", "Alpine", "Windows", "macOS", "Firefox",
	} {
		if got.status != 0 || !strings.Contains(got.stdout, client) {
			t.Errorf("%s is missing", client)
		}
	}
}

// TestCAForAddr: the CA must be for the host that the server listens on, where that is not one of the
// machine or of a private network in any case.
func TestCAForAddr(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"sandkasse.corp.no:8080": "sandkasse.corp.no", "Sandkasse.Corp.no.:0": "sandkasse.corp.no",
		"builder:8080": "builder", "203.0.113.7:8080": "203.0.113.7", "[2001:db8::7]:8080": "2001:db8::7",
		"127.0.0.1:8080": "", "0.0.0.0:443": "", ":8080": "", "[::]:0": "", "[::1]:0": "", "10.0.0.7:80": "",
		"192.168.1.2:80": "", "[fd00::1]:80": "", "[fe80::1]:80": "", "localhost:80": "", "a.localhost:80": "",
		"kobo.corp.no:80": "", "Given.corp.no:80": "", "": "",
		"sandkasse.corp.no": "", "not a host:80": "", "a..b:80": "",
	} {
		got := strings.Join(addrHost(addr, []string{" KOBO.corp.no.=kobo", "given.corp.no"}), ",")
		if got != want {
			t.Errorf("of %q it is for %q, want %q", addr, got, want)
		}
	}
	dir := filepath.Join(t.TempDir(), "ca")
	if made := runHere(t, "", "ca", "--new", dir); made.status != 0 {
		t.Fatalf("%+v", made)
	}
	for _, addr := range []string{"sandkasse.invalid:0", "203.0.113.7:0"} {
		host, _, _ := strings.Cut(addr, ":")
		got := runHere(t, "", "serve", "--addr", addr, "--ca-cert", filepath.Join(dir, "ca.pem"), "--ca-key",
			filepath.Join(dir, "ca-key.pem"))
		if !got.isUsage() || !strings.Contains(got.stderr, "may not sign certificates for "+host) {
			t.Errorf("with a CA that is not for the host of --addr %s: %+v", addr, got)
		}
	}
}
