package maskinporten

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestTypesOfAGrant gives every claim and header of a grant a value of every JSON type. What is
// taken stands here; all else is refused with the code of that claim.
func TestTypesOfAGrant(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"text": `"x"`, "empty text": `""`, "number": "7", "fraction": "1924992000.5", "numeral": `"1924992000"`,
		"huge": "1e400", "below 0": "-1",
		"true": "true", "null": "null", "list": `["x"]`, "empty list": "[]", "list of two": `["x","y"]`,
		"list of numbers": "[7]", "object": `{"a":"b"}`,
	}
	texts := []string{"text", "empty text", "numeral", "null"}
	for _, part := range []struct {
		claim, header string
		taken         []string
		page          string
	}{
		{claim: "iss", taken: []string{"text", "numeral"}, page: "MP-011"},
		{claim: "aud", page: "MP-110"}, // none of these values is the issuer
		{claim: "scope", taken: []string{"text", "numeral"}, page: "MP-011"},
		{claim: "iat", taken: []string{"fraction"}, page: "MP-011"},
		{claim: "exp", taken: []string{"fraction"}, page: "MP-011"},
		{claim: "nbf", taken: []string{"number", "fraction", "null"}, page: "MP-011"},
		{claim: "jti", taken: texts, page: "MP-011"},
		{claim: "sub", taken: texts, page: "MP-011"},
		{claim: "pid", taken: texts, page: "MP-011"},
		{claim: "iss_onbehalfof", taken: texts, page: "MP-011"},
		{claim: "consumer_org", taken: []string{"empty text", "null"}, page: "MP-011"},
		{
			claim: "resource", taken: []string{"text", "numeral", "null", "list", "empty list", "list of two"},
			page: "MP-011",
		},
		{claim: "authorization_details", taken: []string{"null"}, page: "MP-303"},
		{claim: "unknown", page: "MP-011"},
		{header: "alg", page: "MP-011"},
		{header: "kid", taken: []string{"text", "numeral"}, page: "MP-011"},
		{header: "typ", taken: texts, page: "MP-011"},
		{header: "cty", taken: texts, page: "MP-011"},
		{header: "x5c", taken: []string{"null"}, page: "MP-123"},
		{header: "jwk", taken: []string{"null"}, page: "MP-011"},
		{header: "x5t", taken: slices.Collect(func(yield func(string) bool) { // no one reads it
			for name := range values {
				if !yield(name) {
					return
				}
			}
		}), page: "MP-011"},
	} {
		for name, value := range values {
			header, changes := []string{`"alg":"RS256"`, `"kid":"my-key"`}, []string{"iat=1924992000", "exp=1924992100"}
			if part.header != "" {
				header = slices.DeleteFunc(header,
					func(member string) bool { return strings.HasPrefix(member, `"`+part.header+`"`) })
				header = append(header, `"`+part.header+`":`+value)
			} else {
				changes = append(changes, part.claim+"="+value)
			}
			if part.claim == "exp" {
				changes[0] = "iat=1924991990"
			}
			_, err := give(openIssuer(t), ask(t, "{"+strings.Join(header, ",")+"}", changes...), now)
			var refused *OAuthError
			switch taken := slices.Contains(part.taken, name); {
			case err == nil && !taken:
				t.Errorf("%s%s: %s was taken", part.header, part.claim, name)
			case errors.As(err, &refused) && (taken || refused.Page != part.page &&
				!otherPage(part.claim+part.header, name, refused.Page)):
				t.Errorf("%s%s: %s is refused with %s (%s), taken is %v, the code %s", part.header, part.claim, name,
					refused.Page, refused.Why, part.taken, part.page)
			}
		}
	}
}

// otherPage reports whether a value of the right type is refused with another page.
func otherPage(member, value, page string) bool {
	switch member {
	case "exp", "iat": // long ago
		return (value == "number" || value == "below 0") && (page == "MP-130" || page == tooLongLifetime)
	case "authorization_details":
		return page == "MP-301" && value == "list"
	case "kid":
		return page == kidRequired && (value == "empty text" || value == "null")
	}
	return false
}
