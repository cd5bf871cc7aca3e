package maskinporten

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"sandkasse/mock/internal/strictjson"
	"sandkasse/mock/internal/yamlfile"
)

// keyEntry is a registered key in a clients file.
type keyEntry struct {
	Kid     string   `yaml:"kid"`
	JWK     jwkEntry `yaml:"jwk"`
	PEM     string   `yaml:"pem"`
	Expires string   `yaml:"expires"`
}

// jwkEntry is a JWK in a clients file. Other members are ignored, but a private half is a fault.
type jwkEntry struct {
	yamlfile.Others

	Kid string `yaml:"kid"`
	Kty string `yaml:"kty"`
	N   string `yaml:"n"`
	E   string `yaml:"e"`
}

// certificates returns the certificates of a client; nil elements for those with faults.
func (c clientsReader) certificates(texts []string, place string) []*x509.Certificate {
	var certificates []*x509.Certificate
	for i, text := range texts {
		certificate, err := pemCertificate(text)
		if err != nil {
			c.fault(fmt.Sprintf("%s[%d]", place, i), ": %v", err)
		}
		certificates = append(certificates, certificate)
	}
	return certificates
}

// keys returns the keys of a client by kid.
func (c clientsReader) keys(entries []keyEntry, place string) map[string]clientKey {
	keys := map[string]clientKey{}
	for i, entry := range entries {
		at := fmt.Sprintf("%s[%d]", place, i)
		if !c.mapping(at) {
			continue
		}
		kid, key := c.key(entry, at)
		if _, twice := keys[kid]; twice && kid != "" {
			c.fault(at+".kid", " is %q, like an earlier key's, must be one of its own", kid)
		}
		keys[kid] = key
	}
	return keys
}

// key returns the kid and the key of an entry. The kid may be that of the JWK.
func (c clientsReader) key(entry keyEntry, place string) (string, clientKey) {
	var key clientKey
	named, kid := place+".kid", entry.Kid
	switch pem := place + ".pem"; {
	case c.has(place+".jwk") == c.has(pem):
		c.fault(place, " must have one of jwk and pem")
	case c.has(pem):
		public, err := pemKey(entry.PEM)
		if err != nil {
			c.fault(pem, ": %v", err)
		}
		key.public = public
	default:
		key.public = c.jwk(entry.JWK, place+".jwk")
		if !c.has(named) {
			named, kid = place+".jwk.kid", entry.JWK.Kid
		}
	}
	c.textOr(entry.Expires, place+".expires", "", "a date (2026-06-30) or a time (2026-06-30T12:00:00Z)",
		func(text string) (good bool) {
			key.expires, good = parseExpiry(text)
			return good
		})
	return c.text(kid, named, "the name of the key", notEmpty), key
}

// jwk returns the key in a JWK; nil if it has faults.
func (c clientsReader) jwk(entry jwkEntry, place string) *rsa.PublicKey {
	if private := place + ".d"; c.has(private) {
		c.src.Fault("$."+private, "%s holds the private key (d), must hold the public half only: kty, n and e", place)
	}
	public, err := jwkKey(entry.Kty, entry.N, entry.E)
	var of jwkError
	switch {
	case errors.As(err, &of):
		c.fault(place+"."+of.member, " %s", of.text)
	case err != nil:
		c.fault(place, ": %v", err)
	}
	return public
}

// parseExpiry reads a date, at whose start a key expires, or a time; false for neither.
func parseExpiry(text string) (time.Time, bool) {
	if day, err := strictjson.Day("expires", text); err == nil {
		return day, true
	}
	at, err := strictjson.Time("expires", text)
	return at, err == nil
}
