package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"
)

// ran holds the output and the exit status of a command line.
type ran struct {
	status         int
	stdout, stderr string
}

// runHere runs a command line in this process, for a few seconds at the most.
func runHere(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	p := program{stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, clock: time.Now}
	status := p.run(ctx, append([]string{"sandkasse"}, args...))
	return ran{status, stdout.String(), stderr.String()}
}

// goWords are those of Go and of its libraries, which no user should have to understand.
var goWords = regexp.MustCompile(
	`strconv|parsing|parse |flag provided|invalid syntax|time: |unmarshal|<nil>|%!|listen tcp|\bopen \S+: |stat \S+: |EOF|dial tcp|connect: |Get "`)

// isUsage reports whether a command line was refused: status 2, one sentence in the user's words,
// and nothing on standard output.
func (r ran) isUsage() bool {
	return r.status == 2 && r.stdout == "" && strings.HasPrefix(r.stderr, "sandkasse: ") &&
		strings.Count(r.stderr, "\n") == 1 && !goWords.MatchString(r.stderr)
}

// wrongMethodHAR is a recording of one call, which BSU refuses as Sandkasse does.
const wrongMethodHAR = `{"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": [{
  "startedDateTime": "2026-01-15T12:00:00.000Z", "time": 1,
  "request": {"method": "GET", "url": "https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023", "headers": []},
  "response": {"status": 405, "headers": [{"name": "Allow", "value": "POST"},
    {"name": "Content-Type", "value": "application/json"}], "content": {"mimeType": "application/json",
    "text": "{\"kode\":\"GLD_022\",\"melding\":\"HTTP-metode ikke støttet\",\"korrelasjonsid\":\"c5306696-2db8-4b8b-854d-90d8e0094875\",\"spesifisering\":[{\"melding\":\"GET brukes ikke på denne adressen, men POST\"}]}"}}
}]}}`

