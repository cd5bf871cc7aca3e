//go:build chromium

package page

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sandkasse/mock/internal/browser"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// tab is a tab of Chromium that shows the pages of a session.
type tab struct {
	testkit.Client
	*browser.Page
}

// openTab returns a tab of a browser of its own.
func openTab(t *testing.T, c testkit.Client) tab {
	t.Helper()
	return tab{c, browser.Open(t)}
}

// show opens a page, below /_sandkasse/page/.
func (p tab) show(path string) {
	p.T.Helper()
	p.Do(chromedp.Navigate(p.URL("")+"/_sandkasse/page/"+path), chromedp.WaitReady("#main"))
}

// wait waits until a condition in JavaScript holds, also on the page that comes next.
func (p tab) wait(condition string) {
	p.T.Helper()
	p.Do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for end := time.Now().Add(40 * time.Second); ; {
			holds, err := chromedp.Evaluate[bool](
				"!!("+condition+")",
			)(
				ctx,
				t,
			) // fails while a page gives way to another
			if err == nil && holds {
				return chromedp.Void{}, nil
			}
			if time.Now().After(end) {
				return chromedp.Void{}, fmt.Errorf("%s does not come true: %w", condition, err)
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return chromedp.Void{}, ctx.Err()
			}
		}
	})
}

// text returns the text of an element.
func (p tab) text(selector string) string {
	p.T.Helper()
	return browser.Eval[string](p.Page, fmt.Sprintf(
		"((e) => e?.innerText || e?.textContent || '')(document.querySelector(%q))", selector))
}

// silent fails the test where the browser complained, or asked another host.
func (p tab) silent() {
	p.T.Helper()
	if complaints := p.Complaints(); len(complaints) > 0 {
		p.T.Errorf("the browser complains: %s", strings.Join(complaints, "\n"))
	}
	if outside := p.Outside(); len(outside) > 0 {
		p.T.Errorf("the page asks others: %s", outside)
	}
}

// TestDeliveryIsSeen: a delivery stands in the list without a reload. One whose list is scrolled down
// stays where it is, and counts what is new. A tab that is hidden holds no stream, and catches up.
func TestDeliveryIsSeen(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.show("calls")
	browser.Eval[bool](p.Page, "window.same = true")
	start := time.Now()
	p.Delivered(1)
	p.wait("document.querySelector('#c1')")
	t.Logf("a delivery is seen after %s", time.Since(start).Round(time.Millisecond))
	if row := p.text("#c1"); !strings.Contains(row, "bsu") || !strings.Contains(row, "200") {
		t.Errorf("the row is %q", row)
	}
	for i := range 60 {
		p.Deliver(i+2, "Sandkasse-Scenario", "GLD_1015")
	}
	p.wait("document.querySelector('#c61')")
	p.Do(chromedp.EmulateViewport(1200, 600))
	browser.Eval[any](p.Page, "document.querySelector('.list').scrollTop = 600")
	top := browser.Eval[float64](p.Page, "document.querySelector('#c20').getBoundingClientRect().top")
	p.Deliver(70)
	p.Deliver(71)
	p.wait("document.querySelector('#news').innerText === '2 new'")
	if now := browser.Eval[float64](p.Page, "document.querySelector('#c20').getBoundingClientRect().top"); now != top {
		t.Errorf("the list jumped from %v to %v", top, now)
	}
	p.Do(chromedp.Click("#news"))
	p.wait("document.querySelector('#c63')")

	hide := func(hidden bool) {
		browser.Eval[any](
			p.Page,
			fmt.Sprintf("Object.defineProperty(document, 'hidden', {value: %t, configurable: true}), "+
				"document.dispatchEvent(new Event('visibilitychange')), null", hidden),
		)
	}
	hide(true)
	p.Delivered(80)
	p.Control("GET", "calls/64", "", nil)
	time.Sleep(300 * time.Millisecond) // in which a stream would have brought it
	if browser.Eval[bool](p.Page, "!!document.querySelector('#c64')") {
		t.Error("a hidden tab follows the calls")
	}
	hide(false)
	p.wait("document.querySelector('#c64')")
	if !browser.Eval[bool](p.Page, "window.same === true") {
		t.Error("the page was loaded again")
	}
	p.silent()
}

