package compare

import (
	"net/http"
	"net/url"
	"testing"
)

// TestLocate: a call is found at the hosts of the real APIs, and at a Sandkasse under any host, in a session and behind
// a prefix; what is none is left out for its reason.
func TestLocate(t *testing.T) {
	t.Parallel()
	places := Places{
		Hosts: []Host{
			{"innrapporteringbsu.api.skatteetaten-test.no", "", "bsu"},
			{
				"platform.tt02.altinn.no", "/dialogporten",
				"dialogporten",
			},
			{"platform.tt02.altinn.no", "/authentication", "authentication"},
			{
				"test.maskinporten.no", "",
				"maskinporten",
			},
		},
		Labels: map[string]string{
			"innrapporteringbsu": "bsu", "kobo": "kobo", "maskinporten": "maskinporten", "dialogporten": "dialogporten",
			"authentication": "authentication",
		},
	}
	for _, test := range []struct{ url, api, at, reason string }{
		{"https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023", "bsu", "", ""},
		{"https://INNRAPPORTERINGBSU.api.skatteetaten-test.no/v1/2023", "bsu", "", ""},
		{"https://innrapporteringbsu.api.skatteetaten-test.no:443/kobo", "bsu", "", ""},
		{"https://platform.tt02.altinn.no/dialogporten/api/v1", "dialogporten", "", ""},
		{"https://platform.tt02.altinn.no/dialogportenx", "", "", notOurs},
		{"https://platform.tt02.altinn.no/kobo", "", "", notOurs},
		{"http://127.0.0.1:8080/innrapporteringbsu/v1/2023?a=b", "bsu", "", ""},
		{"http://127.0.0.1:8080/_session/a/InnrapporteringBSU/v1", "bsu", "", ""},
		{"http://innrapporteringbsu.localhost:8080/v1/2023", "bsu", "", ""},
		{
			"https://corp.no/test/a/_session/b/innrapporteringbsu/v1", "bsu",
			"https://corp.no/_session/b/innrapporteringbsu/v1", "",
		},
		{"https://corp.no/test/innrapporteringbsu", "bsu", "https://corp.no/innrapporteringbsu", ""},
		{
			"https://kobo-test.corp.no/api/v2/kobobolig/1%2F2?x=y", "kobo",
			"https://kobo-test.corp.no/kobo/kobobolig/1%2F2?x=y", "",
		},
		{"https://kobo-test.corp.no/annet", "", "", notOurs},
		{"https://cdn.no/a.js", "", "", notOurs},
		{"http://127.0.0.1:8080/_sandkasse/calls", "", "", isControl},
		{"http://127.0.0.1:8080/_session/a/_sandkasse/", "", "", isControl},
		{"http://127.0.0.1:8080/maskinporten/token", "maskinporten", "", isToken},
		{"https://test.maskinporten.no/token", "maskinporten", "", isToken},
		{"https://test.maskinporten.no/jwk", "maskinporten", "", ""},
		{"https://platform.tt02.altinn.no/authentication/api/v1/exchange/maskinporten", "authentication", "", isToken},
		{
			"http://127.0.0.1:8080/_scenario/slow/innrapporteringbsu/v1", "bsu",
			"http://127.0.0.1:8080/innrapporteringbsu/v1", "",
		},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		c := &Call{
			Method: "POST", Status: 200, URL: u, Header: http.Header{"X-Kobo-Systemid": {"1"}},
			AnswerHeader: http.Header{},
		}
		at, reason := places.Locate(c)
		want := test.url
		if test.at != "" {
			want = test.at
		}
		switch {
		case reason != test.reason, c.API != test.api:
			t.Errorf("%s: %q, %q", test.url, c.API, reason)
		case reason == "" && at.String() != want:
			t.Errorf("%s is at %s", test.url, at)
		}
	}
	u := &url.URL{Scheme: "http", Host: "a", Path: "/kobo/kobobolig"}
	for reason, c := range map[string]*Call{
		noAnswer: {URL: u},
		isPreflight: {
			URL: u, Method: "OPTIONS", Status: 204,
			Header: http.Header{"Access-Control-Request-Method": {"PUT"}},
		},
	} {
		if _, got := places.Locate(c); got != reason {
			t.Errorf("%+v is left out as %q", c, got)
		}
	}
	// links lead back to where the recording has the API
	ids, at := NewIdentifiers(today), &url.URL{Scheme: "https", Host: "corp.no", Path: "/test/kobo/kobobolig"}
	c := &Call{Method: "GET", Status: 200, URL: at, Header: http.Header{}}
	c.At, _ = places.Locate(c)
	ids.Request(c, nil)
	if got := ids.Text("https://corp.no/test/kobo/1"); got != "https://corp.no/kobo/1" {
		t.Errorf("the link is %s", got)
	}
}
