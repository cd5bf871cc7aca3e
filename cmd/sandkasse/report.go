package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"
)

// reportHeader is the header of a report: its verdict, or which limits it breaks.
const reportHeader = "Sandkasse-Report"

func (p program) reportCommand() *cli.Command {
	return &cli.Command{
		Name:  "report",
		Usage: "report what production would punish in the client that called a running server, and what it never met",
		Description: "Exit status: 0 when the report keeps the limits, 1 when it breaks one, as standard error " +
			"says,\n2 when it cannot be asked for so. Without --fail-on and --min-coverage there are no limits.",
		DisableSliceFlagSeparator: true, // a reason may have commas
		Flags: p.controlFlags([]string{"text", "json", "md", "junit", "html"},
			&cli.StringFlag{
				Name: "fail-on", Validator: among("error", "warning"),
				Usage: "fail when there is a finding of this `GRAVITY` or above: error or warning",
			},
			&cli.Int64Flag{
				Name: "min-coverage", Usage: "fail when less than this `PERCENT` of the coverage was met",
				Validator: func(percent int64) error {
					if percent < 0 || percent > 100 {
						return errors.New("a whole number from 0 to 100")
					}
					return nil
				},
			},
			&cli.StringSliceFlag{
				Name:  "off",
				Usage: "switch a rule off, with the reason, which the report shows: `RULE=REASON`; may be repeated",
			},
			&cli.StringSliceFlag{
				Name:      "api",
				Validator: func(names []string) error { return printable(strings.Join(names, "")) },
				Usage:     "the coverage of the API `NAME`, or all, instead of those that were called; may be repeated",
			},
		),
		Action: p.report,
	}
}

func (p program) report(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	query := url.Values{"format": {cmp.Or(c.String("format"), "text")}, "api": c.StringSlice("api")}
	if gravity := c.String("fail-on"); gravity != "" {
		query.Set("fail", gravity)
	}
	if c.IsSet("min-coverage") {
		query.Set("minCoverage", strconv.FormatInt(c.Int64("min-coverage"), 10))
	}
	for _, off := range c.StringSlice("off") {
		rule, reason, found := strings.Cut(off, "=")
		if !found {
			return usage("--off is %q; it must be RULE=REASON, since the report shows why a rule is switched off", off)
		}
		query.Add("off", rule+":"+reason)
	}
	ctx, cancel := context.WithTimeout(ctx, controlLimit)
	defer cancel()
	answer, err := s.open(ctx, http.MethodGet, "report", query, nil, http.StatusConflict)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	verdict := answer.Header.Get(reportHeader)
	if verdict == "" {
		return s.another()
	}
	if _, err := io.Copy(p.stdout, answer.Body); err != nil {
		return s.brokenOff(err)
	}
	if answer.StatusCode == http.StatusConflict {
		return errors.New(inOneLine(verdict))
	}
	return nil
}
