package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) openapiCommand() *cli.Command {
	return &cli.Command{
		Name:  "openapi",
		Usage: "print the OpenAPI document of an API, of control or of all, without a server",
		Description: "The document is the one that a server has at /_sandkasse/openapi/NAME.json, with the " +
			"address in --url.",
		ArgsUsage: "NAME",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "json", Usage: "json or yaml", Validator: among("json", "yaml")},
			p.apisFlag(),
			p.scenariosFlag(),
			p.unknownMembersFlag(),
			p.urlFlag("the server it is for"),
		},
		Action: p.printOpenAPI,
	}
}

func (p program) printOpenAPI(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "the name of one API, control or all; see sandkasse apis list"); err != nil {
		return err
	}
	url, err := serverURL(c)
	if err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	text, err := catalog.OpenAPI(c.Args().First(), mock.OpenAPIOptions{
		BaseURL: url, At: p.clock(), YAML: c.String("format") == "yaml", Scenarios: mock.Dir(c.String("scenarios")),
		UnknownMembers: unknownMembers(c), Version: version(),
	})
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(text)
	return err
}
