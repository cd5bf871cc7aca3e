package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

const (
	// silenceLimit is the time after which a live stream is given up that sends nothing: the server sends a
	// heartbeat every 15 seconds.
	silenceLimit = time.Minute
	// maxEvent is the size of one event of a live stream, in bytes. A call with its bodies takes much less.
	maxEvent = 8 << 20
	// maxCallsWait is the greatest --wait, that of the server.
	maxCallsWait = 2 * time.Minute
)

// filters are the flags that narrow a list of calls, by their names as parameters.
var callFilters = map[string]string{
	"api": "api", "route": "route", "method": "method", "status": "status", "code": "code",
	"organisation": "organisation", "key": "key", "trace": "trace", "scenario": "scenario", "stopped-by": "stoppedBy",
	"since": "since", "limit": "limit",
}

func (p program) callsCommand() *cli.Command {
	return &cli.Command{
		Name:      "calls",
		Usage:     "list the calls that a running server got, newest last; or show one, by its number",
		ArgsUsage: "[NUMBER]",
		Flags: p.controlFlags(textOrJSON(),
			&cli.BoolFlag{Name: "follow", Usage: "print calls as they happen, from now on, until it is interrupted"},
			&cli.StringFlag{Name: "api", Validator: printable, Usage: "calls to the API `NAME`: bsu"},
			&cli.StringFlag{
				Name: "route", Usage: "calls to the route with this `PATH`, as the API documents it: /v1/{inntektsaar}",
				Validator: optional(matching(`^/[!-~]*$`, "a path, as the API documents it: /v1/{inntektsaar}")),
			},
			&cli.StringFlag{
				Name: "method", Usage: "calls with this `METHOD`", Validator: optional(matching(`^[A-Za-z]+$`,
					"a method of HTTP, such as POST")),
			},
			&cli.StringFlag{
				Name: "status", Usage: "calls that were answered with this `STATUS`, or a class such as 4xx",
				Validator: optional(matching(`^[1-5]([0-9]{2}|xx|XX)$`,
					"a whole number from 100 to 599, or a class such as 4xx")),
			},
			&cli.StringFlag{Name: "code", Validator: printable, Usage: "calls that were answered with this `CODE`"},
			&cli.StringFlag{
				Name: "organisation", Validator: organisation,
				Usage: "calls that this `ORGANISASJONSNUMMER` made",
			},
			&cli.StringFlag{Name: "key", Validator: printable, Usage: "calls with this idempotency `KEY`"},
			&cli.StringFlag{
				Name: "trace", Usage: "calls with this trace `ID` in their traceparent", Validator: optional(matching(
					`^[0-9a-fA-F]{32}$`, "a trace id, 32 hexadecimal digits")),
			},
			&cli.StringFlag{Name: "scenario", Validator: printable, Usage: "calls in which the scenario `NAME` played"},
			&cli.StringFlag{Name: "stopped-by", Validator: printable, Usage: "calls that the `CHECK` refused"},
			&cli.Int64Flag{
				Name: "since", Usage: "calls after the one with this `NUMBER`", Validator: atLeast(0),
			},
			&cli.Int64Flag{Name: "limit", Usage: "the newest `COUNT` calls", Validator: atLeast(1)},
			&cli.DurationFlag{
				Name: "wait", Usage: "wait until there are --count such calls, for so long at the most, such as 10s; " +
					"1 is the status where there are too few then",
				Validator: func(wait time.Duration) error {
					if wait < time.Millisecond || wait > maxCallsWait {
						return errors.New("1ms to 2m")
					}
					return nil
				},
			},
			&cli.Int64Flag{Name: "count", Usage: "with --wait: how many calls; without it, 1", Validator: atLeast(1)},
		),
		Action: p.calls,
	}
}

// atLeast returns a validator of numbers. Its error says what the number must be.
func atLeast(min int64) func(int64) error {
	return func(given int64) error {
		if given < min || given > 1_000_000 && min > 0 {
			if min > 0 {
				return fmt.Errorf("a whole number from %d to 1000000", min)
			}
			return fmt.Errorf("a whole number from %d", min)
		}
		return nil
	}
}

// callNumber returns the only argument, the number of a call.
func callNumber(c *cli.Command) (int64, error) {
	if err := oneArgument(c, "the number of one call, which its answer has as Sandkasse-Call"); err != nil {
		return 0, err
	}
	number, err := strconv.ParseInt(c.Args().First(), 10, 64)
	if err != nil || number < 1 {
		return 0, usage("%q is not the number of a call; it must be a whole number from 1, as the header "+
			"Sandkasse-Call has it", c.Args().First())
	}
	return number, nil
}

