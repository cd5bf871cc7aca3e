package mock

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/yamlfile/yamltest"
)

// writeFiles writes files below a new folder, and returns its path.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// everySetting is a config file with every setting.
const everySetting = `addr: 127.0.0.1:9000
hosts: [sandkasse.corp.no, kobo.example.no=kobo]
base-url: https://sandkasse.corp.no/test
behind-proxy: [loopback, 172.16.0.0/12]
tls: off
ca-cert:
ca-key: ~
tls-cert:
tls-key:
proxy-auth: true
apis: ./apis
clients: clients.yaml
control: strict
kobo-systems: [fdvu-1, fdvu-2]
kobo-conflict-status: 409
kobo-echo: true
unknown-members: refuse
processing-delay: 5s
data: sandkasse.db
restore: stocked.checkpoint
durability: async
auth: lenient
maskinporten: strict
scenarios: scripts
session-ttl: 0
journal-raw: true
seed: 18446744073709551615
log-level: debug
log-format: json
`

// TestReadConfig: every setting is read, paths from the folder of the file, and a server takes them.
func TestReadConfig(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{
		ConfigFile: everySetting, "scripts/slower.yaml": "name: slower\n", "apis/.keep": "",
		"stocked.checkpoint": "",
		"clients.yaml":       "clients: []\n",
	})
	c, err := ReadConfig(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Options{
		Data: filepath.Join(dir, "sandkasse.db"), Durability: Async, APIs: Dir(filepath.Join(dir, "apis")),
		Scenarios: Dir(filepath.Join(dir, "scripts")), Clients: filepath.Join(dir, "clients.yaml"), Auth: Lenient,
		Maskinporten: MaskinportenStrict, Feedback: FeedbackStrict, ProcessingDelay: 5 * time.Second,
		UnknownMembers: RefuseUnknown,
		Kobo:           KoboOptions{Systems: []string{"fdvu-1", "fdvu-2"}, ConflictStatus: 409, Echo: true},
		JournalRaw:     true, Hosts: []string{"sandkasse.corp.no", "kobo.example.no=kobo"},
		BaseURL: "https://sandkasse.corp.no/test", BehindProxy: []string{"loopback", "172.16.0.0/12"},
		TLS: TLSOptions{Off: true}, ProxyAuth: true, Seed: 18446744073709551615,
	}
	if diff := cmp.Diff(want, c.Options); diff != "" || c.Addr != "127.0.0.1:9000" ||
		c.Restore != filepath.Join(dir, "stocked.checkpoint") {
		t.Errorf("addr %q\n%s", c.Addr, diff)
	}
	for name, want := range map[string]string{
		"hosts": "sandkasse.corp.no,kobo.example.no=kobo", "seed": "18446744073709551615", "kobo-echo": "true",
		"session-ttl": "0", "log-format": "json", "tls": "off", "data": filepath.Join(dir, "sandkasse.db"),
	} {
		if got, given := c.Lookup(name); got != want || !given {
			t.Errorf("%s is %q, %v; want %q", name, got, given, want)
		}
	}
	for _, name := range []string{"ca-cert", "ca-key", "nope"} {
		if got, given := c.Lookup(name); given {
			t.Errorf("%s is given as %q", name, got)
		}
	}
	for _, name := range ConfigNames() {
		if !strings.Contains("\n"+everySetting, "\n"+name+":") {
			t.Errorf("the test lacks %s", name)
		}
	}
}

// TestConfigWithoutSettings: a file of comments only sets nothing.
func TestConfigWithoutSettings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# addr: 127.0.0.1:9000\n", "---\n# nothing\n", "\n\n", "{}"} {
		dir := writeFiles(t, map[string]string{ConfigFile: text})
		c, err := ReadConfig(filepath.Join(dir, ConfigFile))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(Options{APIs: Dir(""), Scenarios: Dir("")}, c.Options); diff != "" {
			t.Error(diff)
		}
		if _, err := New(c.Options); err != nil {
			t.Error(err)
		}
	}
}

