//go:build chromium

package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sandkasse/mock"
	"sandkasse/mock/internal/browser"
	"sandkasse/mock/mocktest"
)

// until waits for a text of the page: that of the first element that a selector finds and that fits a pattern.
func until(page *browser.Page, selector, pattern string) string {
	return browser.Eval[string](page, fmt.Sprintf(`new Promise((resolve, reject) => {
		const began = Date.now();
		const look = () => {
			const texts = [...document.querySelectorAll(%q)].map((one) => one.textContent.trim());
			const found = texts.find((text) => new RegExp(%q).test(text));
			if (found !== undefined) resolve(found);
			else if (Date.now() - began > 60000) reject(new Error("there is no " + %[1]q + " like " + %[2]q + " in " + texts));
			else setTimeout(look, 20);
		};
		look();
	})`, selector, pattern))
}

// click clicks the first element that a selector finds.
func click(page *browser.Page, selector string) {
	until(page, selector, "")
	browser.Eval[bool](page, fmt.Sprintf(`document.querySelector(%q).click() ?? true`, selector))
}

// TestDocsInChromium: the page of an API loads without a network, fills in a token, tries a call with 200 and one with
// a scenario, and no request leaves the machine.
func TestDocsInChromium(t *testing.T) {
	t.Parallel()
	server := mocktest.Start(t)
	base := strings.TrimSuffix(server.URL(""), "/")
	page := browser.Open(t)
	page.Do(chromedp.Navigate(base + "/_sandkasse/docs/bsu"))
	click(page, "#token:not([hidden]) button")
	until(page, "#token output", "filled in for 987654321")
	click(page, "#operations-bsu-innsending .opblock-summary-control")
	click(page, "#operations-bsu-innsending .try-out__btn")
	click(page, "#operations-bsu-innsending .execute")
	status := until(page, "#operations-bsu-innsending .live-responses-table .response-col_status", "[0-9]{3}")
	if !strings.HasPrefix(status, "200") {
		t.Errorf("the call is answered %s: %s", status,
			until(page, ".live-responses-table .response-col_description", ""))
	}
	browser.Eval[bool](page, `document.querySelector("#scenario select").value = "GLD_1015", true`)
	click(page, "#operations-bsu-innsending .execute")
	until(page, "#operations-bsu-innsending .live-responses-table .response-col_status", "403")
	calls := server.Calls(mock.CallQuery{API: "bsu"})
	if len(calls) != 2 || calls[0].Status+calls[1].Status != 200+403 {
		t.Errorf("the journal has %+v", calls)
	}
	complaints := page.Complaints()
	for _, complaint := range complaints {
		if !strings.Contains(complaint, "403") { // which is the answer on demand
			t.Errorf("the page complains: %s", complaint)
		}
	}
	for _, name := range []string{"bsu", "kobo", "maskinporten", "control", "all", ""} {
		other := browser.Open(t)
		other.Do(chromedp.Navigate(strings.TrimSuffix(base+"/_session/suite-1/_sandkasse/docs/"+name, "/")))
		if name != "" {
			until(other, ".opblock-summary-path", "/")
		}
		elsewhere := browser.Eval[[]string](other, `[...document.querySelectorAll("a[href], [src]")].
			map((one) => one.href || one.src).filter((address) => !address.startsWith(location.origin))`)
		if len(elsewhere) > 0 {
			t.Errorf("%s leads to %q", name, elsewhere)
		}
		if len(other.Outside()) > 0 || len(other.Complaints()) > 0 {
			t.Errorf("%s: asked %q, complains %q", name, other.Outside(), other.Complaints())
		}
	}
	if len(page.Outside()) > 0 || len(page.Requests()) < 6 {
		t.Errorf("asked %q, outside %q", page.Requests(), page.Outside())
	}
}
