package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/urfave/cli/v3"
)

func (p program) whyCommand() *cli.Command {
	return &cli.Command{
		Name:      "why",
		Usage:     "say why a call got the answer that it got",
		ArgsUsage: "NUMBER",
		Description: "NUMBER is that of the header Sandkasse-Call in the answer. `sandkasse calls NUMBER` shows all\n" +
			"of the call.",
		Flags:  p.controlFlags(),
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
	text, err := s.do(ctx, http.MethodGet, fmt.Sprintf("calls/%d", number), nil)
	if err != nil {
		return err
	}
	var call shownCall
	if json.Unmarshal(text, &call) != nil || call.Number != number {
		return s.another()
	}
	if c.String("format") == "json" {
		return indentJSON(p.stdout, struct {
			Number        int64    `json:"number"`
			Status        int      `json:"status"`
			Code          string   `json:"code"`
			Specification []string `json:"specification"`
			StoppedBy     string   `json:"stoppedBy"`
			Played        []string `json:"played"`
			Replayed      bool     `json:"replayed"`
			Why           string   `json:"why"`
		}{
			call.Number, call.Status, call.Code, call.Specification, call.StoppedBy, call.Played, call.Replayed,
			call.Why,
		})
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n", call.reason())
	return err
}
