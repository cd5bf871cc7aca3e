package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) apisCommand() *cli.Command {
	return &cli.Command{
		Name:  "apis",
		Usage: "list and check the APIs that are imitated, or make one from an OpenAPI document",
		Commands: []*cli.Command{
			{Name: "list", Usage: "one line an API, in groups", Flags: []cli.Flag{p.apisFlag()}, Action: p.listAPIs},
			{
				Name: "show", Usage: "all of one API, as JSON: routes, checks in their order, every error it can " +
					"give", ArgsUsage: "NAME",
				Flags: []cli.Flag{p.apisFlag()}, Action: p.showAPI,
			},
			{Name: "check", Usage: "tell everything that is wrong with a folder of API files, by file and " +
				"line", ArgsUsage: "DIR", Action: p.checkAPIs},
			p.importCommand(),
		},
		Action: p.listAPIs,
	}
}

func (p program) checkAPIs(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "one folder"); err != nil {
		return err
	}
	catalog, err := mock.LoadCatalog(mock.Dir(c.Args().First()))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is sound; with it there are %d "+
		"APIs\n", c.Args().First(), len(catalog.APIs(p.clock())))
	return err
}

func (p program) listAPIs(_ context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	apis := catalog.APIs(p.clock())
	slices.SortStableFunc(apis, func(a, b mock.API) int { return strings.Compare(a.Group, b.Group) })
	var lines bytes.Buffer
	table := tabwriter.NewWriter(&lines, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tADDRESS\tINNTEKTSÅR\tSCOPE\tTITLE")
	for _, api := range apis {
		years := "-"
		if api.Years != nil {
			years = fmt.Sprintf("%d-%d", api.Years[0], api.Years[1])
		}
		fmt.Fprintf(table, "%s\t/%s\t%s\t%s\t%s\n", api.Name, api.Label, years, api.Scope, api.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return writeGroups(p.stdout, lines.String(), apis)
}

// writeGroups writes a line an API, the first a heading, with each group's name before its APIs.
func writeGroups(out io.Writer, lines string, apis []mock.API) error {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
		if group := apis[max(i-1, 0)].Group; i > 0 && (i == 1 || group != apis[i-2].Group) {
			fmt.Fprintf(&b, "\n%s\n", cmp.Or(group, "APIs of your own"))
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (p program) showAPI(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "the name of one API; see sandkasse apis list"); err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	api, err := catalog.API(c.Args().First(), p.clock())
	if err != nil {
		return err
	}
	return indentJSON(p.stdout, api)
}

// indentJSON writes a value as indented JSON, with <, > and & as they are.
func indentJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
