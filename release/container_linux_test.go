package main

import (
	"bufio"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// container is an image that was unpacked, to be run without an engine.
type container struct {
	root, data string
	config     imageConfig
}

// unpack writes the files of an image to a temporary folder, with their owners and modes.
func unpack(t *testing.T, image v1.Image) container {
	t.Helper()
	c := container{root: t.TempDir(), data: t.TempDir(), config: readConfig(t, image).Config}
	for _, e := range readEntries(t, image) {
		file := filepath.Join(c.root, e.name)
		var err error
		if strings.HasSuffix(e.name, "/") {
			err = os.Mkdir(file, 0o755)
		} else {
			err = os.WriteFile(file, e.data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, e.uid, e.uid); err != nil {
			t.Fatal(err)
		}
		if e.name == "data/" { // a new volume is like the folder in the image
			if err := os.Chown(c.data, e.uid, e.uid); err != nil {
				t.Fatal(err)
			}
		}
		mode := os.FileMode(e.mode).Perm()
		if e.mode&0o1000 != 0 {
			mode |= os.ModeSticky
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// inContainer mounts the root read-only with /data alone writable, in a mount namespace of its own,
// and becomes the command after it, as the user.
const inContainer = `set -eu
root=$1 data=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" "$@"`

// command returns a command in the container, with the image's environment and what is added.
func (c container) command(t *testing.T, environ []string, words ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), "unshare", slices.Concat(
		[]string{"--mount", "sh", "-c", inContainer, "sh", c.root, c.data, c.config.User}, words)...)
	command.Env = slices.Concat([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		c.config.Env, environ)
	return command
}

// TestContainer runs the binary from the image's files: as its user, without privileges, with a
// read-only root and /data alone writable. It answers, its health check sees it, and its data
// outlive it.
func TestContainer(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("mounting needs root, as which .ci/run runs")
	}
	c := unpack(t, readImages(t, filepath.Join(released(t), "image"))[runtime.GOARCH])
	check := c.config.Healthcheck.Test[1:]

	first := c.start(t)
	status := string(readFile(t, fmt.Sprintf("/proc/%d/status", first.process.Pid)))
	for _, want := range []string{`(?m)^Uid:(\s65532){4}$`, `(?m)^Gid:(\s65532){4}$`, `(?m)^CapEff:\s0+$`} {
		if !regexp.MustCompile(want).MatchString(status) {
			t.Errorf("the status of the process lacks %s:\n%s", want, status)
		}
	}
	if got := mounts(t, first.process.Pid); len(got) != 2 || got["/"] != "ro" || got["/data"] != "rw" {
		t.Errorf("the process sees %v", got)
	}
	if got := first.get(t, "/_sandkasse/version"); !strings.Contains(got, `"`+testVersion+`"`) {
		t.Errorf("the version is %s", got)
	}
	if out, err := c.command(t, []string{"SANDKASSE_ADDR=" + first.addr}, check...).CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
	receipt := first.deliver(t)
	first.stop(t)
	if err := c.command(t, []string{"SANDKASSE_ADDR=" + first.addr}, check...).Run(); err == nil {
		t.Error("the health check sees a server that has ended")
	}
	if info, err := os.Stat(filepath.Join(c.data, "sandkasse.db")); err != nil || info.Size() == 0 {
		t.Errorf("the data file: %v", err)
	}

	second := c.start(t)
	if again := second.deliver(t); again != receipt {
		t.Errorf("after a restart the same call gets %s, not %s", again, receipt)
	}
	second.stop(t)
}

// TestReceiverWithHTTPS: the binary in the container takes the certificates of CAs from the image's
// file. A receiver of webhooks whose CA stands there gets its message.
func TestReceiverWithHTTPS(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("mounting needs root, as which .ci/run runs")
	}
	received := make(chan string, 100)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		received <- r.URL.Path
	}))
	defer receiver.Close()
	c := unpack(t, readImages(t, filepath.Join(released(t), "image"))[runtime.GOARCH])
	bundle := filepath.Join(c.root, "etc/ssl/certs/ca-certificates.crt")
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw})
	if err := os.WriteFile(bundle, append(readFile(t, bundle), own...), 0o644); err != nil {
		t.Fatal(err)
	}
	s := c.start(t)
	s.send(t, http.MethodPut, "/_sandkasse/kobo/systems/fdvu-1", `{"url": "`+receiver.URL+`/hook", "apiKey": "k"}`)
	home, err := output(c.command(t, nil, "/sandkasse", "generate", "kobobolig", "--load", "http://"+s.addr))
	if err != nil {
		t.Fatal(err)
	}
	var created struct{ KoboSaksreferanse string }
	answer := s.send(t, http.MethodPost, "/_sandkasse/kobo/saker", `{"husstand": {"antallBarn": 1, "beboere": [
		{"fornavn": "Prøve", "etternavn": "Person", "personidentifikator": "01810112345",
		"adresse": {"gatenavn": "Prøvegata", "husnummer": 3, "postnummer": "0155"}}]}}`)
	if err := json.Unmarshal([]byte(answer), &created); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	s.send(t, http.MethodPut, "/_sandkasse/kobo/kobobolig/"+strings.TrimSpace(string(home))+"/sak/"+
		created.KoboSaksreferanse+"/reservasjon", "")
	select {
	case path := <-received:
		if path != "/hook" {
			t.Errorf("the message went to %s", path)
		}
	case <-time.After(time.Minute):
		t.Errorf("no message came: %s", s.get(t, "/_sandkasse/kobo/events"))
	}
	s.stop(t)
}

