package address

import "testing"

// TestIsLocal: a Host header is read in whatever way it is written, and is local where no web site
// can have that name.
func TestIsLocal(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		name      string
		ok, local bool
	}{
		"":                                  {"", true, true},
		"127.0.0.1":                         {"127.0.0.1", true, true},
		"127.0.0.1:8080":                    {"127.0.0.1", true, true},
		"192.168.1.7:80":                    {"192.168.1.7", true, true},
		"8.8.8.8":                           {"8.8.8.8", true, true},
		"127.0.0.1.:8080":                   {"127.0.0.1", true, true},
		"[::1]":                             {"::1", true, true},
		"[::1]:8080":                        {"::1", true, true},
		"[FE80::1%eth0]:8080":               {"fe80::1%eth0", true, true},
		"::1":                               {"::1", true, true},
		"localhost":                         {"localhost", true, true},
		"LocalHost:8080":                    {"localhost", true, true},
		"localhost.":                        {"localhost", true, true},
		"localhost.:8080":                   {"localhost", true, true},
		"localhost:":                        {"localhost", true, true},
		"sandkasse_1:8080":                  {"sandkasse_1", true, true},
		"Sand-Kasse":                        {"sand-kasse", true, true},
		"host.docker.internal:8080":         {"host.docker.internal", true, true},
		"HOST.docker.internal.":             {"host.docker.internal", true, true},
		"example.com":                       {"example.com", true, true},
		"Example.Com.:80":                   {"example.com", true, true},
		"bsu.api.localhost:8080":            {"bsu.api.localhost", true, true},
		"printer.local":                     {"printer.local", true, true},
		"sandkasse.ci.internal":             {"sandkasse.ci.internal", true, true},
		"a.test":                            {"a.test", true, true},
		"router.home.arpa":                  {"router.home.arpa", true, true},
		"sandkasse.ci.svc":                  {"sandkasse.ci.svc", true, true},
		"sandkasse.ci.svc.cluster.local:80": {"sandkasse.ci.svc.cluster.local", true, true},

		"evil.example":             {"evil.example", true, false},
		"evil.example:8080":        {"evil.example", true, false},
		"EVIL.Example.":            {"evil.example", true, false},
		"localhost.evil.example":   {"localhost.evil.example", true, false},
		"127.0.0.1.evil.example":   {"127.0.0.1.evil.example", true, false},
		"www.example.com":          {"www.example.com", true, false},
		"example.com.evil.example": {"example.com.evil.example", true, false},
		"notexample.com":           {"notexample.com", true, false},
		"evillocalhost.no":         {"evillocalhost.no", true, false},
		"my.notlocal":              {"my.notlocal", true, false},
		"home.arpa":                {"home.arpa", true, false},
		"evil.arpa":                {"evil.arpa", true, false},
		"docker.internal.no":       {"docker.internal.no", true, false},
		"1.2.3":                    {"1.2.3", true, false},
		"300.1.1.1":                {"300.1.1.1", true, false},
		"innrapporteringbsu.api.skatteetaten-test.no": {"innrapporteringbsu.api.skatteetaten-test.no", true, false},

		"localhost..":         {"localhost.", false, false},
		"evil..localhost":     {"evil..localhost", false, false},
		".localhost":          {".localhost", false, false},
		".":                   {"", false, false},
		":8080":               {"", false, false},
		"localhost:80a":       {"localhost:80a", false, false},
		"localhost:80:90":     {"localhost:80", false, false},
		"user@localhost":      {"user@localhost", false, false},
		"evil.example/a.test": {"evil.example/a.test", false, false},
		"[::1":                {"::1", false, false},
		"[::1]x":              {"::1", false, false},
		"[evil.example]":      {"evil.example", false, false},
		"[127.0.0.1]":         {"127.0.0.1", false, false},
	} {
		name, _, ok := SplitHost(header)
		if ok != want.ok || ok && (name != want.name || IsLocal(name) != want.local) {
			t.Errorf("%q is the host %q (%t), local: %t; want %q (%t), local: %t", header, name, ok, IsLocal(name),
				want.name, want.ok, want.local)
		}
	}
}
