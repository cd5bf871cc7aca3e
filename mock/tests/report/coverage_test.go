package report

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// reportOf returns the report of a client's session, with the parameters of its address.
func reportOf(c testkit.Client, query string) (got report.Report) {
	c.T.Helper()
	c.Control("GET", "report"+query, "", &got)
	return got
}

// linesOf returns the lines of a report that were met, as text.
func linesOf(r report.Report) (met []string) {
	for _, line := range r.Coverage {
		if line.Met > 0 {
			name := strings.TrimSpace(strings.Join([]string{line.Method, fmt.Sprint(line.Status), line.Code}, " "))
			if line.Script != "" {
				name = line.Script
			}
			met = append(met, fmt.Sprintf("%s: %d %v %+v", name, line.Met, line.How, line.Reaction))
		}
	}
	return met
}

// names returns the names of all APIs.
func names(t *testing.T) []string {
	t.Helper()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return known.Names()
}

// inProcess returns the report of a session of a server that does not listen.
func inProcess(t *testing.T, server http.Handler, session, query string) (got report.Report) {
	t.Helper()
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, httptest.NewRequest("GET", "/_session/"+session+"/_sandkasse/report"+query, nil))
	testkit.Decode(t, answer, &got)
	return got
}

// parseCurl returns the method and the address of a command that makes a call without headers and
// body; found is false for any other.
func parseCurl(command string) (method, url string, found bool) {
	words := strings.Fields(command)
	switch {
	case len(words) == 3 && words[1] == "-i":
		return "GET", words[2], true
	case len(words) == 5 && words[1] == "-i" && words[2] == "-X":
		return words[3], words[4], true
	}
	return "", "", false
}

