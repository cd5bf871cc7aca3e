package journal

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"testing"
)

// call is a call as the gateway would add it: 3.4 kB asked, as in the BSU page's example, and everything new.
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
			Body: make([]byte, 3400),
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

// Not parallel: it measures the heap of the whole process.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 8 << 20
	large := make([]byte, 10<<20) // from a caller that hands in more than is kept
	for name, add := range map[string]func(j *Journal, number int64){
		"deliveries":   func(j *Journal, number int64) { j.Add(call(number)) },
		"empty":        func(j *Journal, number int64) { j.Add(Entry{Number: number}) },
		"large bodies": func(j *Journal, number int64) { j.Add(Entry{Number: number, Request: Message{Body: large}}) },
		"large buffers": func(j *Journal, number int64) {
			j.Add(Entry{Number: number, Request: Message{Body: make([]byte, 9, 1<<17)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := heap()
			j := New(Limits{Calls: 1 << 30, Bytes: limit})
			for number := range int64(30_000) {
				add(j, number)
			}
			grown := heap() - before
			t.Logf("%d calls, %d bytes by our account, %d on the heap", len(j.calls), j.bytes, grown)
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
	const calls, sessions = 1_000_000, 20_000
	before := heap()
	j := New(Limits{Calls: 1_000})
	for number := range calls {
		session := "session" + strconv.Itoa(number%sessions)
		j.Add(Entry{Session: session, Number: j.Next(session), Path: "/" + session})
	}
	grown := heap() - before
	t.Logf("%d calls in %d sessions take %d bytes", calls, sessions, grown)
	if want := int64(1_000*2_000 + sessions*200); grown > want {
		t.Errorf("the heap grew by %d bytes, want at most %d", grown, want)
	}
	if got := j.Next("session7"); got != calls/sessions+1 {
		t.Errorf("the next number of a session whose calls are gone is %d, want %d", got, calls/sessions+1)
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkAdd(b *testing.B) {
	j := New(Limits{})
	e := call(1)
	b.ReportAllocs()
	for b.Loop() {
		e.Number = j.Next("default")
		j.Add(e)
	}
}

func BenchmarkAddParallel(b *testing.B) {
	j := New(Limits{})
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
	j := New(Limits{})
	e := call(1)
	e.Request.Body = make([]byte, 10<<20)
	b.ReportAllocs()
	for b.Loop() {
		j.Add(e)
	}
}

func BenchmarkCallsOfAFullJournal(b *testing.B) {
	j := New(Limits{Bytes: 1 << 30})
	for range DefaultCalls {
		j.Add(Entry{Session: "default", Number: j.Next("default")})
	}
	for b.Loop() {
		if got := j.Calls(Query{Session: "default", Limit: 20}); len(got) != 20 {
			b.Fatalf("%d calls, want 20", len(got))
		}
	}
}
