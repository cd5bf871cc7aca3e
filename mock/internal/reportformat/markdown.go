package reportformat

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"sandkasse/mock/internal/report"
)

// maxMarkdown bounds the Markdown of a report, in bytes. GitHub shows no summary of a step above 1 MiB.
const maxMarkdown = 900 << 10

// Markdown returns a report as Markdown, as GitHub shows it in the summary of a step: the verdict,
// the findings, and the coverage of each API, folded. What would make it longer than maxMarkdown is
// left out, with a sentence that says so.
func Markdown(in Input) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "## Sandkasse: %s\n\n", in.Report.Verdict())
	if in.Session != "default" {
		fmt.Fprintf(&out, "Session %s\n\n", code(in.Session))
	}
	cut := false
	add := func(text string) {
		cut = cut || out.Len()+len(text) > maxMarkdown
		if !cut {
			out.WriteString(text)
		}
	}
	for _, f := range in.Report.ByGravity() {
		add(markdownFinding(f))
	}
	if len(in.Report.Off) > 0 {
		add("\n**Switched off**\n\n")
	}
	for _, off := range in.Report.Off {
		add(fmt.Sprintf("- %s: %s\n", code(off.Rule), escape(off.Reason)))
	}
	for _, one := range apis(in.Report) {
		var table strings.Builder
		fmt.Fprintf(&table, "\n<details><summary>%s: %d of %d met</summary>\n\n", escape(one.Name), one.Met,
			len(one.Lines))
		table.WriteString(markdownMet(one) + markdownMissed(one))
		table.WriteString("</details>\n")
		add(table.String())
	}
	if cut {
		out.WriteString("\nThis is the beginning of the report: it is longer than a summary may be. The other " +
			"formats have all of it.\n")
	}
	return out.Bytes()
}

// markdownFinding returns a finding as an item of a list.
func markdownFinding(f report.Finding) string {
	text := fmt.Sprintf("- **%s** %s (%s): %s\n", f.Gravity, code(f.Rule), calls(f), escape(sentence(f.What)))
	if remarks := remarks(f); remarks != "" {
		text += fmt.Sprintf("  %s\n", remarks)
	}
	return text + fmt.Sprintf("  - *In production:* %s\n  - *Change:* %s\n", escape(sentence(f.Production)),
		escape(sentence(f.Change)))
}

// markdownMet returns what was met of an API as a table; empty for nothing.
func markdownMet(of *api) string {
	if of.Met == 0 {
		return ""
	}
	var table strings.Builder
	table.WriteString("| Operation | Answer | Met | Then |\n|---|---|---|---|\n")
	for _, line := range of.Lines {
		if line.Met > 0 {
			fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", cell(code(operation(line))), cell(code(answer(line))),
				escape(how(line)), escape(reaction(line)))
		}
	}
	return table.String() + "\n"
}

// markdownMissed returns what was not met of an API as a block for a shell, with the line that
// provokes it below each; empty for nothing. Such a line is too long for a table.
func markdownMissed(of *api) string {
	if of.Met == len(of.Lines) {
		return ""
	}
	var block strings.Builder
	for _, line := range of.Lines {
		if line.Met > 0 {
			continue
		}
		fmt.Fprintf(&block, "# %s\n", subject(line))
		if next := oneLine(line.Next); next != "" {
			fmt.Fprintf(&block, "%s\n", next)
		}
	}
	ticks := backticks(block.String(), 3)
	return fmt.Sprintf("Not met:\n\n%ssh\n%s%s\n\n", ticks, block.String(), ticks)
}

// escape returns a text for Markdown, in one line, in which nothing has a meaning. Marks become
// character references, since a backslash does not hold in HTML.
func escape(text string) string {
	const marks = "\\`*_{}[]#|~$@"
	var out strings.Builder
	for _, r := range html.EscapeString(oneLine(text)) {
		if strings.ContainsRune(marks, r) {
			fmt.Fprintf(&out, "&#%d;", r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// code returns a text as a code span, in one line; nothing for an empty text.
func code(text string) string {
	text = oneLine(text)
	if text == "" {
		return ""
	}
	ticks, pad := backticks(text, 1), ""
	if len(ticks) > 1 { // a blank at both ends is taken away again
		pad = " "
	}
	return ticks + pad + text + pad + ticks
}

// backticks returns min backticks, or more where a text has that many in a row: one more than it has.
func backticks(text string, min int) string {
	longest, run := 0, 0
	for _, r := range text {
		run++
		if r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return strings.Repeat("`", max(longest+1, min))
}

// cell returns Markdown with the bars of a code span as the cell of a table needs them.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