// TestReactions: what a client does after an answer is counted where that was met.
func TestReactions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		client func(testkit.Client)
		want   []string
	}{
		"delivers once": {
			func(c testkit.Client) { c.Delivered(1) },
			[]string{"POST 200: 1 [cause] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}"},
		},
		"repeats under the key": {
			func(c testkit.Client) {
				c.Deliver(1, "Sandkasse-Scenario", "GLD_001")
				c.Delivered(1)
			},
			[]string{
				"POST 200: 1 [cause] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}",
				"POST 500 GLD_001: 1 [demand] {SameKey:1 NewKey:0 GaveUp:0 WentOn:0}",
			},
		},
		"makes a new key": {
			func(c testkit.Client) {
				c.Deliver(1, "Sandkasse-Scenario", "GLD_001")
				c.Delivered(2)
				c.Delivered(3)
			},
			[]string{
				"POST 200: 2 [cause] {SameKey:0 NewKey:1 GaveUp:0 WentOn:1}",
				"POST 500 GLD_001: 1 [demand] {SameKey:0 NewKey:1 GaveUp:0 WentOn:0}",
			},
		},
		"gives up": {
			func(c testkit.Client) {
				c.Deliver(1, "idempotencyKey", "x")
				c.Call("GET", c.URL("maskinporten")+"/jwk", "")
			},
			[]string{
				"POST 400 GLD_1022: 1 [cause] {SameKey:0 NewKey:0 GaveUp:1 WentOn:0}",
				"GET 200: 1 [cause] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}",
			},
		},
		"corrects the call": {
			func(c testkit.Client) {
				c.DeliverTo(c.URL("bsu")+"/v1/1999", 1)
				c.Delivered(1)
				c.Deliver(1, "Sandkasse-Scenario", "GLD_1027")
			},
			[]string{
				"POST 200: 1 [cause] {SameKey:1 NewKey:0 GaveUp:0 WentOn:0}",
				"POST 400 GLD_1027: 2 [cause demand] {SameKey:0 NewKey:0 GaveUp:1 WentOn:1}",
			},
		},
		"loses an answer": {
			func(c testkit.Client) {
				c.Control("POST", "plays", `{"scenario": "lost-answer-twice"}`, nil)
				for range 2 {
					body := bytes.NewReader(testkit.Example(c.T))
					r, _ := http.NewRequest("POST", c.URL("bsu")+"/v1/2023", body)
					r.Header.Set("Authorization", c.Bearer("bsu", testkit.Oppgavegiver))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("idempotencyKey", testkit.UUID(1))
					if answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r); err == nil {
						answer.Body.Close()
						c.T.Error("the answer was not lost")
					}
				}
			},
			[]string{"lost-answer-twice: 2 [demand] {SameKey:1 NewKey:0 GaveUp:1 WentOn:0}"},
		},
		"is slowed down": {
			func(c testkit.Client) { c.Delivered(1, "Sandkasse-Scenario", "slow;ms=1") },
			[]string{
				"POST 200: 1 [cause] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}",
				"slow: 1 [demand] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testkit.NewClient(t, mocktest.Start(t), "default")
			test.client(c)
			if got := linesOf(reportOf(c, "")); !slices.Equal(got, test.want) {
				t.Errorf("the report has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestCoverageOfSessions: coverage is a session's own, a restore leaves it and a reset clears it.
func TestCoverageOfSessions(t *testing.T) {
	t.Parallel()
	server := mocktest.Start(t)
	c, other := testkit.NewClient(t, server, "default"), testkit.NewClient(t, server, "other")
	c.Control("POST", "checkpoints", `{"name": "start"}`, nil)
	c.Deliver(1, "Sandkasse-Scenario", "GLD_001")
	c.Control("POST", "checkpoints/start/restore", "", nil)
	c.Delivered(1)
	want := []string{
		"POST 200: 1 [cause] {SameKey:0 NewKey:0 GaveUp:0 WentOn:1}",
		"POST 500 GLD_001: 1 [demand] {SameKey:0 NewKey:0 GaveUp:1 WentOn:0}",
	}
	if got := linesOf(reportOf(c, "")); !slices.Equal(got, want) {
		t.Errorf("after a restore the report has %q, want %q", got, want)
	}
	if got := reportOf(other, ""); got.Of != 0 || len(got.Coverage) != 0 {
		t.Errorf("another session has %+v", got)
	}
	c.Control("POST", "reset", "", nil)
	if got := reportOf(c, ""); got.Of != 0 || got.Met != 0 {
		t.Errorf("after a reset the report has %+v", got)
	}
}

// TestCoverageOfAPIs: without a name the report has the APIs that were called, with one that API, and
// with all every one. Another name is refused.
func TestCoverageOfAPIs(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "default")
	c.Delivered(1)
	c.Call("GET", c.URL("kobo")+"/finnes-ikke", "")
	for query, want := range map[string][]string{
		"": {"bsu", "kobo"}, "?api=bsu": {"bsu"}, "?api=fondskonto": {"fondskonto"},
		"?api=all": names(t), "?api=kobo&api=bsu": {"bsu", "kobo"},
	} {
		got := reportOf(c, query)
		var apis []string
		for _, line := range got.Coverage {
			apis = append(apis, line.API)
		}
		if apis = slices.Compact(apis); !slices.Equal(apis, want) || got.Of != len(got.Coverage) {
			t.Errorf("%q: the report has %v and %d of %d, want %v", query, apis, got.Of, len(got.Coverage), want)
		}
	}
	for _, query := range []string{"?api=bus", "?api="} {
		if got := c.Call("GET", c.URL("")+"/_sandkasse/report"+query, ""); got.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
}

// TestOnDemandLines: what is to be pasted for an error provokes just that line.
func TestOnDemandLines(t *testing.T) {
	t.Parallel()
	server := testkit.NewServer(t, mock.Options{})
	for _, api := range names(t) {
		if testkit.LeftOut(api) {
			continue
		}
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			session, err := server.Session(api)
			if err != nil {
				t.Fatal(err)
			}
			of := backend.Of(server).Gateway.Lines(backend.Of(server).Catalog.ByName(api))
			for n, line := range inProcess(t, server, api, "?api="+api).Coverage {
				method, url, found := parseCurl(line.Next)
				if !found || line.Code == "" {
					continue
				}
				if err := session.Reset(); err != nil {
					t.Fatal(err)
				}
				server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, url, nil))
				lines, _ := backend.Of(server).Sessions.Get(api).Report.Coverage(of)
				for i, got := range lines {
					if (i == n) != (got.Met == 1) {
						t.Errorf("%s: %s %d %s %s is met %d times", line.Next, got.Route, got.Status, got.Code,
							got.Script, got.Met)
					}
				}
			}
		})
	}
}

// TestPasting: who pastes what provokes the errors makes other calls each time, and is not blamed for
// repeating one.
func TestPasting(t *testing.T) {
	t.Parallel()
	server := testkit.NewServer(t, mock.Options{})
	for _, line := range inProcess(t, server, "default", "?api=bsu").Coverage {
		if method, url, found := parseCurl(line.Next); found && line.Code != "" {
			server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, url, nil))
		}
	}
	got := inProcess(t, server, "default", "")
	if met := linesOf(got); len(got.Findings) > 0 || len(met) < 20 {
		t.Errorf("%d lines are met, and the report finds %+v", len(met), got.Findings)
	}
}

// TestOneDelivery: of a single delivery the report has exactly what it met, the same bytes each time.
func TestOneDelivery(t *testing.T) {
	t.Parallel()
	for range 2 {
		server := testkit.ServerAt(t, testkit.Noon)
		bsu := backend.Of(server).Catalog.ByName("bsu")
		testkit.GoodCall(t, server, bsu, bsu.Routes[0]).Do(server)
		for range 2 { // to report changes nothing
			answer := httptest.NewRecorder()
			const query = "?off=feedback-never-fetched:there+is+one+call" // which it is right about
			server.ServeHTTP(answer, httptest.NewRequest("GET", "/_sandkasse/report"+query, nil))
			golden.Compare(t, "testdata/one-delivery.json", answer.Body.Bytes())
		}
	}
}