// TestWhyAndMarks: a GLD_010 of several violations opens beside the list, by mouse and by keyboard, with
// its reason first, the steps, and each faulty place marked in the body.
func TestWhyAndMarks(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.Delivered(1)
	p.Call("POST", p.URL("bsu")+"/v1/2023", brokenDelivery(t), "Authorization", p.Bearer("bsu", "987654321"),
		"Content-Type", "application/json", "idempotencyKey", testkit.UUID(2))
	p.show("calls?q=api:bsu")
	p.Do(chromedp.Click("#c2 a"))
	p.wait("document.querySelector('#detail[data-number=\"2\"]')")
	if why := p.text(".why .reason"); !strings.Contains(
		why,
		"breaks the schema innrapportering/bsu.json in 3 places",
	) {
		t.Errorf("the reason is %q", why)
	}
	if stopped := p.text(".steps .stop"); !strings.Contains(stopped, "schema") {
		t.Errorf("stopped by %q", stopped)
	}
	if off := browser.Eval[int64](p.Page, "document.querySelectorAll('.steps .off').length"); off != 4 {
		t.Errorf("%d steps were not reached", off)
	}
	marks := browser.Eval[[]string](
		p.Page,
		`[...document.querySelectorAll(".code .bad")].map((line) => line.innerText)`,
	)
	if len(marks) != 3 || !strings.Contains(strings.Join(marks, "\n"), `"saldo": "mange"`) ||
		!strings.Contains(strings.Join(marks, "\n"), "saldo må være et heltall") {
		t.Errorf("marked: %q", marks)
	}
	if at := browser.Eval[string](p.Page, "location.pathname + location.search"); !strings.HasSuffix(at,
		"/_sandkasse/page/calls/2?q=api%3Absu") {
		t.Errorf("the address is %s", at)
	}
	p.Do(chromedp.NavigateBack())
	p.wait("!document.querySelector('#detail[data-number]')")
	p.Do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent(kb.Enter))
	p.wait("document.querySelector('#detail[data-number=\"1\"]')")
	p.Do(chromedp.KeyEvent("k"))
	p.wait("document.querySelector('#detail[data-number=\"2\"]')")
	p.Do(chromedp.KeyEvent(kb.Escape))
	p.wait("!document.querySelector('#detail[data-number]')")
	p.Do(chromedp.KeyEvent("/"))
	p.wait("document.activeElement.id === 'search'")
	p.Do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("?"))
	p.wait("document.querySelector('dialog[open]')?.innerText.includes('Keys')")
	p.Do(chromedp.KeyEvent(kb.Escape))
	p.wait("!document.querySelector('dialog[open]')")
	p.Do(chromedp.KeyEvent("g"), chromedp.KeyEvent("f"))
	p.wait("document.body.dataset.view === 'fail'")
	p.silent()
}

// TestArm: GLD_1015 is armed by mouse and by keyboard alone, and the next call gets it.
func TestArm(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	for i, arm := range []func(){
		func() {
			p.Do(chromedp.SendKeys("#search", "1015"))
			p.wait("[...document.querySelectorAll('[data-row]')].filter((row) => !row.hidden).length === 1")
			p.Do(chromedp.Click("[data-row]:not([hidden]) button.main"))
		},
		func() {
			p.Do(chromedp.KeyEvent("/"), chromedp.KeyEvent(kb.Backspace)) // chromedp types a key that the page took
			p.Do(chromedp.KeyEvent("1015"))
			p.wait("[...document.querySelectorAll('[data-row]')].filter((row) => !row.hidden).length === 1")
			p.Do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("j"), chromedp.KeyEvent(kb.Enter))
		},
	} {
		p.show("fail")
		arm()
		p.wait("document.querySelector('.fresh')?.innerText.includes('GLD_1015')")
		if armed := p.text(".top .armed"); armed != "1 armed" {
			t.Errorf("the top says %q", armed)
		}
		if got := p.Deliver(i + 1); !strings.Contains(got.Body, "GLD_1015") {
			t.Errorf("the next call gets %d %s", got.Status, got.Body)
		}
		p.wait("document.querySelector('.top .armed').innerText === '0 armed'")
		p.wait("document.querySelector('#armed').innerText.includes('Nothing is armed')")
		if got := p.Deliver(i + 1); got.Status != 200 {
			t.Errorf("the call after gets %d %s", got.Status, got.Body)
		}
	}
	p.silent()
}

