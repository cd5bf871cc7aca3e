package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v5"
	bolt "go.etcd.io/bbolt"
)

// The baselines are plain net/http servers, each a process of its own like the real program, which
// read the same call and answer the same number of bytes.
const plainAnswer = `{"dialogId":"0193b5cd-cb85-7320-bd8c-6c78c88dc8af",` +
	`"forsendelseId":"0193b5cd-cbce-7dbd-b188-1437db673767",` +
	`"oppgavegiversLeveranseReferanse":"EksternReferanse_2015_1","antallOppgaver":5}`

func baseline(take func(io.Reader) error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("baseline ready on http://%s\n", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := take(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, plainAnswer)
	})))
}

// bare reads the body and looks at nothing.
func bare(body io.Reader) error {
	_, err := io.ReadAll(body)
	return err
}

// decoding reads the body and decodes it.
func decoding(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var document any
	return json.Unmarshal(text, &document)
}

// validating returns a function that reads the body, decodes it and validates it against
// Sandkasse's own schema.
func validating() func(io.Reader) error {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	schema := compiler.MustCompile("../../schemas/innrapportering/bsu.json")
	return func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			return err
		}
		return schema.Validate(document)
	}
}

// BenchmarkDelivery posts the page's example over loopback. One iteration is one answered call;
// compare the metrics req/s and p50-µs of the servers.
func BenchmarkDelivery(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		for _, server := range []struct {
			name string
			args []string
		}{
			{"baseline-bare", nil},
			{"baseline-json", nil},
			{"baseline-jsonschema", nil},
			{"sandkasse-temporary", nil},
			{"sandkasse-async", []string{"--durability", "async"}},
			{"sandkasse-sync", []string{"--durability", "sync"}},
		} {
			b.Run(fmt.Sprintf("clients=%d/%s", clients, server.name), func(b *testing.B) {
				name, args := server.name, server.args
				if strings.HasPrefix(name, "sandkasse") {
					name, args = "sandkasse", append([]string{"--addr", "127.0.0.1:0"}, args...)
				}
				if len(server.args) > 0 {
					args = append(args, "--data", filepath.Join(b.TempDir(), "sandkasse.db"))
				}
				post(b, start(b, name, args...), clients, example(b))
			})
		}
	}
}

// BenchmarkCommit measures what the disk takes: a bbolt transaction with one put of the example. A
// delivery of a lone client cannot take less.
func BenchmarkCommit(b *testing.B) {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bolt.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	body := example(b)
	var times []time.Duration
	for b.Loop() {
		begin := time.Now()
		if err := db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("delivery"))
			if err != nil {
				return err
			}
			return bucket.Put(binary.BigEndian.AppendUint64(nil, uint64(len(times))), body)
		}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
}

// BenchmarkStored posts to a store that holds a thousand and a hundred thousand deliveries: a call
// must cost the same.
func BenchmarkStored(b *testing.B) {
	for _, stored := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(stored), func(b *testing.B) {
			p := start(b, "sandkasse", "--addr", "127.0.0.1:0", "--data", filepath.Join(b.TempDir(), "sandkasse.db"),
				"--log-level", "error")
			load(b, p.url, 64, stored, example(b))
			post(b, p, 16, example(b))
		})
	}
}

// BenchmarkTenMebibytes posts one delivery just under the limit. The baseline decodes it with
// encoding/json, in this process.
func BenchmarkTenMebibytes(b *testing.B) {
	body := large(b)
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var document any
			if err := json.Unmarshal(body, &document); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sandkasse-sync", func(b *testing.B) {
		p := start(b, "sandkasse", "--addr", "127.0.0.1:0", "--data", filepath.Join(b.TempDir(), "sandkasse.db"))
		b.SetBytes(int64(len(body)))
		post(b, p, 1, body)
	})
}

