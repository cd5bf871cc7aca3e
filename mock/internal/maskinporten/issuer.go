package maskinporten

import (
	"errors"
	"strings"
	"time"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// Issuer issues tokens for JWT grants, as Maskinporten's token endpoint does. It is safe for
// concurrent use.
type Issuer struct {
	key      token.Key
	register *Register
	vendor   string
	rules    Rules
}

// Rules selects what a grant must satisfy where Maskinporten and its documentation differ.
type Rules string

const (
	// Observed accepts what Maskinporten accepts, as far as that is known.
	Observed Rules = "observed"
	// Documented accepts only what Digdir's page allows.
	Documented Rules = "strict"
)

// NewIssuer returns an Issuer that signs with the key, which must have its private half. With a
// register only its clients get tokens, and only those that they have rights for. Without one (nil)
// any client gets any scope on behalf of any customer; the sender's organisation is then the one in
// its certificate, else the vendor (K112), which must be nine digits.
func NewIssuer(key token.Key, register *Register, vendor string, rules Rules) *Issuer {
	return &Issuer{key: key, register: register, vendor: vendor, rules: rules}
}

// TokenRequest is a call to the token endpoint.
type TokenRequest struct {
	// Replays is the session's; it records the grant and the key that came with it.
	Replays *token.ReplayCache
	// Issuer is the address under which the sandbox's Maskinporten was reached, with the slash at
	// the end, as in http://127.0.0.1:8080/maskinporten/.
	Issuer string
	// Production says that the issuer is the production Maskinporten's.
	Production bool
	// Audiences lists values that the grant's aud may have instead of the issuer.
	Audiences []string
	// Pages is the base address of the explanations of errors, with the slash at the end, as in
	// http://127.0.0.1:8080/maskinporten/errors/.
	Pages string
	// Repeated names a parameter that the call has more than once; empty if there is none.
	Repeated string
	// GrantType and Assertion are the form fields as they were sent.
	GrantType, Assertion string
	Now                  time.Time
	// SystemUsers, unless nil, looks for the client and the system user in Altinn's register.
	SystemUsers func(clientID string, vendor string, customer, externalRef string) (Registered, error)
	// Strict binds every client to the register.
	Strict bool
	// NewID returns a new id for the jti of a token or the trace_id of an error. Maskinporten's jti
	// have 43 characters of base64url.
	NewID func() string
}

// Registered describes a client in Altinn's register and the system user that it asks for.
type Registered struct {
	// Vendor is the vendor of the system that the client id is on; empty where it is on none.
	Vendor string
	// SystemUserID and SystemID are those of the approved system user; empty where there is none.
	SystemUserID, SystemID string
	Why                    string // there is none, and what would be right
}

// TokenResponse is the answer with a token. Its JSON is the body of a 200.
type TokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	// ExpiresIn is the number of whole seconds until the token expires: 120, or 119 if part of the
	// first has passed.
	ExpiresIn int `json:"expires_in"`
	// Scope lists the token's scopes, separated by spaces.
	Scope string `json:"scope"`

	// Remarks lists, in sentences for the journal, what in the grant Digdir's page does not allow.
	Remarks []string `json:"-"`
}

// Token returns a token for a grant.
//
// The error is an *OAuthError if the request is wrong. Any other error is the sandbox's own fault:
// a key without private half, a vendor that is no organisation number, or a clock outside the years
// 1970 to 9999.
func (i *Issuer) Token(request TokenRequest) (TokenResponse, error) {
	response, err := i.token(request)
	var refused *refusal
	if errors.As(err, &refused) {
		return TokenResponse{}, refused.render(request.Pages, request.NewID())
	}
	return response, err
}

// token returns what Token does, but a refusal instead of an OAuthError. The order of the checks is
// not documented: first the form, then the sender, then its rights (K122). The grant is recorded as
// used at the end, so one that was refused can be sent again (K113).
func (i *Issuer) token(request TokenRequest) (TokenResponse, error) {
	if request.Repeated != "" {
		return TokenResponse{}, refuse(repeatedParameter,
			"the parameter %q is given more than once, in the form, the query or both, must be given once",
			excerpt.ASCII(request.Repeated))
	}
	if err := checkGrantType(request.GrantType); err != nil {
		return TokenResponse{}, err
	}
	a, err := readAssertion(i.rules, request.Assertion)
	if err != nil {
		return TokenResponse{}, err
	}
	sender, spec, err := i.authorize(a, request)
	if err != nil {
		return TokenResponse{}, err
	}
	now := request.Now
	spec.Issuer, spec.IssuedAt, spec.TTL, spec.ID = request.Issuer, now, token.DefaultTTL, request.NewID()
	spec.Production = request.Production
	accessToken, err := token.Mint(i.key, spec)
	if err != nil {
		return TokenResponse{}, err
	}
	if len(accessToken) > token.MaxBytes {
		return TokenResponse{}, refuse("MP-011", "the token would be %d bytes long, must be at most %d: ask for less",
			len(accessToken), token.MaxBytes)
	}
	if err := i.consume(request.Replays, a, sender, now); err != nil {
		return TokenResponse{}, err
	}
	end := time.Unix(now.Unix(), 0).Add(token.DefaultTTL)
	return TokenResponse{
		AccessToken: accessToken,
		TokenType:   token.Type,
		ExpiresIn:   int(end.Sub(now) / time.Second),
		Scope:       spec.Scope,
		Remarks:     a.remarks(now),
	}, nil
}

