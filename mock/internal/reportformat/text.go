package reportformat

import (
	"bytes"
	"fmt"

	"sandkasse/mock/internal/report"
)

// Text returns a report as text for a terminal: the verdict, the findings, and what was not met.
func Text(in Input) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "session %s: %s\n", in.Session, in.Report.Verdict())
	for _, f := range in.Report.ByGravity() {
		fmt.Fprintf(&out, "\n%s %s: %s\n", f.Gravity, f.Rule, calls(f))
		for _, line := range []string{sentence(f.What), remarks(f)} {
			if line != "" {
				fmt.Fprintf(&out, "  %s\n", line)
			}
		}
		fmt.Fprintf(&out, "  In production: %s\n  Change: %s\n", sentence(f.Production), sentence(f.Change))
	}
	for i, off := range in.Report.Off {
		if i == 0 {
			out.WriteString("\nswitched off\n")
		}
		fmt.Fprintf(&out, "  %s: %s\n", off.Rule, oneLine(off.Reason))
	}
	for _, one := range apis(in.Report) {
		fmt.Fprintf(&out, "\n%s: %d of %d met\n", one.Name, one.Met, len(one.Lines))
		for _, line := range one.Lines {
			if line.Met == 0 {
				out.WriteString(missed(line))
			}
		}
	}
	return out.Bytes()
}

// missed returns a line of coverage that was not met, with the line that provokes it below it.
func missed(line report.Coverage) string {
	text := fmt.Sprintf("  not met: %s\n", subject(line))
	if next := oneLine(line.Next); next != "" {
		text += fmt.Sprintf("           %s\n", next)
	}
	return text
}
