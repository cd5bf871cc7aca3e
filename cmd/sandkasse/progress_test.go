package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestBar: the bar is drawn now and then, shows how far the command is and how much was written,
// and is not there for what is no terminal.
func TestBar(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var terminal bytes.Buffer
	b := &bar{to: &terminal, clock: func() time.Time { return now }, name: "bsu", of: 4, from: now}
	io.WriteString(b.counting(io.Discard), strings.Repeat("x", 1_500_000))
	b.step()
	if terminal.Len() > 0 {
		t.Errorf("what is done at once shows %q", terminal.String())
	}
	now = now.Add(barEvery)
	b.step()
	b.step() // too early to be drawn
	want := "\rbsu [" + strings.Repeat("#", barWidth/2) + strings.Repeat(" ", barWidth/2) + "] 2/4  1.5 MB"
	if terminal.String() != want {
		t.Errorf("got %q, wanted %q", terminal.String(), want)
	}
	b.set(4, 4)
	b.done()
	if !strings.HasSuffix(terminal.String(), "] 4/4  1.5 MB\n") {
		t.Errorf("it ends with %q", terminal.String())
	}
	none := program{stderr: &terminal, clock: time.Now}.bar("bsu", 4)
	before := terminal.Len()
	now = now.Add(time.Hour)
	none.step()
	none.done()
	if none.counting(io.Discard) != io.Discard || terminal.Len() != before {
		t.Error("a bar is drawn where no terminal is")
	}
}
