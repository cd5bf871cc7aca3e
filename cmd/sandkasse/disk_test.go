package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// limited starts the program with limits of the shell (ulimit), which not every system has.
func limited(t *testing.T, limits string, args ...string) *process {
	t.Helper()
	if err := exec.Command("sh", "-c", limits).Run(); err != nil {
		t.Skipf("%s: %v", limits, err)
	}
	return start(t, "sh", append([]string{"-c", limits + `; exec sandkasse "$@"`, "sh"}, args...)...)
}

// ask makes a call, and returns the status, the header Sandkasse-Feil and the body.
func ask(t *testing.T, method, url string, body []byte, header ...string) (status int, fault, text string) {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	all, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, got.Header.Get("Sandkasse-Feil"), string(all)
}

// tryDelivery delivers a document of bsu.
func tryDelivery(t *testing.T, p *process, document []byte) (status int, fault, text string) {
	t.Helper()
	return ask(t, "POST", p.url+"/innrapporteringbsu/v1/2023", document, "Content-Type", "application/json",
		"idempotencyKey", uuid.NewString())
}

// TestFullDisk: a file that may not grow stands for a full disk. Each answer says what is wrong, the
// log has it once, ready says no, and what was acknowledged before is kept.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	p := limited(t, "ulimit -f 10000", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data) // some 5 or 10 MB
	document := example(t)
	large := append(document[:len(document):len(document)], bytes.Repeat([]byte(" "), 3<<20)...)
	delivered := 0
	for ; ; delivered++ {
		status, fault, text := tryDelivery(t, p, large)
		if status == http.StatusOK {
			continue
		}
		const want = "could not be written: file too large; nothing was stored: make room on its disk, or raise the " +
			"limit that it met, then try again"
		if status != http.StatusServiceUnavailable || !strings.Contains(fault, want) || !strings.Contains(text, want) {
			t.Fatalf("a full disk is answered %d, %q: %s", status, fault, text)
		}
		break
	}
	for range 20 {
		if status, fault, _ := tryDelivery(t, p, large); status != http.StatusServiceUnavailable {
			t.Errorf("a full disk is answered %d, %q", status, fault)
		}
	}
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Errorf("ended with %v", err)
	}
	if log := p.stderr.String(); strings.Count(log, "file too large") != 1 {
		t.Errorf("the log has it not once:\n%s", log)
	}
	if n := stored(t, data, "idempotencyKey"); n != delivered || n == 0 {
		t.Errorf("%d of %d are stored", n, delivered)
	}
}

// TestReadySaysNo: where a disk is full or the file has gone, ready is answered 503, with the reason.
func TestReadySaysNo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	for name, c := range map[string]struct {
		spoil func() error
		want  string
	}{
		"removed":   {func() error { return os.Remove(data) }, "it was removed while sandkasse had it open"},
		"cut short": {func() error { return os.Truncate(data, 9000) }, "is damaged"},
	} {
		os.Remove(data)
		p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data)
		for range 2 {
			if status, _, text := tryDelivery(t, p, example(t)); status != http.StatusOK {
				t.Fatal(status, text)
			}
		}
		if output, err := exec.Command("sandkasse", "ready", "--url", p.url).CombinedOutput(); err != nil {
			t.Errorf("ready before it: %v: %s", err, output)
		}
		if err := c.spoil(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			status, fault, text := ask(t, "GET", p.url+"/_sandkasse/ready", nil)
			if status != http.StatusServiceUnavailable || !strings.Contains(fault, c.want) ||
				!strings.Contains(text, c.want) {
				t.Errorf("%s: ready is answered %d, %q: %s", name, status, fault, text)
			}
			status, fault, text = tryDelivery(t, p, example(t))
			if status < 500 || !strings.Contains(fault, c.want) || strings.Contains(text, "GLD") {
				t.Errorf("%s: a delivery is answered %d, %q: %s", name, status, fault, text)
			}
		}
		output, err := exec.Command("sandkasse", "ready", "--url", p.url).CombinedOutput()
		if err == nil || !strings.Contains(string(output), c.want) {
			t.Errorf("%s: ready says %v: %s", name, err, output)
		}
		p.stop(t, os.Interrupt) // fails, since the file could not be closed as it was
		if log := p.stderr.String(); strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("%s: the log has it not once:\n%s", name, log)
		}
	}
}

// TestLittleAddressSpace: the program starts where it may reserve no more than 2 GB, takes large
// deliveries.
func TestLittleAddressSpace(t *testing.T) {
	t.Parallel()
	withoutRaceDetector(t)
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	p := limited(t, "ulimit -v 2097152", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data, "--durability",
		"async", "--log-level", "error")
	document := example(t)
	large := append(document[:len(document):len(document)], bytes.Repeat([]byte(" "), 9<<20)...)
	const deliveries = 3
	for range deliveries {
		if status, fault, text := tryDelivery(t, p, large); status != http.StatusOK {
			t.Fatalf("answered %d, %q: %s", status, fault, text)
		}
	}
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Errorf("ended with %v: %s", err, p.stderr)
	}
	if n := stored(t, data, "idempotencyKey"); n != deliveries {
		t.Errorf("%d of %d are stored", n, deliveries)
	}
}
