//go:build chromium && node

package page

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"sandkasse/mock/internal/browser"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestAccessible: axe-core has no serious finding on any page, light and dark, wide and narrow. It is
// built with the tags chromium and node; the folder NODE_CLIENTS has node_modules with axe-core, which
// .ci/run installs.
func TestAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Join(os.Getenv("NODE_CLIENTS"), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("npm install --prefix DIR axe-core@4, and set NODE_CLIENTS=DIR: %v", err)
	}
	s := mocktest.Start(t)
	p := openTab(t, testkit.NewClient(t, s, "full"))
	fillTown(t, p.Client)
	data := fillData(t, p.Client)
	p.Control("POST", "plays", `{"scenario": "GLD_1015", "times": 2, "ttl": "10m"}`, nil)
	p.Control("POST", "checkpoints", `{"name": "stocked"}`, nil)
	p.SetClock(`{"freeze": true}`)
	broken := p.Numbers("?code=GLD_010")
	for _, path := range append(append(pages(), data.paths()...),
		fmt.Sprint("calls/", broken[0]), fmt.Sprint("calls/", broken[0], "/compare"), "calls?q=nothing", "nowhere",
	) {
		if path == "help?part=status" || path == "calls?part=rows" || path == "calls/3?part=detail" { // no pages
			continue
		}
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1440, 390} {
				p.Do(media(scheme), chromedp.EmulateViewport(width, 900))
				p.show(path)
				browser.Eval[any](p.Page, string(axe)+";null")
				for _, finding := range browser.Eval[[]string](p.Page, `axe.run(document, {resultTypes: ["violations"]}).then(
					(found) => found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) =>
						one.id + ": " + one.help + ": " + one.nodes.slice(0, 5).map((node) => node.html.slice(0, 150) + " " +
						node.any.map((check) => check.message).join("; ")).join(" | ")))`) {
					t.Errorf("%s, %s, %d px: %s", path, scheme, width, finding)
				}
			}
		}
	}
}
