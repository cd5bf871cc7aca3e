package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock/mocktest"
)

// BenchmarkTransport measures a call by each protocol, on a connection that is there, and with
// "connect" on a new one for each call.
func BenchmarkTransport(b *testing.B) {
	s := mocktest.Start(b)
	pool := x509.NewCertPool()
	pool.AddCert(s.Server().CACertificate())
	secure := strings.Replace(s.URL(""), "http:", "https:", 1)
	for _, c := range []struct {
		name, base string
		set        func(*http.Protocols, bool)
		connects   bool
	}{
		{"HTTP", s.URL(""), (*http.Protocols).SetHTTP1, false},
		{"TLS", secure, (*http.Protocols).SetHTTP1, false},
		{"h2c", s.URL(""), (*http.Protocols).SetUnencryptedHTTP2, false},
		{"h2", secure, (*http.Protocols).SetHTTP2, false},
		{"HTTP/connect", s.URL(""), (*http.Protocols).SetHTTP1, true},
		{"TLS/connect", secure, (*http.Protocols).SetHTTP1, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: &http.Protocols{},
				DisableKeepAlives: c.connects,
			}
			c.set(transport.Protocols, true)
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			for b.Loop() {
				response, err := client.Get(c.base + "/_sandkasse/health")
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					b.Fatal(err)
				}
				response.Body.Close()
			}
		})
	}
}