// checkGrantType requires the JWT grant. Maskinporten's answer to another type is not documented;
// the errors are those of RFC 6749, section 5.2 (K116).
func checkGrantType(given string) error {
	switch given {
	case jwtBearer:
		return nil
	case "":
		return refuse(missingGrantType, "grant_type is missing, must be %s, as a form field", jwtBearer)
	}
	return refuse(unsupportedGrantType, "grant_type is %q, must be %s", excerpt.ASCII(given), jwtBearer)
}

// sender verifies the signature of a grant, and returns its client (nil without a register) and its
// sender.
func (i *Issuer) sender(replays *token.ReplayCache, a assertion, now time.Time) (*client, verifiedSender, error) {
	if i.register == nil {
		sender, err := i.verifyUnregistered(replays, a, now)
		return nil, sender, err
	}
	c, err := i.register.client(a.client)
	if err != nil {
		return nil, verifiedSender{}, err
	}
	sender, err := c.verify(a, now)
	return c, sender, err
}

// authorize returns the sender of a grant and the content of its token: what it takes from the
// grant (K117), and without a register nothing of externalRef (K120). The error is a refusal.
func (i *Issuer) authorize(a assertion, request TokenRequest) (verifiedSender, token.Spec, error) {
	c, sender, err := i.sender(request.Replays, a, request.Now)
	if err != nil {
		return verifiedSender{}, token.Spec{}, err
	}
	if err := a.checkAudience(request.Issuer, request.Audiences); err != nil {
		return verifiedSender{}, token.Spec{}, err
	}
	if err := a.checkTimes(i.rules, request.Now); err != nil {
		return verifiedSender{}, token.Spec{}, err
	}
	if a.consumer != "" && a.consumer == sender.organisation {
		return verifiedSender{}, token.Spec{}, refuse(ownConsumerOrg,
			"consumer_org is %s, the client's own organisation, must be a customer's, or left out", a.consumer)
	}
	var registered Registered
	if request.SystemUsers != nil {
		var customer, ref string
		if a.systemUser != nil {
			customer, ref = a.systemUser.organisation, a.systemUser.externalRef
		}
		vendor := sender.organisation
		if sender.assumed { // then it is whichever the register says (K750)
			vendor = ""
		}
		if registered, err = request.SystemUsers(a.client, vendor, customer, ref); err != nil {
			return verifiedSender{}, token.Spec{}, err
		}
		if sender.assumed && registered.Vendor != "" {
			sender.organisation = registered.Vendor
		}
	}
	spec := token.Spec{
		Scope:       strings.Join(a.scopes, " "),
		Vendor:      sender.organisation,
		ConsumerOrg: a.consumer,
		Resource:    strings.Join(a.resources, " "),
		ClientAMR:   sender.amr,
		PID:         a.person,
		ClientID:    a.client,
	}
	if a.systemUser != nil {
		spec.Org = a.systemUser.organisation
	}
	bound := registered.Vendor != "" || request.Strict
	if c == nil {
		if err := checkAnyScopes(a.scopes); err != nil || a.systemUser == nil || !bound {
			return sender, spec, err
		}
		return sender, spec, registered.bind(&spec)
	}
	err = i.register.authorize(c, a, &spec)
	var refused *refusal
	if errors.As(err, &refused) && refused.is("MP-303") && a.systemUser != nil && bound {
		err = registered.bind(&spec)
	}
	return sender, spec, err
}

// bind adds the approved system user to the spec. The error is a refusal with MP-303.
func (r Registered) bind(spec *token.Spec) error {
	if r.SystemUserID == "" {
		return refuse("MP-303", "%s", r.Why)
	}
	spec.SystemUserID, spec.SystemID = r.SystemUserID, r.SystemID
	return nil
}

// checkAnyScopes refuses a scope with a comma: scopes are separated by spaces, and none can have
// one (K522). It is for issuers without a register. The error is a refusal with MP-200.
func checkAnyScopes(scopes []string) error {
	for _, scope := range scopes {
		if strings.Contains(scope, ",") {
			return refuseWith("MP-200", "Token request contains invalid scopes for client, "+scope,
				"scope has %q, must be separated by spaces: no scope has a comma in its name", excerpt.ASCII(scope))
		}
	}
	return nil
}

// consume records that a grant was used, and the key that came with it. Grants are the same if they
// have the same client and jti or, without jti, the same text (K114). The error is a refusal.
func (i *Issuer) consume(replays *token.ReplayCache, a assertion, sender verifiedSender, now time.Time) error {
	if sender.newKey != nil && !replays.AddClientKey(sender.keyName, sender.newKey) {
		kid, _ := a.kid()
		return keyMismatch(kid)
	}
	grant := token.FingerprintOf(a.text)
	if a.id != "" {
		grant = token.FingerprintOf(a.client, a.id)
	}
	// At the last instant of the clock skew the grant is still valid.
	over := a.validity.ExpiresAt.Add(token.ClockSkew + time.Nanosecond)
	if replays.Use(grant, over, now) {
		return nil
	}
	if a.id != "" {
		return refuse("MP-012", "jti %q was used before by this client, must be new in each grant", excerpt.ASCII(a.id))
	}
	return refuse("MP-012",
		"this very grant was used before (it has no jti, so all of it is compared), must be a new one: give each a "+
			"jti of its own")
}
