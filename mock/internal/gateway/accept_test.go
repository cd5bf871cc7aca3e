package gateway

import "testing"

func TestAccepts(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"":                                true,
		"  ":                              true,
		"*/*":                             true,
		"*":                               true,
		"application/*":                   true,
		"application/json":                true,
		"Application/JSON; charset=utf-8": true,
		"text/html, application/xhtml+xml, */*;q=0.8": true,
		"application/json;q=0.001":                    true,
		"application/json;q=0":                        false,
		"application/json;q=0, */*":                   false,
		"*/*;q=0, application/json":                   true,
		"application/*;q=0, */*;q=1":                  false,
		"application/xml":                             false,
		"application/json+ld":                         false,
		"application/problem+json":                    false,
		"text/*":                                      false,
		"application/json;q=high":                     false,
		"application/json;q=2":                        false,
		"application/json;q=Inf":                      false,
		`application/json;profile="a,b"`:              true,
		`text/plain;x="application/json, */*"`:        false,
		"application/json;v":                          true,
		"json":                                        false,
		",,;":                                         false,
	} {
		if got := accepts(header, "application", "json"); got != want {
			t.Errorf("Accept: %q: %v, want %v", header, got, want)
		}
	}
}

func TestHostLabel(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"innrapporteringbsu.api.localhost:8080": "innrapporteringbsu",
		"INNRAPPORTERINGBSU.Api.No":             "innrapporteringbsu",
		"innrapporteringbsu":                    "innrapporteringbsu",
		"127.0.0.1:8080":                        "",
		"127.0.0.1":                             "",
		"[::1]:8080":                            "",
		"::1":                                   "",
		"":                                      "",
	} {
		if got := hostLabel(host); got != want {
			t.Errorf("host %q: %q, want %q", host, got, want)
		}
	}
}
