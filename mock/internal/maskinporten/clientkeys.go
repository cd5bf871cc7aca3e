package maskinporten

import (
	"crypto/rsa"
	"crypto/x509"
	"time"
)

// certificates reads the certificates of a client.
func (f *yamlFile) certificates(v value) []*x509.Certificate {
	var certificates []*x509.Certificate
	for _, item := range f.list(v) {
		text, _ := item.text()
		certificate, err := pemCertificate(text)
		if err != nil {
			f.fault(item, "%s: %v", item.name, err)
		}
		certificates = append(certificates, certificate)
	}
	return certificates
}

// keys reads the keys of a client.
func (f *yamlFile) keys(v value) map[string]clientKey {
	keys := map[string]clientKey{}
	for _, item := range f.list(v) {
		at, ok := f.object(item, "kid", "jwk", "pem", "expires")
		if !ok {
			continue
		}
		kid, key := f.key(item, at)
		if _, twice := keys[kid]; twice && kid != "" {
			f.fault(at("kid"), "%s.kid is %q, like an earlier key's, must be one of its own", item.name, kid)
		}
		keys[kid] = key
	}
	return keys
}

func (f *yamlFile) key(v value, at func(string) value) (string, clientKey) {
	var key clientKey
	named := at("kid")
	switch jwk, pem := at("jwk"), at("pem"); {
	case jwk.given() == pem.given():
		f.fault(v, "%s must have one of jwk and pem", v.name)
	case pem.given():
		text, _ := pem.text()
		public, err := pemKey(text)
		if err != nil {
			f.fault(pem, "%s: %v", pem.name, err)
		}
		key.public = public
	default:
		member, ok := f.object(jwk)
		if !ok {
			break
		}
		key.public = f.jwk(jwk, member)
		if !named.given() {
			named = member("kid")
		}
	}
	if expires := at("expires"); expires.given() {
		f.text(expires, "a date (2026-06-30) or a time (2026-06-30T12:00:00Z)", func(text string) (good bool) {
			key.expires, good = parseExpiry(text)
			return good
		})
	}
	return f.text(named, "the name of the key", notEmpty), key
}

// jwk reads a key. What a JWK has besides the key itself does not matter, save a
// private half.
func (f *yamlFile) jwk(v value, member func(string) value) *rsa.PublicKey {
	if private := member("d"); private.given() {
		f.fault(private, "%s holds the private key (d), must hold the public half only: kty, n and e", v.name)
	}
	kty, _ := member("kty").text()
	n, _ := member("n").text()
	e, _ := member("e").text()
	public, err := jwkKey(kty, n, e)
	if err != nil {
		f.fault(v, "%s: %v", v.name, err)
	}
	return public
}

func parseExpiry(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
