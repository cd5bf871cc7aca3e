package report

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// calls makes calls of all kinds that rules look at, none of which is like another.
type calls struct {
	number int64
	began  time.Time
	api    *catalog.API
	routes map[string]*catalog.Route
	body   string
}

// newCalls returns what makes calls with a body of so many bytes.
func newCalls(bytes int) *calls {
	c := &calls{
		began: time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC),
		api:   &catalog.API{Name: "bsu", Family: "innrapportering"},
		body:  strings.Repeat(`["a text", 12345]`+",\n", bytes/20) + "0",
		routes: map[string]*catalog.Route{
			"innsending": {Behaviour: "innsending", Idempotent: true}, "dokument": {Behaviour: "dokument"},
			tokenBehaviour: {Behaviour: tokenBehaviour},
		},
	}
	return c
}

// next returns the next call, of a kind.
func (c *calls) next(method, behaviour string) *Call {
	c.number++
	c.began = c.began.Add(time.Millisecond)
	number := strconv.FormatInt(c.number, 10)
	r := &http.Request{
		Method: method, URL: &url.URL{Path: "/" + behaviour + "/" + number},
		Header: http.Header{"Authorization": {"Bearer " + strings.Repeat("x", 64) + number}},
	}
	return &Call{
		Request: &wire.Request{
			API: c.api, Route: c.routes[behaviour], Number: c.number, Now: c.began, Inntektsaar: 2025,
			Address:   address.Address{URL: r.URL},
			Principal: token.Principal{Org: "987654321"},
		},
		HTTP: r, Began: c.began, Ended: c.began.Add(time.Millisecond / 2), Org: "987654321",
		Status: http.StatusOK, AnswerHeader: http.Header{}, Reached: true,
	}
}

// delivery returns a delivery that is stored.
func (c *calls) delivery() *Call {
	made := c.next(http.MethodPost, "innsending")
	made.Key, made.Committed = uuid.NewString(), true
	made.Body = fmt.Appendf(nil, `{"number": %d, "document": [%s]}`, c.number, c.body)
	sum := sha256.Sum256(made.Body) // as the gateway works it out
	made.SHA256 = string(sum[:])
	made.Delivered = &wire.Delivered{
		DialogID: uuid.NewString(), ForsendelseID: uuid.NewString(), TilbakemeldingID: uuid.NewString(),
		Oppgavegiver: "987654321", Feedback: made.Now,
	}
	return made
}

// mixed returns a call of a kind that depends on its number: a delivery, one that fails, one that is refused, a
// document, or a token.
func (c *calls) mixed() *Call {
	switch c.number % 5 {
	case 0:
		made := c.delivery()
		made.Delivered, made.Committed, made.Status = nil, false, http.StatusInternalServerError
		return made
	case 1:
		made := c.delivery()
		made.Delivered, made.Committed, made.Status = nil, false, http.StatusBadRequest
		made.Offence = feil.SchemaViolation
		return made
	case 2:
		return c.next(http.MethodGet, "dokument")
	case 3:
		made := c.next(http.MethodPost, tokenBehaviour)
		made.Answer = fmt.Appendf(nil, `{"access_token": "%064d", "expires_in": 120}`, c.number)
		return made
	}
	return c.delivery()
}

// TestFlat: a recorder that has seen 100,000 calls holds no more memory than after 50,000, and no more than it may.
func TestFlat(t *testing.T) { // not parallel: it measures what the whole process holds
	half := 50_000
	if testing.Short() {
		half = 10_000
	}
	memory := &Memory{}
	r, from := NewRecorder(memory), newCalls(100)
	empty := heap()
	for range half {
		r.See(from.mixed())
	}
	before := heap()
	for range half {
		r.See(from.mixed())
	}
	grown := heap() - before
	t.Logf("%d KiB after %d calls, %d KiB more after as many again", (before-empty)>>10, half, grown>>10)
	if grown > 1<<20 { // maps grow for a while when keys come and go
		t.Errorf("%d more calls take %d bytes", half, grown)
	}
	if held := memory.held.Load(); held > int64(len(rules())*2*maxRemembered) {
		t.Errorf("%d things are remembered", held)
	}
	if found := r.Findings(from.began, func(int64) bool { return true }); len(found) != 1 ||
		found[0].Rule != "feedback-never-fetched" || found[0].Times != maxRemembered {
		t.Errorf("the findings are %+v, want the feedback that was never fetched", found)
	}
	runtime.KeepAlive(r)
}

// BenchmarkSee measures what the report costs a call, beside what it costs to work out the SHA-256 of a body, which the
// gateway does once for a delivery.
func BenchmarkSee(b *testing.B) {
	for _, size := range []int{2_500, 1 << 20} {
		b.Run(fmt.Sprintf("sha256/%d", size), func(b *testing.B) {
			body := newCalls(size).delivery().Body
			for b.Loop() {
				sha256.Sum256(body)
			}
		})
		b.Run(fmt.Sprintf("delivery/%d", size), func(b *testing.B) {
			benchSee(b, size, (*calls).delivery)
		})
	}
	b.Run("document", func(b *testing.B) {
		benchSee(b, 1, func(c *calls) *Call { return c.next(http.MethodGet, "dokument") })
	})
	b.Run("mixed", func(b *testing.B) { benchSee(b, 2_500, (*calls).mixed) })
}

// benchSee measures how a recorder that is full sees calls.
func benchSee(b *testing.B, size int, next func(*calls) *Call) {
	b.Helper()
	r, from := NewRecorder(&Memory{}), newCalls(size)
	for range 2 * maxRemembered {
		r.See(from.delivery())
	}
	b.ReportAllocs()
	made := make([]*Call, 0, 256)
	for b.Loop() {
		if len(made) == 0 {
			b.StopTimer()
			for range cap(made) {
				made = append(made, next(from))
			}
			b.StartTimer()
		}
		r.See(made[len(made)-1])
		made = made[:len(made)-1]
	}
}

// TestSmall: the recorder of a session with one call holds little, whatever the call.
func TestSmall(t *testing.T) { // not parallel: it measures what the whole process holds
	const recorders, limit = 2_000, 2 << 10
	for name, next := range map[string]func(*calls) *Call{
		"a delivery": (*calls).delivery,
		"a document": func(c *calls) *Call { return c.next(http.MethodGet, "dokument") },
	} {
		memory, from := &Memory{}, newCalls(100)
		kept := make([]*Recorder, recorders)
		before := heap()
		for i := range kept {
			kept[i] = NewRecorder(memory)
			kept[i].See(next(from))
		}
		each := (heap() - before) / recorders
		t.Logf("%s: %d bytes", name, each)
		if each > limit {
			t.Errorf("a recorder with %s holds %d bytes, more than %d", name, each, limit)
		}
		runtime.KeepAlive(kept)
	}
}

// heap returns the bytes that the process holds.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestNumbersAreSearchedInPlace: the search for persons' numbers copies neither the headers nor the query of a call
// that has no long number in them.
func TestNumbersAreSearchedInPlace(t *testing.T) { // not parallel: it counts what the whole process allocates
	call := newCalls(100).next(http.MethodPost, "innsending")
	call.Query = url.Values{"inntektsaar": {"2025"}}
	if each := testing.AllocsPerRun(100, func() { notSyntheticWatcher{}.see(call) }); each != 0 {
		t.Errorf("a call without long numbers takes %v allocations, must take none", each)
	}
}
