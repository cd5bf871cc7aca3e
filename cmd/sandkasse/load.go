package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) seedCommand() *cli.Command {
	return &cli.Command{
		Name: "seed",
		Usage: "stock a running server's Kobo with a small town: 400 homes in all states, 120 cases, tenancies " +
			"with their history",
		Flags: append(targetFlags(),
			p.urlFlag("the server, or a session of it (…/_session/NAME), whose Kobo is empty"),
			&cli.Uint64Flag{Name: "seed", Usage: "another `SEED`, another town"},
			&cli.StringFlag{
				Name: "today", Validator: isDay,
				Usage: "the `DAY` on which the town is so, such as 2024-12-31 (default: the server's)",
			},
		),
		Action: p.seed,
	}
}

// isDay validates the value of --today. Its error says what the value must be.
func isDay(given string) error {
	if day, err := time.Parse(time.DateOnly, given); err != nil || day.Year() < 1 {
		return errors.New("a day such as 2024-12-31")
	}
	return nil
}

// targetFlags returns the flags of commands that send test data to a server.
func targetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "municipality", Value: mock.DefaultMunicipality, Validator: matching(`^[0-9]{9}$`, "nine digits"),
			Usage: "the `ORGANISASJONSNUMMER` that the homes are for, as the token's consumer",
		},
		&cli.StringFlag{
			Name: "system", Value: mock.DefaultSystem,
			Validator: matching(`^[!-~]{1,100}$`, "1 to 100 printable characters of ASCII without a space, such as "+
				"fdvu-1"),
			Usage: "the x-kobo-systemid `ID` that the homes are for",
		},
		&cli.IntFlag{
			Name: "parallel", Value: mock.DefaultParallel, Validator: notZero[int]("1 to 64"),
			Usage: "so many `CALLS` at a time; 1 gives the same identifiers for the same seed and clock of the server",
		},
	}
}

func (p program) loader(c *cli.Command, url string, b *bar) mock.Loader {
	return mock.Loader{
		URL: url, Municipality: c.String("municipality"), System: c.String("system"), Parallel: c.Int("parallel"),
		Progress: b.set,
	}
}

func (p program) seed(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	var today time.Time
	if given := c.String("today"); given != "" {
		today, _ = time.Parse(time.DateOnly, given) // the flag let only days through
	}
	url, err := serverURL(c)
	if err != nil {
		return err
	}
	b := p.bar("seed", 1)
	town, err := p.loader(c, url, b).LoadTown(ctx, mock.TownOptions{Seed: c.Uint64("seed"), Today: today})
	b.done()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%d homes and %d cases, by %d calls, for the municipality %s and the system %s\n",
		town.Homes, town.Cases, town.Calls, town.Municipality, town.System)
	return err
}

// load sends documents to a server, and prints the id that each is given.
func (p program) load(ctx context.Context, c *cli.Command, wanted mock.GenerateOptions) error {
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	b := p.bar(wanted.Kind, wanted.Count)
	loader := p.loader(c, c.String("load"), b)
	loader.Catalog = catalog
	ids, err := loader.Load(ctx, wanted)
	b.done()
	w := bufio.NewWriter(p.stdout)
	for _, id := range ids {
		fmt.Fprintln(w, id)
	}
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	return err
}
