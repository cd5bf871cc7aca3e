package mock

import (
	"cmp"
	"net/http"
	"regexp"
	"strings"

	"sandkasse/mock/internal/compare"
	"sandkasse/mock/internal/token"
)

// judges reports whether the recorded answer is about the token, so that Sandkasse has to judge it too (K790).
// lacks says why it cannot.
func (r *replay) judges(call *compare.Call) (strict bool, lacks string) {
	if call.Status != http.StatusUnauthorized && call.Status != http.StatusForbidden {
		return false, ""
	}
	if call.LacksToken {
		return false, "the answer is about the token, which is not in the recording"
	}
	given := call.Header.Get("Authorization")
	if call.Status == http.StatusUnauthorized || given == "" {
		return true, ""
	}
	if len(readToken(given).Scopes) == 0 {
		return false, "the answer is about the token, which cannot be read"
	}
	return true, ""
}

// readToken returns what can be read of the token in an Authorization header; the zero Principal for none.
func readToken(authorization string) token.Principal {
	principal, _ := token.NewVerifier(token.Key{}, token.Off).Verify(authorization, machineClock())
	return principal
}

// replaceToken puts a token of Sandkasse in the place of one that it could not use: of one that is masked, and, where
// the token is judged for its rights, of one that the real Maskinporten has issued.
func (r *replay) replaceToken(call *compare.Call, header http.Header, body string, strict bool) {
	given := call.Header.Get("Authorization")
	principal := readToken(given)
	isReadable := principal.Consumer != "" || principal.Org != ""
	request := TokenRequest{API: call.API, BaseURL: localBase, IssuedAt: call.Time}
	switch {
	case given == "", isReadable && !strict:
		return
	case strict && call.Status == http.StatusUnauthorized:
		if principal.ExpiresAt.IsZero() || principal.ExpiresAt.After(call.Time) {
			return // it was refused for what it is
		}
		request.Org, request.Vendor, request.Expired = principal.Org, principal.Consumer, true
	case !isReadable:
		caller := call.API
		if caller != "kobo" && caller != "authentication" {
			caller = "dialogporten" // who reports also reads the dialogs
		}
		r.callers[caller] = cmp.Or(organisationIn(call, body), r.callers[caller], token.DefaultVendor)
		request.Org = r.callers[caller]
	default:
		if _, err := token.NewVerifier(r.server.backend.Key, token.Strict).Verify(given, call.Time); err == nil {
			return
		}
		request.Vendor = cmp.Or(principal.Supplier, principal.Consumer)
		request.Scope = strings.Join(principal.Scopes, " ")
		if principal.HasSystemUser() || principal.Supplier != "" {
			request.Org = principal.Org
		}
	}
	if minted, err := request.mint(r.known, r.server.backend.Key, "replayed"); err == nil {
		header.Set("Authorization", "Bearer "+minted)
	}
}

// reporter matches the oppgavegiver of a delivery with its number.
var reporter = regexp.MustCompile(`"oppgavegiver"\s*:\s*\{[^{}]*"organisasjonsnummer"\s*:\s*"?([0-9]{9})\b`)

// party matches an organisation in the parameter party.
var party = regexp.MustCompile(`party=[^&]*\b([0-9]{9})\b`)

// ofVendor matches the id of a system in Altinn, which begins with its vendor's number.
var ofVendor = regexp.MustCompile(`\b([0-9]{9})_\w`)

// organisationIn returns the organisation that a call is most likely made for, by what it is about; empty where it
// does not tell.
func organisationIn(call *compare.Call, body string) string {
	possible := [][]string{reporter.FindStringSubmatch(body), party.FindStringSubmatch(call.URL.RawQuery)}
	switch call.API {
	case "kobo": // whose homes they are stands in the token alone
		return ""
	case "authentication":
		possible = [][]string{ofVendor.FindStringSubmatch(call.URL.RequestURI() + " " + body)}
	}
	for _, found := range possible {
		if found != nil {
			return found[1]
		}
	}
	return ""
}
