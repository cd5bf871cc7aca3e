package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) schemaCommand() *cli.Command {
	return &cli.Command{
		Name:      "schema",
		Usage:     "print the JSON Schema of a file that you write, for an editor",
		ArgsUsage: "KIND",
		Description: "KIND is config (sandkasse.yaml), api or family (--apis), clients (--clients) or scenario\n" +
			"(--scenarios).",
		Action: func(_ context.Context, c *cli.Command) error {
			if err := oneArgument(c, "one kind of file: "+strings.Join(mock.FileKinds(), ", ")); err != nil {
				return err
			}
			schema, err := mock.FileSchema(c.Args().First())
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(schema)
			return err
		},
	}
}
