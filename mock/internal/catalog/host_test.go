package catalog_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
)

// TestHosts: an API has the hosts of its file and those of its family, each in its environment.
func TestHosts(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"bsu": "production https://innrapporteringbsu.api.skatteetaten.no, " +
			"test https://innrapporteringbsu.api.skatteetaten-test.no",
		"boligsameie": "production https://boligsameie.api.skatteetaten.no, " +
			"test https://boligsameie.api.skatteetaten-test.no",
		"dialogporten": "production https://platform.altinn.no/dialogporten, " +
			"test https://platform.tt02.altinn.no/dialogporten",
		"kobo": "",
	} {
		var list []string
		for _, host := range known.ByName(name).Hosts {
			list = append(list, string(host.Environment)+" "+host.Base())
		}
		if got := strings.Join(list, ", "); got != want {
			t.Errorf("%s has the hosts %s, want %s", name, got, want)
		}
	}
	if host := known.ByName("bsu").HostIn(catalog.Test); host == nil || host.Name !=
		"innrapporteringbsu.api.skatteetaten-test.no" || known.ByName("kobo").HostIn(catalog.Test) != nil {
		t.Errorf("bsu's host in test is %v", host)
	}
}

// TestWithHosts: mapped hosts are in the copy alone, and what cannot be mapped is named, all at
// once.
func TestWithHosts(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := known.WithHosts(map[string]string{"homes.corp.no": "kobo", "kobo": "kobo"})
	if err != nil || !mapped.HasHost("homes.corp.no") || known.HasHost("homes.corp.no") ||
		!slices.Contains(mapped.HostNames(), "kobo") {
		t.Errorf("the hosts are %v and %v: %v", mapped.HostNames(), known.HostNames(), err)
	}
	if host := mapped.ByName("kobo").HostIn(catalog.Mapped); host == nil || host.Name != "homes.corp.no" {
		t.Errorf("the mapped host is %v", host)
	}
	_, err = known.WithHosts(map[string]string{"a.corp.no": "nope", "maskinporten.no": "kobo"})
	if err == nil || !strings.Contains(err.Error(), `"nope", which is no API`) ||
		!strings.Contains(err.Error(), "maskinporten.no is that of an imitated API already") {
		t.Errorf("the error is %v", err)
	}
}

// TestSharedHosts: two APIs share a host only where each has a first segment of its own.
func TestSharedHosts(t *testing.T) {
	t.Parallel()
	const bsu, issuer = "innrapportering/bsu.yaml", "maskinporten/maskinporten.yaml"
	for _, test := range []struct{ file, old, new, want string }{
		{bsu, "\nlabel:", "\nhosts: [platform.altinn.no/reporting]\nlabel:", ""},
		{
			bsu, "\nlabel:", "\nhosts: [platform.altinn.no]\nlabel:",
			`bsu.yaml:5: the host "platform.altinn.no" is taken by authentication/authentication.yaml`,
		},
		{
			bsu, "\nlabel:", "\nhosts: [platform.altinn.no/Dialogporten]\nlabel:",
			`bsu.yaml:5: the host "platform.altinn.no/Dialogporten" is taken by dialogporten/dialogporten.yaml`,
		},
		{
			bsu, "\nlabel:", "\ntestHosts: [boligsameie.api.skatteetaten.no]\nlabel:",
			`bsu.yaml:5: the host "boligsameie.api.skatteetaten.no" is taken by boligsameie/boligsameie.yaml`,
		},
		{
			issuer, "skyporten: [", "skyporten: [ver2.maskinporten.no, ",
			`maskinporten.yaml:9: "ver2.maskinporten.no" is none of the hosts and testHosts`,
		},
	} {
		text, err := fs.ReadFile(catalog.Embedded(), test.file)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), test.old, test.new, 1)
		_, err = backend.Over(fstest.MapFS{test.file: {Data: []byte(changed)}}, "")
		refused := err != nil && test.want != "" && strings.Contains(err.Error(), test.want)
		if refused != (err != nil) || refused != (test.want != "") {
			t.Errorf("with %q: %v, want %q", test.new, err, test.want)
		}
	}
}
