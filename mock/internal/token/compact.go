package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4/json"

	"sandkasse/mock/internal/excerpt"
)

// MaxBytes is the length of the longest token that is read or made. Maskinporten's have about 1,000
// bytes; the limit bounds the memory of the cache (K115).
const MaxBytes = 16 << 10

// Format describes a kind of JWT for error texts: its name, its maximal length and where it is
// sent.
type Format struct {
	Name     string
	MaxBytes int
	Place    string
}

// accessTokenFormat returns the format of the tokens that APIs are called with.
func accessTokenFormat() Format { return Format{"token", MaxBytes, "after Bearer"} }

// bearerToken returns the token in the value of an Authorization header. The error is ErrNoToken
// with the reason, also for a token without the word Bearer (K129). The case of the scheme does not
// matter (RFC 9110, section 11.1).
func bearerToken(authorization string) (string, error) {
	scheme, token, _ := strings.Cut(strings.Trim(authorization, " \t"), " ")
	token = strings.Trim(token, " \t")
	switch {
	case scheme == "":
		return "", fmt.Errorf("%w: the Authorization header is missing or empty, must be: Bearer TOKEN", ErrNoToken)
	case !strings.EqualFold(scheme, "Bearer") && strings.Count(scheme, ".") == 2:
		return "",
			fmt.Errorf(
				"%w: the Authorization header has a token without the word Bearer before it, must be: Bearer TOKEN",
				ErrNoToken)
	case !strings.EqualFold(scheme, "Bearer"):
		return "", fmt.Errorf("%w: the Authorization header has another scheme than Bearer, must be: Bearer TOKEN",
			ErrNoToken)
	case token == "":
		return "", fmt.Errorf("%w: the Authorization header has nothing after Bearer, must be: Bearer TOKEN",
			ErrNoToken)
	}
	return token, nil
}

// Claims is a JSON object of a JWT: its header, its payload or a member. Names are case-sensitive,
// and a repeated name is refused at any depth: go-jose's decoder does both, while encoding/json
// would read "id" as "ID".
type Claims map[string]json.RawMessage

// Parse reads a JWT in JWS compact serialisation (RFC 7515, section 7.1): header.payload.signature,
// each base64url. It does not verify the signature. The error says which part cannot be read, and
// why.
func (f Format) Parse(text string) (header, claims Claims, err error) {
	switch {
	case len(text) > f.MaxBytes:
		return nil, nil, fmt.Errorf("the %s is %d bytes long, must be at most %d", f.Name, len(text), f.MaxBytes)
	case strings.HasPrefix(text, "{"):
		return nil, nil,
			fmt.Errorf("the %s is in JSON serialisation, must be in compact form: header.payload.signature", f.Name)
	case strings.ContainsAny(text, " \t\r\n"):
		return nil, nil, fmt.Errorf("the %s holds white space, must be one unbroken word %s", f.Name, f.Place)
	}
	parts := strings.Split(text, ".")
	switch len(parts) {
	case 3:
	case 5:
		return nil, nil,
			fmt.Errorf(
				"the %s has 5 dot-separated parts, as an encrypted one has (JWE), must be a signed one with three: "+
					"header.payload.signature", f.Name)
	default:
		return nil, nil, fmt.Errorf("the %s has %d dot-separated part(s), must have three: header.payload.signature",
			f.Name, len(parts))
	}
	if header, err = decodeObject(f.Name+"'s header", parts[0]); err != nil {
		return nil, nil, err
	}
	if claims, err = decodeObject(f.Name+"'s payload", parts[1]); err != nil {
		return nil, nil, err
	}
	if _, err = decodeBase64(f.Name+"'s signature", parts[2]); err != nil {
		return nil, nil, err
	}
	return header, claims, nil
}

// decodeObject decodes one part of a JWT that must be a JSON object. The part is named in the
// error.
func decodeObject(part, text string) (Claims, error) {
	data, err := decodeBase64(part, text)
	if err != nil {
		return nil, err
	}
	var o Claims
	if err = json.Unmarshal(data, &o); err == nil {
		err = checkDuplicateNames(data)
	}
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return nil, fmt.Errorf("the %s is empty or ends too soon, must be a JSON object", part)
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("the %s is not good JSON: character %d cannot stand there, must be a JSON object", part,
			syntax.Offset)
	case errors.As(err, &wrongType):
		return nil, fmt.Errorf("the %s is a JSON %s, must be a JSON object", part, wrongType.Value)
	case err != nil:
		_, name, twice := strings.Cut(err.Error(), "duplicate key '") // the library has no type for it
		if !twice {
			return nil, fmt.Errorf("the %s cannot be read, must be a JSON object", part)
		}
		return nil, fmt.Errorf("the %s has the name %q twice, must have each name once", part,
			excerpt.ASCII(strings.TrimSuffix(name, "' in object")))
	case o == nil:
		return nil, fmt.Errorf("the %s is a JSON null, must be a JSON object", part)
	}
	return o, nil
}

// checkDuplicateNames returns the library's error if any object of a document has a name twice.
func checkDuplicateNames(document []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.SetNumberType(json.UnmarshalJSONNumber) // a float has no 1e400
	var whole any
	return decoder.Decode(&whole)
}

// decodeBase64 decodes one part of a JWT, and accepts only the spelling that an encoder produces.
// The standard library ignores line breaks and stray bits at the end, so a changed token would pass
// for the one that was signed (K124).
func decodeBase64(part, text string) ([]byte, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if rest := strings.TrimLeft(text, alphabet); rest != "" {
		at := len(text) - len(rest)
		return nil,
			fmt.Errorf("the %s is not base64url: character %d is %q, must be A-Z, a-z, 0-9, - or _ (no padding)", part,
				at+1, rest[0])
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		whole, _, _ := strings.Cut(part, "'s ")
		return nil,
			fmt.Errorf("the %s is not base64url: its length or last character cannot be, the %s was cut off or changed",
				part, whole)
	}
	return data, nil
}