// soundArguments returns, for each command, arguments that make it do something.
func soundArguments(t *testing.T) map[string][]string {
	empty, document := t.TempDir(), "../../fixtures/examples/bsu.json"
	openapi := "../../mock/tests/apiimport/testdata/boligselskap-api-1.0.1.yaml"
	expectation := filepath.Join(t.TempDir(), "expected.json")
	if err := os.WriteFile(expectation, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	recording := filepath.Join(t.TempDir(), "recording.har")
	if err := os.WriteFile(recording, []byte(wrongMethodHAR), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string][]string{
		"serve": {"--addr", "127.0.0.1:0"}, "token": {"--api", "bsu", "--org", "313367002"}, "ready": {}, "seed": {},
		"ca": {"--new", empty}, "schema": {"config"}, "init": {t.TempDir()},
		"calls": {}, "why": {"1"}, "play": {"lost-answer"}, "disarm": {}, "reset": {}, "verify": {expectation},
		"report": {},
		"apis":   {}, "apis list": {}, "apis show": {"bsu"}, "apis check": {empty},
		"apis import": {openapi, "--out", t.TempDir()}, "collection": {"bruno", "--out", t.TempDir()},
		"openapi":   {"bsu"},
		"scenarios": {}, "scenarios list": {}, "scenarios show": {"slow"}, "scenarios check": {empty},
		"scenarios schema": {},
		"validate":         {"--api", "bsu", document}, "generate": {"kobobolig"},
		"compare":    {recording},
		"completion": {"bash"}, "completion bash": {}, "completion zsh": {}, "completion fish": {},
		"completion pwsh": {}, "help": {}, "version": {},
	}
}

// endless are the commands that go on, or need a server.
var endless = []string{"serve", "ready", "seed", "calls", "why", "play", "disarm", "reset", "verify", "report"}

// commands returns all commands, by name from the root on.
func commands(c *cli.Command, path ...string) map[string]*cli.Command {
	all := map[string]*cli.Command{}
	for _, sub := range c.Commands {
		if sub.Name == "help" {
			continue
		}
		here := append(slices.Clone(path), sub.Name)
		all[strings.Join(here, " ")] = sub
		for name, below := range commands(sub, here...) {
			all[name] = below
		}
	}
	return all
}

func allCommands() map[string]*cli.Command {
	return commands(program{clock: time.Now}.command())
}

// TestUsageErrors: every command refuses, with 2 and one sentence, a flag that it does not have and
// a word too many; its help is 0.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	sound := soundArguments(t)
	for name := range allCommands() {
		if _, known := sound[name]; !known {
			t.Errorf("the test does not know how to call sandkasse %s", name)
		}
	}
	for name, arguments := range sound {
		words := strings.Fields(name)
		for _, wrong := range [][]string{{"--nope"}, {"--nope=1"}, {"-x"}, {"no/such/thing"}, {""}} {
			if name == "generate" && wrong[0] == "" {
				wrong = []string{"more"}
			}
			if got := runHere(t, "", slices.Concat(words, arguments, wrong)...); !got.isUsage() {
				t.Errorf("%s %q %q: %+v", name, arguments, wrong, got)
			}
		}
		for _, help := range [][]string{
			slices.Concat(words, []string{"--help"}), slices.Concat(words, []string{"-h"}),
			slices.Concat([]string{"help"}, words),
		} {
			if got := runHere(t, "", help...); got.status != 0 || !strings.Contains(got.stdout, "sandkasse "+name) ||
				got.stderr != "" {
				t.Errorf("%q: %+v", help, got)
			}
		}
		if slices.Contains(endless, name) {
			continue
		}
		if got := runHere(t, "", slices.Concat(words, arguments)...); got.status != 0 || got.stdout == "" ||
			got.stderr != "" {
			t.Errorf("%s %q: %+v", name, arguments, got)
		}
	}
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"h"}, {"--version"}, {"-v"}} {
		if got := runHere(t, "", args...); got.status != 0 || got.stdout == "" || got.stderr != "" {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if got := runHere(t, "", "--help"); !strings.Contains(got.stdout, "Exit status:\n   0  all is well\n") {
		t.Errorf("the help does not tell the exit statuses: %s", got.stdout)
	}
	for _, c := range (program{clock: time.Now}).command().Commands {
		if c.Name != "help" && c.Category == "" {
			t.Errorf("%s is under no heading of the help", c.Name)
		}
	}
}

// TestUsageMistakes: words that are missing, unknown or do not go together.
func TestUsageMistakes(t *testing.T) {
	t.Parallel()
	for line, tells := range map[string]string{
		"nope":                `"nope" is not a command`,
		"version nope":        `"nope" is not a command or argument`,
		"apis nope":           `"nope" is not a command`,
		"scenarios lst":       `"lst" is not a command`,
		"--help nope":         `"nope" is not a command`,
		"help nope":           `"nope" is not a command`,
		"help apis nope":      `"nope" is not a command`,
		"apis help nope":      `"nope" is not a command`,
		"help apis list more": `"more" is not a command`, "token help more": `"more" is not a command`,
		"completion": "bash, zsh, fish or pwsh", "completion cmd": "bash, zsh, fish and pwsh",
		"apis show":                "wants the name of one API",
		"apis show nope":           "there are",
		"apis check":               "wants one folder",
		"apis check nowhere":       "nowhere is no folder",
		"scenarios show":           "wants the name of one scenario",
		"scenarios show slaw":      "Did you mean slow?",
		"scenarios show slow;ms=5": "ask for the name alone",
		"scenarios check":          "wants one folder", "scenarios check nowhere": "nowhere",
		"token": "--api is missing", "token --api bsu": "whose token", "token --api nope --org 313367002": "there are",
		"validate":                                       "--api is missing",
		"validate x.json":                                "--api is missing",
		"validate --api bsu":                             "wants one file",
		"validate --api nope -":                          "there are",
		"validate --api kobo -":                          "takes no documents",
		"validate --api bsu nowhere.json":                "nowhere.json cannot be read",
		"validate --api bsu no/*.json":                   "no file is called no/*.json",
		"validate --api bsu testdata":                    "no file whose name ends in .json",
		"validate --api bsu - nowhere.json":              "nowhere.json cannot be read",
		"generate":                                       "wants a kind",
		"generate nope":                                  "there are",
		"generate bsu kobobolig":                         "too much",
		"generate bsu --count 2 --format json":           "name a folder with --out DIR",
		"generate bsu --broken nope":                     "no rule",
		"generate bsu --broken --count 2":                "not for --broken",
		"generate sak --broken":                          "sak",
		"generate bsu --count 0":                         "1 to 1000000",
		"generate bsu --seed -1":                         "from 0 to 18446744073709551615",
		"generate bsu --oppgaver -1":                     "from 0, or max",
		"generate kobobolig --oppgaver 3":                "--oppgaver is for deliveries",
		"seed --today 9999-99-99":                        "a day such as 2024-12-31",
		"generate kobobolig --today 2025-02-29":          "a day such as 2024-12-31",
		"generate bsu --today 2024-12-31":                "--today is for homes",
		"generate bsu --system x":                        "--system is for calls to Kobo",
		"generate bsu --parallel 2":                      "--parallel is for --load",
		"generate bsu --load http://127.0.0.1:1 --out x": "--out is not for --load",
		"generate bsu --municipality 313367002":          "--municipality is for homes",
		"generate bsu --broken list more":                `"more" is too much`,
		"generate bsu --load=":                           "--load is empty",
		"generate bsu --org=":                            "--org is empty",
		"generate bsu --count -1":                        "1 to",
		"generate bsu --year 1990":                       "2015",
		"generate kobobolig --load nowhere":              "no address",
		"seed --url nowhere":                             "no address",
		"ready --url http://127.0.0.1:0":                 "port 0",
		"ready --url ftp://x":                            "no address",
		"ready --url":                                    "--url needs a value",
		"ready --wait -1s":                               "0s (ask once) to 1h",
		"ready --wait 61m":                               "to 1h",
		"ready --wait 30":                                "a duration such as 30s",
		"token --api bsu --org 313367002 --ttl 0":        "at least 1s",
		"token --api bsu --org 313367002 --ttl 1ms":      "at least 1s",
		"seed --parallel 0":                              "1 to 64",
		"seed --parallel 65":                             "1 to 64",
		"seed --municipality 12":                         "nine digits",
		"--addr nowhere":                                 "such as 127.0.0.1:9000",
		"--addr 127.0.0.1:65536":                         "such as 127.0.0.1:9000",
		"--clients nowhere.yaml": "the clients file nowhere.yaml cannot be read: no such " +
			"file or directory",
		"--clients .":                       "the clients file . cannot be read: it is a folder",
		"serve --data .":                    "is a folder",
		"--base-url sandkasse.corp.no":      "it must be http:// or https:// and a host",
		"--behind-proxy=10.0.0.0/99":        "is not the network of a reverse proxy",
		"--behind-proxy 10.0.0.0/8":         "as in --behind-proxy=10.0.0.0/8",
		"--hosts x.corp.no=kubo":            "did you mean kobo?",
		"--hosts test.maskinporten.no=kobo": "imitated API already",
		"--session-ttl 1ms":                 "at least 1s",
		"--seed -1":                         "a whole number",
		"--seed 99999999999999999999":       "a whole number",
		"--processing-delay -1s":            "not be negative",
		"--kobo-conflict-status 500":        "400, 404, 409 or 502",
		"--tls yes":                         "on or off",
		"--ca-cert main.go":                 "main.go (--ca-cert) is given without its key (--ca-key)",
		"--ca-key main.go":                  "main.go (--ca-key) is given without its certificate (--ca-cert)",
		"--tls-cert main.go":                "main.go (--tls-cert) is given without its key (--tls-key)",
		"--tls-key main.go":                 "main.go (--tls-key) is given without its certificate (--tls-cert)",
		"--ca-cert none.pem --ca-key main.go": "the certificate of the CA, none.pem, cannot be read: no such file or " +
			"directory",
		"--ca-cert main.go --ca-key main.go":              "main.go has no certificate",
		"--tls-cert main.go --tls-key main.go":            "are no certificate and its key",
		"--tls off --tls-cert main.go --tls-key main.go":  "TLS is off",
		"--ca-cert a --ca-key a --tls-cert a --tls-key a": "a server uses one of them",
		"ca --url nowhere":                                "no address",
		"ca --new main.go":                                "the folder main.go",
		"ca --hosts a:1":                                  "not the name of a host",
		"ca --apis nowhere":                               "nowhere",
		"ca more":                                         `"more" is not`,
		"apis import":                                     "wants one OpenAPI document",
		"apis import nowhere.yaml":                        "nowhere.yaml cannot be read",
		"apis import .":                                   ". cannot be read",
		"collection":                                      "http, jetbrains, bruno, postman",
		"collection nope":                                 `no format "nope"`,
		"collection bruno":                                "name a new one with --out DIR",
		"collection http --out main.go/x":                 "main.go/x",
		"init a b":                                        `"b" is too much`,
		"init nowhere":                                    "sandkasse.yaml cannot be written",
		"schema":                                          "wants one kind of file",
		"schema nope":                                     "there are config",
		"--config nowhere.yaml":                           "the config file nowhere.yaml cannot be read",
		"why":                                             "wants the number of one call",
		"why last":                                        `"last" is not the number of a call`,
		"calls 0":                                         `"0" is not the number of a call`,
		"calls 1 --api bsu":                               "leave the other flags out",
		"calls --count 2":                                 "--count goes with --wait",
		"calls --follow --wait 1s":                        "leave --wait and --limit out",
		"calls --wait 3m":                                 "1ms to 2m",
		"calls --status 600":                              "such as 4xx",
		"calls --limit 0":                                 "from 1 to 1000000",
		"calls --since -1":                                "from 0",
		"calls --session a/b":                             "letters, digits",
		"play":                                            "wants the name of one scenario",
		"play lost-answer --times 0":                      "or always",
		"play lost-answer --probability 0":                "above 0",
		"play lost-answer --ttl 0":                        "a duration",
		"reset more":                                      `"more" is not`,
		"verify":                                          "wants one file",
		"report --fail-on note":                           "--fail-on is \"note\"; it must be error or warning",
		"report --min-coverage 101":                       "a whole number from 0 to 100",
		"report --min-coverage 80%":                       "a whole number",
		"report --format xml":                             "text, json, md, junit or html",
		"report --off delivered-twice":                    "it must be RULE=REASON",
		"report --off=delivered-twice --off x=y":          "it must be RULE=REASON",
		"report --fail-on error --off a=b --fail-on error": "--fail-on is given twice",
		"report --off=a=b --fail-on error --fail-on error": "--fail-on is given twice",
		"verify nowhere.json":                              "nowhere.json cannot be read",
	} {
		if got := runHere(t, "{}", strings.Fields(line)...); !got.isUsage() || !strings.Contains(got.stderr, tells) {
			t.Errorf("%s: %+v; want status 2 with %q", line, got, tells)
		}
	}
}

// wrongValue is one that no flag takes, but for the flags in wrongValues.
const wrongValue = "§ §"

// wrongValues returns values that some flags refuse; nothing is wrong for a flag without one.
func wrongValues() map[string]string {
	return map[string]string{
		"data": "no/such/folder/sandkasse.db", "out": "main.go", "new": "main.go", "scope": "", "reference": "",
	}
}

// withoutFlag returns arguments without a flag and its value, since a flag may be given only once.
func withoutFlag(args []string, name string) []string {
	if at := slices.Index(args, "--"+name); at >= 0 {
		return slices.Concat(args[:at], args[at+2:])
	}
	return args
}

// TestWrongValues: every flag of every command refuses a wrong value with 2, and names what is
// wrong.
func TestWrongValues(t *testing.T) {
	t.Parallel()
	sound, flags := soundArguments(t), 0
	for name, command := range allCommands() {
		for _, flag := range command.Flags {
			given := wrongValue
			if other, ok := wrongValues()[flag.Names()[0]]; ok {
				given = other
			}
			if given == "" {
				continue
			}
			flags++
			args := slices.Concat(strings.Fields(name), withoutFlag(sound[name], flag.Names()[0]),
				[]string{"--" + flag.Names()[0] + "=" + given})
			if got := runHere(t, "", args...); !got.isUsage() || !strings.Contains(got.stderr, given) {
				t.Errorf("%q: %+v; want status 2 with the value in one sentence", args, got)
			}
		}
	}
	if flags < 40 {
		t.Errorf("%d flags were tried", flags)
	}
}

// TestWrongEnvironment: every variable refuses what its flag refuses, and the sentence names the
// variable where the value alone is wrong.
func TestWrongEnvironment(t *testing.T) {
	variables := 0
	for name, command := range allCommands() {
		for _, flag := range command.Flags {
			documented, ok := flag.(cli.DocGenerationFlag)
			if !ok || len(documented.GetEnvVars()) == 0 {
				continue
			}
			variable, given := documented.GetEnvVars()[0], wrongValue
			if other, ok := wrongValues()[flag.Names()[0]]; ok {
				given = other
			}
			variables++
			t.Run(name+" "+variable, func(t *testing.T) {
				t.Setenv(variable, given)
				arguments := soundArguments(t)[name]
				if flag.Names()[0] == "addr" {
					arguments = nil
				}
				if got := runHere(t, "", slices.Concat(strings.Fields(name), arguments)...); !got.isUsage() ||
					!strings.Contains(got.stderr, given) {
					t.Errorf("%+v; want status 2 with the value in one sentence", got)
				}
			})
		}
	}
	if variables < 20 {
		t.Errorf("%d variables were tried", variables)
	}
	t.Run("SANDKASSE_URL", func(t *testing.T) {
		t.Setenv("SANDKASSE_URL", wrongValue)
		if got := runHere(t, "", "ready"); !got.isUsage() {
			t.Errorf("%+v", got)
		}
		t.Setenv("SANDKASSE_URL", "") // the default
		t.Setenv("SANDKASSE_ADDR", "127.0.0.1:1")
		if got := runHere(t, "", "ready"); got.status != 1 || !strings.Contains(got.stderr, "http://127.0.0.1:1\n") {
			t.Errorf("%+v", got)
		}
	})
}

// TestFindingsAndFailures: what is found to be wrong in a file, and work that fails, is 1.
func TestFindingsAndFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"apis/stray.yaml": "name: stray\n", "scripts/late.yaml": "name: late\n", "clients.yaml": "clients: 7\n",
		"wrong.json": "{}", "data.db": strings.Repeat("no database ", 10_000),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, tells := range map[string]string{
		"validate --api bsu DIR/wrong.json":              "breaks the rules of bsu",
		"apis check DIR/apis":                            "stray.yaml:",
		"apis list --apis DIR/apis":                      "stray.yaml:",
		"serve --apis DIR/apis":                          "stray.yaml:",
		"scenarios check DIR/scripts":                    "late.yaml:1",
		"--scenarios DIR/scripts":                        "late.yaml:1",
		"--clients DIR/clients.yaml":                     "clients.yaml:1",
		"--data DIR/data.db":                             "data.db",
		"ready --url http://127.0.0.1:1":                 "nothing listens at http://127.0.0.1:1",
		"seed --url http://127.0.0.1:1":                  "no server answers",
		"calls --url http://127.0.0.1:1":                 "nothing listens at http://127.0.0.1:1",
		"calls --follow --url http://127.0.0.1:1":        "nothing listens at http://127.0.0.1:1",
		"why 1 --url http://127.0.0.1:1":                 "nothing listens at http://127.0.0.1:1",
		"play slow --url http://127.0.0.1:1":             "nothing listens at http://127.0.0.1:1",
		"reset --url http://127.0.0.1:1":                 "nothing listens at http://127.0.0.1:1",
		"verify DIR/wrong.json --url http://127.0.0.1:1": "nothing listens at http://127.0.0.1:1",
		"generate kobobolig --load http://127.0.0.1:1":   "no server answers",
	} {
		got := runHere(t, "", strings.Fields(strings.ReplaceAll(line, "DIR", dir))...)
		if got.status != 1 || !strings.Contains(got.stderr, tells) || !strings.HasPrefix(got.stderr, "sandkasse: ") {
			t.Errorf("%s: %+v; want status 1 with %q", line, got, tells)
		}
	}
}
