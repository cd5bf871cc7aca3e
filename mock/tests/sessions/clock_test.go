package sessions

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestClockOrders: each order to the clock does what it says, and what it cannot is refused with
// what would be right.
func TestClockOrders(t *testing.T) {
	t.Parallel()
	server := testkit.ClockAt(testkit.Noon)
	s := mocktest.StartWith(t, mock.Options{Clock: server.Now})
	w, other := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b")
	at := func(text string) time.Time {
		then, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return then
	}
	for _, test := range []struct {
		order         string
		now, tenLater string // ten seconds of the server
	}{
		{`{"freeze": true}`, "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"},
		{`{"freeze": "2031-01-01T00:00:00Z"}`, "2031-01-01T00:00:00Z", "2031-01-01T00:00:00Z"},
		{`{"advance": "36h"}`, "2031-01-02T12:00:00Z", "2031-01-02T12:00:00Z"},
		{`{"advance": "-36h"}`, "2031-01-01T00:00:00Z", "2031-01-01T00:00:00Z"},
		{`{"advance": "0s"}`, "2031-01-01T00:00:00Z", "2031-01-01T00:00:00Z"},
		{`{"scale": 60}`, "2031-01-01T00:00:00Z", "2031-01-01T00:10:00Z"},
		{`{"set": "2031-06-01T02:00:00+02:00"}`, "2031-06-01T00:00:00Z", "2031-06-01T00:10:00Z"},
		{`{"scale": 0.5}`, "2031-06-01T00:10:00Z", "2031-06-01T00:10:05Z"},
		{`{"set": "1999-01-01T00:00:00Z", "scale": 1}`, "1999-01-01T00:00:00Z", "1999-01-01T00:00:10Z"},
		{`{"advance": "1h", "scale": 2}`, "1999-01-01T01:00:10Z", "1999-01-01T01:00:30Z"},
		{`{"free": true}`, "2026-03-02T12:01:40Z", "2026-03-02T12:01:50Z"},
	} {
		state := w.SetClock(test.order)
		if !state.Now.Equal(at(test.now)) || state.Frozen != (test.now == test.tenLater) ||
			state.Free != strings.Contains(test.order, "free\"") {
			t.Errorf("%s: %+v, want %s", test.order, state, test.now)
		}
		server.Advance(10 * time.Second)
		if now := w.Clock().Now(); !now.Equal(at(test.tenLater)) {
			t.Errorf("%s: ten seconds later it is %s, want %s", test.order, now, test.tenLater)
		}
		if now := other.Clock().Now(); !now.Equal(server.Now()) {
			t.Errorf("%s: in another session it is %s", test.order, now)
		}
	}
	before := w.Control("GET", "clock", "", nil)
	for order, tells := range map[string]string{
		`{}`: "nothing is asked", `{"freeze": "soon"}`: "2031-01-01T00:00:00Z",
		`{"set": "2031"}`:         "2031-01-01T00:00:00Z",
		`{"advance": "two days"}`: "36h", `{"scale": 0}`: "above 0", `{"scale": -1}`: "above 0",
		`{"scale": 1e9}`:               "at most",
		`{"freeze": true, "scale": 2}`: "scale goes with", `{"freeze": true, "free": true}`: "at a time",
		`{"set": "0001-01-01T00:00:00Z"}`: "outside", `{"advance": "3000000h"}`: "36h", `{"stop": true}`: "such as",
		`nonsense`: "such as",
	} {
		got := w.Call("PUT", w.URL("")+"/_sandkasse/clock", order)
		if got.Status != http.StatusBadRequest || !strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s, want one with %q", order, got.Status, got.Body, tells)
		}
	}
	if after := w.Control("GET", "clock", "", nil); after != before {
		t.Errorf("what was refused changed the clock from %s to %s", before, after)
	}
}

