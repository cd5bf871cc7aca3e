//go:build chromium && node

package page

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	c := testkit.NewClient(t, mocktest.Start(t), "full")
	fillTown(t, c)
	data := fillData(t, c)
	c.Control("POST", "plays", `{"scenario": "GLD_1015", "times": 2, "ttl": "10m"}`, nil)
	c.Control("POST", "checkpoints", `{"name": "stocked"}`, nil)
	c.SetClock(`{"freeze": true}`)
	broken := c.Numbers("?code=GLD_010")
	paths := slices.DeleteFunc(append(append(pages(), data.paths()...),
		fmt.Sprint("calls/", broken[0]), fmt.Sprint("calls/", broken[0], "/compare"), "calls?q=nothing", "nowhere",
		"../report?format=html",
		strings.Replace(data.confirm, c.URL("")+"/", "../../", 1),
	), func(path string) bool { return strings.Contains(path, "part=") }) // which are no pages
	for some := range slices.Chunk(paths, 4) { // each in the time of a browser
		t.Run(some[0], func(t *testing.T) {
			p := openTab(t, testkit.Client{Session: c.Session, T: t})
			for _, path := range some {
				for _, width := range []int64{1440, 390} {
					p.Do(chromedp.EmulateViewport(width, 900))
					p.show(path)
					browser.Eval[any](p.Page, string(axe)+";null")
					for _, scheme := range []string{"light", "dark"} {
						p.Do(media(scheme))
						for _, finding := range browser.Eval[[]string](p.Page, findings) {
							t.Errorf("%s, %s, %d px: %s", path, scheme, width, finding)
						}
					}
				}
			}
		})
	}
}

// findings is the expression of what axe-core finds that is serious.
const findings = `axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
	.filter((one) => ["serious", "critical"].includes(one.impact))
	.map((one) => one.id + ": " + one.help + ": " + one.nodes.slice(0, 5).map((node) => node.html.slice(0, 150) + " " +
		node.any.map((check) => check.message).join("; ")).join(" | ")))`
