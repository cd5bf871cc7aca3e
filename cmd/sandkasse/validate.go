package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) validateCommand() *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "tell every violation of a document with its place, without a server; exit with 1 when there is one",
		ArgsUsage: "FILE (- is standard input)",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "api", Required: true, Usage: "the API the document is for, by `NAME`: bsu"},
			apisFlag(),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return fmt.Errorf("validate wants one file, or - for standard input")
			}
			return p.validate(c.String("apis"), c.String("api"), c.Args().First())
		},
	}
}

// validate prints one line a violation, in the form that editors and CI systems know: file, line, column, text.
func (p program) validate(dir, api, file string) error {
	var document []byte
	var err error
	if file == "-" {
		document, err = io.ReadAll(p.stdin)
	} else {
		document, err = os.ReadFile(file)
	}
	if err != nil {
		return err
	}
	violations, err := mock.Validate(dir, api, document)
	if err != nil {
		return err
	}
	for _, v := range violations {
		fmt.Fprintf(p.stdout, "%s:%d:%d: %s: %s", file, v.Line, v.Column, v.Sti, v.Melding)
		if v.AngittVerdi != "" {
			fmt.Fprintf(p.stdout, " (angitt verdi: %s)", v.AngittVerdi)
		}
		fmt.Fprintln(p.stdout)
	}
	switch n := len(violations); {
	case n == 1:
		return fmt.Errorf("%s breaks the rules of %s in 1 place", file, api)
	case n > 1:
		return fmt.Errorf("%s breaks the rules of %s in %d places", file, api, n)
	}
	_, err = fmt.Fprintf(p.stdout, "%s fits %s\n", file, api)
	return err
}
