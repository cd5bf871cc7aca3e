package scenarios

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// patience bounds every wait of these tests.
const patience = 30 * time.Second

// armedPlays returns, for each play of a server's default session, how many calls have played it.
func armedPlays(t *testing.T, s *mocktest.Session) (played []int) {
	t.Helper()
	var shown struct{ Plays []struct{ Played int } }
	control(t, s, "GET", "plays", "", &shown)
	for _, play := range shown.Plays {
		played = append(played, play.Played)
	}
	return played
}

// until asks until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited %s in vain", what, patience)
		}
	}
}

// slow: the answer is late and right.
func slow(t *testing.T) {
	s := mocktest.Start(t)
	r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
	r.Header.Set("Sandkasse-Scenario", "slow;ms=80")
	start := time.Now()
	got, _ := testkit.Accepted(t, http.DefaultClient, r)
	if took := time.Since(start); took < 80*time.Millisecond {
		t.Errorf("it took %s, want 80 ms at least", took)
	}
	isOnlyDelivery(t, s, got)
	if calls := s.Calls(mock.CallQuery{Scenario: "slow;ms=80"}); len(calls) != 1 || calls[0].DurationMs < 80 {
		t.Errorf("the journal has %+v", calls)
	}
}

// verySlow: the client's time is up before the answer comes, though the delivery was made; sent
// again under its key it is answered at once.
func verySlow(t *testing.T) {
	s := mocktest.Start(t)
	arm(t, s, mock.Play{Scenario: "very-slow-then-ok;ms=120000"})
	key := uuid.New()
	ctx, giveUp := context.WithTimeout(t.Context(), patience)
	defer giveUp()
	answered := make(chan error, 1)
	go func() {
		_, _, err := try(http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)).WithContext(ctx))
		answered <- err
	}()
	// it has been made, and its answer waits
	until(t, "the delivery", func() bool { return len(armedPlays(t, s)) == 0 })
	giveUp()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("the first attempt ended with %v", err)
	}
	got, body := testkit.Accepted(t, &http.Client{Timeout: patience}, testkit.Delivery(t, s, key, testkit.Example(t)))
	isOnlyDelivery(t, s, got)
	if again := s.Calls(mock.CallQuery{Key: key.String(), Status: http.StatusOK}); !again[len(again)-1].Replayed ||
		string(again[0].Answer.Body) != body {
		t.Errorf("the journal has %+v", again)
	}
}

// maintenance: the client waits as long as Retry-After says, by the session's clock.
func maintenance(t *testing.T) {
	s := mocktest.Start(t)
	if err := s.Clock().Freeze(time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	arm(t, s, mock.Play{Scenario: "maintenance;seconds=60;retry=45"})
	key := uuid.New()
	down := 0
	for range 5 {
		response, body := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
		if response.StatusCode == http.StatusOK {
			break
		}
		down++
		wait, err := strconv.Atoi(response.Header.Get("Retry-After"))
		if err != nil || response.StatusCode != http.StatusServiceUnavailable || body != "Service Unavailable\n" {
			t.Fatalf("answered %s, Retry-After %q: %s", response.Status, response.Header.Get("Retry-After"), body)
		}
		if err := s.Clock().Advance(time.Duration(wait) * time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if down != 2 { // at 0 and at 45 of 60 seconds
		t.Errorf("it was down for %d attempts, want 2", down)
	}
}

// monthEndLoad: one patient call is answered after half a second at the least; an impatient client,
// which gives up each time, gets through in the end, and nothing is delivered twice.
func monthEndLoad(t *testing.T) {
	s := mocktest.Start(t)
	arm(t, s, mock.Play{Scenario: "month-end-load"})
	start := time.Now()
	testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), testkit.Example(t)))
	if took := time.Since(start); took < 500*time.Millisecond {
		t.Errorf("the first call took %s", took)
	}
	const slow = 18 // calls of the script's steps
	var keys []uuid.UUID
	for played := 2; played <= slow; played++ {
		key := uuid.New()
		keys = append(keys, key)
		ctx, giveUp := context.WithTimeout(t.Context(), patience)
		answered := make(chan error, 1)
		go func() {
			_, _, err := try(http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)).WithContext(ctx))
			answered <- err
		}()
		until(t, "the call", func() bool {
			now := armedPlays(t, s)
			return len(now) == 0 || now[0] == played
		})
		giveUp()
		if err := <-answered; !errors.Is(err, context.Canceled) {
			t.Errorf("call %d ended with %v", played, err)
		}
	}
	calls := s.Wait(mock.CallQuery{Scenario: "month-end-load"}, slow)
	failed := 0
	for _, call := range calls {
		if call.Code == "GLD_023" {
			failed++
		}
	}
	if failed != 3 {
		t.Errorf("%d calls failed, want 3", failed)
	}
	var got testkit.Receipt
	for _, key := range keys {
		got, _ = testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	}
	if all := transmissions(t, s, got.DialogID)["Submission"]; len(all) != slow {
		t.Errorf("the dialog has %d forsendelser, want one for each of %d keys", len(all), slow)
	}
}

// rateLimited: of six calls at once the sixth must wait; the five get their answers, and then it
// gets its own.
func rateLimited(t *testing.T) {
	s := mocktest.Start(t)
	const maxCalls = 5
	document := large(t)
	got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), document))
	arm(t, s, mock.Play{Scenario: "rate-limited;retry=0"})
	client := slowReader()
	var underWay []*http.Response
	for range maxCalls {
		response, err := client.Do(fetchOf(t, s, got.ForsendelseID, got.ForsendelseID))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		underWay = append(underWay, response)
	}
	one := func() (int, string) {
		response, body, err := try(client, fetchOf(t, s, got.ForsendelseID, got.ForsendelseID))
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode == http.StatusTooManyRequests &&
			(response.Header.Get("Retry-After") != "0" || body != "Too Many Requests\n") {
			t.Errorf("asked to wait %q: %s", response.Header.Get("Retry-After"), body)
		}
		return response.StatusCode, body
	}
	for range 2 {
		if status, _ := one(); status != http.StatusTooManyRequests {
			t.Errorf("the sixth call is answered %d", status)
		}
	}
	for i, response := range underWay {
		if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK ||
			len(body) != len(document) {
			t.Errorf("call %d: %s, %d bytes, %v", i+1, response.Status, len(body), err)
		}
	}
	until(t, "the call that had to wait", func() bool {
		status, body := one()
		return status == http.StatusOK && len(body) == len(document)
	})
}

// large returns a document that is more than the network holds.
func large(t *testing.T) []byte {
	t.Helper()
	return append(testkit.Example(t), bytes.Repeat([]byte(" "), 6<<20)...)
}

// slowReader returns a client to which only so much is sent as it reads: a call for a large
// document is under way until all of it has been read.
func slowReader() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err == nil {
				err = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
			}
			return conn, err
		},
	}}
}
