package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/urfave/cli/v3"
)

func (p program) disarmCommand() *cli.Command {
	return &cli.Command{
		Name:        "disarm",
		Usage:       "disarm the scenarios that are armed in a running server; or one, by its number",
		ArgsUsage:   "[PLAY]",
		Description: "PLAY is the number that sandkasse play printed.",
		Flags:       p.controlFlags(textOrJSON()),
		Action:      p.disarm,
	}
}

func (p program) disarm(ctx context.Context, c *cli.Command) error {
	path := "plays"
	if c.Args().Present() {
		if err := oneArgument(c, "the number of one play, or none for all"); err != nil {
			return err
		}
		id, err := strconv.ParseInt(c.Args().First(), 10, 64)
		if err != nil || id < 1 {
			return usage("%q is not the number of a play; it must be a whole number from 1, as sandkasse play "+
				"prints it", c.Args().First())
		}
		path = fmt.Sprintf("plays/%d", id)
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	text, err := s.do(ctx, http.MethodDelete, path, nil)
	if err != nil {
		return err
	}
	var answer struct{ Disarmed *int }
	if json.Unmarshal(text, &answer) != nil || answer.Disarmed == nil {
		return s.another()
	}
	if c.String("format") == "json" {
		_, err = p.stdout.Write(text)
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "disarmed: %d\n", *answer.Disarmed)
	return err
}
