package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar is a progress bar on standard error. It shows nothing where that is no terminal.
type bar struct {
	to          io.Writer // nil: shows nothing
	clock       func() time.Time
	name        string
	of, n       int
	bytes       int64
	shown, from time.Time
}

// bar returns a progress bar with a name and a number of steps.
func (p program) bar(name string, of int) *bar {
	b := &bar{clock: p.clock, name: name, of: of}
	if file, ok := p.stderr.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			b.to, b.from = file, p.clock()
		}
	}
	return b
}

// counting returns a writer to w whose bytes the bar counts.
func (b *bar) counting(w io.Writer) io.Writer {
	if b.to == nil {
		return w
	}
	return io.MultiWriter(w, b)
}

// Write counts bytes.
func (b *bar) Write(p []byte) (int, error) {
	b.bytes += int64(len(p))
	b.show(false)
	return len(p), nil
}

// step counts a step.
func (b *bar) step() { b.set(b.n+1, b.of) }

// set sets the number of steps that are done, and of all.
func (b *bar) set(n, of int) {
	b.n, b.of = n, of
	b.show(false)
}

// done draws the bar a last time, and ends its line.
func (b *bar) done() {
	if b.to != nil && !b.shown.IsZero() {
		b.show(true)
		fmt.Fprintln(b.to)
	}
}

// Width of the bar in characters, and the time between two drawings.
const (
	barWidth = 40
	barEvery = 100 * time.Millisecond
)

// show draws the bar: now, or where it was drawn barEvery ago or earlier.
func (b *bar) show(now bool) {
	if b.to == nil {
		return
	}
	at := b.clock()
	last := b.shown
	if last.IsZero() {
		last = b.from
	}
	if !now && at.Sub(last) < barEvery {
		return
	}
	b.shown = at
	full := barWidth * b.n / max(b.of, 1)
	shown := strings.Repeat("#", full) + strings.Repeat(" ", barWidth-full)
	line := fmt.Sprintf("\r%s [%s] %d/%d", b.name, shown, b.n, b.of)
	if b.bytes > 0 {
		line += fmt.Sprintf("  %.1f MB", float64(b.bytes)/1e6)
	}
	fmt.Fprint(b.to, line)
}
