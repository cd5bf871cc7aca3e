package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFewFilesTLS: where a process may have few files open, TLS connections on which no call was
// made, and tunnels in which nothing was sent, make place for a new client too.
func TestFewFilesTLS(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no limit of open files to set on Windows")
	}
	program, err := exec.LookPath("sandkasse")
	if err != nil {
		t.Fatal(err)
	}
	for name, idle := range map[string]func(*testing.T, net.Conn){
		"TLS": func(t *testing.T, conn net.Conn) {
			secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
			if err := secure.Handshake(); err != nil {
				t.Fatalf("a client beside idle ones: %v", err)
			}
		},
		"tunnel": func(t *testing.T, conn net.Conn) {
			io.WriteString(conn, "CONNECT test.maskinporten.no:443 HTTP/1.1\r\nHost: x\r\n\r\n")
			answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("a client beside idle ones: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, "sh", "-c", `ulimit -n 128; exec "$0" "$@"`, program, "--addr", "127.0.0.1:0", "--log-level",
				"error")
			for range 200 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				conn.SetDeadline(time.Now().Add(limit))
				idle(t, conn)
			}
			token := tokenFor(t)
			for range 10 {
				mustDeliver(t, p, token)
			}
			if err := p.stop(t, syscall.SIGTERM); err != nil {
				t.Errorf("ended with %v: %s", err, p.stderr)
			}
		})
	}
}
