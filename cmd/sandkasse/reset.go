package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/urfave/cli/v3"
)

func (p program) resetCommand() *cli.Command {
	return &cli.Command{
		Name:  "reset",
		Usage: "empty a session of a running server: records, calls, armed scenarios, clock",
		Flags: p.controlFlags(textOrJSON(),
			&cli.Uint64Flag{Name: "seed", Usage: "give the session this `SEED`; without it, the server's"},
		),
		Action: p.reset,
	}
}

func (p program) reset(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	var body []byte
	if c.IsSet("seed") {
		body = fmt.Appendf(nil, `{"seed": %d}`, c.Uint64("seed"))
	}
	text, err := s.do(ctx, http.MethodPost, "reset", body)
	if err != nil {
		return err
	}
	if c.String("format") == "json" {
		_, err = p.stdout.Write(text)
		return err
	}
	var was struct {
		Session string
		Seed    uint64
	}
	if json.Unmarshal(text, &was) != nil || was.Session == "" {
		return s.another()
	}
	_, err = fmt.Fprintf(p.stdout, "the session %s is empty, with the seed %d\n", was.Session, was.Seed)
	return err
}
