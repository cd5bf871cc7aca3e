package maskinporten

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4/json"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

// assertion is a JWT grant (Digdir, protocol_jwtgrant) whose claims have the right form; a missing
// claim is empty. Nothing of it is verified.
type assertion struct {
	text   string
	header token.Claims

	client    string // iss
	audience  []string
	scopes    []string
	id        string // jti
	validity  token.Validity
	resources []string
	// resourceText is true if resource was a text instead of a list.
	resourceText bool
	person       string // pid
	consumer     string // consumer_org
	systemUser   *systemUserRequest
}

// grantClaims lists the claims that a grant may have. The documentation has all but sub and nbf,
// which clients in production send.
const grantClaims = "aud iss scope iat exp jti resource pid consumer_org iss_onbehalfof authorization_details sub nbf"

// maxGrantBytes is the length of the longest grant that is read. One with the certificate chain of
// a business has some 10,000 bytes (K115).
const maxGrantBytes = 64 << 10

// grantFormat returns the format of the JWT grants at the token endpoint.
func grantFormat() token.Format {
	return token.Format{Name: "grant", MaxBytes: maxGrantBytes, Place: "in the form field assertion"}
}

// readAssertion reads a JWT grant. The error is a refusal: MP-011 for its form (K102), MP-110 for a
// wrong aud (K103) and MP-301 to MP-303 for a wrong system user (K106).
func readAssertion(rules Rules, text string) (assertion, error) {
	if text == "" {
		return assertion{}, refuse("MP-011", "assertion is missing, must be the signed grant: header.payload.signature")
	}
	header, claims, err := grantFormat().Parse(text)
	if err != nil {
		return assertion{}, refuse("MP-011", "%v", err)
	}
	if strings.HasSuffix(text, ".") {
		return assertion{}, refuse("MP-011", "the grant's signature is empty, must be the client's")
	}
	if err := checkHeader(header); err != nil {
		return assertion{}, refuse("MP-011", "%v", err)
	}
	a := assertion{text: text, header: header}
	if err := a.readClaims(rules, claims); err != nil {
		return assertion{}, refuse("MP-011", "%v", err)
	}
	if a.audience, err = textList(claims, "aud", true); err != nil {
		return assertion{}, refuse("MP-110", "%v", err)
	}
	if a.systemUser, err = readSystemUserRequest(claims); err != nil {
		return assertion{}, err
	}
	return a, nil
}

// checkHeader requires one of Maskinporten's algorithms, and refuses members that change what is
// signed. Whether kid or x5c is required depends on the client, and is checked later.
func checkHeader(header token.Claims) error {
	for _, name := range []string{"crit", "b64"} {
		if header.Has(name) {
			return fmt.Errorf("the grant's header has %s, must have alg and kid or x5c", name)
		}
	}
	for _, name := range []string{"typ", "cty", "kid"} { // RFC 7515, section 4.1: texts
		if _, err := header.Text(name); err != nil {
			return err
		}
	}
	return token.CheckAlgorithm("grant", header)
}

// checkNames refuses claims that are not in grantClaims.
func checkNames(claims token.Claims) error {
	known := strings.Fields(grantClaims)
	var unknown []string
	for name := range claims {
		if !slices.Contains(known, name) {
			unknown = append(unknown, excerpt.ASCII(name))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("the grant has unknown claims (%s), must have none but %s",
		excerpt.ASCII(strings.Join(unknown, " ")), grantClaims)
}

// readClaims reads all claims but aud and authorization_details, whose errors have other codes.
func (a *assertion) readClaims(rules Rules, claims token.Claims) error {
	if err := checkNames(claims); err != nil {
		return err
	}
	var scope, onBehalfOf string
	for _, claim := range []struct {
		name  string
		value *string
	}{
		{"iss", &a.client},
		{"scope", &scope},
		{"jti", &a.id},
		{"pid", &a.person},
		{"consumer_org", &a.consumer},
		{"iss_onbehalfof", &onBehalfOf},
		{"sub", new(string)},
	} {
		var err error
		if *claim.value, err = claims.Text(claim.name); err != nil {
			return err
		}
	}
	var err error
	if a.scopes, err = splitScopes(scope); err != nil {
		return err
	}
	// Digdir's page has a list, public clients write a text (docs/sources/maskinporten.md).
	if a.resources, err = textList(claims, "resource", rules == Observed); err != nil {
		return err
	}
	a.resourceText = claims.Has("resource") && claims["resource"][0] == '"'
	if a.validity, err = claims.Validity(); err != nil {
		return err
	}
	switch {
	case a.client == "":
		return errors.New("iss is missing, must be the client's id")
	case !claims.Has("iat"):
		return errors.New(
			"iat is missing, must be the time when the grant was made, in seconds since 1970-01-01T00:00:00Z")
	case !claims.Has("exp"):
		return errors.New(
			"exp is missing, must be the time when the grant ends, in seconds since 1970-01-01T00:00:00Z and soon " +
				"after iat")
	case a.consumer != "" && !token.IsOrganisation(a.consumer):
		return fmt.Errorf("consumer_org is %q, must be the customer's organisation number, nine digits without prefix",
			excerpt.ASCII(a.consumer))
	case a.consumer != "" && onBehalfOf != "":
		return errors.New("consumer_org and iss_onbehalfof are both given, must be one of them at most")
	}
	return nil
}

// splitScopes returns the names in a scope claim, of which there must be one. A name is printable
// ASCII without quotation mark and backslash (RFC 6749, section 3.3).
func splitScopes(scope string) ([]string, error) {
	var scopes []string
	for name := range strings.SplitSeq(scope, " ") {
		if name == "" {
			continue
		}
		if !isScope(name) {
			return nil, fmt.Errorf("scope has %q, must be names in printable ASCII, separated by spaces",
				excerpt.ASCII(name))
		}
		scopes = append(scopes, name)
	}
	if len(scopes) == 0 {
		return nil, errors.New("scope is missing, must be one scope or several, separated by spaces")
	}
	return scopes, nil
}

// isScope reports whether a text can be the name of a scope.
func isScope(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}

// textList returns a member that is a list of texts without white space or, if single is set, one
// such text; nil when there is none.
func textList(claims token.Claims, name string, single bool) ([]string, error) {
	if !claims.Has(name) {
		return nil, nil
	}
	var list []string
	var one string
	switch {
	case single && json.Unmarshal(claims[name], &one) == nil:
		list = []string{one}
	case json.Unmarshal(claims[name], &list) == nil:
	case single:
		return nil, fmt.Errorf("%s is %s, must be a text, or a list of texts", name, excerpt.ASCII(claims[name]))
	default:
		return nil, fmt.Errorf("%s is %s, must be a list of texts", name, excerpt.ASCII(claims[name]))
	}
	for _, word := range list {
		if word == "" || strings.ContainsFunc(word, unicode.IsSpace) {
			return nil, fmt.Errorf("%s has %q, must be without white space and not empty", name, excerpt.ASCII(word))
		}
	}
	return list, nil
}
