package maskinporten

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"sandkasse/mock/internal/excerpt"
)

// Sizes of accepted RSA keys in bits. crypto/rsa refuses smaller ones; with larger ones a small
// grant could take much time (K121).
const (
	minKeyBits = 1024
	maxKeyBits = 8192
)

// checkRSA returns the key if it is an RSA key of an accepted size.
func checkRSA(key any) (*rsa.PublicKey, error) {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the key is of another kind, must be an RSA key")
	}
	if bits := public.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("the RSA key has %d bits, must have %d to %d", bits, minKeyBits, maxKeyBits)
	}
	return public, nil
}

// jwkError is a fault of a member of a JWK.
type jwkError struct{ member, text string }

func (e jwkError) Error() string { return e.member + " " + e.text }

// jwkKey returns the public key of the members of a JWK (RFC 7518, section 6.3.1). The error is a
// jwkError if a member is at fault. go-jose's JSONWebKey is not used: its documentation calls
// unmarshalling unsafe for untrusted input, and its errors do not name the member.
func jwkKey(kty, n, e string) (*rsa.PublicKey, error) {
	if kty != "RSA" {
		return nil, jwkError{"kty", fmt.Sprintf("is %q, must be RSA", excerpt.ASCII(kty))}
	}
	modulus, err := jwkNumber("n", n)
	if err != nil {
		return nil, err
	}
	exponent, err := jwkNumber("e", e)
	if err != nil {
		return nil, err
	}
	if exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0 {
		return nil, jwkError{"e", fmt.Sprintf("is %q, must be an odd number from 3 to 2147483647: mostly AQAB",
			excerpt.ASCII(e))}
	}
	return checkRSA(&rsa.PublicKey{N: modulus, E: int(exponent.Int64())})
}

// jwkNumber decodes a number of a JWK. The error is a jwkError.
func jwkNumber(name, text string) (*big.Int, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil, jwkError{name, fmt.Sprintf("is %q, must be a number in base64url without padding",
			excerpt.ASCII(text))}
	}
	return new(big.Int).SetBytes(data), nil
}

// pemKey returns the public key in a PEM text: a PUBLIC KEY, an RSA PUBLIC KEY, or the key of a
// CERTIFICATE.
func pemKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("there is no PEM block, must be -----BEGIN PUBLIC KEY----- and so on")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		return nil, fmt.Errorf("the PEM block is %q, must be PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE",
			excerpt.ASCII(block.Type))
	}
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read, must be base64 of DER between its BEGIN and END lines",
			block.Type)
	}
	return checkRSA(key)
}

// signedWith reports whether the key made the grant's signature. The grant has been read, so its
// parts are base64url and its algorithm is one of Maskinporten's.
func (a assertion) signedWith(key *rsa.PublicKey) bool {
	end := strings.LastIndexByte(a.text, '.')
	signature, err := base64.RawURLEncoding.DecodeString(a.text[end+1:])
	if err != nil {
		return false
	}
	text := []byte(a.text[:end])
	switch algorithm, _ := a.header.Text("alg"); algorithm {
	case "RS256":
		sum := sha256.Sum256(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	case "RS384":
		sum := sha512.Sum384(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA384, sum[:], signature)
	default:
		sum := sha512.Sum512(text)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA512, sum[:], signature)
	}
	return err == nil
}
