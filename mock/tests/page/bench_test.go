package page

import (
	"net/http/httptest"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/testkit"
)

// BenchmarkCalls: the list of calls, with 10,000 calls in the journal, is made in some milliseconds,
// whole and under a search that looks at all of them.
func BenchmarkCalls(b *testing.B) {
	server, err := mock.New(mock.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	session := backend.Of(server).Sessions.Get("default")
	body := testkit.Example(b)
	for range 10_000 {
		session.Log.Add(journal.Entry{
			Number: session.Log.Next(), Time: session.Clock.Now(), API: "bsu", Method: "POST",
			Route: "/v1/{inntektsaar}",
			Host:  "127.0.0.1:8080", Path: "/innrapporteringbsu/v1/2023", Status: 200, Organisation: "987654321",
			Request: journal.Message{Body: body[:1500]}, Answer: journal.Message{Body: body[:300]},
		})
	}
	for _, path := range []string{
		"calls", "calls?q=status:4xx", "calls?q=nosuchtext", "calls/9000", "calls?part=rows&since=9990",
	} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				server.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/_sandkasse/page/"+path, nil))
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
				b.ReportMetric(float64(w.Body.Len()), "bytes")
			}
		})
	}
}
