package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The address of the server in the documents.
const (
	asWritten     = "http://" + hostAsWritten
	hostAsWritten = "127.0.0.1:8080"
)

// block is a fenced block of a document. The words after its language say what the tests do with
// it:
//
//	sh          runs against the document's server; the next text or json block is its output
//	sh server   starts the document's server anew with these flags
//	sh alone    runs in a shell of its own, without the document's server
//	sh parse    is only parsed: it needs Docker, changes the machine or never ends
//	yaml file=F is written to F for the blocks that follow, and so is json file=F
type block struct {
	line, end int
	words     []string
	text      string
}

func (b block) is(words ...string) bool { return slices.Equal(b.words, words) }

// blockMark matches the beginning and the end of a block, which may be indented as part of a list.
var blockMark = regexp.MustCompile("^( *)```(.*)$")

// blocks returns the fenced blocks of a document.
func blocks(text string) (found []block) {
	open, indent := false, ""
	for i, line := range strings.Split(text, "\n") {
		match := blockMark.FindStringSubmatch(line)
		switch {
		case match != nil && !open:
			open, indent = true, match[1]
			found = append(found, block{line: i + 1, words: strings.Fields(match[2])})
		case match != nil:
			open = false
			found[len(found)-1].end = i + 1
		case open:
			found[len(found)-1].text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	return found
}

// guides returns the documents whose blocks are run, by their paths from the root of the
// repository.
func guides(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no documents: %v", err)
	}
	names = append(names, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md")
	for i, name := range names {
		names[i] = strings.TrimPrefix(filepath.ToSlash(name), "../../")
	}
	return names
}

// TestDocuments runs the blocks of each document in order, in one shell, in a folder that looks
// like a clone of the repository, against a server that was just started.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			if runtime.GOOS == "windows" {
				t.Skip("the blocks are for sh")
			}
			t.Fatal(err)
		}
	}
	for _, name := range guides(t) {
		found := blocks(document(t, name))
		if len(found) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &runner{dir: clone(t)}
			for i, b := range found {
				var before block
				if i > 0 && found[i-1].end+2 == b.line {
					before = found[i-1]
				}
				r.at = fmt.Sprintf("%s:%d", name, b.line)
				r.run(t, b, before)
			}
		})
	}
}

// clone returns a temporary folder with a link to each entry of the repository.
func clone(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, entry := range entries {
		if err := os.Symlink(filepath.Join(root, entry.Name()), filepath.Join(dir, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runner runs the blocks of one document.
type runner struct {
	dir, at string
	server  *process
	shell   *shell
	output  *string // of the last block that ran; nil once it is compared
}

func (r *runner) run(t *testing.T, b, before block) {
	t.Helper()
	if len(b.words) == 0 {
		t.Fatalf("%s: a block without a language", r.at)
	}
	if strings.Contains(b.text, "\n$ ") || strings.HasPrefix(b.text, "$ ") {
		t.Errorf("%s: a block with a prompt", r.at)
	}
	switch {
	case b.is("sh"):
		r.serve(t)
		host := strings.TrimPrefix(r.server.url, "http://")
		output := r.shell.run(t, r.at, strings.ReplaceAll(b.text, hostAsWritten, host))
		r.output = &output
	case b.is("sh", "server"):
		words := strings.Fields(b.text)
		if len(words) < 2 || words[0] != "sandkasse" || words[1] != "serve" {
			t.Fatalf("%s starts no server: %s", r.at, b.text)
		}
		r.serve(t, words[2:]...)
		output := "sandkasse ready on " + asWritten
		r.output = &output
	case b.is("sh", "alone"):
		r.alone(t, b.text)
	case b.is("sh", "parse"):
		shell := exec.Command("sh", "-n")
		shell.Stdin = strings.NewReader(b.text)
		if output, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", r.at, err, output)
		}
	case b.is("text"), b.is("json") && r.output != nil:
		if r.output == nil {
			t.Fatalf("%s is the output of nothing", r.at)
		}
		if !looksLike(b.text).MatchString(squeeze(*r.output)) {
			t.Errorf("%s: the output is %.2000s", r.at, *r.output)
		}
		r.output = nil
	case b.is("json"):
		if !json.Valid([]byte(b.text)) {
			t.Errorf("%s is no JSON", r.at)
		}
	case b.words[0] == "yaml", b.words[0] == "json": // which is YAML too
		var any any
		if err := yaml.Unmarshal([]byte(b.text), &any); err != nil {
			t.Errorf("%s: %v", r.at, err)
		}
		if len(b.words) > 1 {
			file := filepath.Join(r.dir, strings.TrimPrefix(b.words[1], "file="))
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(b.text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	case b.is("powershell"):
		isPowerShell(t, r.at, b.text, before)
	case b.is("go"): // TestDocumentsGo
	case b.is("nginx"), b.is("haproxy"), b.is("caddyfile"): // configuration of other programs
	default:
		t.Errorf("%s: no test knows what to do with a block of %q", r.at, b.words)
	}
}

// serve starts the document's server: with flags always anew, without any only when there is none.
// A flag that names a file of the document gets its path.
func (r *runner) serve(t *testing.T, flags ...string) {
	t.Helper()
	if r.shell == nil {
		r.shell = newShell(t, r.dir)
	}
	if r.server != nil {
		if len(flags) == 0 {
			return
		}
		r.server.Process.Kill()
	}
	for i, flag := range flags {
		file := filepath.Join(r.dir, flag)
		if _, err := os.Stat(file); err == nil {
			flags[i] = file
		}
	}
	r.server = start(t, "sandkasse", append([]string{"serve", "--addr", "127.0.0.1:0", "--log-level", "error"},
		flags...)...)
}

// alone runs a block with a free port as the address, and ends the server that it leaves behind.
func (r *runner) alone(t *testing.T, text string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	shell := exec.Command("sh", "-e")
	shell.Dir = r.dir
	shell.Env = append(os.Environ(), "SANDKASSE_ADDR="+address)
	shell.Stdin = strings.NewReader("trap 'kill $!' EXIT\n" + text)
	if output, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", r.at, err, output)
	}
}

// shell is an sh that runs one block after the other, so that a block sees the variables of those
// before.
type shell struct {
	stdin  io.Writer
	stdout *bufio.Reader
	stderr *bytes.Buffer
	feil   string // file with the headers of all responses
}

const endOfBlock = "--- end of the block ---"

func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	command := exec.Command("sh", "-e")
	command.Dir = dir
	s := &shell{stderr: &bytes.Buffer{}, feil: filepath.Join(t.TempDir(), "headers")}
	command.Stderr = s.stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		command.Process.Kill()
		command.Wait()
	})
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	fmt.Fprintf(s.stdin, "curl() { command curl --max-time 60 -D '%[1]s.1' \"$@\"; cat '%[1]s.1' >> '%[1]s'; }\n",
		s.feil)
	return s
}

// run returns what a block prints. The test fails when a command of it fails, or when Sandkasse
// refuses a call in its own name.
func (s *shell) run(t *testing.T, at, text string) string {
	t.Helper()
	fmt.Fprintf(s.stdin, "%s\necho; echo '%s'\n", text, endOfBlock)
	var output strings.Builder
	for {
		line, err := s.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: the shell ends: %v\n%s%s", at, err, output.String(), s.stderr)
		}
		if strings.TrimSpace(line) == endOfBlock {
			break
		}
		output.WriteString(line)
	}
	headers, _ := os.ReadFile(s.feil)
	for line := range strings.Lines(string(headers)) {
		if strings.HasPrefix(strings.ToLower(line), "sandkasse-feil:") {
			t.Errorf("%s: %s", at, line)
		}
	}
	os.Remove(s.feil)
	return output.String()
}