// BenchmarkSession makes a session with ten calls: a delivery, and nine times the same again. It
// reports what a session takes in memory and in the data file. There are 10,000 at most (K351).
func BenchmarkSession(b *testing.B) {
	data := filepath.Join(b.TempDir(), "sandkasse.db")
	p := start(b, "sandkasse", "--addr", "127.0.0.1:0", "--data", data, "--durability", "async", "--log-level", "error")
	token := tokenFor(b)
	client, body := &http.Client{Timeout: limit}, example(b)
	defer client.CloseIdleConnections()
	work := func(session string) {
		key := uuid.New()
		for range 10 {
			base := p.url + "/_session/" + session
			if _, err := deliver(client, base, token, key, body); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i := range 200 { // the store and the heap have their size
		work(fmt.Sprint("before-", i))
	}
	stored, err := os.Stat(data)
	if err != nil {
		b.Fatal(err)
	}
	size, before := stored.Size(), memory(b, p.Process.Pid, "RssAnon")
	for b.Loop() {
		work(uuid.NewString())
	}
	if stored, err = os.Stat(data); err != nil {
		b.Fatal(err)
	}
	after := memory(b, p.Process.Pid, "RssAnon")
	b.ReportMetric(float64(after-before)/(1<<10)/float64(b.N), "KiB-anonymous/session")
	b.ReportMetric(float64(stored.Size()-size)/(1<<10)/float64(b.N), "KiB-file/session")
	b.ReportMetric(float64(after)/(1<<20), "MiB-anonymous")
}

// BenchmarkStart measures the time from exec to the ready line, and the resident memory then.
func BenchmarkStart(b *testing.B) {
	var largest int64
	for b.Loop() {
		p := start(b, "sandkasse", "--addr", "127.0.0.1:0")
		b.StopTimer()
		largest = max(largest, memory(b, p.Process.Pid, "VmRSS"))
		p.stop(b, os.Interrupt)
		b.StartTimer()
	}
	b.ReportMetric(float64(largest)/(1<<20), "MiB-resident")
}

// large returns the page's example with so many oppgaver that it is just under 10 MiB.
func large(b *testing.B) []byte {
	b.Helper()
	var document map[string]map[string]any
	if err := json.Unmarshal(example(b), &document); err != nil {
		b.Fatal(err)
	}
	oppgave := document["leveranse"]["oppgave"].([]any)
	one, err := json.Marshal(oppgave)
	if err != nil {
		b.Fatal(err)
	}
	document["leveranse"]["oppgave"] = slices.Repeat(oppgave, (10<<20-4096)/len(one))
	body, err := json.Marshal(document)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// memory returns the bytes of a process that a line of its status names, such as VmRSS.
func memory(b *testing.B, pid int, line string) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib << 10
}

// cpu returns how long a process has run, on all processors together.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // from the third on
	const tick = 10 * time.Millisecond                                        // on every Linux that Go runs on
	var ticks int64
	for _, field := range fields[11:13] { // in user mode and in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// post answers b.N calls from so many clients and reports the rate, the median time of a call, the
// time on a processor that the server spends on one, and its anonymous memory at the end.
func post(b *testing.B, server *process, clients int, body []byte) {
	b.Helper()
	base := server.url
	token, err := exec.Command("sandkasse", "token", "--api", "bsu", "--org", "987654321", "--ttl", "1h").Output()
	if err != nil {
		b.Fatal(err)
	}
	calls := make(chan struct{}, clients)
	times := make([][]time.Duration, clients)
	var running sync.WaitGroup
	for i := range clients {
		c := connect(b, base, strings.TrimSpace(string(token)), body)
		running.Go(func() {
			for range calls {
				times[i] = append(times[i], c.call(b))
			}
		})
	}
	before := cpu(b, server.Process.Pid)
	for b.Loop() {
		calls <- struct{}{}
	}
	close(calls)
	running.Wait()
	spent := cpu(b, server.Process.Pid) - before
	all := slices.Concat(times...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/call")
	b.ReportMetric(float64(memory(b, server.Process.Pid, "RssAnon"))/(1<<20), "MiB-anonymous")
}

// load posts a number of deliveries.
func load(b *testing.B, base string, clients, deliveries int, body []byte) {
	b.Helper()
	token, err := exec.Command("sandkasse", "token", "--api", "bsu", "--org", "987654321", "--ttl", "1h").Output()
	if err != nil {
		b.Fatal(err)
	}
	var running sync.WaitGroup
	for range clients {
		c := connect(b, base, strings.TrimSpace(string(token)), body)
		running.Go(func() {
			for range deliveries / clients {
				c.call(b)
			}
		})
	}
	running.Wait()
}

// connection is one client with as little work of its own as can be: it shares the machine with
// what is measured.
type connection struct {
	net.Conn
	in      *bufio.Reader
	request []byte
	key     int // where in the request the key stands
}

func connect(b *testing.B, base, token string, body []byte) *connection {
	b.Helper()
	host := strings.TrimPrefix(base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	var request bytes.Buffer
	fmt.Fprintf(&request,
		"POST /innrapporteringbsu/v1/2023 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: "+
			"application/json\r\n"+
			"Content-Length: %d\r\nidempotencyKey: ", host, token, len(body))
	c := &connection{Conn: conn, in: bufio.NewReader(conn), key: request.Len()}
	fmt.Fprintf(&request, "%s\r\n\r\n%s", uuid.Nil, body)
	c.request = request.Bytes()
	return c
}

// call posts with a new key and reads the answer, which must be a 200.
func (c *connection) call(b *testing.B) time.Duration {
	copy(c.request[c.key:], uuid.NewString())
	begin := time.Now()
	if _, err := c.Write(c.request); err != nil {
		b.Error(err)
		return 0
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		b.Error(err)
		return 0
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("%s: %s (%v)", response.Status, answer, err)
	}
	return time.Since(begin)
}