// TestClockResetCheckpoint: the clock is frozen and stepped, a checkpoint saved, and the session reset
// after one question that says what will be gone.
func TestClockResetCheckpoint(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.MakeCalls()
	p.show("workbench")
	p.Do(chromedp.Click("#clock button[value=freeze]"))
	p.wait("document.querySelector('.top .pace')?.innerText === 'frozen'")
	before := p.SetClock(`{"freeze": "2026-12-24T17:00:00Z"}`)
	p.Do(chromedp.Click("#clock button[value='24h']"))
	p.wait("document.querySelector('#now').getAttribute('datetime').startsWith('2026-12-25T17:00:00')")
	if state := p.clock(); !state.Equal(before.Now.Add(24 * time.Hour)) {
		t.Errorf("a day after %s it is %s", before.Now, state)
	}
	p.Do(chromedp.Click("#clock button[value='new-year']"))
	p.wait("document.querySelector('#now').getAttribute('datetime').startsWith('2027-01-01T00:00:00')")
	p.Do(chromedp.SendKeys("#checkpoint-name", "stocked"), chromedp.Click("form[action$=checkpoint] button"))
	p.wait("document.querySelector('form[action$=restore]')")
	p.Do(chromedp.Click("form[action$=reset] button"))
	p.wait("document.querySelector('dialog[open]')")
	if asked := p.text("dialog p"); !strings.Contains(asked, "6 calls, 9 records") ||
		!strings.Contains(asked, "session a") {
		t.Errorf("it asks %q", asked)
	}
	p.Do(chromedp.KeyEvent(kb.Escape))
	p.wait("!document.querySelector('dialog')")
	if n := len(p.Numbers("")); n != 6 {
		t.Errorf("after a no there are %d calls", n)
	}
	p.Do(chromedp.Click("form[action$=reset] button"))
	p.wait("document.querySelector('dialog[open]')")
	p.Do(chromedp.Click("dialog button.danger"))
	p.wait("document.querySelector('.notice.good')?.innerText.includes('reset')")
	if n := len(p.Numbers("")); n != 0 {
		t.Errorf("after the reset there are %d calls", n)
	}
	p.Do(chromedp.Click("form[action$=restore] button"))
	p.wait("document.querySelector('dialog[open]')")
	p.Do(chromedp.Click("dialog button.danger"))
	p.wait("document.querySelector('.notice.good')?.innerText.includes('checkpoint')")
	if state := p.clock(); state.Year() != 2027 {
		t.Errorf("the restored clock shows %s", state)
	}
	p.silent()
}

// clock returns the time of the session.
func (p tab) clock() time.Time {
	p.T.Helper()
	var state struct{ Now time.Time }
	p.Control("GET", "clock", "", &state)
	return state.Now
}

// TestTwoSessions: two tabs, each of a session of its own, do not see each other's calls, plays or clock.
func TestTwoSessions(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	a := openTab(t, testkit.NewClient(t, s, "a"))
	b := openTab(t, testkit.NewClient(t, s, "b"))
	a.show("calls")
	b.show("calls")
	a.Delivered(1)
	a.Control("POST", "plays", `{"scenario": "GLD_1015"}`, nil)
	a.SetClock(`{"freeze": "2031-01-01T00:00:00Z"}`)
	b.Deliver(2, "Sandkasse-Scenario", "GLD_023")
	a.wait("document.querySelector('#c1')")
	b.wait("document.querySelector('#c1')")
	a.show("calls")
	b.show("calls")
	if row := a.text("#c1"); !strings.Contains(row, "200") || a.text(".top .armed") != "1 armed" ||
		!strings.Contains(a.text(".top .clock"), "frozen") {
		t.Errorf("a shows %q, %q, %q", row, a.text(".top .armed"), a.text(".top .clock"))
	}
	if row := b.text("#c1"); !strings.Contains(row, "GLD_1053") || b.text(".top .armed") != "0 armed" ||
		strings.Contains(b.text(".top .clock"), "frozen") {
		t.Errorf("b shows %q, %q, %q", row, b.text(".top .armed"), b.text(".top .clock"))
	}
	a.Do(chromedp.Click(".session summary"), chromedp.SetValue("#switch-session", "b"),
		chromedp.Click(".session button"))
	a.wait("document.querySelector('.session b').innerText === 'b' && document.querySelector('#c1 .s5')")
	a.silent()
	b.silent()
}

