package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the tests run the real program, and the baselines of the benchmarks, as processes
// of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sandkasse":           main,
		"baseline-bare":       func() { baseline(bare) },
		"baseline-json":       func() { baseline(decoding) },
		"baseline-jsonschema": func() { baseline(validating()) },
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Abs("../../fixtures")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXTURES", fixtures)
			return nil
		},
	})
}

// process is a running server.
type process struct {
	*exec.Cmd
	url    string
	stderr *bytes.Buffer
	exited chan error
}

// limit bounds every wait for a process.
const limit = 30 * time.Second

// start runs a program and waits for its ready line.
func start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	return startCommand(t, name, exec.Command(name, args...))
}

// startIn runs a server in a folder with environment variables, and waits for its ready line.
func startIn(t testing.TB, dir string, variables []string, args ...string) *process {
	t.Helper()
	c := exec.Command("sandkasse", args...)
	c.Dir, c.Env = dir, append(os.Environ(), variables...)
	return startCommand(t, "sandkasse", c)
}

func startCommand(t testing.TB, name string, c *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: c, stderr: &bytes.Buffer{}, exited: make(chan error, 1)}
	p.Stderr = p.stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	var read sync.WaitGroup
	read.Go(func() { io.Copy(io.Discard, lines) })
	go func() {
		read.Wait() // Wait must not close the pipe before it is read
		p.exited <- p.Wait()
	}()
	if err != nil {
		t.Fatalf("%s says nothing: %v\n%s", name, <-p.exited, p.stderr)
	}
	t.Cleanup(func() { p.Process.Kill() })
	_, url, ok := strings.Cut(strings.TrimSpace(line), " ready on ")
	if !ok {
		t.Fatalf("%s begins with %q", name, line)
	}
	p.url = url
	return p
}

// stop ends a process by a signal and waits until it is gone.
func (p *process) stop(t testing.TB, signal os.Signal) error {
	t.Helper()
	if err := p.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.exited:
		return err
	case <-time.After(limit):
		t.Fatalf("the process does not end on %v", signal)
		return nil
	}
}

func TestReadyLineAndCleanEnd(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"serve"}} {
		for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			p := start(t, "sandkasse", append(args, "--addr", "127.0.0.1:0")...)
			if output, err := exec.Command("sandkasse", "ready", "--url", p.url).CombinedOutput(); err != nil {
				t.Errorf("ready: %v: %s", err, output)
			}
			if err := p.stop(t, signal); err != nil {
				t.Errorf("%v ends it with %v: %s", signal, err, p.stderr)
			}
			if output, err := exec.Command("sandkasse", "ready", "--url", p.url).CombinedOutput(); err == nil {
				t.Errorf("ready without a server: %s", output)
			}
		}
	}
}

// TestEndFinishesWhatIsInFlight: a call whose body is still on its way when SIGTERM comes is
// answered, and nothing new is taken.
func TestEndFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--auth", "off")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	document, in := example(t), bufio.NewReader(conn)
	fmt.Fprintf(conn,
		"POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: sandkasse\r\nContent-Type: "+
			"application/json\r\nContent-Length: %d\r\n"+
			"idempotencyKey: 7c9e6679-7425-40de-944b-e07fc1f90ae7\r\nExpect: 100-continue\r\n\r\n", len(document))
	if line, err := in.ReadString('\n'); !strings.Contains(line, "100 Continue") { // so the body is being waited for
		t.Fatalf("%q, %v", line, err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		another, err := net.Dial("tcp", conn.RemoteAddr().String())
		if err == nil {
			another.Close()
		}
		return err != nil
	})
	if _, err := conn.Write(document); err != nil {
		t.Fatal(err)
	}
	in.ReadString('\n') // the empty line after 100 Continue
	if line, err := in.ReadString('\n'); !strings.Contains(line, "200 OK") {
		t.Errorf("the call in flight was answered %q, %v", line, err)
	}
	if err := <-p.exited; err != nil {
		t.Errorf("ended with %v: %s", err, p.stderr)
	}
}

// TestReadyInContainer: the health check finds the server by the environment that the server was
// started in.
func TestReadyInContainer(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	t.Setenv("SANDKASSE_ADDR", "0.0.0.0:"+port)
	start(t, "sandkasse")
	if output, err := exec.Command("sandkasse", "ready").CombinedOutput(); err != nil {
		t.Errorf("ready: %v: %s", err, output)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0")
	refused(t, "address already in use; --addr 127.0.0.1:0 takes a free port", "--addr",
		strings.TrimPrefix(p.url, "http://"))
}

func TestLockedData(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	start(t, "sandkasse", "--addr", "127.0.0.1:0", "--data", data)
	refused(t, "locked", "--addr", "127.0.0.1:0", "--data", data)
}

func TestCorruptData(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	if err := os.WriteFile(data, bytes.Repeat([]byte("no database "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, data, "--addr", "127.0.0.1:0", "--data", data)
}

// refused runs a server that must not start for a reason outside the command line: one line that
// holds the word, and exit status 1.
func refused(t *testing.T, word string, args ...string) {
	t.Helper()
	output, err := exec.Command("sandkasse", args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(output), word) ||
		strings.Count(string(output), "\n") != 1 {
		t.Errorf("sandkasse %v: %v, %q; want one line with %q", args, err, output, word)
	}
}

// TestEnvironment: every flag has its variable.
func TestEnvironment(t *testing.T) {
	t.Setenv("SANDKASSE_ADDR", "127.0.0.1:0")
	t.Setenv("SANDKASSE_AUTH", "off")
	t.Setenv("SANDKASSE_LOG_FORMAT", "json")
	t.Setenv("SANDKASSE_DATA", filepath.Join(t.TempDir(), "sandkasse.db"))
	p := start(t, "sandkasse")
	response, err := http.Post(p.url+"/innrapporteringbsu/v1/2023", "application/json", bytes.NewReader(example(t)))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadRequest { // the key is missing, and the token is not asked for
		t.Errorf("answered %s", response.Status)
	}
	if err := p.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if !strings.Contains(p.stderr.String(), `"code":"GLD_006/GLD_1028"`) {
		t.Errorf("the log is not JSON, or lacks the call: %s", p.stderr)
	}
}

func example(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../../fixtures/examples/bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// waitFor asks until it is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !so(); {
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("waited for %s in vain", limit))
		}
		<-time.After(time.Millisecond)
	}
}