func (p program) calls(ctx context.Context, c *cli.Command) error {
	query := url.Values{}
	for flag, parameter := range callFilters {
		if c.IsSet(flag) {
			if value := fmt.Sprint(c.Value(flag)); value != "" {
				query.Set(parameter, value)
			}
		}
	}
	follow, wait := c.Bool("follow"), c.Duration("wait")
	switch {
	case c.IsSet("count") && wait == 0:
		return usage("--count goes with --wait; --limit bounds a list")
	case follow && (wait != 0 || c.IsSet("limit")):
		return usage("--follow goes on until it is interrupted; leave --wait and --limit out")
	}
	if c.Args().Present() {
		if follow || wait != 0 || len(query) > 0 {
			return usage("%q names one call; leave the other flags out", c.Args().First())
		}
		return p.showCall(ctx, c)
	}
	s, err := p.server(c)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	if follow {
		return p.follow(ctx, s, query, c.String("format"))
	}
	limit := controlLimit
	if wait != 0 {
		limit += wait
		query.Set("wait", wait.String())
		if c.IsSet("count") {
			query.Set("count", fmt.Sprint(c.Int64("count")))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := s.open(ctx, http.MethodGet, "calls", query, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	complete, found, err := p.list(s, answer.Body, c.String("format"))
	if err != nil || complete {
		return err
	}
	return fmt.Errorf("there were %d such calls within %s, and %d were waited for", found, shortDuration(wait),
		max(c.Int64("count"), 1))
}

// list prints a list of calls as it is read. complete is false where the server says that there are too few.
func (p program) list(s server, answer io.Reader, format string) (complete bool, found int, err error) {
	out := bufio.NewWriter(p.stdout)
	if format == "json" {
		answer = io.TeeReader(answer, out)
	}
	complete = true
	listed := false
	decoder := json.NewDecoder(answer)
	broken := func(err error) error {
		if errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
			return s.another()
		}
		return s.brokenOff(err)
	}
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return false, 0, s.another()
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return false, found, broken(err)
		}
		switch name {
		case "complete":
			err = decoder.Decode(&complete)
		case "calls":
			var begin json.Token
			if begin, err = decoder.Token(); err == nil && begin != json.Delim('[') {
				return false, found, s.another()
			}
			listed = true
			for err == nil && decoder.More() {
				var call shownCall
				if err = decoder.Decode(&call); err == nil {
					found++
					if format == "text" {
						fmt.Fprintln(out, call.line())
					}
				}
			}
			if err == nil {
				_, err = decoder.Token()
			}
		default:
			err = s.another()
		}
		if err != nil {
			return false, found, broken(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return false, found, broken(err)
	}
	if !listed {
		return false, found, s.another()
	}
	_, err = io.Copy(io.Discard, answer) // the end of the line, which belongs to the JSON
	if err != nil {
		return false, found, broken(err)
	}
	return complete, found, out.Flush()
}

// follow prints calls as they happen, until the context ends. The error says that the server has ended
// the stream, or is silent.
func (p program) follow(ctx context.Context, s server, query url.Values, format string) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(silenceLimit, cancel)
	defer silent.Stop()
	answer, err := s.open(within, http.MethodGet, "calls/live", query, nil)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer answer.Body.Close()
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		return s.another()
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, maxEvent)
	event := ""
	for lines.Scan() {
		silent.Reset(silenceLimit)
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name == "data" && event == "missed":
			fmt.Fprintf(p.stderr, "sandkasse: the journal dropped calls before they could be shown: %s\n", value)
		case name == "data" && event == "call":
			if err := p.printEvent(s, value, format); err != nil {
				return err
			}
		}
	}
	switch {
	case ctx.Err() != nil: // it was interrupted, as it has to be
		return nil
	case within.Err() != nil:
		return fmt.Errorf("%s has sent nothing for %s", s.url, shortDuration(silenceLimit))
	}
	return fmt.Errorf("%s has ended the stream of calls", s.url)
}

// printEvent prints the call of an event: as one line of text, or of JSON.
func (p program) printEvent(s server, text, format string) error {
	line := text
	if format == "text" {
		var call shownCall
		if json.Unmarshal([]byte(text), &call) != nil {
			return s.another()
		}
		line = call.line()
	}
	_, err := fmt.Fprintln(p.stdout, line)
	return err
}
