package sessions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

const suites = 50

// script is a scripted client of one session. What it sees, it writes down whole: it must not
// depend on what other sessions do.
type script struct {
	t    *testing.T
	base string // of the server
	n    int
	seen bytes.Buffer
}

// play makes the calls of one client, which has a seed, clock and scenario of its own, and returns
// what it saw.
func (s *script) play() string {
	own := fmt.Sprintf(`"seed": %d`, 1000+s.n)
	s.control("POST", "reset", "{"+own+"}")
	s.control("PUT", "clock", fmt.Sprintf(`{"freeze": "%d-03-02T12:00:%02dZ"}`, 2026+s.n%3, s.n))
	ask := ""
	switch s.n % 7 {
	case 0:
		s.control("POST", "plays", `{"scenario": "flaky;p=0.5", "times": "always"}`)
	case 1:
		s.control("POST", "plays", `{"scenario": "GLD_1015", "probability": 0.4, "times": "always", `+own+`}`)
	case 2:
		ask = "lost-answer"
	case 3:
		s.control("POST", "plays", `{"scenario": "fail-twice-then-ok", "method": "POST"}`)
	case 4:
		s.control("POST", "plays", `{"scenario": "document-not-yet"}`)
	case 5:
		ask = "truncated-answer"
	}
	token := s.control("GET", "token?api=bsu&org="+testkit.Oppgavegiver+"&ttl=1h", "")
	dialogs := s.control("GET", "token?api=dialogporten&org="+testkit.Oppgavegiver+"&ttl=1h", "")
	kobo := s.control("GET", "token?api=kobo&org="+testkit.Oppgavegiver+"&ttl=1h", "")
	var got testkit.Receipt
	for i := range 6 {
		answered := s.call("POST", "/innrapporteringbsu/v1/2023", string(testkit.Example(s.t)), "Authorization", token,
			"Content-Type", "application/json",
			"idempotencyKey", testkit.UUID(i/2), "Sandkasse-Scenario", ask)
		if json.Unmarshal([]byte(answered), &got) == nil {
			s.call("GET", "/innrapporteringbsu/v1/2023/forsendelser/"+got.ForsendelseID+"/dokumenter/"+
				got.ForsendelseID, "", "Authorization", token)
			s.call("GET", "/dialogporten/api/v1/enduser/dialogs/"+got.DialogID, "", "Authorization", dialogs)
		}
		s.control("PUT", "clock", fmt.Sprintf(`{"advance": "%dm"}`, s.n%5))
	}
	s.call("POST", "/innrapporteringbsu/v1/2023", "{}", "Authorization", token, "Content-Type", "application/json")
	s.call("GET", "/dialogporten/api/v1/enduser/dialogs", "", "Authorization", dialogs)
	s.call("POST", "/kobo/kobobolig", testkit.Bolig, "Authorization", kobo, "Content-Type", "application/json",
		"x-kobo-systemid", "fdvu-1")
	s.call("POST", "/maskinporten/token", "grant_type=nonsense", "Content-Type", "application/x-www-form-urlencoded")
	s.call("GET", "/innrapporteringbsu/finnes-ikke", "")
	for _, path := range []string{"calls", "holdings", "plays", "clock", "kobo/kobobolig", "calls.har"} {
		s.control("GET", path, "")
	}
	return s.seen.String()
}

// call makes a call in the script's session, by address or by header, and writes down the whole
// answer.
func (s *script) call(method, path, body string, headers ...string) string {
	name, url := fmt.Sprintf("suite-%d", s.n), s.base
	if s.n%2 == 0 {
		url += "/_session/" + name
	}
	r, err := http.NewRequest(method, url+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return ""
	}
	r.Host = "sandkasse.test" // whatever the port
	if s.n%2 != 0 {
		r.Header.Set("Sandkasse-Session", name)
	}
	for i := 0; i < len(headers); i += 2 {
		if value := headers[i+1]; value != "" {
			if headers[i] == "Authorization" {
				value = "Bearer " + value
			}
			r.Header.Set(headers[i], value)
		}
	}
	fmt.Fprintf(&s.seen, "%s %s\n", method, path)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.seen.WriteString("no answer\n\n")
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if strings.HasPrefix(path, "/_sandkasse/") {
		response.Header.Del("Date") // the machine's
	}
	fmt.Fprintf(&s.seen, "%s\n", response.Status)
	response.Header.Write(&s.seen)
	fmt.Fprintf(&s.seen, "\n%s\ncut off: %v\n\n", text, err != nil)
	return string(text)
}

func (s *script) control(method, path, body string) string {
	from := s.seen.Len()
	answered := strings.TrimSpace(s.call(method, "/_sandkasse/"+path, body))
	if !bytes.Contains(s.seen.Bytes()[from:], []byte("\n200 OK\n")) {
		s.t.Errorf("%s %s: %s", method, path, answered)
	}
	return answered
}

// TestFiftySessions: fifty suites at once, each with its own script, clock and seed, get the same
// bytes as each alone on a server of its own, and as once more after a reset.
func TestFiftySessions(t *testing.T) {
	t.Parallel()
	shared := mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now})
	together := func() []string {
		seen := make([]string, suites)
		var playing sync.WaitGroup
		for n := range suites {
			playing.Go(func() { seen[n] = (&script{t: t, base: shared.URL(""), n: n}).play() })
		}
		playing.Wait()
		return seen
	}
	first := together()
	again := together()
	distinct := map[string]bool{}
	for n := range suites {
		own := mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now})
		alone := (&script{t: t, base: own.URL(""), n: n}).play()
		if alone != first[n] {
			t.Errorf("suite %d (-alone +together):\n%s", n,
				cmp.Diff(strings.Split(alone, "\n"), strings.Split(first[n], "\n")))
		}
		if first[n] != again[n] {
			t.Errorf("suite %d (-first +after a reset):\n%s", n,
				cmp.Diff(strings.Split(first[n], "\n"), strings.Split(again[n], "\n")))
		}
		distinct[first[n]] = true
		played := strings.Contains(first[n], "Sandkasse-Played") || strings.Contains(first[n], "no answer")
		if played != (n%7 != 6) {
			t.Errorf("suite %d: a scenario was played: %v", n, played)
		}
	}
	if len(distinct) != suites {
		t.Errorf("%d different suites saw %d different things", suites, len(distinct))
	}
}
