package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestKillSessions kills the program under clients that each deliver in a session of their own, make
// a checkpoint of it, restore it and reset it, and under one that makes messages to a webhook. After
// each restart a session must be as its client knows it: with what was under way done or not, and
// nothing else. In the end each message must have arrived.
//
// Three rounds; SANDKASSE_TEST_KILL_ROUNDS=100 runs more.
func TestKillSessions(t *testing.T) {
	t.Parallel()
	rounds := 3
	if more := os.Getenv("SANDKASSE_TEST_KILL_ROUNDS"); more != "" {
		var err error
		if rounds, err = strconv.Atoi(more); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(t.TempDir(), "sandkasse.db")
	received := newReceiver(t)
	var clients []*sessionClient
	for n := range 8 {
		clients = append(clients, &sessionClient{
			name: fmt.Sprint("kill-", n), body: example(t), now: map[string]string{}, saved: map[string]string{},
			known: map[string]bool{},
		})
	}
	homes := newHomeClient(t, received.URL)
	for range rounds {
		p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data, "--log-level", "error")
		var work sync.WaitGroup
		for _, c := range clients {
			c.url = p.url + "/_session/" + c.name
			work.Go(func() { c.settle(t) })
		}
		work.Wait()
		var done atomic.Int64
		for _, c := range clients {
			work.Go(func() {
				for c.step() {
					done.Add(1)
				}
			})
		}
		work.Go(func() { homes.work(p.url) })
		needed := 50 + rand.Int64N(300)
		waitFor(t, func() bool { return done.Load() >= needed })
		p.stop(t, os.Kill)
		work.Wait()
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--auth", "off", "--data", data, "--log-level", "error")
	steps := map[string]int{}
	for _, c := range clients {
		c.url = p.url + "/_session/" + c.name
		c.settle(t)
		for kind, n := range c.steps {
			steps[kind] += n
		}
	}
	waitFor(t, func() bool { return received.hasAll(homes.reserved) })
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Errorf("ended with %v: %s", err, p.stderr)
	}
	t.Logf("%d kills; done and acknowledged %v; under way at a kill %v; %d messages of %d homes", rounds, steps,
		underWay(clients), received.number(), len(homes.reserved))
}

// underWay counts what clients were doing when the program was killed.
func underWay(clients []*sessionClient) map[string]int {
	all := map[string]int{}
	for _, c := range clients {
		for kind, n := range c.cut {
			all[kind] += n
		}
	}
	return all
}

// sessionClient is the only client of a session.
type sessionClient struct {
	name, url  string
	body       []byte
	now, saved map[string]string // the session and its checkpoint: forsendelseId by idempotencyKey
	hasSaved   bool
	known      map[string]bool // every forsendelseId there ever was
	doing, key string          // what is under way, "" for nothing
	steps, cut map[string]int
}

// call makes a call, and returns the answer and whether there was one.
func (c *sessionClient) call(method, path string, body []byte, key string) (status int, text string, answered bool) {
	r, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, err.Error(), false
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("idempotencyKey", key)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error(), false
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all), err == nil
}

const killPath = "/innrapporteringbsu/v1/2023"

// step does one thing, and reports whether it was acknowledged.
func (c *sessionClient) step() bool {
	if c.steps == nil {
		c.steps, c.cut = map[string]int{}, map[string]int{}
	}
	method, path, body := http.MethodPost, killPath, c.body
	switch n := rand.IntN(20); {
	case n == 0:
		c.doing, path, body = "reset", "/_sandkasse/reset", nil
	case n == 1 && c.hasSaved:
		c.doing, path, body = "restore", "/_sandkasse/checkpoints/c/restore", nil
	case n <= 3:
		c.doing, path, body = "checkpoint", "/_sandkasse/checkpoints", []byte(`{"name": "c"}`)
	default:
		c.doing, c.key = "delivery", uuid.NewString()
	}
	status, text, answered := c.call(method, path, body, c.key)
	if !answered {
		c.cut[c.doing]++
		return false
	}
	if status >= 300 {
		panic(fmt.Sprint(c.doing, " is answered ", status, ": ", text)) // ends the test with all of it
	}
	c.steps[c.doing]++
	switch c.doing {
	case "reset":
		c.now = map[string]string{}
	case "restore":
		c.now = maps.Clone(c.saved)
	case "checkpoint":
		c.saved, c.hasSaved = maps.Clone(c.now), true
	case "delivery":
		c.add(text)
	}
	c.doing, c.key = "", ""
	return true
}

// add records an acknowledged delivery.
func (c *sessionClient) add(receipt string) {
	_, id, _ := strings.Cut(receipt, `"forsendelseId":"`)
	id, _, _ = strings.Cut(id, `"`)
	c.now[c.key], c.known[id] = id, true
}

