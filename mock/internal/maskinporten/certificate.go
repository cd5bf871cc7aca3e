package maskinporten

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// certificateChain returns the certificates in the header x5c, the signing one first (RFC 7515,
// section 4.1.6). The error is a refusal with MP-123. The chain is not verified: a self-signed test
// certificate is accepted (K109).
func certificateChain(header token.Claims) ([]*x509.Certificate, error) {
	var texts []string
	if json.Unmarshal(header["x5c"], &texts) != nil || len(texts) == 0 {
		return nil, refuse("MP-123", "x5c is %s, must be a list of certificates: base64 of DER, the signing one first",
			header.Quote("x5c"))
	}
	var chain []*x509.Certificate
	for i, text := range texts {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, refuse("MP-123", "x5c[%d] is %q, must be base64 of DER (not base64url, no PEM lines)", i,
				excerpt.ASCII(text))
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, refuse("MP-123", "x5c[%d] cannot be read, must be a certificate in DER form", i)
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

// checkValidity refuses a certificate that has expired or is not valid yet. Maskinporten's answer
// to it is not published; MP-121 is about registered keys (K108).
func checkValidity(certificate *x509.Certificate, now time.Time) error {
	switch {
	case now.After(certificate.NotAfter):
		return refuse("MP-120",
			"the certificate in x5c expired at %s (the sandbox's clock says %s), must be a valid one",
			token.FormatTime(certificate.NotAfter), token.FormatTime(now))
	case now.Before(certificate.NotBefore):
		return refuse("MP-120",
			"the certificate in x5c is valid from %s (the sandbox's clock says %s), must be valid now",
			token.FormatTime(certificate.NotBefore), token.FormatTime(now))
	}
	return nil
}

// certificateOrg returns the number of the organisation in a certificate's subject, or "": from
// organizationIdentifier as NTRNO-nnnnnnnnn (ETSI EN 319 412-1, section 5.1.4), else from
// serialNumber as in older certificates.
func certificateOrg(certificate *x509.Certificate) string {
	organizationIdentifier := asn1.ObjectIdentifier{2, 5, 4, 97}
	for _, name := range certificate.Subject.Names {
		text, _ := name.Value.(string)
		number, norwegian := strings.CutPrefix(text, "NTRNO-")
		if name.Type.Equal(organizationIdentifier) && norwegian && token.IsOrganisation(number) {
			return number
		}
	}
	if number := certificate.Subject.SerialNumber; token.IsOrganisation(number) {
		return number
	}
	return ""
}

// pemCertificate returns the certificate in a PEM text. Its key must be an RSA key of an accepted
// size.
func pemCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no certificate, must be -----BEGIN CERTIFICATE----- and so on")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate cannot be read, must be base64 of DER between its BEGIN and END lines")
	}
	if _, err := checkRSA(certificate.PublicKey); err != nil {
		return nil, err
	}
	return certificate, nil
}
