//go:build chromium

package page

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"sandkasse/mock/internal/browser"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestReportHTML: the report that stands alone shows whole from 360 px on, light and dark, without a
// complaint of the browser, and asks for nothing else. With -shots FOLDER it writes screenshots.
func TestReportHTML(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "suite")
	fillTown(t, c)
	page := browser.Open(t)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 360} {
			page.Do(media(scheme), chromedp.EmulateViewport(width, 900),
				chromedp.Navigate(c.URL("")+"/_sandkasse/report?format=html"), chromedp.WaitReady("main"))
			name := fmt.Sprintf("reporthtml-%d-%s", width, scheme)
			if wide := browser.Eval[int64](page, "document.documentElement.scrollWidth"); wide > width {
				t.Errorf("%s is %d px wide", name, wide)
			}
			if findings := browser.Eval[int](page, "document.querySelectorAll('.finding').length"); findings == 0 {
				t.Errorf("%s has no findings", name)
			}
			shoot(t, page, name)
		}
	}
	if complaints, outside := page.Complaints(), page.Outside(); len(complaints)+len(outside) > 0 {
		t.Errorf("the browser complains: %q; others are asked: %q", complaints, outside)
	}
}
