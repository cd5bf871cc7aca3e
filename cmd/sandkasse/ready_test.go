package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"sandkasse/mock/mocktest"
)

// notReady answers as a server that is not ready, so many times, and then as one that is; below
// zero it never is.
func notReady(times int64) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if times >= 0 && asked.Add(1) > times {
			fmt.Fprint(w, `{"status": "ready"}`)
			return
		}
		w.Header().Set("Sandkasse-Feil", "the store cannot be read")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func serving(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// listening starts a program that accepts connections, says something and does no more, and returns
// its address.
func listening(t *testing.T, says string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			conn.Write([]byte(says))
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestReady: ready prints one sentence about a server that is not ready, with --wait at the end of
// the time and without it at once.
func TestReady(t *testing.T) {
	t.Parallel()
	sandkasse := mocktest.Start(t).URL("")
	for name, c := range map[string]struct {
		url    string
		status int
		tells  string
	}{
		"ready":              {sandkasse, 0, ""},
		"a slash at the end": {sandkasse + "/", 0, ""},
		"a session":          {sandkasse + "/_session/one", 0, ""},
		"nothing there":      {"http://127.0.0.1:1", 1, "nothing listens at http://127.0.0.1:1\n"},
		"not ready":          {serving(t, notReady(-1)), 1, "is not ready: the store cannot be read\n"},
		"an API": {
			sandkasse + "/innrapporteringbsu", 1,
			"give the address of the server itself, such as http://127.0.0.1:8080\n",
		},
		"another program": {serving(t, http.NotFound), 1, "another program answers at URL, with status 404\n"},
		"a page": {
			serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }),
			1, "another program answers at URL, with status 200\n",
		},
		"ready with an error": {serving(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":"ready"}`, 500)
		}), 1, "another program answers at URL, with status 500\n"},
		"another protocol": {
			listening(t, "SSH-2.0-other\r\n"), 1,
			"another program answers at URL, which does not speak HTTP\n",
		},
		"no TLS": {strings.Replace(listening(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), "http:", "https:",
			1), 1, "another program answers at URL, which does not speak HTTPS\n"},
		"ready after a while": {serving(t, notReady(2)), 0, ""},
		"a long refusal there": {serving(t, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat(" ", 1<<20))
		}), 1, "another program answers at URL, with status 200\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wait := "700ms"
			if c.status == 0 {
				wait = "30s"
			}
			got := runHere(t, "", "ready", "--url", c.url, "--wait", wait)
			tells := strings.ReplaceAll(c.tells, "URL", c.url)
			if c.status == 0 {
				if got != (ran{0, "ready\n", ""}) {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.status != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, "sandkasse: waited for 700ms: ") ||
				!strings.HasSuffix(got.stderr, tells) || goWords.MatchString(got.stderr) {
				t.Errorf("with --wait: %+v; want %q", got, tells)
			}
			if got := runHere(t, "", "ready", "--url", c.url); got.status != 1 || got.stdout != "" ||
				!strings.HasSuffix(got.stderr, tells) || strings.Contains(got.stderr, "waited") {
				t.Errorf("without --wait: %+v; want %q", got, tells)
			}
		})
	}
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		url := listening(t, "")
		if got := runHere(t, "", "ready", "--url", url, "--wait", "300ms"); got.status != 1 ||
			got.stderr != "sandkasse: waited for 300ms: nothing answers at "+url+" within the time\n" {
			t.Errorf("%+v", got)
		}
	})
}

// TestUnanswered: failures of the network that no test can have on every machine.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"nothing listens at http://db:8080: the name db is not known": &net.OpError{
			Op:  "dial",
			Err: &net.DNSError{Name: "db", IsNotFound: true},
		},
		"nothing can be reached at http://db:8080: network is unreachable": &net.OpError{
			Op:  "dial",
			Err: errors.New("network is unreachable"),
		},
		"another program answers at http://db:8080, which does not speak HTTP": errors.New("malformed HTTP response"),
	} {
		if got := unanswered("http://db:8080", err); got.Error() != want {
			t.Errorf("%v is told as %v, want %s", err, got, want)
		}
	}
}

// TestReadyWaitsForAServer: what begins to listen only while it is waited for is found.
func TestReadyWaitsForAServer(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	waiting := exec.Command("sandkasse", "ready", "--wait", "30s", "--url", "http://"+addr)
	var stdout, stderr strings.Builder
	waiting.Stdout, waiting.Stderr = &stdout, &stderr
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	start(t, "sandkasse", "--addr", addr)
	if err := waiting.Wait(); err != nil || stdout.String() != "ready\n" || stderr.String() != "" {
		t.Errorf("%v: %q, %q", err, stdout.String(), stderr.String())
	}
}

// TestReadyInterrupted: SIGINT ends the waiting, with 1 and how it stood.
func TestReadyInterrupted(t *testing.T) {
	t.Parallel()
	asked := make(chan bool, 1)
	url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		notReady(-1)(w, r)
		select {
		case asked <- true:
		default:
		}
	})
	waiting := exec.Command("sandkasse", "ready", "--wait", "10m", "--url", url)
	var stderr strings.Builder
	waiting.Stderr = &stderr
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	waiting.Process.Signal(os.Interrupt)
	waiting.Wait()
	if waiting.ProcessState.ExitCode() != 1 || !strings.HasPrefix(stderr.String(),
		"sandkasse: the waiting was interrupted: ") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("%v: %q", waiting.ProcessState, stderr.String())
	}
}
