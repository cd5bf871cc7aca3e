//go:build chromium

package page

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sandkasse/mock"
	"sandkasse/mock/internal/browser"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// shots is a folder for the screenshots, which git ignores.
var shots = flag.String("shots", "", "write screenshots of the views into this folder")

// pictures is the folder of the pictures in the documentation.
var pictures = flag.String("pictures", "", "write the pictures of docs/page.md into this folder")

// only is the beginning of the names of the views that are shown, where not all are wanted.
var only = flag.String("only", "", "show the views whose names begin so")

// view is a view of the page in a state that is worth a look.
type view struct {
	name, address string
	submit        map[string]string // fields of a form that is filled in and sent, with the button "submit"
}

// media sets light or dark.
func media(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// pictured returns the screenshots that are pictures in docs/page.md, and their names there.
func pictured() map[string]string {
	return map[string]string{
		"calls-marks-1440-light": "call.png", "fail-1440-dark": "fail.png", "inbox-1440-light": "inbox.png",
		"home-assigned-1440-light": "home.png", "report-1440-light": "report.png",
	}
}

// shoot writes a screenshot where they are wanted.
func shoot(t *testing.T, page *browser.Page, name string) {
	t.Helper()
	picture := pictured()[name]
	if *shots == "" && (*pictures == "" || picture == "") {
		return
	}
	var shot []byte
	page.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		var err error
		shot, err = chromedp.CaptureScreenshot()(ctx, target)
		return chromedp.Void{}, err
	})
	if *shots != "" {
		if err := os.WriteFile(filepath.Join(*shots, name+".png"), shot, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if *pictures != "" && picture != "" {
		if err := os.WriteFile(filepath.Join(*pictures, picture), fewColours(t, shot), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fewColours returns a PNG with the colours that it has most of, 64 at most, so that it is small.
func fewColours(t *testing.T, file []byte) []byte {
	t.Helper()
	whole, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	size, seen := whole.Bounds(), map[color.Color]int{}
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			seen[color.NRGBAModel.Convert(whole.At(x, y))]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(seen), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	few := image.NewPaletted(size, colours[:min(len(colours), 64)])
	nearest := map[color.Color]uint8{}
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			at := whole.At(x, y)
			index, known := nearest[at]
			if !known {
				index = uint8(few.Palette.Index(at))
				nearest[at] = index
			}
			few.SetColorIndex(x, y, index)
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// brokenDelivery returns the example of bsu with three faults.
func brokenDelivery(t *testing.T) string {
	t.Helper()
	text := string(testkit.Example(t))
	for _, edit := range [][2]string{
		{`"antallOppgaver": 5`, `"antallOppgaver": "fem"`},
		{`"aaretsSparebeloep": 20000`, `"aaretsSparebeloep": -1`},
		{`"saldo": 22500`, `"saldo": "mange"`},
	} {
		text = strings.Replace(text, edit[0], edit[1], 1)
	}
	return text
}

// fillTown makes calls of many kinds, so that the views have something to show.
func fillTown(t *testing.T, c testkit.Client) {
	t.Helper()
	token, api := c.Bearer("bsu", "987654321"), c.URL("bsu")+"/v1/2023"
	deliver := func(key int, body string, headers ...string) {
		c.Call("POST", api, body, append([]string{
			"Authorization", token, "Content-Type", "application/json",
			"idempotencyKey", fmt.Sprintf("7c9e6679-7425-40de-944b-%012d", key),
		}, headers...)...)
	}
	example := string(testkit.Example(t))
	for i := range 30 {
		deliver(i, example)
	}
	c.MakeCalls()
	deliver(40, example, "Sandkasse-Scenario", "GLD_023")
	deliver(41, example, "Sandkasse-Scenario", "slow;ms=1")
	c.Call("POST", api, "{}", "Content-Type", "application/json")
	deliver(42, strings.TrimSuffix(strings.TrimSpace(example), "}"))
	deliver(43, brokenDelivery(t))
}

// TestViews: every view shows whole in widths from 360 px to 4K, light and dark, without a complaint of
// the browser, and asks no other host. With -shots FOLDER it writes screenshots, to be looked at.
func TestViews(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 26, 18, 40, 12, 0, time.UTC)
	s := mocktest.StartWith(t, mock.Options{Clock: func() time.Time { return start }})
	full, empty := testkit.NewClient(t, s, "full"), testkit.NewClient(t, s, "empty")
	fillTown(t, full)
	data := fillData(t, full)
	full.Control("POST", "plays", `{"scenario": "GLD_1015", "times": 2, "api": "bsu"}`, nil)
	full.Control("POST", "plays", `{"scenario": "slow;ms=3000", "ttl": "10m"}`, nil)
	full.Control("POST", "checkpoints", `{"name": "stocked"}`, nil)
	full.SetClock(`{"freeze": true}`)
	broken := full.Numbers("?code=GLD_010")
	at := func(c testkit.Client, path string) string { return c.URL("") + "/_sandkasse/page/" + path }
	for _, one := range []view{
		{"calls-empty", at(empty, "calls"), nil},
		{"calls-list", at(full, "calls"), nil},
		{"calls-open", at(full, fmt.Sprint("calls/", broken[len(broken)-1])), nil},
		{"calls-compare", at(full, fmt.Sprint("calls/", broken[len(broken)-1], "/compare")), nil},
		{"fail", at(full, "fail?q=1015"), nil},
		{"play", at(full, "fail/play?scenario=GLD_1015&api=bsu&organisation=987654321"), nil},
		{"workbench", at(full, "workbench"), map[string]string{"submit": "#token button.main"}},
		{"help", at(full, "help"), nil},
		{"inbox-empty", at(empty, "reporting"), nil},
		{"inbox", at(full, "reporting/"+data.dialog), nil},
		{"holdings", at(full, "reporting/holdings?api=bsu&year=2024&org=319000003"), nil},
		{"homes-empty", at(empty, "kobo"), nil},
		{"homes", at(full, "kobo"), nil},
		{"home-assigned", at(full, "kobo/"+data.homes[2]), nil},
		{"home-noticed", at(full, "kobo/"+data.homes[4]), nil},
		{"cases", at(full, "kobo/cases"), nil},
		{"systems", at(full, "kobo/systems"), nil},
		{"messages", at(full, "kobo/messages"), nil},
		{"report-empty", at(empty, "report"), nil},
		{"report", at(full, "report"), nil},
		{"report-api", at(full, "report?api=kobo&off=delivered-twice:these+calls+deliver+twice+on+purpose"), nil},
		{"systemusers-empty", at(empty, "systemusers"), nil},
		{"systemusers", at(full, "systemusers"), nil},
		{"approval", data.confirm, nil},
		{"testdata", at(full, "testdata?kql=kjoenn:kvinne+and+foedselsdato:[1990+to+1994]"), nil},
		{"person", at(full, "testdata/personer/"+data.person), nil},
		{"generate", at(full, "testdata/generate"), nil},
		{"broken", at(full, "testdata/broken?q=GLD_010"), nil},
		{"broken-document", at(full, "testdata/broken/document?kind=bsu&rule=required:/leveranse/leveransetype"), nil},
	} {
		if *only == "" || strings.HasPrefix(one.name, *only) {
			t.Run(one.name, func(t *testing.T) { showView(t, one) })
		}
	}
}

// showView shows a view in all widths, light and dark, in a browser of its own, whose time is bounded.
func showView(t *testing.T, one view) {
	page := browser.Open(t)
	for _, scheme := range []string{"light", "dark"} {
		for _, size := range [][2]int64{{1440, 900}, {390, 844}, {360, 640}, {3840, 2160}} {
			page.Do(media(scheme), chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(one.address),
				chromedp.WaitReady("#main"))
			for name, value := range one.submit {
				if name != "submit" {
					page.Do(chromedp.SetValue(name, value))
				}
			}
			if button := one.submit["submit"]; button != "" {
				page.Do(chromedp.Click(button), chromedp.WaitReady("#made-token"))
			}
			name := fmt.Sprintf("%s-%d-%s", one.name, size[0], scheme)
			if wide := browser.Eval[int64](page, "document.documentElement.scrollWidth"); wide > size[0] {
				t.Errorf("%s is %d px wide", name, wide)
			}
			if out := browser.Eval[[]string](page, `[...document.querySelectorAll("nav.views a")].filter((link) => {
				const at = link.getBoundingClientRect();
				return at.left < 0 || at.right > innerWidth || at.height > 44;
			}).map((link) => link.innerText)`); len(out) > 0 {
				t.Errorf("%s: views out of sight, or on two lines: %q", name, out)
			}
			if size[0] == 1440 || size[0] == 390 {
				shoot(t, page, name)
			}
			if size[0] == 1440 && one.name == "calls-open" {
				browser.Eval[any](page, "document.querySelector('.code .bad').scrollIntoView({block: 'center'})")
				shoot(t, page, "calls-marks-1440-"+scheme)
			}
		}
	}
	if complaints := page.Complaints(); len(complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(complaints, "\n"))
	}
	if outside := page.Outside(); len(outside) > 0 {
		t.Errorf("others are asked: %s", outside)
	}
}