// mounts returns the mounts that a process sees in its root, with ro or rw.
func mounts(t *testing.T, pid int) map[string]string {
	t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(string(readFile(t, fmt.Sprintf("/proc/%d/mountinfo", pid)))) {
		fields := strings.Fields(line)
		found[fields[4]], _, _ = strings.Cut(fields[5], ",")
	}
	return found
}

// server is a process that answers.
type server struct {
	process *os.Process
	wait    func() error
	addr    string
}

// start starts the entrypoint of the container at a free port.
func (c container) start(t *testing.T) server {
	t.Helper()
	command := c.command(t, []string{"SANDKASSE_ADDR=127.0.0.1:0"}, c.config.Entrypoint...)
	return startServer(t, command)
}

// startServer starts a command that serves, and returns it once it is ready.
func startServer(t *testing.T, command *exec.Cmd) server {
	t.Helper()
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	command.WaitDelay = 10 * time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }) // with what it started
	line, readErr := bufio.NewReader(stdout).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "sandkasse ready on http://")
	if !found {
		t.Fatalf("the server said %q: %v, %v\n%s", line, readErr, command.Wait(), &stderr)
	}
	return server{command.Process, command.Wait, addr}
}

// stop ends the server and checks that it ends well.
func (s server) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// get returns the answer at a path.
func (s server) get(t *testing.T, path string) string {
	t.Helper()
	response, err := http.Get("http://" + s.addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s, %v", path, response.Status, body, err)
	}
	return string(body)
}

// send sends a body to a path and returns the answer.
func (s server) send(t *testing.T, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s: %s %s, %v", path, response.Status, text, err)
	}
	return string(text)
}

// deliver sends the example delivery, always with the same key, and returns its identifier.
func (s server) deliver(t *testing.T) string {
	t.Helper()
	document, err := os.Open("../fixtures/examples/bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	defer document.Close()
	request, err := http.NewRequest(http.MethodPost, "http://"+s.addr+"/innrapporteringbsu/v1/2023", document)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.get(t, "/_sandkasse/token?api=bsu&org=987654321"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("idempotencyKey", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var receipt struct{ ForsendelseID string }
	if err := json.NewDecoder(response.Body).Decode(&receipt); err != nil || receipt.ForsendelseID == "" {
		t.Fatalf("the delivery got %s: %v", response.Status, err)
	}
	return receipt.ForsendelseID
}