// settle compares the session with what the client knows of it, after a restart. What was under way
// has been done or not.
func (c *sessionClient) settle(t *testing.T) {
	doing := c.doing
	c.doing = ""
	switch doing {
	case "delivery": // again, as a client would
		status, text, _ := c.call(http.MethodPost, killPath, c.body, c.key)
		if status != http.StatusOK {
			t.Errorf("%s: the delivery %s is answered %d: %s", c.name, c.key, status, text)
			return
		}
		c.add(text)
		c.key = ""
	case "reset":
		if c.is(map[string]string{}) == "" {
			c.now = map[string]string{}
		}
	case "restore":
		if c.is(c.saved) == "" {
			c.now = maps.Clone(c.saved)
		}
	}
	if wrong := c.is(c.now); wrong != "" {
		t.Errorf("%s after a kill under a %s: %s", c.name, doing, wrong)
	}
	if doing == "checkpoint" {
		status, text, _ := c.call(http.MethodPost, "/_sandkasse/checkpoints/c/restore", nil, "")
		switch {
		case status == http.StatusNotFound && !c.hasSaved:
			return
		case status != http.StatusOK:
			t.Errorf("%s: the checkpoint is answered %d: %s", c.name, status, text)
		case c.is(c.now) == "":
			c.saved = maps.Clone(c.now)
		case c.is(c.saved) == "":
			c.now = maps.Clone(c.saved)
		default:
			t.Errorf("%s: a checkpoint under way at a kill is neither the old one (%s) nor the new (%s)", c.name,
				c.is(c.saved), c.is(c.now))
		}
		c.hasSaved = true
	}
	for key, id := range c.now { // answered as the first time
		status, text, _ := c.call(http.MethodPost, killPath, c.body, key)
		if status != http.StatusOK || !strings.Contains(text, id) {
			t.Errorf("%s: the key %s of %s is answered %d: %s", c.name, key, id, status, text)
		}
	}
}

// is returns how the session differs from these deliveries, "" if it does not.
func (c *sessionClient) is(deliveries map[string]string) string {
	wanted := map[string]bool{}
	for _, id := range deliveries {
		wanted[id] = true
	}
	for id := range c.known {
		status, text, _ := c.call(http.MethodGet, killPath+"/forsendelser/"+id+"/dokumenter/"+id, nil, "")
		if wanted[id] != (status == http.StatusOK) || status == http.StatusOK && text != string(c.body) {
			return fmt.Sprintf("of %d deliveries, %s is answered %d, and is wanted: %t", len(deliveries), id, status,
				wanted[id])
		}
	}
	return ""
}

// messageCounter is the receiver of a webhook, and counts the messages about each home.
type messageCounter struct {
	*httptest.Server
	mu    sync.Mutex
	homes map[string]int
}

func newReceiver(t *testing.T) *messageCounter {
	r := &messageCounter{homes: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, got *http.Request) {
		var message struct{ KoboBoligID string }
		if err := json.NewDecoder(got.Body).Decode(&message); err != nil {
			return // of a program that was killed
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.homes[message.KoboBoligID]++
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *messageCounter) hasAll(homes []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, home := range homes {
		if r.homes[home] == 0 {
			return false
		}
	}
	return true
}

func (r *messageCounter) number() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, messages := range r.homes {
		n += messages
	}
	return n
}

// homeClient makes homes in Kobo that the case worker reserves, which makes a message each.
type homeClient struct {
	home     map[string]any
	sak      []byte
	hook     string
	reserved []string // acknowledged
}

func newHomeClient(t *testing.T, hook string) *homeClient {
	t.Helper()
	h := &homeClient{hook: hook}
	text, err := exec.Command("sandkasse", "generate", "kobobolig").Output()
	if err == nil {
		err = json.Unmarshal(text, &h.home)
	}
	if err == nil {
		h.sak, err = exec.Command("sandkasse", "generate", "sak").Output()
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// work makes homes until the program is killed.
func (h *homeClient) work(url string) {
	call := func(method, path string, body []byte, into any) bool {
		r, err := http.NewRequest(method, url+path, bytes.NewReader(body))
		if err != nil {
			return false
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("x-kobo-systemid", "fdvu-1")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode >= 300 {
			panic(fmt.Sprintf("%s %s is answered %s: %s", method, path, answer.Status, text))
		}
		return err == nil && (into == nil || json.Unmarshal(text, into) == nil)
	}
	if !call("PUT", "/_sandkasse/kobo/systems/fdvu-1", []byte(`{"url": "`+h.hook+`", "apiKey": "prove"}`), nil) {
		return
	}
	for {
		h.home["leverandorBoligId"] = uuid.NewString()
		home, _ := json.Marshal(h.home)
		var made struct{ KoboID string }
		var sak struct{ KoboSaksreferanse string }
		if !call("POST", "/kobo/kobobolig", home, &made) || !call("POST", "/_sandkasse/kobo/saker", h.sak, &sak) {
			return
		}
		reservation := made.KoboID + "/sak/" + sak.KoboSaksreferanse + "/reservasjon"
		if !call("PUT", "/_sandkasse/kobo/kobobolig/"+reservation, nil, nil) {
			return
		}
		h.reserved = append(h.reserved, made.KoboID)
		time.Sleep(5 * time.Millisecond) // leaves the machine to the others
	}
}
