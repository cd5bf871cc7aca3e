package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"
)

func (p program) playCommand() *cli.Command {
	return &cli.Command{
		Name:      "play",
		Usage:     "arm a scenario in a running server, for calls to come",
		ArgsUsage: "NAME",
		Description: "NAME is a script or a code, with its parameters: lost-answer, GLD_1015, 'slow;ms=8000'.\n" +
			"`sandkasse scenarios list` has all of them.",
		Flags: p.controlFlags(textOrJSON(),
			&cli.StringFlag{Name: "api", Validator: printable, Usage: "for calls to the API `NAME` alone: bsu"},
			&cli.StringFlag{
				Name: "method", Usage: "for calls with this `METHOD` alone", Validator: optional(matching(
					`^[A-Za-z]+$`, "a method of HTTP, such as POST")),
			},
			&cli.StringFlag{
				Name: "route", Validator: printable,
				Usage: "for calls to the route `NAME` alone, as apis show lists them: innsending",
			},
			&cli.StringFlag{
				Name: "organisation", Validator: organisation,
				Usage: "for calls with this `ORGANISASJONSNUMMER` in the token or the body alone",
			},
			&cli.StringFlag{Name: "reference", Usage: "for calls with this `TEXT` in the body alone"},
			&cli.StringFlag{
				Name: "times", Usage: "so many calls: a `NUMBER`, or always; without it, as the scenario says, and " +
					"a code once",
				Validator: optional(matching(`^([1-9][0-9]{0,8}|always)$`, "a whole number from 1, or always")),
			},
			&cli.FloatFlag{
				Name: "probability", Usage: "draw for each call whether it plays: above 0, at most 1",
				Validator: notZero[float64]("above 0, and at most 1"),
			},
			&cli.Uint64Flag{Name: "seed", Usage: "the `SEED` of the draw; without it, the session's"},
			&cli.DurationFlag{
				Name: "ttl", Usage: "disarm it after so long, by the session's clock, such as 10m",
				Validator: notZero[time.Duration]("a duration such as 30s, 5m or 24h"),
			},
		),
		Action: p.play,
	}
}

// organisation validates an organisation number, or none.
func organisation(given string) error { return optional(matching(`^[0-9]{9}$`, "nine digits"))(given) }

// playBody returns the body of POST plays.
func playBody(c *cli.Command) []byte {
	body := map[string]any{"scenario": c.Args().First()}
	for _, name := range []string{"api", "method", "route", "organisation", "reference"} {
		if given := c.String(name); given != "" {
			body[name] = given
		}
	}
	if times := c.String("times"); times == "always" {
		body["times"] = times
	} else if times != "" {
		body["times"] = json.Number(times)
	}
	if c.IsSet("probability") {
		body["probability"] = c.Float("probability")
	}
	if c.IsSet("seed") {
		body["seed"] = c.Uint64("seed")
	}
	if c.IsSet("ttl") {
		body["ttl"] = c.Duration("ttl").String()
	}
	text, _ := json.Marshal(body) // cannot fail: texts and numbers
	return text
}

func (p program) play(ctx context.Context, c *cli.Command) error {
	if err := oneArgument(c, "the name of one scenario; see sandkasse scenarios list"); err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	text, err := s.do(ctx, http.MethodPost, "plays", playBody(c))
	if err != nil {
		return err
	}
	if c.String("format") == "json" {
		_, err = p.stdout.Write(text)
		return err
	}
	var armed struct {
		ID       int64
		Scenario string
		Times    json.RawMessage
		TTL      string
	}
	if json.Unmarshal(text, &armed) != nil || armed.ID == 0 {
		return s.another()
	}
	line := fmt.Sprintf("%s is armed, as play %d", armed.Scenario, armed.ID)
	switch times := string(armed.Times); times {
	case "":
	case `"always"`:
		line += ", for all calls that fit"
	default:
		line += ", times " + times
	}
	if armed.TTL != "" {
		line += ", for " + shortDuration(c.Duration("ttl"))
	}
	_, err = fmt.Fprintln(p.stdout, line)
	return err
}
