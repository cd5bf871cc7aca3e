package mock

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/certs"
	"sandkasse/mock/internal/proxy"
	"sandkasse/mock/internal/sniff"
)

// TLSOptions are the settings of TLS, which a server speaks on the same port as HTTP. The zero value has the server
// sign its certificates with a CA of its own: one that is stored beside the data file, as FILE.ca.pem, or in memory
// where the data file is temporary. That CA can sign certificates for imitated hosts, for Options.Hosts, and for names
// and addresses of the machine and of private networks, and for nothing else. It follows the clock of the machine.
type TLSOptions struct {
	// Off refuses TLS.
	Off bool
	// CACert and CAKey are the paths of a CA and its private key, in PEM, to use instead of an own CA.
	CACert, CAKey string
	// Cert and Key are the paths of a certificate and its private key, in PEM, to use under all names. There is no
	// CA then.
	Cert, Key string
}

// certificates has what the server needs to speak TLS.
type certificates struct {
	config    *tls.Config      // nil: TLS is off
	authority *certs.Authority // nil where there is no CA
}

// check returns what is wrong with the combination of options.
func (o TLSOptions) check() error {
	var faults []error
	fault := func(setting, text string) {
		faults = append(faults, argument(settingError{errors.New(text), setting}))
	}
	pair := func(cert, key, flag string) {
		if cert != "" && key == "" {
			fault(flag+"-cert", fmt.Sprintf("%s (--%s-cert) is given without its key (--%s-key)", cert, flag, flag))
		}
		if cert == "" && key != "" {
			fault(flag+"-key",
				fmt.Sprintf("%s (--%s-key) is given without its certificate (--%s-cert)", key, flag, flag))
		}
	}
	pair(o.CACert, o.CAKey, "ca")
	pair(o.Cert, o.Key, "tls")
	if o.Cert != "" && o.CACert != "" { // the files are not read then
		fault("tls-cert",
			"both a certificate for TLS (--tls-cert) and a CA (--ca-cert) are given; a server uses one of them")
	}
	if o.Off && (o.Cert != "" || o.CACert != "") {
		fault("tls", "TLS is off, and yet a certificate or a CA is given; leave one of them out")
	}
	return errors.Join(faults...)
}

// given returns the certificates that the options give; the zero certificates where they give none. The error is an
// ArgumentError.
func (o Options) givenCertificates(names certs.Names) (c certificates, err error) {
	switch t := o.TLS; {
	case t.check() != nil:
	case t.Cert != "" && t.Key != "":
		var pair *tls.Certificate
		if pair, err = certs.Pair(t.Cert, t.Key); err == nil {
			c.config = serverTLS(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair, nil })
		}
	case t.CACert != "" && t.CAKey != "":
		c.authority, err = certs.Given(t.CACert, t.CAKey, names, machineClock)
		if err == nil {
			c.config = serverTLS(c.authority.Certificate)
		}
	}
	return c, argument(err)
}

// ownCertificates returns the certificates of an own CA. The data file must be open, so that no other server stores
// its CA there. The error is an ArgumentError where a stored CA cannot be used.
func (o Options) ownCertificates(names certs.Names) (c certificates, err error) {
	if o.Data == "" {
		c.authority, err = certs.New(names, machineClock)
	} else {
		c.authority, err = certs.Stored(o.Data+".ca.pem", names, machineClock)
	}
	if err != nil {
		return c, argument(err)
	}
	if c.authority.LacksMachine() {
		o.Log.Info("the stored CA is not for the name of this machine; clients that use it refuse the certificate",
			"file", o.Data+".ca.pem")
	}
	c.config = serverTLS(c.authority.Certificate)
	return c, nil
}

// serverTLS returns the settings of TLS.
func serverTLS(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: certificate,
		Time: machineClock,
	}
}

// certificateNames returns what an own CA can sign certificates for.
func certificateNames(known *catalog.Catalog, hosts []string) certs.Names {
	return certs.NewNames(append(imitatedHosts(known), hosts...), machineName())
}

