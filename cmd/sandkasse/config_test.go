package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

// inFolder runs a command line in a folder with environment variables, and returns what it did.
func inFolder(t *testing.T, dir string, variables []string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "sandkasse", args...)
	c.Dir, c.Stdout, c.Stderr, c.Env = dir, &stdout, &stderr, append(os.Environ(), variables...)
	c.Run() // the status says whether it failed
	return ran{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func putFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestConfigPrecedence: a flag goes before its variable, that before the config file, and that before the default. An
// empty variable is as none. The log names the file.
func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putFile(
		t,
		filepath.Join(dir, "sandkasse.yaml"),
		"addr: 127.0.0.1:0\nauth: off\nlog-format: json\ndata: state.db\n",
	)
	putFile(t, filepath.Join(dir, "other/named.yaml"), "addr: 127.0.0.1:0\nauth: lenient\ndata: state.db\n")
	// statuses of a delivery without a token and a key: 400 where no token is asked for, 401 where one is
	for _, test := range []struct {
		variables, args []string
		status          int
		named, data     string
	}{
		{nil, nil, http.StatusBadRequest, "sandkasse.yaml", "state.db"},
		{[]string{"SANDKASSE_AUTH="}, nil, http.StatusBadRequest, "sandkasse.yaml", "state.db"},
		{[]string{"SANDKASSE_AUTH=strict"}, nil, http.StatusUnauthorized, "sandkasse.yaml", "state.db"},
		{
			[]string{"SANDKASSE_AUTH=strict"},
			[]string{"--auth", "off"},
			http.StatusBadRequest, "sandkasse.yaml", "state.db",
		},
		{
			nil,
			[]string{"--config", "other/named.yaml"},
			http.StatusUnauthorized, "other/named.yaml",
			"other/state.db",
		},
		{
			[]string{"SANDKASSE_CONFIG=other/named.yaml"},
			nil, http.StatusUnauthorized, "other/named.yaml",
			"other/state.db",
		},
		{
			[]string{"SANDKASSE_CONFIG=nowhere.yaml"},
			[]string{"--config=sandkasse.yaml"},
			http.StatusBadRequest, "sandkasse.yaml", "state.db",
		},
	} {
		p := startIn(t, dir, test.variables, test.args...)
		response, err := http.Post(p.url+"/innrapporteringbsu/v1/2023", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if err := p.stop(t, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if response.StatusCode != test.status || !strings.Contains(p.stderr.String(), test.named) {
			t.Errorf("%q %q: answered %s, want %d; the log must name %s: %s", test.variables, test.args,
				response.Status, test.status, test.named, p.stderr)
		}
		if err := os.Remove(filepath.Join(dir, test.data)); err != nil { // which is relative to the config file
			t.Errorf("%q %q: %v", test.variables, test.args, err)
		}
	}
}

// TestConfigIsRead: commands other than serve read the file too, where a flag of theirs can stand in
// it, and the faults of the file are reported by line.
func TestConfigIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putFile(t, filepath.Join(dir, "sandkasse.yaml"), "addr: 0.0.0.0:1\nunknown-members: refuse\n")
	putFile(t, filepath.Join(dir, "more.json"), strings.Replace(string(example(t)), "{", `{"more": 1, `, 1))
	if got := inFolder(t, dir, nil, "ready"); got.status != 1 ||
		!strings.Contains(got.stderr, "http://127.0.0.1:1\n") {
		t.Errorf("ready asks elsewhere: %+v", got)
	}
	if got := inFolder(t, dir, nil, "validate", "--api", "bsu", "more.json"); got.status != 1 {
		t.Errorf("%+v", got)
	}
	if got := inFolder(t, dir, nil, "validate", "--api", "bsu", "--unknown-members", "accept",
		"more.json"); got.status != 0 {
		t.Errorf("%+v", got)
	}
	putFile(t, filepath.Join(dir, "sandkasse.yaml"), "auht: off\nlog-level: loud\n")
	want := `sandkasse: sandkasse.yaml:1: "auht" is not a member here; did you mean auth? there are ` +
		strings.Join(mock.ConfigNames(), ", ") + "\n" +
		`sandkasse: sandkasse.yaml:2: log-level is "loud"; it must be debug, info, warn or error` + "\n"
	for _, command := range []string{"serve", "ready", "apis list"} {
		if got := inFolder(t, dir, nil, strings.Fields(command)...); got.status != 1 || got.stderr != want {
			t.Errorf("%s: %+v\nwant %s", command, got, want)
		}
	}
	for _, command := range []string{"--help", "schema config", "scenarios schema"} { // no setting is for these
		if got := inFolder(t, dir, nil, strings.Fields(command)...); strings.Contains(got.stderr, "sandkasse.yaml") {
			t.Errorf("%s: %+v", command, got)
		}
	}
}

// TestInit: the file that init writes sets nothing, has every setting of serve with its default, and can be used as it
// is when each is uncommented. A file that is there is left as it is.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, mock.ConfigFile)
	if got := inFolder(t, dir, nil, "init"); got.status != 0 ||
		!strings.HasPrefix(got.stdout, "sandkasse.yaml is written") {
		t.Fatalf("%+v", got)
	}
	config, err := mock.ReadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	commented := regexp.MustCompile(`(?m)^#([a-z-]+): (.*?)( # example)?$`)
	var names []string
	for _, match := range commented.FindAllStringSubmatch(string(initialConfig), -1) {
		names = append(names, match[1])
		if _, given := config.Lookup(match[1]); given {
			t.Errorf("it sets %s", match[1])
		}
	}
	want := mock.ConfigNames()
	slices.Sort(want)
	slices.Sort(names)
	if !slices.Equal(want, names) {
		t.Errorf("it has %v, want %v", names, want)
	}

	// the defaults, uncommented
	plain := regexp.MustCompile(`(?m)^#([a-z-]+: [^#\n]*)$`).ReplaceAllString(string(initialConfig), "$1")
	putFile(t, path, plain)
	if config, err = mock.ReadConfig(path); err != nil {
		t.Fatal(err)
	}
	flags := map[string]cli.Flag{}
	for _, flag := range allCommands()["serve"].Flags {
		flags[flag.Names()[0]] = flag
	}
	given := 0
	for _, name := range want {
		text, ok := config.Lookup(name)
		if !ok {
			continue
		}
		given++
		var standard string
		switch flag := flags[name].(type) {
		case *cli.StringFlag:
			standard = flag.Value
		case *cli.BoolFlag:
			standard = "false"
		case *cli.Uint64Flag:
			standard = "0"
		case *cli.DurationFlag:
			standard = strings.TrimSuffix(flag.Value.String(), "0m0s")
		}
		if text != standard {
			t.Errorf("%s stands there as %q, and is %q", name, text, standard)
		}
	}
	if given < 15 {
		t.Errorf("%d defaults stand there", given)
	}

	// the examples too, but for one of the two ways to give a certificate
	all := commented.ReplaceAllString(string(initialConfig), "$1: $2")
	all = regexp.MustCompile(`(?m)^tls-(cert|key):.*\n`).ReplaceAllString(all, "")
	putFile(t, path, all)
	for _, name := range []string{
		"apis/x", "scenarios/x", "clients.yaml", "stocked.checkpoint", "ca.pem", "ca-key.pem",
	} {
		putFile(t, filepath.Join(dir, name), "")
	}
	if _, err := mock.ReadConfig(path); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{dir, filepath.Join(dir, "nowhere")} {
		if got := runHere(t, "", "init", dir); !got.isUsage() {
			t.Errorf("%+v", got)
		}
	}
	if kept, _ := os.ReadFile(path); string(kept) != all {
		t.Error("init has written over a file")
	}
}
