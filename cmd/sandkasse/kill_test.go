package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// TestKill kills the real program at a random moment under concurrent deliveries, again and again
// on one file. Every acknowledged key must answer its bytes again, every key must have its
// forsendelse, and no forsendelse may be there twice.
//
// Three rounds for each durability; SANDKASSE_TEST_KILL_ROUNDS=100 runs more.
func TestKill(t *testing.T) {
	rounds := 3
	if more := os.Getenv("SANDKASSE_TEST_KILL_ROUNDS"); more != "" {
		var err error
		if rounds, err = strconv.Atoi(more); err != nil {
			t.Fatal(err)
		}
	}
	for _, durability := range []string{"sync", "async"} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			k := killing{
				data: filepath.Join(t.TempDir(), "sandkasse.db"), durability: durability,
				acknowledged: map[uuid.UUID]string{}, sent: map[uuid.UUID]bool{},
			}
			for range rounds {
				k.round(t)
			}
			k.settle(t)
			t.Logf("%d keys sent, %d acknowledged before a kill", len(k.sent), len(k.acknowledged))
			if len(k.acknowledged) == 0 || len(k.acknowledged) == len(k.sent) {
				t.Error("no kill came in the middle of the work")
			}
		})
	}
}

type killing struct {
	data, durability string

	mu           sync.Mutex
	acknowledged map[uuid.UUID]string // key → answer
	sent         map[uuid.UUID]bool
}

func (k *killing) start(t *testing.T) *process {
	return start(t, "sandkasse", "--addr", "127.0.0.1:0", "--data", k.data, "--durability", k.durability, "--log-level",
		"error")
}

// round delivers from many clients until the program is killed.
func (k *killing) round(t *testing.T) {
	p := k.start(t)
	token, err := exec.Command("sandkasse", "token", "--api", "bsu", "--org", "987654321", "--ttl", "1h").Output()
	if err != nil {
		t.Fatal(err)
	}
	body := example(t)
	var clients sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: limit}
	enough := make(chan struct{})
	var once sync.Once
	needed := 20 + rand.IntN(200) // deliveries before the kill
	done := 0
	for range 16 {
		clients.Go(func() {
			for {
				key := uuid.New()
				k.mu.Lock()
				k.sent[key] = true
				k.mu.Unlock()
				answer, err := deliver(client, p.url, string(token), key, body)
				if err != nil {
					return // killed
				}
				k.mu.Lock()
				k.acknowledged[key] = answer
				if done++; done >= needed {
					once.Do(func() { close(enough) })
				}
				k.mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(limit):
		t.Fatal("the deliveries do not get through")
	}
	p.stop(t, os.Kill)
	clients.Wait()
}

// settle starts the program once more and sends every key again.
func (k *killing) settle(t *testing.T) {
	p := k.start(t)
	token, err := exec.Command("sandkasse", "token", "--api", "bsu", "--org", "987654321", "--ttl", "1h").Output()
	if err != nil {
		t.Fatal(err)
	}
	body := example(t)
	owner := map[string]uuid.UUID{}
	for key := range maps.Keys(k.sent) {
		answer, err := deliver(http.DefaultClient, p.url, string(token), key, body)
		if err != nil {
			t.Fatalf("key %s: %v", key, err)
		}
		if first, ok := k.acknowledged[key]; ok && first != answer {
			t.Errorf("key %s was acknowledged with %s and answers %s", key, first, answer)
		}
		var svar struct{ ForsendelseID string }
		if err := json.Unmarshal([]byte(answer), &svar); err != nil {
			t.Fatal(err)
		}
		if other, taken := owner[svar.ForsendelseID]; taken {
			t.Errorf("the keys %s and %s have one forsendelse", key, other)
		}
		owner[svar.ForsendelseID] = key
		if document := fetch(t, p.url, string(token), svar.ForsendelseID); !bytes.Equal(document, body) {
			t.Errorf("forsendelse %s has %d bytes of the %d delivered", svar.ForsendelseID, len(document), len(body))
		}
	}
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Errorf("ended with %v: %s", err, p.stderr)
	}
	keys := len(k.sent)
	for collection, want := range map[string]int{
		"forsendelse":    2 * keys, // and what the feedback is about
		"dialog":         1 + keys, // their dialog, and which they are on it
		"idempotencyKey": keys,
	} {
		if n := stored(t, k.data, collection); n != want {
			t.Errorf("%d keys were sent, %d of %s are stored, want %d", keys, n, collection, want)
		}
	}
}

func deliver(client *http.Client, base, token string, key uuid.UUID, body []byte) (string, error) {
	r, err := http.NewRequest(http.MethodPost, base+"/innrapporteringbsu/v1/2023", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", key.String())
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return string(answer), err
}

func fetch(t *testing.T, base, token, id string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, base+"/innrapporteringbsu/v1/2023/forsendelser/"+id+"/dokumenter/"+id,
		nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// stored counts a collection in a data file that no server has open, and in which there is no
// session but the default one: it is in the only partition.
func stored(t *testing.T, data, collection string) int {
	t.Helper()
	db, err := bbolt.Open(data, 0o600, &bbolt.Options{ReadOnly: true, Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, partition *bbolt.Bucket) error {
			if in := partition.Bucket([]byte(collection)); in != nil && bytes.HasPrefix(name, []byte("\x00p")) {
				return in.ForEach(func(_, _ []byte) error {
					n++
					return nil
				})
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
