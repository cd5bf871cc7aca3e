package maskinporten

import (
	"errors"
	"strings"
	"time"
)

// tokenLife is how long the issuer's tokens live (reference
// maskinporten-dialogporten 1.3: 120 s in every recent sample).
const tokenLife = 120 * time.Second

// Issuer gives tokens for signed grants, as Maskinporten's token endpoint does.
// It remembers the grants that were used, and the keys that clients gave, in each
// session. It is safe for concurrent use.
type Issuer struct {
	key      Key
	register *Register
	vendor   string
	memory   memory
}

// NewIssuer returns an Issuer that signs with the key, which must have its private
// half. With a register only its clients get tokens, and only those that it has
// rights for. Without one (nil) everyone gets what they ask for: any client, any
// scope, any customer. The sender's organisation is then the one in its
// certificate, else the vendor (K112), which must be nine digits.
func NewIssuer(key Key, register *Register, vendor string) *Issuer {
	return &Issuer{key: key, register: register, vendor: vendor}
}

// TokenResponse is the token endpoint's answer when all is well. Its JSON is the
// body of a 200.
type TokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	// ExpiresIn is how many whole seconds the token has left: 120, or 119
	// where part of the first is gone.
	ExpiresIn int `json:"expires_in"`
	// Scope repeats the token's scopes, separated by spaces.
	Scope string `json:"scope"`
}

// Token gives a token for a grant: the form fields grant_type and assertion as
// they were sent, at the time now. The issuer is the sandbox's own address under
// which it was reached, with the slash at the end, as in
// http://127.0.0.1:8080/maskinporten/: the grant's aud must be just that. A grant
// is used up, and a key remembered, in the session. newID gives a new id in each
// call; the token's jti is one, and Maskinporten's have 43 characters of
// base64url.
//
// The error is an *OAuthError for whatever the client did wrong. Any other is the
// sandbox's own fault: a key without private half, a vendor that is no
// organisation, or a clock outside the years 1970 to 9999.
func (i *Issuer) Token(session, issuer, grantType, assertion string, now time.Time, newID func() string) (TokenResponse, error) {
	response, err := i.token(session, issuer, grantType, assertion, now, newID)
	var refused *refusal
	if errors.As(err, &refused) {
		return TokenResponse{}, refused.told(issuer, newID())
	}
	return response, err
}

// Forget forgets all about a session: every grant counts again, and every kid may
// have a new key.
func (i *Issuer) Forget(session string) { i.memory.forget(session) }

// token is Token with a refusal where that has an OAuthError. The order of the
// checks is not documented: from the form to who it is, then what it is for (K122).
// What is remembered comes last, so a grant that gave no token is not used up
// (K113).
func (i *Issuer) token(session, issuer, grantType, text string, now time.Time, newID func() string) (TokenResponse, error) {
	if err := checkGrantType(grantType); err != nil {
		return TokenResponse{}, err
	}
	a, err := readAssertion(text)
	if err != nil {
		return TokenResponse{}, err
	}
	sender, g, err := i.rights(session, a, issuer, now)
	if err != nil {
		return TokenResponse{}, err
	}
	g.Issuer, g.IssuedAt, g.TTL, g.ID = issuer, now, tokenLife, newID()
	token, err := Mint(i.key, g)
	if err != nil {
		return TokenResponse{}, err
	}
	if len(token) > maxToken {
		return TokenResponse{}, refuse("MP-011", "the token would be %d bytes long, must be at most %d: ask for less", len(token), maxToken)
	}
	if err := i.settle(session, a, sender, now); err != nil {
		return TokenResponse{}, err
	}
	end := time.Unix(now.Unix(), 0).Add(tokenLife)
	return TokenResponse{
		AccessToken: token,
		TokenType:   tokenType,
		ExpiresIn:   int(end.Sub(now) / time.Second),
		Scope:       g.Scope,
	}, nil
}

// checkGrantType takes the one grant type there is. Maskinporten's answer to
// another is not documented; RFC 6749, section 5.2, is (K116).
func checkGrantType(given string) error {
	switch given {
	case jwtBearer:
		return nil
	case "":
		return refuse(missingGrantType, "grant_type is missing, must be %s, as a form field", jwtBearer)
	}
	return refuse(unsupportedGrantType, "grant_type is %q, must be %s", cut(given), jwtBearer)
}

// sender returns who sent a grant, and its client where there is a register.
func (i *Issuer) sender(session string, a assertion, now time.Time) (*client, proof, error) {
	if i.register == nil {
		sender, err := i.proveOpen(session, a, now)
		return nil, sender, err
	}
	c, err := i.register.client(a.client)
	if err != nil {
		return nil, proof{}, err
	}
	sender, err := c.prove(a, now)
	return c, sender, err
}

// rights returns who sent a grant, and what its token is to say: what it repeats of
// the grant (K117), and without a register nothing of externalRef (K120).
func (i *Issuer) rights(session string, a assertion, issuer string, now time.Time) (proof, Grant, error) {
	c, sender, err := i.sender(session, a, now)
	if err != nil {
		return proof{}, Grant{}, err
	}
	if err := a.checkAudience(issuer); err != nil {
		return proof{}, Grant{}, err
	}
	if err := a.checkTimes(now); err != nil {
		return proof{}, Grant{}, err
	}
	if a.consumer != "" && a.consumer == sender.vendor {
		return proof{}, Grant{}, refuse(ownConsumerOrg, "consumer_org is %s, the client's own organisation, must be a customer's, or left out", a.consumer)
	}
	g := Grant{
		Scope:       strings.Join(a.scopes, " "),
		Vendor:      sender.vendor,
		ConsumerOrg: a.consumer,
		Resource:    strings.Join(a.resources, " "),
		ClientAMR:   sender.amr,
		PID:         a.person,
		ClientID:    a.client,
	}
	if a.user != nil {
		g.Org = a.user.org
	}
	if c != nil {
		err = i.register.allow(c, a, &g)
	}
	return sender, g, err
}

// settle uses a grant up, and remembers the key that came with it. A grant is the
// same by client and jti, or without jti by all of it (K114).
func (i *Issuer) settle(session string, a assertion, sender proof, now time.Time) error {
	if sender.given != nil && !i.memory.remember(session, sender.name, sender.given) {
		kid, _ := a.kid()
		return otherKey(kid)
	}
	grant := fingerprintOf(a.text)
	if a.id != "" {
		grant = fingerprintOf(a.client, a.id)
	}
	if i.memory.use(session, grant, a.span.expires.Add(clockSkew), now) {
		return nil
	}
	if a.id != "" {
		return refuse("MP-012", "jti %q was used before by this client, must be new in each grant", cut(a.id))
	}
	return refuse("MP-012", "this very grant was used before (it has no jti, so all of it is compared), must be a new one: give each a jti of its own")
}
