package onboarding

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// contextOf returns a context in which OAuth clients call as the vendor does.
func contextOf(v vendor) context.Context {
	return context.WithValue(v.Context(), oauth2.HTTPClient, v.client)
}

// claimsOf returns the payload of a token.
func claimsOf(t *testing.T, bearer string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(bearer, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// accountant returns an accountant and one of its clients, found by search.
func (v vendor) accountant() (accountant, client string) {
	v.Helper()
	var found struct {
		Dokumentliste []struct {
			Organisasjonsnummer   string
			RegnskapsfoerereOrgnr []string
		}
	}
	const search = "/_sandkasse/testdata/organisasjoner?antall=1&kql=regnskapsfoerereOrgnr:*&vis=organisasjonsnummer," +
		"regnskapsfoerereOrgnr"
	got := v.call(http.MethodGet, v.own+search, "", "")
	decode(v.T, got.body, &found)
	if len(found.Dokumentliste) == 0 || len(found.Dokumentliste[0].RegnskapsfoerereOrgnr) == 0 {
		v.Fatalf("the search: %d %s", got.status, got.body)
	}
	one := found.Dokumentliste[0]
	return one.RegnskapsfoerereOrgnr[0], one.Organisasjonsnummer
}