// squeeze removes all white space.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// looksLike matches an output that a document shows, up to white space; … stands for anything.
func looksLike(text string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(squeeze(text)), "…", ".*?") + "$")
}

// isPowerShell checks a block of PowerShell by its brackets and quotation marks, and by the
// addresses: it says for PowerShell what the block of sh right before it says.
func isPowerShell(t *testing.T, at, text string, before block) {
	t.Helper()
	for _, pair := range []string{"()", "{}", "''", `""`} {
		if open, end := strings.Count(text, pair[:1]), strings.Count(text, pair[1:]); open != end ||
			pair[0] == pair[1] && open%2 != 0 {
			t.Errorf("%s: the %s are not paired", at, pair)
		}
	}
	address := regexp.MustCompile(`http://[^\s'"]+`)
	if before.is("sh") && !slices.Equal(address.FindAllString(text, -1), address.FindAllString(before.text, -1)) {
		t.Errorf("%s calls other addresses than the block of sh before it", at)
	}
}

// TestDocumentsGo: the blocks of Go compile as pasted into a module that requires this one, and
// their tests pass.
func TestDocumentsGo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it links several programs")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, count := t.TempDir(), 0
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	module := strings.Replace(document(t, "go.mod"), "module sandkasse", "module pasted", 1)
	write("go.mod", module+"\nrequire sandkasse v0.0.0\n\nreplace sandkasse => "+filepath.ToSlash(root)+"\n")
	write("go.sum", document(t, "go.sum"))
	for _, name := range guides(t) {
		for _, b := range blocks(document(t, name)) {
			if b.is("go") {
				count++
				write(fmt.Sprintf("block%d/pasted_test.go", count), "// "+name+"\n"+b.text)
			}
		}
	}
	if count < 3 {
		t.Errorf("there are %d blocks of Go", count)
	}
	test := exec.Command("go", "test", "-mod=mod", "./...")
	test.Dir = dir
	test.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off")
	if output, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestFlagsDocument: docs/flags.md has the flags of serve, each with its variable.
func TestFlagsDocument(t *testing.T) {
	t.Parallel()
	help := runHere(t, "", "serve", "--help")
	flag := regexp.MustCompile(`(?m)^ +(--[a-z-]+).*\[\$(SANDKASSE_[A-Z_]+)\]`)
	rows := map[string]bool{}
	for _, match := range regexp.MustCompile(
		"(?m)^\\| `(--[a-z-]+)` \\| `(SANDKASSE_[A-Z_]+)` \\|").FindAllStringSubmatch(document(t, "docs/flags.md"),
		-1) {
		rows[match[1]+" "+match[2]] = true
	}
	found := flag.FindAllStringSubmatch(help.stdout, -1)
	if len(found) < 15 {
		t.Fatalf("the help is %s", help.stdout)
	}
	for _, match := range found {
		name := match[1] + " " + match[2]
		if !rows[name] {
			t.Errorf("docs/flags.md lacks %s", name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("serve has no %s", name)
	}
}
