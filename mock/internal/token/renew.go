package token

import (
	"encoding/json"
	"strconv"
	"time"
)

// Parse reads the header and the claims of an access token, and verifies nothing. The error says
// which part cannot be read, and why.
func Parse(text string) (header, claims map[string]json.RawMessage, err error) {
	parsedHeader, parsedClaims, err := accessTokenFormat().Parse(text)
	return parsedHeader.members(), parsedClaims.members(), err
}

// members returns the members as package encoding/json has them.
func (c Claims) members() map[string]json.RawMessage {
	list := map[string]json.RawMessage{}
	for name, value := range c {
		list[name] = json.RawMessage(value)
	}
	return list
}

// Renew returns a token with the claims of another, whatever signed that, but issued at a time, under
// another jti and for DefaultTTL. It returns false for what is no JWT.
func Renew(key Key, old string, at time.Time, id string) (string, bool) {
	_, claims, err := Parse(old)
	if err != nil {
		return "", false
	}
	claims["iat"] = json.RawMessage(strconv.FormatInt(at.Unix(), 10))
	claims["exp"] = json.RawMessage(strconv.FormatInt(at.Add(DefaultTTL).Unix(), 10))
	claims["jti"] = json.RawMessage(strconv.Quote(id))
	delete(claims, "nbf")
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", false
	}
	renewed, err := sign(key, payload)
	return renewed, err == nil
}
