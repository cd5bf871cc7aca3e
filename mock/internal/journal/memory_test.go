package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// call returns a call as the gateway would add it: 3.4 kB asked, as in the BSU page's example, and
// everything new.
func call(number int64) Entry {
	return Entry{
		Number:         number,
		Session:        "default",
		API:            "bsu",
		Route:          "/v1/{inntektsaar}",
		Method:         "POST",
		Path:           "/innrapporteringbsu/v1/" + strconv.FormatInt(number, 10),
		Status:         200,
		Why:            fmt.Sprintf("The delivery %d was accepted.", number),
		Organisation:   "313367002",
		IdempotencyKey: fmt.Sprintf("9b2f3c1e-5a54-4c0e-8f65-%012d", number),
		Request: Message{
			Header: http.Header{
				"Authorization":  {"Bearer " + jwt},
				"Accept":         {"application/json"},
				"Content-Type":   {"application/json"},
				"Content-Length": {"3400"},
				"User-Agent":     {"Go-http-client/1.1"},
				"Idempotencykey": {fmt.Sprintf("9b2f3c1e-5a54-4c0e-8f65-%012d", number)},
			},
			Body: delivery(),
		},
		Answer: Message{
			Header: http.Header{
				"Content-Type":   {"application/json"},
				"Content-Length": {"250"},
				"Sandkasse-Call": {strconv.FormatInt(number, 10)},
			},
			Body: make([]byte, 250),
		},
	}
}

// delivery returns a body of 3.4 kB as the BSU page's example has it: five oppgaver, each with a
// fødselsnummer.
func delivery() []byte {
	var b bytes.Buffer
	b.WriteString(
		`{"leveranse":{"kildesystem":"Bankens fagsystem","inntektsaar":2023,"oppgavegiver":{"organisasjonsnummer":"313367002"},"oppgave":[`)
	for i := range 5 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b,
			`{"oppgaveeier":{"foedselsnummer":"%02d836096911","navn":"Ola Nordmann"},"kontonummer":"99210100012",`, i+
				10)
		fmt.Fprintf(&b,
			`"startdato":"2015-08-20","aaretsSparebeloep":27500,"aaretsRenter":%d,"saldo":232500,"tekst":"%s"},`, i,
			strings.Repeat("x", 420))
		b.Truncate(b.Len() - 1)
	}
	b.WriteString(`],"oppgaveoppsummering":{"antallOppgaver":5,"sumSaldo":1162500}}}`)
	return bytes.Clone(b.Bytes())
}

// Not parallel: it measures the heap of the whole process.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 8 << 20
	large := make([]byte, 10<<20) // from a caller that hands in more than is kept
	for name, add := range map[string]func(j *byName, number int64){
		"deliveries":   func(j *byName, number int64) { j.Add(call(number)) },
		"empty":        func(j *byName, number int64) { j.Add(Entry{Number: number}) },
		"large bodies": func(j *byName, number int64) { j.Add(Entry{Number: number, Request: Message{Body: large}}) },
		"large buffers": func(j *byName, number int64) {
			j.Add(Entry{Number: number, Request: Message{Body: make([]byte, 9, 1<<17)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := heap()
			j := newByName(Options{Calls: 1 << 30, Bytes: limit})
			for number := range int64(20_000) {
				add(j, number)
			}
			grown := heap() - before
			t.Logf("%d calls, %d bytes by our account, %d on the heap", j.count, j.bytes, grown)
			if j.bytes > limit || j.bytes < limit*9/10 {
				t.Errorf("%d bytes kept by our account, want just under %d", j.bytes, limit)
			}
			if grown > limit*3/2 || grown < limit/2 {
				t.Errorf("the heap grew by %d bytes, where our account says %d", grown, j.bytes)
			}
			runtime.KeepAlive(j)
		})
	}
	runtime.KeepAlive(large)
}

// Not parallel: it measures the heap of the whole process.
func TestMemoryOfAMillionCallsInManySessions(t *testing.T) {
	calls, sessions := 1_000_000, 20_000
	if raceEnabled {
		calls = 200_000
	}
	before := heap()
	j := newByName(Options{Calls: 1_000})
	for number := range calls {
		session := "session" + strconv.Itoa(number%sessions)
		j.Add(Entry{Session: session, Number: j.Next(session), Path: "/" + session})
	}
	grown := heap() - before
	t.Logf("%d calls in %d sessions take %d bytes", calls, sessions, grown)
	if want := int64(1_000*2_000 + sessions*200); grown > want {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, want)
	}
	if got, want := j.Next("session7"), int64(calls/sessions+1); got != want {
		t.Errorf("the next number of a session whose calls are gone is %d, want %d", got, want)
	}
}