// TestConfigFaults: everything that is wrong is reported at once, by line.
func TestConfigFaults(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{ConfigFile: `adr: 127.0.0.1:9000
hosts: [a b, c:1, kobo.example.no=kubo]
base-url: sandkasse.corp.no
behind-proxy: true
tls: yes
tls-cert: none.pem
apis: nowhere
clients: apis.yaml
control: loose
kobo-systems: ["a b", "c,d"]
kobo-conflict-status: 0
kobo-echo: perhaps
processing-delay: 5
data: no/such/sandkasse.db
auth: of
scenarios:
session-ttl: 1ms
seed: -1
log-level: loud
"unknown-members": ""
`})
	file := filepath.Join(dir, ConfigFile)
	_, err := ReadConfig(file)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	want := `FILE:1: "adr" is not a member here; did you mean addr? there are ` + strings.Join(ConfigNames(), ", ") + `
FILE:2: hosts: "a b" is not the name of a host; ` + hostForm + `
FILE:2: hosts: "c:1" is not the name of a host; ` + hostForm + `
FILE:3: base-url: "sandkasse.corp.no" is not a base address; it must be http:// or https:// and a host, ` +
		`perhaps with a port and a path, such as https://sandkasse.corp.no/test
FILE:4: behind-proxy is true; it must be a list
FILE:5: tls is "yes"; it must be on or off
FILE:6: tls-cert names none.pem; there is no file of that name
FILE:6: none.pem (--tls-cert) is given without its key (--tls-key)
FILE:7: apis names nowhere; there is no folder of that name
FILE:8: clients names apis.yaml; there is no file of that name
FILE:9: control: feedback is "loose"; it must be format, modulus or strict
FILE:10: kobo-systems has "c,d"; each value stands alone in the list
FILE:10: kobo-systems: "a b" is not the id of a Kobo system; ` +
		`it must be 1 to 100 printable characters of ASCII without a space
FILE:11: kobo-conflict-status: the Kobo conflict status is 0; it must be 400, 404, 409 or 502
FILE:12: kobo-echo is "perhaps"; it must be true or false
FILE:13: processing-delay is "5"; it must be a duration such as 30s, 5m or 24h
FILE:14: data names no/such; there is no folder of that name
FILE:15: auth is "of"; it must be strict, lenient or off
FILE:17: session-ttl: the time to live of a session is 1ms; it must be 0 for ever, or at least 1s
FILE:18: seed is -1; it must be a whole number from 0 to 18446744073709551615
FILE:19: log-level is "loud"; it must be debug, info, warn or error
FILE:20: unknown-members is empty; give it a value, or leave it out`
	got := strings.ReplaceAll(strings.ReplaceAll(err.Error(), file, "FILE"), dir+string(filepath.Separator), "")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"hosts: [kobo.example.no=kubo]": `FILE:1: hosts: the host kobo.example.no is mapped to "kubo", which is ` +
			"no API",
		"- addr":                  "FILE:1: the file is a list; it must be a mapping",
		"addr: a: b":              "FILE:1: a second colon stands in one value",
		"auth: off\nauth: strict": "FILE:2: \"auth\" is given twice, first in line 1; give it once",
	} {
		file := filepath.Join(writeFiles(t, map[string]string{ConfigFile: text}), ConfigFile)
		if _, err := ReadConfig(file); err == nil ||
			!strings.Contains(strings.ReplaceAll(err.Error(), file, "FILE"), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	for _, path := range []string{"nowhere.yaml", dir, os.DevNull} {
		if _, err := ReadConfig(path); !isArgument(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

const hostForm = "it must be such as sandkasse.corp.no, without scheme, port and path, and in ASCII, or with an API, " +
	"such as kobo.example.no=kobo"

func isArgument(err error) bool {
	_, is := errors.AsType[*ArgumentError](err)
	return is
}

// TestConfigSchema: the schema of a config file names every setting, takes what ReadConfig takes, and refuses much of
// what it refuses.
func TestConfigSchema(t *testing.T) {
	t.Parallel()
	schema := yamltest.Load(t, "config")
	schema.HasMembersOf(t, reflect.TypeFor[configSettings]())
	all := regexp.MustCompile(`(?m)^[a-z-]+:( ~)?\n`).ReplaceAllString(everySetting, "") // without those of null
	for _, right := range []string{all, "", "# nothing\n", "session-ttl: 1h30m\n", "processing-delay: 0s\n"} {
		if err := schema.Check(t, right); err != nil {
			t.Errorf("%#v\n%s", err, right)
		}
	}
	for _, wrong := range []string{
		"adr: x", "hosts: a", "hosts: [a, 'b,c']", "behind-proxy: true", "tls: yes", "control: loose", "auth: of",
		"kobo-conflict-status: 500", "kobo-echo: perhaps", "processing-delay: 5", "seed: -1", "log-level: loud",
		"data: ''", "base-url: sandkasse.corp.no", "kobo-systems: ['a b']", "- addr",
	} {
		file := filepath.Join(writeFiles(t, map[string]string{ConfigFile: wrong}), ConfigFile)
		if _, err := ReadConfig(file); err == nil {
			t.Errorf("ReadConfig takes %s", wrong)
		}
		if err := schema.Check(t, wrong); err == nil {
			t.Errorf("the schema takes %s", wrong)
		}
	}
	for _, kind := range FileKinds() {
		if text, err := FileSchema(kind); err != nil || !json.Valid(text) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := FileSchema("../embed"); !isArgument(err) {
		t.Error(err)
	}
}