// TestScriptsOff: with JavaScript off, a call is opened and sent again, a code armed and disarmed, the
// clock frozen, a token made, and the back button goes back.
func TestScriptsOff(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.MakeCalls()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	p.Do(chromedp.Navigate(p.URL("") + "/_sandkasse/page/calls"))
	// What chromedp's own clicks look at would need scripts.
	press := func(selector string) {
		t.Helper()
		p.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			for last := ""; ; { // until it stands still: the style may be on its way
				nodes, err := chromedp.Nodes(chromedp.CSS(selector))(ctx, target)
				if err != nil {
					return chromedp.Void{}, err
				}
				at, err := cdp.Call(
					ctx,
					target,
					dom.GetContentQuads,
					dom.GetContentQuadsParams{NodeID: nodes[0].NodeID},
				)
				if place := fmt.Sprint(at.Quads); err == nil && place == last && len(at.Quads) > 0 {
					return chromedp.MouseClickNode(nodes[0])(ctx, target)
				} else if err == nil {
					last = place
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	// A click that leads to another page is waited for by what only that has.
	step := func(click, then string) {
		t.Helper()
		press(click)
		p.Do(chromedp.WaitReady(chromedp.CSS(then)))
	}
	step("#c3 a", "#detail[data-number='3']")
	step("#detail button[value=same]", "#detail[data-number='7']")
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		list, err := cdp.Call(ctx, target, page.GetNavigationHistory, cdp.Empty{})
		if err != nil {
			return err
		}
		for i, want := range []string{"/page/calls", "/page/calls/3", "/page/calls/7"} { // no POST is among them
			if at := list.CurrentIndex - 2 + int64(i); at < 0 || !strings.HasSuffix(list.Entries[at].URL, want) {
				t.Errorf("the way back is %v; want %s", list.Entries, want)
			}
		}
		return nil
	}))
	step("#close", "#split:not(.opened)")
	step("nav a[data-key=f]", "#scenarios")
	press("#search")
	p.Do(chromedp.KeyEvent("1015"))
	step("form[role=search] button", "#search[value='1015']")
	step("#scenarios button.main", "tr.fresh")
	if got := p.Deliver(9); !strings.Contains(got.Body, "GLD_1015") {
		t.Errorf("the next call gets %d %s", got.Status, got.Body)
	}
	step("a[href='fail/play']", "#scenario")
	press("#scenario")
	p.Do(chromedp.KeyEvent("slow;ms=5"))
	press("#times")
	p.Do(chromedp.KeyEvent("3"))
	step(".fields button.main", "tr.fresh")
	step("#armed td button", "#armed:not(:has(table))")
	step("nav a[data-key=w]", "#token")
	step("#clock button[value=freeze]", ".top .pace")
	step("#token button.main", "#made-token")
	press("#checkpoint-name")
	p.Do(chromedp.KeyEvent("one"))
	step("form[action$=checkpoint] button", "form[action$=restore]")
	step("form[action$=reset] button", "a.skip[href*='done=reset']")
	if n := len(p.Numbers("")); n != 0 {
		t.Errorf("after the reset there are %d calls", n)
	}
	p.silent()
}

// TestManyCalls: older calls come while one scrolls down, up to the first, and hostile texts stay texts.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	hostile := `<img src=x onerror="window.hit=1">`
	for range 350 {
		p.Call("GET", p.URL("")+"/nowhere", "")
	}
	p.Call("POST", p.URL("bsu")+"/v1/2023", `{"a": "`+strings.ReplaceAll(hostile, `"`, `'`)+`"}`, "Authorization",
		p.Bearer("bsu", "987654321"), "Content-Type", "application/json", "idempotencyKey", testkit.UUID(1))
	p.show("calls")
	p.wait("(document.querySelector('.list').scrollTop = 1e6) && document.querySelector('#c1')")
	t.Logf("the first paint of a list of many is after %.0f ms", browser.Eval[float64](p.Page,
		"performance.getEntriesByName('first-contentful-paint')[0].startTime"))
	if n := browser.Eval[int64](p.Page, "document.querySelectorAll('.rows li[id]').length"); n != 351 {
		t.Errorf("%d calls are listed", n)
	}
	for i := range 150 { // more than are listed at once, while one looks at old ones
		p.Deliver(i+10, "Sandkasse-Scenario", "GLD_1015")
	}
	p.wait("/new/.test(document.querySelector('#news').innerText)")
	p.Do(chromedp.Click("#news"))
	p.wait("document.querySelector('#c501')")
	p.show("calls/351")
	p.wait("document.querySelector('#detail[data-number=\"351\"]')?.innerText.includes('onerror')")
	if browser.Eval[bool](p.Page, "window.hit === 1 || !!document.querySelector('main img')") {
		t.Error("what came from outside is run")
	}
	p.silent()
}
