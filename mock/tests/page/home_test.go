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
	"github.com/chromedp/chromedp"

	"sandkasse/mock/internal/browser"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// press clicks an element with the mouse, and waits for what only the page that comes then has. It
// needs no scripts on the page.
func (p tab) press(selector, then string) {
	p.T.Helper()
	p.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		last := ""
		for { // until it stands still: the style may be on its way
			nodes, err := chromedp.Nodes(chromedp.CSS(selector))(ctx, target)
			if err != nil {
				return chromedp.Void{}, err
			}
			cdp.Call(ctx, target, dom.ScrollIntoViewIfNeeded,
				dom.ScrollIntoViewIfNeededParams{NodeID: nodes[0].NodeID}) // else the click fails
			at, err := cdp.Call(
				ctx,
				target,
				dom.GetContentQuads,
				dom.GetContentQuadsParams{NodeID: nodes[0].NodeID},
			)
			place := fmt.Sprint(at.Quads)
			if err == nil && place == last && len(at.Quads) > 0 {
				return chromedp.MouseClickNode(nodes[0])(ctx, target)
			}
			if err == nil {
				last = place
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return chromedp.Void{}, ctx.Err()
			}
		}
	})
	p.Do(chromedp.WaitReady(chromedp.CSS(then)))
}

// TestHomeInBrowser: a home goes from registration to the end of its tenancy by the mouse alone, with
// JavaScript and without.
func TestHomeInBrowser(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts=%t", scripts), func(t *testing.T) {
			t.Parallel()
			p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
			p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled,
					emulation.SetScriptExecutionDisabledParams{Value: !scripts})
				return err
			}))
			p.Do(chromedp.Navigate(p.URL("")+"/_sandkasse/page/calls"), chromedp.WaitReady(chromedp.CSS("#main")))
			p.press("nav a[data-key=k]", "form[action='kobo/register']")
			p.press("form[action='kobo/register'] button.main", "h1 .badge.free")
			act := func(name string) string { return "form:has(input[value='" + name + "']) button" }
			for _, step := range [][2]string{
				{"reserver", "reserved"},
				{"tildel", "assigned"},
				{"lei ut", "let"},
				{"si opp", "noticed"},
				{"avslutt", "free"},
			} {
				p.press(act(step[0]), ".notice.good ~ .panels, h1 .badge."+step[1])
				p.Do(chromedp.WaitReady(chromedp.CSS("h1 .badge." + step[1])))
			}
			p.press("a[href^='kobo/messages?key=']", ".messages")
			var events struct{ Events []struct{ Type string } }
			p.Control("GET", "kobo/events", "", &events)
			var types []string
			for _, one := range events.Events {
				types = append(types, one.Type)
			}
			want := "RESERVASJON_OPPRETTET TILDELING_OPPRETTET LEIEFORHOLD_OPPRETTET OPPSIGELSE_REGISTRERT " +
				"LEIEFORHOLD_AVSLUTTET"
			if got := strings.Join(types, " "); got != want {
				t.Errorf("the messages are %s", got)
			}
			p.silent()
		})
	}
}

// TestInboxInBrowser: a delivery that is generated and sent is found in the inbox, and its document and
// feedback are read, by the mouse alone.
func TestInboxInBrowser(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.show("reporting")
	p.press("button[value=send]", "table a[href^='calls/']")
	p.press("nav a[data-key=r]", ".mails")
	p.press(".mails a", ".letter")
	p.press(".papers a", "#document")
	if text := p.text("#document"); !strings.Contains(text, "kildesystem") {
		t.Errorf("the document is %q", text)
	}
	p.press(".letter + .letter .papers a:last-child", "#document")
	p.wait("document.querySelector('#document')?.innerText.includes('<tilbakemelding')")
	p.silent()
}

// TestCompletion: in a query, the names of fields complete its last word.
func TestCompletion(t *testing.T) {
	t.Parallel()
	p := openTab(t, testkit.NewClient(t, mocktest.Start(t), "a"))
	p.show("testdata")
	p.Do(chromedp.Focus("#search"), chromedp.KeyEvent("kjoenn:kvinne and foed"))
	options := browser.Eval[[]string](
		p.Page,
		"[...document.querySelector('#search').list.options].map((one) => one.value)"+
			".filter((value) => value.startsWith(document.querySelector('#search').value))",
	)
	if got := strings.Join(options, "\n"); !strings.Contains(got, "kjoenn:kvinne and foedselsdato:") {
		t.Errorf("completed by %s", got)
	}
	p.Do(chromedp.KeyEvent("selsdato:[1990 to 1994]\r"))
	p.wait(
		"document.querySelectorAll('tbody tr[data-row]').length === 25 && location.search.includes('foedselsdato')",
	)
	p.silent()
}
