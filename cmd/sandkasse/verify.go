package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/urfave/cli/v3"
)

// maxExpectation is the size of the file of an expectation, in bytes, as the server takes it.
const maxExpectation = 1 << 20

func (p program) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "compare the calls that a running server got with those that a file expects",
		ArgsUsage: "FILE",
		Description: `FILE is JSON, the body of POST /_sandkasse/verify; - is standard input. An example:` + "\n" +
			`{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}, {"status": "5xx", "times": 0}]}` +
			"\n" +
			"Exit status: 0 when the calls are as expected, 1 when they are not, 2 when the file cannot be used.",
		Flags:  p.controlFlags(textOrJSON()),
		Action: p.verify,
	}
}

func (p program) verify(ctx context.Context, c *cli.Command) error {
	if err := oneArgument(c, "one file, or - for standard input"); err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	file := c.Args().First()
	body, err := p.document(file)
	switch {
	case err != nil:
		return err
	case len(body) > maxExpectation:
		return usage("%s is larger than %d KiB, the most that an expectation can be", file, maxExpectation>>10)
	case len(bytes.TrimSpace(body)) == 0:
		return usage("%s is empty; it must be such as %s", file, `{"calls": [{"api": "bsu", "status": 200}]}`)
	}
	text, err := s.do(ctx, http.MethodPost, "verify", body)
	if refused, ok := errors.AsType[refusal](err); ok && refused.status == http.StatusBadRequest {
		return usage("%s: %s", inOneLine(file), refused.text)
	}
	if err != nil {
		return err
	}
	var verdict verdict
	if json.Unmarshal(text, &verdict) != nil || verdict.OK == nil {
		return s.another()
	}
	if c.String("format") == "text" {
		text = verdict.text()
	}
	if _, err := p.stdout.Write(text); err != nil || *verdict.OK {
		return err
	}
	return errors.New("the calls are not as expected")
}

// verdict is the answer of POST verify.
type verdict struct {
	OK     *bool
	Checks []struct {
		Expected map[string]any
		Want     string
		Found    int
		OK       bool
		Calls    []int64
		Nearest  *struct {
			shownCall

			Differences []struct{ Field, Want, Got string }
		}
	}
	OutOfOrder      *struct{ Expected, Call, After int64 }
	Unexpected      []shownCall
	UnexpectedFound int
}

// text returns the verdict in lines, each of which begins with ok or FAIL.
func (v verdict) text() []byte {
	var out bytes.Buffer
	for _, check := range v.Checks {
		mark := "FAIL"
		if check.OK {
			mark = "ok  "
		}
		fmt.Fprintf(&out, "%s  %s: wanted %s, found %d", mark, expectedCall(check.Expected), check.Want, check.Found)
		if !check.OK && len(check.Calls) > 0 {
			fmt.Fprintf(&out, " (calls %s)", numbers(check.Calls))
		}
		if near := check.Nearest; near != nil {
			fmt.Fprintf(&out, "; nearest is call %d, %s %s, answered %s:", near.Number, near.Method,
				inOneLine(near.Path), near.outcome())
			for i, d := range near.Differences {
				if i > 0 {
					out.WriteString(",")
				}
				fmt.Fprintf(&out, " %s is %q, not %q", d.Field, d.Got, d.Want)
			}
		}
		out.WriteString("\n")
	}
	switch order := v.OutOfOrder; {
	case order == nil:
	case order.Call == order.After:
		fmt.Fprintf(&out, "FAIL  order: call %d counts for an earlier one already, and calls[%d] wants another "+
			"after it\n", order.Call, order.Expected)
	default:
		fmt.Fprintf(&out, "FAIL  order: call %d came before call %d, and calls[%d] wants it after that\n", order.Call,
			order.After, order.Expected)
	}
	for _, call := range v.Unexpected {
		fmt.Fprintf(&out, "FAIL  unexpected: %s\n", call.line())
	}
	if more := v.UnexpectedFound - len(v.Unexpected); more > 0 {
		fmt.Fprintf(&out, "FAIL  unexpected: %d more\n", more)
	}
	return out.Bytes()
}

// numbers returns the first of some numbers, separated by commas.
func numbers(list []int64) string {
	const maxListed = 10
	var texts []string
	for i, n := range list {
		if i == maxListed {
			texts = append(texts, fmt.Sprintf("and %d more", len(list)-maxListed))
			break
		}
		texts = append(texts, fmt.Sprint(n))
	}
	return strings.Join(texts, ", ")
}

// expectedCall returns what is expected of a call, without how often: api bsu, status 200.
func expectedCall(expected map[string]any) string {
	var parts []string
	for _, name := range []string{
		"api", "route", "method", "status", "code", "organisation", "key", "scenario", "stoppedBy", "trace",
		"bodyContains",
	} {
		switch value := expected[name].(type) {
		case nil:
		case float64:
			parts = append(parts, fmt.Sprintf("%s %.0f", name, value))
		default:
			parts = append(parts, inOneLine(fmt.Sprintf("%s %v", name, value)))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "any call")
}