// imitatedHosts returns the hosts of the imitated APIs, sorted.
func imitatedHosts(known *catalog.Catalog) (hosts []string) {
	for _, api := range known.APIs {
		for _, host := range api.Hosts {
			hosts = append(hosts, host.Name)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// machineName returns the name of the machine in lower case; empty where it has none that a client could use.
func machineName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	name, err = hostOption(name)
	if err != nil {
		return ""
	}
	return name
}

// NewCA returns a new CA and its private key, both in PEM, for TLSOptions.CACert and CAKey. It can sign certificates
// for the hosts of the catalogue, the given ones, and names and addresses of the machine and of private networks, and
// for nothing else. The error is an *ArgumentError for a host that is none.
func (c *Catalog) NewCA(hosts ...string) (certificate, key []byte, err error) {
	var names []string
	for _, given := range hosts {
		given, _, _ = strings.Cut(given, "=") // as in Options.Hosts
		host, err := hostOption(given)
		if err != nil {
			return nil, nil, argument(err)
		}
		names = append(names, host)
	}
	authority, err := certs.New(certificateNames(c.known, names), machineClock)
	if err != nil {
		return nil, nil, err
	}
	key, err = authority.KeyPEM()
	return authority.PEM(), key, err
}

// CACertificate returns the certificate that clients must trust to reach the server by TLS; nil where the server has no
// CA, because TLS is off or TLSOptions.Cert is given.
func (s *Server) CACertificate() *x509.Certificate {
	if s.certificates.authority == nil {
		return nil
	}
	return s.certificates.authority.Root()
}

// caPEM returns the CA in PEM, as GET /_sandkasse/ca.pem answers. The error says why there is none.
func (s *Server) caPEM() ([]byte, error) {
	switch {
	case s.certificates.authority != nil:
		return s.certificates.authority.PEM(), nil
	case s.options.TLS.Off:
		return nil, errors.New("this server has no CA, since it was started with --tls off")
	}
	return nil, errors.New(
		"this server has no CA of its own, since it was started with --tls-cert; clients must trust " +
			"the CA that signed that certificate",
	)
}

// handshakeTimeout bounds the time from accepting a connection until its TLS handshake is over (K626).
const handshakeTimeout = 10 * time.Second

// newSniffer returns what tells TLS from HTTP on the connections of the server.
func (s *Server) newSniffer() *sniff.Sniffer {
	return sniff.New(sniff.Config{
		TLS: s.certificates.config, Explain: s.explainTLS, Timeout: handshakeTimeout, Clock: machineClock,
		Log: s.options.Log, ConnState: s.conns.note,
		Deliver: func(c net.Conn) bool {
			if _, isTLS := c.(interface{ ConnectionState() tls.ConnectionState }); isTLS {
				beginIdle(c)
			}
			if secure, ok := c.(*sniff.Secure); ok {
				c = &secureConn{secure, s.noteRefusal}
			}
			if _, ok := c.(*sniff.Prior); ok {
				return s.h2c.deliver(c)
			}
			return s.memory.deliver(c)
		},
	})
}

// noteRefusal counts a request in the log that net/http could not read.
func (s *Server) noteRefusal(why string) {
	s.sniffer.Note(slog.LevelInfo, "a request could not be read", "why", why)
}

// explainTLS returns in words why a TLS handshake failed.
func (s *Server) explainTLS(state tls.ConnectionState, err error) string {
	why := strings.TrimPrefix(err.Error(), "remote error: ")
	_, refused := errors.AsType[tls.AlertError](err)
	remote := refused || strings.HasPrefix(err.Error(), "remote error: ")
	if !remote {
		return why
	}
	if s.certificates.authority != nil && state.ServerName != "" && !s.certificates.authority.IsFor(state.ServerName) {
		return fmt.Sprintf("the client refused the certificate, which is not for %s; start the server with "+
			"--hosts %s (%s)", state.ServerName, state.ServerName, why)
	}
	return fmt.Sprintf("the client refused the certificate; it must trust the CA that sandkasse ca prints (%s)", why)
}

// newProxy returns the proxy that is in front of the server.
func (s *Server) newProxy() *proxy.Proxy {
	hosts := append(imitatedHosts(s.backend.Catalog), s.own...)
	return proxy.New(proxy.Config{
		Hosts: hosts, Own: s.isOwn, Authenticate: s.options.ProxyAuth, Note: s.sniffer.Note,
		Take: func(c net.Conn) {
			beginIdle(c)
			s.sniffer.Take(c)
		},
	})
}

// beginIdle makes a connection count as idle, since a handshake and CONNECT are no calls.
func beginIdle(c net.Conn) {
	if below, ok := connBelow(c).(sender); ok {
		below.setIdle()
	}
}

// isOwn reports whether a host in lower case is that of the machine, or the one that the server listens on.
func (s *Server) isOwn(host string) bool {
	listening := s.host.Load()
	return listening != nil && *listening == host || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		host == "host.docker.internal" || host == machineName()
}

// secureConn is a TLS connection that speaks HTTP/1.1, on which the refusals of net/http are replaced by those of
// sandkasse.
type secureConn struct {
	*sniff.Secure
	refused func(why string)
}

// Write does what conn.Write does.
func (c *secureConn) Write(b []byte) (int, error) { return writeRefusal(c.Secure, b, c.refused) }