// TestEverythingFollowsTheClock: tokens, years, identifiers, the journal, the Date of an answer.
func TestEverythingFollowsTheClock(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	w.SetClock(`{"freeze": "2026-03-02T12:00:00Z"}`)
	old := w.Bearer("bsu", testkit.Oppgavegiver)
	deliver := func(year string, key int) testkit.Response {
		body := strings.Replace(string(testkit.Example(t)), `"inntektsaar": 2023`, `"inntektsaar": `+year, 1)
		return w.Call("POST", w.URL("bsu")+"/v1/"+year, body, "Authorization", old, "Content-Type", "application/json",
			"idempotencyKey", testkit.UUID(key))
	}
	expect := func(what string, got testkit.Response, status int, code string) {
		t.Helper()
		if got.Status != status || !strings.Contains(got.Body, code) {
			t.Errorf("%s: %d %s, want %d with %q", what, got.Status, got.Body, status, code)
		}
	}
	expect("at first", deliver("2023", 1), 200, "")
	w.SetClock(`{"advance": "110s"}`)
	expect("ten seconds before its end", deliver("2023", 2), 200, "")
	w.SetClock(`{"advance": "1m"}`)
	expect("with an old token", deliver("2023", 3), 401, "GLD_1008")
	w.SetClock(`{"advance": "-1m"}`)
	expect("back again", deliver("2023", 4), 200, "")
	expect("a year to come", deliver("2031", 5), 400, "GLD_1027")

	w.SetClock(`{"freeze": "2032-01-15T08:30:00.125Z"}`)
	old = w.Bearer("bsu", testkit.Oppgavegiver)
	got := deliver("2031", 6)
	expect("the year has come", got, 200, "")
	var ids testkit.Receipt
	if err := json.Unmarshal([]byte(got.Body), &ids); err != nil {
		t.Fatal(err)
	}
	then := time.Date(2032, time.January, 15, 8, 30, 0, 125_000_000, time.UTC)
	for _, id := range []string{ids.DialogID, ids.ForsendelseID} {
		parsed := uuid.MustParse(id)
		if seconds, nanoseconds := parsed.Time().UnixTime(); !time.Unix(seconds, nanoseconds).Equal(then) {
			t.Errorf("%s carries %s", id, time.Unix(seconds, nanoseconds).UTC())
		}
	}
	if date := got.Header.Get("Date"); date != "Thu, 15 Jan 2032 08:30:00 GMT" {
		t.Errorf("the answer is of %s", date)
	}
	calls := w.Calls(mock.CallQuery{})
	if last := calls[len(calls)-1]; !last.Time.Equal(then) || last.DurationMs != 0 {
		t.Errorf("the journal says %s, and that it took %v ms", last.Time, last.DurationMs)
	}
	if shown := w.Control("GET", "calls?limit=1", "", nil); !strings.Contains(shown, "2032-01-15T08:30:00.125Z") {
		t.Errorf("the journal shows %s", shown)
	}

	// Where on earth the time was told does not matter.
	var answers []testkit.Response
	for _, freeze := range []string{"2031-12-31T23:30:00Z", "2032-01-01T01:30:00+02:00"} {
		w.Control("POST", "reset", "", nil)
		w.SetClock(`{"freeze": "` + freeze + `"}`)
		old = w.Bearer("bsu", testkit.Oppgavegiver)
		answers = append(answers, deliver("2031", 1))
	}
	if fmt.Sprint(answers[0]) != fmt.Sprint(answers[1]) {
		t.Errorf("at one time, told in two zones: %v and %v", answers[0], answers[1])
	}
}

// TestFeedbackFollowsTheClock: the feedback on a delivery shows when the clock has moved over the
// delay, and is gone when it is moved back.
func TestFeedbackFollowsTheClock(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{ProcessingDelay: 24 * time.Hour})
	w := testkit.NewClient(t, s, "a")
	w.SetClock(`{"freeze": true}`)
	got := w.Delivered(1)
	for _, step := range []struct {
		order    string
		feedback int
	}{{`{"advance": "23h59m"}`, 0}, {`{"advance": "1m"}`, 1}, {`{"advance": "-1s"}`, 0}, {`{"advance": "1000h"}`, 1}} {
		w.SetClock(step.order)
		if shown := w.Dialog(got.DialogID); shown.FromServiceOwnerTransmissionsCount != step.feedback ||
			len(shown.Transmissions) != 1+step.feedback {
			t.Errorf("%s: %+v, want %d of the service owner", step.order, shown, step.feedback)
		}
	}
}

