package report

import (
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// dialogPolled asks for a dialog twice at once.
func dialogPolled(c testkit.Client, dialog string) {
	c.T.Helper()
	c.Dialog(dialog)
	c.Dialog(dialog)
}

// TestDialogPolled: a dialog that is asked for again within two seconds is found, and no other way to look at dialogs.
func TestDialogPolled(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		delay time.Duration
		do    func(c testkit.Client, clock *testkit.Clock, dialog string) // from call 2 on
		want  []int64                                                     // calls
		times int                                                         // 0 for no finding
	}{
		"at once": {
			delay: time.Minute, want: []int64{2, 3}, times: 1,
			do: func(c testkit.Client, _ *testkit.Clock, dialog string) { dialogPolled(c, dialog) },
		},
		"again and again": {
			delay: time.Minute, want: []int64{2, 3, 4}, times: 2,
			do: func(c testkit.Client, clock *testkit.Clock, dialog string) {
				dialogPolled(c, dialog)
				clock.Advance(1999 * time.Millisecond)
				c.Dialog(dialog)
			},
		},
		"the session's clock goes faster": {
			delay: time.Minute, want: []int64{2, 3}, times: 1,
			do: func(c testkit.Client, clock *testkit.Clock, dialog string) {
				c.SetClock(`{"scale": 1000}`)
				c.Dialog(dialog)
				clock.Advance(time.Second)
				c.Dialog(dialog)
			},
		},
		"after two seconds": {
			delay: time.Minute,
			do: func(c testkit.Client, clock *testkit.Clock, dialog string) {
				c.Dialog(dialog)
				clock.Advance(2 * time.Second)
				c.Dialog(dialog)
			},
		},
		"feedback at once": {
			do: func(c testkit.Client, _ *testkit.Clock, dialog string) { dialogPolled(c, dialog) },
		},
		"after another delivery": {
			delay: time.Minute,
			do: func(c testkit.Client, _ *testkit.Clock, dialog string) {
				c.Dialog(dialog)
				c.Delivered(2)
				c.Dialog(dialog)
			},
		},
		"parts of it": {
			delay: time.Minute,
			do: func(c testkit.Client, _ *testkit.Clock, dialog string) {
				c.Dialog(dialog)
				for _, part := range []string{"/transmissions", "/activities"} {
					c.Call("GET", c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+dialog+part, "", "Authorization",
						c.Bearer("dialogporten", testkit.Oppgavegiver))
				}
			},
		},
		"after an answer that was lost": {
			delay: time.Minute,
			do: func(c testkit.Client, _ *testkit.Clock, dialog string) {
				c.Call("GET", c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+dialog, "", "Sandkasse-Scenario",
					"maintenance", "Authorization", c.Bearer("dialogporten", testkit.Oppgavegiver))
				c.Dialog(dialog)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := testkit.ClockAt(testkit.Noon)
			c := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{
				Clock: clock.Now, ProcessingDelay: one.delay,
			}), "default")
			one.do(c, clock, c.Delivered(1).DialogID)
			wantFinding(t, c, "dialog-polled", one.times, one.want...)
		})
	}
}
