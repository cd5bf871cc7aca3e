package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) tokenCommand() *cli.Command {
	return &cli.Command{
		Name:  "token",
		Usage: "print a token that every sandkasse takes, without a server",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "api", Usage: "the API the token is for, by `NAME`: bsu"},
			&cli.StringFlag{Name: "org", Usage: "the systembruker's `ORGANISASJONSNUMMER`; leave out for a token " +
				"without a systembruker"},
			&cli.StringFlag{Name: "vendor", Usage: "the `ORGANISASJONSNUMMER` of the vendor that holds the token"},
			&cli.StringFlag{Name: "systemuser", Usage: "the `ID` of the system user, as its request has it"},
			&cli.StringFlag{Name: "system", Usage: "the `ID` of the system that the system user is for"},
			&cli.StringFlag{Name: "scope", Usage: "instead of the API's own"},
			&cli.DurationFlag{
				Name: "ttl", Validator: notZero[time.Duration]("at least 1s (--expired gives an expired token)"),
				Usage: "how long it lives (default: 2m, as Maskinporten's do)",
			},
			&cli.BoolFlag{Name: "expired", Usage: "a token that ended a minute ago"},
			p.apisFlag(),
			p.urlFlag("the server it is for"),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			url, err := serverURL(c)
			if err == nil {
				err = apiGiven(c)
			}
			if err != nil {
				return err
			}
			catalog, err := loadCatalog(c)
			if err != nil {
				return err
			}
			token, err := catalog.Token(mock.TokenRequest{
				API: c.String("api"), Org: c.String("org"), Vendor: c.String("vendor"), Scope: c.String("scope"),
				SystemUser: c.String("systemuser"), System: c.String("system"),
				TTL: c.Duration("ttl"), Expired: c.Bool("expired"), BaseURL: url, IssuedAt: p.clock(),
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.stdout, token)
			return err
		},
	}
}