// A million deliveries over a thousand sessions, some of which are cleared, rewound, waited for and
// listened to meanwhile: the heap stays within the limit. Not parallel: it measures the heap of the
// whole process.
func TestMemoryUnderAMillionDeliveries(t *testing.T) {
	calls, limit := 1_000_000, 8<<20
	if raceEnabled {
		calls = 100_000
	}
	before := heap()
	j := newByName(Options{Bytes: limit})
	sub := j.Subscribe(in{"session7", Query{}}) // never read
	defer sub.Close()
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() {
		_, err := j.Wait(ctx, in{"session8", Query{}}, calls)
		waited <- err
	}()
	e := Entry{API: "bsu", Method: "POST", Path: "/innrapporteringbsu/v1/2023"}
	for i := range calls {
		e.Request.Body = make([]byte, 1_000)
		e.Session = "session" + strconv.Itoa(i%1_000)
		e.Number = j.Next(e.Session)
		j.Add(e)
		switch i % 5_000 {
		case 1_111:
			j.Clear(e.Session)
		case 2_222:
			j.Rewind(e.Session, e.Number/2)
		case 3_333:
			j.Forget(e.Session)
		}
	}
	grown := heap() - before
	t.Logf("%d calls, %d bytes by our account, %d on the heap", j.count, j.bytes, grown)
	// what the waiter holds comes on top
	if maxGrowth := int64(limit)*3/2 + int64(limit); grown > maxGrowth {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, maxGrowth)
	}
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiter got %v", err)
	}
	for name := range 1_000 {
		j.Forget("session" + strconv.Itoa(name))
	}
	if j.count != 0 || j.bytes != 0 || j.calls != (list{}) {
		t.Errorf("all forgotten, there are %d calls of %d bytes", j.count, j.bytes)
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkAdd(b *testing.B) {
	j := newByName(Options{})
	e := call(1)
	b.ReportAllocs()
	for b.Loop() {
		e.Number = j.Next("default")
		j.Add(e)
	}
}

func BenchmarkAddParallel(b *testing.B) {
	j := newByName(Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		e := call(1)
		for pb.Next() {
			e.Number = j.Next("default")
			j.Add(e)
		}
	})
}

func BenchmarkAddLargeBody(b *testing.B) {
	j := newByName(Options{})
	e := call(1)
	e.Request.Body = make([]byte, 10<<20)
	b.ReportAllocs()
	for b.Loop() {
		j.Add(e)
	}
}

func BenchmarkCallsOfAFullJournal(b *testing.B) {
	j := newByName(Options{Bytes: 1 << 30})
	for range DefaultCalls {
		j.Add(Entry{Session: "default", Number: j.Next("default")})
	}
	for b.Loop() {
		if got := j.Calls(in{"default", Query{Limit: 20}}); len(got) != 20 {
			b.Fatalf("%d calls, want 20", len(got))
		}
	}
}

// BenchmarkClear clears one session of a thousand calls, beside a hundred thousand of others.
func BenchmarkClear(b *testing.B) {
	j := newByName(Options{Calls: 1 << 20, Bytes: 1 << 30})
	for range 100_000 {
		j.Add(Entry{Session: "other", Number: j.Next("other")})
	}
	for b.Loop() {
		b.StopTimer()
		for range 1_000 {
			j.Add(Entry{Session: "own", Number: j.Next("own")})
		}
		b.StartTimer()
		j.Forget("own")
	}
}

func BenchmarkCall(b *testing.B) {
	j := newByName(Options{})
	for range DefaultCalls {
		j.Add(Entry{Session: "default", Number: j.Next("default")})
	}
	for b.Loop() {
		if _, found := j.Call("default", DefaultCalls/2); !found {
			b.Fatal("not found")
		}
	}
}

func BenchmarkIdentities(b *testing.B) {
	for name, body := range map[string][]byte{
		"delivery": delivery(), "digits": bytes.Repeat([]byte("9990836096911,"), 234),
		"people": bytes.Repeat([]byte("10836096911,"), 273),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				maskIdentities(body)
			}
		})
	}
}
