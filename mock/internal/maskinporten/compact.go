package maskinporten

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
)

// maxToken is the longest token that is read or made, in bytes. Maskinporten's
// have about 1,000; the limit bounds what the cache can hold (K115).
const maxToken = 16 << 10

// maxGrant is the longest grant that is read, in bytes. One with the chain of a
// business certificate has some 10,000 (K115).
const maxGrant = 64 << 10

// kind is what a JWT is here, for the sentences about it: its name, how long it
// may be, and where it stands.
type kind struct {
	name  string
	limit int
	place string
}

// accessToken is what an API is called with.
func accessToken() kind { return kind{"token", maxToken, "after Bearer"} }

// signedGrant is what a token is asked for with.
func signedGrant() kind { return kind{"grant", maxGrant, "in the form field assertion"} }

// bearer takes the token out of an Authorization header's value. The error is
// ErrNoToken with the reason, also for a token without Bearer (K129). The scheme's case does not matter (RFC 9110,
// section 11.1).
func bearer(authorization string) (string, error) {
	scheme, token, _ := strings.Cut(strings.Trim(authorization, " \t"), " ")
	token = strings.Trim(token, " \t")
	switch {
	case scheme == "":
		return "", fmt.Errorf("%w: the Authorization header is missing or empty, must be: Bearer TOKEN", ErrNoToken)
	case !strings.EqualFold(scheme, "Bearer") && strings.Count(scheme, ".") == 2:
		return "", fmt.Errorf("%w: the Authorization header has a token without the word Bearer before it, must be: Bearer TOKEN", ErrNoToken)
	case !strings.EqualFold(scheme, "Bearer"):
		return "", fmt.Errorf("%w: the Authorization header has another scheme than Bearer, must be: Bearer TOKEN", ErrNoToken)
	case token == "":
		return "", fmt.Errorf("%w: the Authorization header has nothing after Bearer, must be: Bearer TOKEN", ErrNoToken)
	}
	return token, nil
}

// object is a JSON object: a JWT's header, its claims, or one claim. Names
// are compared to the letter, and one said twice is refused at any depth: go-jose's
// decoder sees to that, where encoding/json would take "id" for "ID".
type object map[string]json.RawMessage

// compact reads a JWT in JWS compact serialisation (RFC 7515, section 7.1)
// without looking at its signature: header.payload.signature, each base64url.
func (k kind) compact(text string) (header, claims object, err error) {
	switch {
	case len(text) > k.limit:
		return nil, nil, fmt.Errorf("the %s is %d bytes long, must be at most %d", k.name, len(text), k.limit)
	case strings.HasPrefix(text, "{"):
		return nil, nil, fmt.Errorf("the %s is in JSON serialisation, must be in compact form: header.payload.signature", k.name)
	case strings.ContainsAny(text, " \t\r\n"):
		return nil, nil, fmt.Errorf("the %s holds white space, must be one unbroken word %s", k.name, k.place)
	}
	parts := strings.Split(text, ".")
	switch len(parts) {
	case 3:
	case 5:
		return nil, nil, fmt.Errorf("the %s has 5 dot-separated parts, as an encrypted one has (JWE), must be a signed one with three: header.payload.signature", k.name)
	default:
		return nil, nil, fmt.Errorf("the %s has %d dot-separated part(s), must have three: header.payload.signature", k.name, len(parts))
	}
	if header, err = decode(k.name+"'s header", parts[0]); err != nil {
		return nil, nil, err
	}
	if claims, err = decode(k.name+"'s payload", parts[1]); err != nil {
		return nil, nil, err
	}
	if _, err = unbase64(k.name+"'s signature", parts[2]); err != nil {
		return nil, nil, err
	}
	return header, claims, nil
}

// decode reads one part of a JWT that must be a JSON object.
func decode(part, text string) (object, error) {
	data, err := unbase64(part, text)
	if err != nil {
		return nil, err
	}
	var o object
	if err = json.Unmarshal(data, &o); err == nil {
		err = checkNamesWithin(data)
	}
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return nil, fmt.Errorf("the %s is empty or ends too soon, must be a JSON object", part)
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("the %s is not good JSON: character %d cannot stand there, must be a JSON object", part, syntax.Offset)
	case errors.As(err, &wrongType):
		return nil, fmt.Errorf("the %s is a JSON %s, must be a JSON object", part, wrongType.Value)
	case err != nil:
		_, name, twice := strings.Cut(err.Error(), "duplicate key '") // the library has no type for it
		if !twice {
			return nil, fmt.Errorf("the %s cannot be read, must be a JSON object", part)
		}
		return nil, fmt.Errorf("the %s has the name %q twice, must have each name once", part, cut(strings.TrimSuffix(name, "' in object")))
	case o == nil:
		return nil, fmt.Errorf("the %s is a JSON null, must be a JSON object", part)
	}
	return o, nil
}

// checkNamesWithin looks at every member of a document, for names said twice within
// one.
func checkNamesWithin(document []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.SetNumberType(json.UnmarshalJSONNumber) // a float has no 1e400
	var whole any
	return decoder.Decode(&whole)
}

// unbase64 decodes one part of a JWT, and takes only the one spelling that
// an encoder would give. The library is more forgiving (line breaks, stray bits
// at the end), and would let a changed token pass for the one that was signed (K124).
func unbase64(part, text string) ([]byte, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if rest := strings.TrimLeft(text, alphabet); rest != "" {
		at := len(text) - len(rest)
		return nil, fmt.Errorf("the %s is not base64url: character %d is %q, must be A-Z, a-z, 0-9, - or _ (no padding)", part, at+1, rest[0])
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		whole, _, _ := strings.Cut(part, "'s ")
		return nil, fmt.Errorf("the %s is not base64url: its length or last character cannot be, the %s was cut off or changed", part, whole)
	}
	return data, nil
}
