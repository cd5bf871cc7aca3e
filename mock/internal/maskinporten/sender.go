package maskinporten

import (
	"crypto/rsa"
	"crypto/x509"
	"maps"
	"slices"
	"time"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// verifiedSender is the sender of a grant whose signature was verified.
type verifiedSender struct {
	organisation string // its number
	amr          string // client_amr
	// assumed says that nothing in the grant names the organisation.
	assumed bool
	// newKey is a key that came with the grant, for the session's cache under keyName.
	newKey  *rsa.PublicKey
	keyName token.Fingerprint
}

// verifyUnregistered verifies the signature of a grant where no clients are registered: with the
// certificate in x5c, else with the key that the session knows for the client's kid, else with the
// one in the header jwk. Without any of them the signature is not verified (K111, K112). The error
// is a refusal.
func (i *Issuer) verifyUnregistered(replays *token.ReplayCache, a assertion, now time.Time) (verifiedSender, error) {
	if a.header.Has("x5c") {
		certificate, err := a.verifyCertificate(now)
		if err != nil {
			return verifiedSender{}, err
		}
		vendor := certificateOrg(certificate)
		if vendor == "" {
			return verifiedSender{organisation: i.vendor, amr: token.AMRCertificate, assumed: true}, nil
		}
		return verifiedSender{organisation: vendor, amr: token.AMRCertificate}, nil
	}
	kid, err := a.kid()
	if err != nil {
		return verifiedSender{}, err
	}
	if kid == "" {
		return verifiedSender{}, refuse(kidRequired,
			"the grant's header has neither kid nor x5c, must have one: kid names the key, x5c holds the certificate")
	}
	given, err := a.headerKey()
	if err != nil {
		return verifiedSender{}, err
	}
	name := token.FingerprintOf(a.client, kid)
	key := replays.ClientKey(name)
	switch {
	case key == nil:
		key = given
	case given != nil && !key.Equal(given):
		return verifiedSender{}, keyMismatch(kid)
	}
	if key != nil && !a.signedWith(key) {
		return verifiedSender{},
			refuse("MP-124",
				"the signature does not fit the key that this client gave for kid %q, must be made with its private "+
					"half", excerpt.ASCII(kid))
	}
	return verifiedSender{
		organisation: i.vendor, amr: token.AMRPrivateKey, newKey: given, keyName: name, assumed: true,
	}, nil
}

// keyMismatch returns the refusal of a second key for a kid.
func keyMismatch(kid string) error {
	return refuse("MP-124",
		"the header jwk has another key than the one that this client gave for kid %q before, must be the same (a "+
			"new key needs a new kid)", excerpt.ASCII(kid))
}

// verify verifies the signature of a registered client's grant: with the registered key that kid
// names or, if the client has no keys, with its certificate (K110, K111). The error is a refusal.
func (c *client) verify(a assertion, now time.Time) (verifiedSender, error) {
	if len(c.keys) > 0 {
		return c.verifyKey(a, now)
	}
	if a.header.Has("x5c") {
		return c.verifyOwner(a, now)
	}
	kid, err := a.kid()
	switch {
	case err != nil:
		return verifiedSender{}, err
	case kid == "":
		return verifiedSender{}, refuse(kidRequired,
			"the grant's header has neither kid nor x5c, must have x5c: client %q has no registered keys", c.id)
	}
	return verifiedSender{},
		refuse(unknownKid, "kid is %q, but client %q has no registered keys, must have its certificate in x5c",
			excerpt.ASCII(kid), c.id)
}

// verifyKey verifies the signature with the registered key that the grant names.
func (c *client) verifyKey(a assertion, now time.Time) (verifiedSender, error) {
	kids := joinFirst(slices.Sorted(maps.Keys(c.keys)))
	kid, err := a.kid()
	if err != nil {
		return verifiedSender{}, err
	}
	key, known := c.keys[kid]
	switch {
	case kid == "" && a.header.Has("x5c"):
		return verifiedSender{}, refuse(kidRequired,
			"the grant's header has x5c and no kid, but client %q has registered keys, must have one of: %s", c.id,
			kids)
	case kid == "":
		return verifiedSender{}, refuse(kidRequired,
			"the grant's header has no kid, must have one of those of client %q: %s", c.id, kids)
	case !known:
		return verifiedSender{}, refuse(unknownKid, "kid is %q, must be one of those of client %q: %s",
			excerpt.ASCII(kid), c.id, kids)
	case !key.expires.IsZero() && !now.Before(key.expires):
		return verifiedSender{},
			refuse("MP-121", "key %q of client %q expired at %s (the sandbox's clock says %s), must be a valid one",
				kid, c.id, token.FormatTime(key.expires), token.FormatTime(now))
	case !a.signedWith(key.public):
		return verifiedSender{},
			refuse("MP-124", "the signature does not fit key %q of client %q, must be made with its private half", kid,
				c.id)
	}
	return verifiedSender{organisation: c.organisation, amr: token.AMRPrivateKey}, nil
}

// verifyOwner verifies the signature with the certificate in the grant, which must be the client's.
// A listed certificate whose subject names no organisation is accepted (K119). K108 has the codes
// of the others.
func (c *client) verifyOwner(a assertion, now time.Time) (verifiedSender, error) {
	certificate, err := a.verifyCertificate(now)
	if err != nil {
		return verifiedSender{}, err
	}
	listed := slices.ContainsFunc(c.certificates, certificate.Equal)
	switch org := certificateOrg(certificate); {
	case org == "" && !listed:
		return verifiedSender{},
			refuse("MP-122",
				"the certificate in x5c names no organisation, must name %s, the owner of client %q: "+
					"organizationIdentifier NTRNO-%s or serialNumber %s", c.organisation, c.id, c.organisation,
				c.organisation)
	case org != "" && org != c.organisation:
		return verifiedSender{},
			refuse("MP-122", "the certificate in x5c belongs to %s, must belong to %s, the owner of client %q", org,
				c.organisation, c.id)
	case len(c.certificates) > 0 && !listed:
		return verifiedSender{},
			refuse("MP-120",
				"the certificate in x5c is not among the %d that the clients file lists for client %q, must be one "+
					"of them", len(c.certificates), c.id)
	}
	return verifiedSender{organisation: c.organisation, amr: token.AMRCertificate}, nil
}

// verifyCertificate verifies the signature with the first certificate in x5c, and returns that. The
// error is a refusal.
func (a assertion) verifyCertificate(now time.Time) (*x509.Certificate, error) {
	chain, err := certificateChain(a.header)
	if err != nil {
		return nil, err
	}
	key, err := checkRSA(chain[0].PublicKey)
	if err != nil {
		return nil, refuse("MP-120", "the certificate in x5c does not do: %v", err)
	}
	if err := checkValidity(chain[0], now); err != nil {
		return nil, err
	}
	if !a.signedWith(key) {
		return nil, refuse("MP-124", "the signature does not fit x5c[0] (%s), must be made with its private key",
			excerpt.ASCII(chain[0].Subject.String()))
	}
	return chain[0], nil
}

// kid returns the header kid, or "".
func (a assertion) kid() (string, error) {
	kid, err := a.header.Text("kid")
	if err != nil {
		return "", refuse("MP-011", "%v", err)
	}
	return kid, nil
}

// headerKey returns the key in the header jwk, or nil when there is none. The error is a refusal
// with MP-011.
func (a assertion) headerKey() (*rsa.PublicKey, error) {
	if !a.header.Has("jwk") {
		return nil, nil
	}
	jwk, err := a.header.Member("jwk")
	if err != nil {
		return nil, refuse("MP-011", "%v", err)
	}
	if jwk.Has("d") {
		return nil,
			refuse("MP-011", "the header jwk holds the private key (d), must hold the public half only: kty, n and e")
	}
	var parts [3]string
	for n, name := range []string{"kty", "n", "e"} {
		if parts[n], err = jwk.Text(name); err != nil {
			return nil, refuse("MP-011", "jwk.%v", err)
		}
	}
	key, err := jwkKey(parts[0], parts[1], parts[2])
	if err != nil {
		return nil, refuse("MP-011", "the header jwk: %v", err)
	}
	return key, nil
}
