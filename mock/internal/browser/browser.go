// Package browser opens pages of Sandkasse in Chromium for tests. The browser has no network but 127.0.0.1, and the
// page's requests and complaints are kept for the test to read.
package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// maxTime limits what a test does with a page, and the start of the browser. It fails a test that hangs, and
// says nothing of speed.
const maxTime = 3 * time.Minute

// Page is one tab of a browser of its own. Its methods are safe for concurrent use.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	requests   []string
	complaints []string
}

// Open starts Chromium without a window and with a new profile, and ends it when the test has ended. A machine
// without Chromium fails the test: see Binary.
func Open(t testing.TB) *Page {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(Binary(t)),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("no-proxy-server", true),
		chromedp.WindowSize(1280, 1024),
	)
	if os.Geteuid() == 0 { // Chromium refuses to run as root in a sandbox
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := context.WithTimeout(context.Background(), maxTime)
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closeTab()
		end() // waits for the process, and removes the profile
		stop()
	})
	page := &Page{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, page.event); err != nil { // which starts it
		t.Fatalf("Chromium does not start: %v", err)
	}
	return page
}

// Binary returns the path of Chromium, and fails the test where there is none.
func Binary(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("Chromium is missing: apt-get install chromium")
	return ""
}

// Do runs the actions in order. One that fails, or takes more time than any test may, ends the test with what
// the page complained of.
func (p *Page) Do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatalf("the page: %v\n%s", err, strings.Join(p.Complaints(), "\n"))
	}
}

// Eval returns the value of a JavaScript expression on the page, and awaits it if it is a promise. It ends the
// test where Do would.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", expression, err, strings.Join(p.Complaints(), "\n"))
	}
	return value
}

// event keeps what the tests ask for later.
func (p *Page) event(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.Method+" "+e.Request.URL)
	case *network.EventWebSocketCreated:
		p.requests = append(p.requests, "GET "+e.URL)
	case *log.EventEntryAdded: // such as an address that is not found, or what the CSP refused
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.complaints = append(p.complaints, fmt.Sprintf("%s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		text := "exception: " + e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		p.complaints = append(p.complaints, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			words := []string{string(e.Type) + ":"}
			for _, arg := range e.Args {
				words = append(words, string(arg.Value)+arg.Description)
			}
			p.complaints = append(p.complaints, strings.Join(words, " "))
		}
	}
}

// Requests returns the page's requests so far, in order, as method and address. Data and blob addresses, which
// ask nobody, are among them.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Outside returns those of the requests that ask another host than 127.0.0.1. None of them can have been
// answered.
func (p *Page) Outside() []string {
	return slices.DeleteFunc(p.Requests(), func(request string) bool {
		_, address, _ := strings.Cut(request, " ")
		parsed, err := url.Parse(address)
		return err == nil && (parsed.Hostname() == "127.0.0.1" || parsed.Scheme == "data" || parsed.Scheme == "blob")
	})
}

// Complaints returns errors and warnings of the page so far, in order: exceptions, lines of the console, refusals
// of the content security policy and answers of 400 or more.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.complaints)
}
