package report

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// scripts are scenarios beside the built-in ones: torn tears the connection before the call is looked at, and busy is a
// gateway that says when to come again, by a date.
var scripts = fstest.MapFS{
	"torn.yaml": {Data: []byte("name: torn\ndescription: d\nclient: c\n" +
		"steps: [{times: always, do: [{reset: true}]}]\n")},
	"busy.yaml": {Data: []byte("name: busy\ndescription: d\nclient: c\nsteps: [{do: [{respond: {status: 503, " +
		"body: busy, headers: {Retry-After: 'Mon, 02 Mar 2026 12:00:20 GMT'}}}]}]\n")},
}

// observed is a client whose conduct is watched, with the clock of its server.
type observed struct {
	testkit.Client
	clock *testkit.Clock
}

// newObserved returns a client of a server of its own.
func newObserved(t *testing.T, options mock.Options) observed {
	t.Helper()
	clock := testkit.ClockAt(testkit.Noon)
	options.Clock = clock.Now
	return observed{testkit.NewClient(t, mocktest.StartWith(t, options), "default"), clock}
}

// conduct holds what a client does, and the calls by which a rule finds it.
type conduct struct {
	do    func(observed)
	want  []int64
	times int // 0 for no finding
	sure  bool
}

// testConduct runs a test for each conduct, of what one rule finds of it.
func testConduct(t *testing.T, rule string, options mock.Options, all map[string]conduct) {
	t.Helper()
	t.Parallel()
	for name, one := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newObserved(t, options)
			one.do(c)
			if got := wantFinding(t, c.Client, rule, one.times, one.want...); got.Sure != one.sure {
				t.Errorf("the finding is %+v, want one that is sure: %t", got, one.sure)
			}
		})
	}
}

// send makes a call, and returns the status of its answer; 0 where the connection is torn. It uses each connection
// once, so that the HTTP library repeats nothing.
func (c observed) send(method, url, body string, headers ...string) int {
	c.T.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		c.T.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, answer.Body) // an answer may be cut
	return answer.StatusCode
}

// deliver delivers a document under an idempotencyKey, and returns the status.
func (c observed) deliver(key int, body string, headers ...string) int {
	c.T.Helper()
	return c.send(http.MethodPost, c.URL("bsu")+"/v1/2023", body, append([]string{
		"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
		"idempotencyKey", testkit.UUID(key),
	}, headers...)...)
}

// accepted does what deliver does with a delivery that must be answered with 200.
func (c observed) accepted(key int, body string, headers ...string) {
	c.T.Helper()
	if status := c.deliver(key, body, headers...); status != http.StatusOK {
		c.T.Errorf("a delivery under key %d is answered with %d", key, status)
	}
}

// example returns the document of the BSU page with something replaced: what and with what in turn.
func (c observed) example(changes ...string) string {
	c.T.Helper()
	return strings.NewReplacer(changes...).Replace(string(testkit.Example(c.T)))
}
