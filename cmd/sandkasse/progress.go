package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bar shows on standard error how far a long command has come, where that is a terminal; else it
// does nothing.
type bar struct {
	to          io.Writer // nil for none
	clock       func() time.Time
	name        string
	of, n       int
	bytes       int64
	shown, from time.Time
}

// bar is a bar for so many steps.
func (p program) bar(name string, of int) *bar {
	b := &bar{clock: p.clock, name: name, of: of}
	if file, ok := p.stderr.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			b.to, b.from = file, p.clock()
		}
	}
	return b
}

// counting is a writer that the bar counts the bytes of.
func (b *bar) counting(w io.Writer) io.Writer {
	if b.to == nil {
		return w
	}
	return io.MultiWriter(w, b)
}

// Write counts.
func (b *bar) Write(p []byte) (int, error) {
	b.bytes += int64(len(p))
	b.show(false)
	return len(p), nil
}

func (b *bar) step() { b.set(b.n+1, b.of) }

// set shows how far it has come.
func (b *bar) set(n, of int) {
	b.n, b.of = n, of
	b.show(false)
}

// done shows the end, and leaves the line.
func (b *bar) done() {
	if b.to != nil && !b.shown.IsZero() {
		b.show(true)
		fmt.Fprintln(b.to)
	}
}

// How wide the bar is, in characters, and how often it is drawn.
const (
	barWidth = 40
	barEvery = 100 * time.Millisecond
)

// show draws the bar; not too often, and not at all for what is done at once.
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
	line := fmt.Sprintf("\r%s [%s%s] %d/%d", b.name, strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), b.n,
		b.of)
	if b.bytes > 0 {
		line += fmt.Sprintf("  %.1f MB", float64(b.bytes)/1e6)
	}
	fmt.Fprint(b.to, line)
}
