package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

func (p program) whyCommand() *cli.Command {
	return &cli.Command{
		Name:      "why",
		Usage:     "say why a call got the answer that it got",
		ArgsUsage: "NUMBER",
		Description: "NUMBER is that of the header Sandkasse-Call in the answer. `sandkasse calls NUMBER` shows all\n" +
			"of the call.",
		Flags:  p.controlFlags(textOrJSON()),
		Action: p.why,
	}
}

func (p program) why(ctx context.Context, c *cli.Command) error {
	number, err := callNumber(c)
	if err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var explained explained
	explanation, err := s.call(ctx, number, "/why", &explained, &explained.Number)
	if err != nil {
		return err
	}
	if c.String("format") == "json" {
		_, err = p.stdout.Write(explanation)
		return err
	}
	var call shownCall
	if _, err := s.call(ctx, number, "", &call, &call.Number); err != nil {
		return err
	}
	reason := call.reason()
	if call.Why == "" && call.StoppedBy == "" {
		reason += ": no check refused it"
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n%s", reason, explained.lines())
	return err
}

// explained is the answer of GET calls/{number}/why, as far as it is printed.
type explained struct {
	Number int64
	Client string
	Places []struct{ Sti, Kode, Melding, AngittVerdi string }
}

// lines returns what a client should do, and the places in the request that the answer complains of.
func (e explained) lines() string {
	var lines strings.Builder
	if e.Client != "" {
		fmt.Fprintf(&lines, "What a client should do: %s\n", inOneLine(e.Client))
	}
	for _, place := range e.Places {
		line := strings.TrimSpace(place.Kode + " " + place.Melding)
		if place.Sti != "" { // as it is where all of the body is meant
			line = place.Sti + ": " + line
		}
		if place.AngittVerdi != "" {
			line += fmt.Sprintf(" (%s)", place.AngittVerdi)
		}
		lines.WriteString(inOneLine(line) + "\n")
	}
	return lines.String()
}
