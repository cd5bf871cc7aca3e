//go:build chromium

package openapi

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sandkasse/mock/internal/browser"
	"sandkasse/mock/mocktest"
)

var shots = flag.String("shots", "", "write screenshots of the docs pages into this folder")

// TestDocsLayout: on a telephone and on a wide screen, in the light and in the dark, nothing is wider than the page,
// the ground has the scheme's colour, and links lead back to the list and to the calls. The page tries a call each
// time.
func TestDocsLayout(t *testing.T) {
	t.Parallel()
	server := mocktest.Start(t)
	base := strings.TrimSuffix(server.URL(""), "/") + "/_session/suite-1/_sandkasse/"
	page := browser.Open(t)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{390, 1440} {
			for _, name := range []string{"", "bsu", "all"} {
				at := fmt.Sprintf("%s-%d-%s", name, width, scheme)
				page.Do(schemeOf(scheme), chromedp.EmulateViewport(width, 900),
					chromedp.Navigate(strings.TrimSuffix(base+"docs/"+name, "/")))
				if name != "" {
					until(page, ".opblock-summary-path", "/")
				}
				if name == "bsu" {
					click(page, "#token:not([hidden]) button")
					until(page, "#token output", "filled in for 987654321")
					click(page, "#operations-bsu-innsending .opblock-summary-control")
					click(page, "#operations-bsu-innsending .try-out__btn")
					click(page, "#operations-bsu-innsending .execute")
					until(page, "#operations-bsu-innsending .live-responses-table .response-col_status", "200")
				}
				if wide := browser.Eval[int64](page, `document.documentElement.scrollWidth`); wide > width {
					t.Errorf("%s: the page is %d wide", at, wide)
				}
				got := browser.Eval[string](page, `getComputedStyle(document.body).backgroundColor`)
				ground := map[string]string{"light": "rgb(250, 246, 239)", "dark": "rgb(26, 24, 20)"}[scheme]
				if got != ground {
					t.Errorf("%s: the ground is %s, want %s", at, got, ground)
				}
				links := browser.Eval[[]string](page, `[...document.querySelectorAll(".top a")].map((a) => a.href)`)
				want := []string{base + "page/calls", base + "docs", base + "page/calls"}
				if name == "" {
					want = []string{base + "page/calls", base + "page/calls"}
				}
				if strings.Join(links, " ") != strings.Join(want, " ") {
					t.Errorf("%s: the links back are %q, want %q", at, links, want)
				}
				shoot(t, page, at)
			}
		}
	}
	page.Do(chromedp.Navigate(base + "page/calls"))
	until(page, "#live", "")
	if complaints := page.Complaints(); len(complaints) > 0 {
		t.Errorf("the pages complain: %q", complaints)
	}
}

// schemeOf sets light or dark.
func schemeOf(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// shoot writes a screenshot of the whole page where they are wanted.
func shoot(t *testing.T, page *browser.Page, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	var shot []byte
	page.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		var err error
		shot, err = chromedp.FullScreenshot(100)(ctx, target)
		return chromedp.Void{}, err
	})
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), shot, 0o600); err != nil {
		t.Fatal(err)
	}
}