// TestDialogCountsWhateverTheClock: however the clock is set back and forth across the deliveries
// on a dialog, Dialogporten counts what has been processed by now, in the dialog and in the list,
// and shows as much.
func TestDialogCountsWhateverTheClock(t *testing.T) {
	t.Parallel()
	const delay = time.Hour
	s := mocktest.StartWith(t, mock.Options{ProcessingDelay: delay})
	w := testkit.NewClient(t, s, "a")
	rapid.Check(t, func(rt *rapid.T) {
		if err := w.Reset(); err != nil {
			rt.Fatal(err)
		}
		now := testkit.Noon
		var shows []time.Time // of each delivery's feedback; zero where there is none
		dialog := ""
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-180, 180).Draw(rt, "minutes")) * time.Minute)
			if err := w.Clock().Freeze(now); err != nil {
				rt.Fatal(err)
			}
			if dialog == "" || rapid.Bool().Draw(rt, "deliver") {
				if rapid.IntRange(0, 4).Draw(rt, "never") == 0 {
					dialog = w.Delivered(len(shows), "Sandkasse-Scenario", "feedback-never").DialogID
					shows = append(shows, time.Time{})
				} else {
					dialog = w.Delivered(len(shows)).DialogID
					shows = append(shows, now.Add(delay))
				}
			}
			processed := 0
			for _, at := range shows {
				if !at.IsZero() && !now.Before(at) {
					processed++
				}
			}
			shown := w.Dialog(dialog)
			var list struct {
				Items []struct{ FromServiceOwnerTransmissionsCount, FromPartyTransmissionsCount int }
			}
			got := w.Call("GET", w.URL("dialogporten")+
				"/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+testkit.Oppgavegiver, "",
				"Authorization", w.Bearer("dialogporten", testkit.Oppgavegiver))
			if err := json.Unmarshal([]byte(got.Body), &list); err != nil || len(list.Items) != 1 {
				rt.Fatalf("the list: %d %s", got.Status, got.Body)
			}
			for _, counted := range [][2]int{
				{shown.FromPartyTransmissionsCount, shown.FromServiceOwnerTransmissionsCount},
				{list.Items[0].FromPartyTransmissionsCount, list.Items[0].FromServiceOwnerTransmissionsCount},
				{len(shows), len(shown.Transmissions) - len(shows)},
			} {
				if counted != [2]int{len(shows), processed} {
					rt.Fatalf("at %s counted are %v, want %v: %v", now, counted, [2]int{len(shows), processed}, shows)
				}
			}
		}
	})
}

// TestWebhooksFollowTheClock: a message that its receiver did not take is sent again when the
// session's clock has moved, and not before.
func TestWebhooksFollowTheClock(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	refuse := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case <-refuse:
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		got <- string(body)
	}))
	defer receiver.Close()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	w.SetClock(`{"freeze": "2026-03-02T12:00:00Z"}`)
	w.Control("PUT", "kobo/systems/fdvu-1", `{"url": "`+receiver.URL+`", "apiKey": "prove"}`, nil)
	w.Reserve(w.NewBolig())
	message := receive(t, got)
	for tries := 1; tries <= 3; tries++ {
		var shown struct {
			Events []struct {
				State    string
				Tries    int
				Due      time.Time
				Attempts []struct{ Time time.Time }
			}
		}
		for len(shown.Events) != 1 || shown.Events[0].Tries != tries { // until the attempt is settled
			w.Control("GET", "kobo/events", "", &shown)
		}
		event, now := shown.Events[0], w.Clock().Now()
		wait := event.Due.Sub(now)
		if event.State != "waiting" || wait != time.Second<<(tries-1) || !event.Attempts[tries-1].Time.Equal(now) {
			t.Fatalf("after attempt %d at %s: %+v", tries, now, event)
		}
		if len(got) != 0 {
			t.Errorf("it came again before it was due")
		}
		if tries == 3 {
			close(refuse)
		}
		w.SetClock(fmt.Sprintf(`{"advance": "%s"}`, wait))
		if again := receive(t, got); again != message {
			t.Errorf("it came again as %s, and first as %s", again, message)
		}
	}
	for !strings.Contains(w.Control("GET", "kobo/events", "", nil), `"delivered"`) { // until it is settled
	}
}

func receive(t testing.TB, from <-chan string) string {
	t.Helper()
	select {
	case message := <-from:
		return message
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}
