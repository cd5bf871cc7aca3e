package report

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/testkit"
)

// TestWalk: who walks through all of an API has met all of it: each code on each operation, each
// success, also of what is there already, an unknown address and method, and each script.
func TestWalk(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.APIs(t) {
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			w := walker{T: t, server: testkit.ServerAt(t, testkit.Noon), api: api}
			var err error
			if w.restore, err = w.server.Checkpoint("start"); err != nil {
				t.Fatal(err)
			}
			for i, route := range api.Routes {
				w.walk(route)
				if i == 0 {
					w.call(&testkit.APICall{Method: "GET", Base: "/" + api.Label, Path: "/finnes-ikke"})
					w.call(&testkit.APICall{Method: "PATCH", Base: "/" + api.Label, Path: route.Paths[0]})
				}
			}
			w.playScripts()
			got := inProcess(t, w.server, "default", "?api="+api.Name)
			for _, line := range got.Coverage {
				if line.Met == 0 {
					t.Errorf("%s %s %d %s %s is not met", line.Method, line.Route, line.Status, line.Code, line.Script)
				}
			}
			if got.Met != got.Of || got.Of < 20 {
				t.Errorf("%d of %d are met", got.Met, got.Of)
			}
		})
	}
}

// walker walks through an API.
type walker struct {
	*testing.T
	server  *mock.Server
	api     *catalog.API
	restore func() error // the empty session; what was met stays (K770)
}

// call makes a call in scenarios, whose waits are over at once, and returns the scenarios that played.
func (w walker) call(c *testkit.APICall, scenarios ...string) string {
	r := c.Request()
	answer := httptest.NewRecorder()
	if len(scenarios) > 0 {
		r.Header["Sandkasse-Scenario"] = scenarios
		gone, cancel := context.WithCancel(r.Context())
		cancel()
		r = r.WithContext(gone)
		defer func() { // of an answer that is lost
			if problem := recover(); problem != nil && problem != any(http.ErrAbortHandler) {
				panic(problem)
			}
		}()
	}
	w.server.ServeHTTP(answer, r)
	return answer.Header().Get("Sandkasse-Played")
}

// good returns a call to an operation that succeeds, in a session that has nothing else.
func (w walker) good(route *catalog.Route) *testkit.APICall {
	if err := w.restore(); err != nil {
		w.Fatal(err)
	}
	return testkit.GoodCall(w.T, w.server, w.api, route)
}

// walk makes good calls to an operation, of which the second may find the same there already, and
// meets each code.
func (w walker) walk(route *catalog.Route) {
	good := w.good(route)
	w.call(good)
	w.call(good)
	for _, code := range w.api.CodeNames() {
		w.call(good, code)
	}
}

// playScripts plays each script at the first operation that it is for, which changes something if any
// does: what reads ends where its caller is gone.
func (w walker) playScripts() {
	for _, script := range backend.Of(w.server).Scenarios.All() {
		var at *catalog.Route
		for _, route := range w.api.Routes {
			better := at == nil || at.Method == "GET" && route.Method != "GET"
			if better && gateway.CanPlay(script.Scenario, w.api, route) {
				at = route
			}
		}
		if at == nil {
			continue
		}
		good := w.good(at)
		switch {
		case strings.Contains(script.Name, "webhook"): // the case worker makes messages
			w.playForCaseWorker(script.Name)
		case script.Name == "rate-limited":
			w.playTogether(at)
		case script.Name == "flaky":
			w.call(good, "flaky;p=1")
		default:
			w.call(good, script.Name)
			w.call(good, script.Name)
		}
	}
}

// playForCaseWorker plays a script for what the case worker does with a new home.
func (w walker) playForCaseWorker(script string) {
	f := testkit.NewFDVU(w.T, w.server)
	home, sak := f.NewBolig("FDV-9"), f.NewSak()
	disarm, err := w.server.Play(mock.Play{Scenario: script})
	if err != nil {
		w.Fatal(err)
	}
	defer disarm()
	f.Admin("PUT", "/kobobolig/"+home+"/sak/"+sak+"/reservasjon", "", http.StatusOK, nil)
}

// playTogether plays rate-limited for a call that is made while another one is under way.
func (w walker) playTogether(route *catalog.Route) {
	const limited = "rate-limited;most=1"
	underWay, cancel := context.WithCancel(w.Context())
	ended := make(chan bool)
	go func() {
		defer close(ended)
		r := httptest.NewRequest(route.Method, "/"+w.api.Label+route.Paths[0], nil).WithContext(underWay)
		r.Header["Sandkasse-Scenario"] = []string{limited, "slow"}
		w.server.ServeHTTP(httptest.NewRecorder(), r)
	}()
	stray := &testkit.APICall{Method: route.Method, Base: "/" + w.api.Label, Path: route.Paths[0]}
	for w.call(stray, limited) == "" {
		select {
		case <-ended: // its wait is over
			w.Error("no call was limited while another one was under way")
			cancel()
			return
		default:
			runtime.Gosched()
		}
	}
	cancel()
	<-ended
}
