package page

import (
	"fmt"
	"strings"
)

// maxCompared bounds the lines of a text that are compared.
const maxCompared = 1000

// comparison is the data of the page that compares two calls.
type comparison struct {
	Query       string
	This, Other openCall
	Parts       []comparedPart
}

// comparedPart is a part of two calls, line by line.
type comparedPart struct {
	Name  string
	Same  bool
	Count int
	Lines []comparedLine // those that differ, and a few around them
}

// comparedLine is a line that both have (blank), only the other one (-), or only this one (+).
type comparedLine struct{ Sign, Text string }

// compare compares the call in the path with another: the one before of the same operation, unless
// the query names one.
func (c *request) compare() (any, error) {
	number, list := c.http.PathValue("number"), query("q", c.value("q"))
	this, err := c.open(number, list)
	if err != nil {
		return nil, err
	}
	with := c.value("with")
	if with == "" {
		with = fmt.Sprint(this.Previous)
	}
	other, err := c.open(with, list)
	if err != nil {
		return nil, err
	}
	shown := comparison{Query: list, This: this, Other: other}
	for _, part := range []struct {
		name        string
		other, this []string
	}{
		{"Outcome", outcome(other), outcome(this)},
		{"Request headers", headerLines(other.Request), headerLines(this.Request)},
		{"Request body", bodyLines(other.Request.Body), bodyLines(this.Request.Body)},
		{"Answer body", bodyLines(other.Answer.Body), bodyLines(this.Answer.Body)},
	} {
		lines := compareLines(part.other, part.this)
		same := true
		for _, line := range lines {
			same = same && line.Sign == " "
		}
		shown.Parts = append(shown.Parts, comparedPart{part.name, same, len(lines), around(lines)})
	}
	return content{template: "compare", title: "Compare calls", view: "calls", data: shown}, nil
}

// around returns the lines that differ with three on each side, and says how many it leaves out.
func around(lines []comparedLine) (shown []comparedLine) {
	const context = 3
	near := make([]bool, len(lines))
	for i, line := range lines {
		for j := max(0, i-context); line.Sign != " " && j < min(len(lines), i+context+1); j++ {
			near[j] = true
		}
	}
	left := 0
	for i, line := range lines {
		if !near[i] {
			left++
		}
		if left > 0 && (near[i] || i == len(lines)-1) {
			shown = append(shown, comparedLine{"…", count(left, "equal line")})
			left = 0
		}
		if near[i] {
			shown = append(shown, line)
		}
	}
	return shown
}

// outcome returns what a call was and how it ended, in lines.
func outcome(o openCall) []string {
	return []string{
		o.Method + " " + o.Shown, "status " + strings.TrimSpace(fmt.Sprint(o.Status, " ", o.Codes())),
		"organisation " + o.Organisation, "scenarios " + strings.Join(o.Played, ", "), "why " + o.call.Why,
	}
}

// headerLines returns the headers of a message in lines.
func headerLines(m shownMessage) (lines []string) {
	for _, header := range m.Headers {
		lines = append(lines, header.Name+": "+header.Value)
	}
	return lines
}

// bodyLines returns a body as it is laid out, in lines.
func bodyLines(l layout) []string {
	var lines []string
	var add func(list []*node, indent string)
	add = func(list []*node, indent string) {
		for _, n := range list {
			if len(lines) > maxCompared {
				return
			}
			lines = append(lines, indent+n.Key+n.Value)
			add(n.Children, indent+"  ")
			if n.Close != "" {
				lines = append(lines, indent+n.Close)
			}
		}
	}
	add(l.Root, "")
	return lines
}

// compareLines returns the shortest way from the lines of one text to those of another. Beyond
// maxCompared lines it says that there are more.
func compareLines(other, this []string) (lines []comparedLine) {
	other, this, more := other[:min(len(other), maxCompared)], this[:min(len(this), maxCompared)],
		len(other) > maxCompared || len(this) > maxCompared
	common := make([][]int16, len(other)+1) // the length of the longest common rest
	for i := range common {
		common[i] = make([]int16, len(this)+1)
	}
	for i := len(other) - 1; i >= 0; i-- {
		for j := len(this) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); other[i] == this[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(other) || j < len(this) {
		switch {
		case i < len(other) && j < len(this) && other[i] == this[j]:
			lines = append(lines, comparedLine{" ", this[j]})
			i, j = i+1, j+1
		case j == len(this) || i < len(other) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, comparedLine{"-", other[i]})
			i++
		default:
			lines = append(lines, comparedLine{"+", this[j]})
			j++
		}
	}
	if more {
		lines = append(lines, comparedLine{" ", fmt.Sprintf("… the first %d lines are compared", maxCompared)})
	}
	return lines
}
