package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) collectionCommand() *cli.Command {
	return &cli.Command{
		Name: "collection",
		Usage: "print or write requests to all APIs, with tokens and the first failures, for an editor, Bruno or " +
			"Postman",
		ArgsUsage: "FORMAT",
		Description: "FORMAT is http (REST Client of VS Code), jetbrains (HTTP Client of JetBrains' " +
			"IDEs),\nbruno (a folder) or postman (a collection v2.1).",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name: "out",
				Usage: "write to the file `FILE` instead of standard output; for bruno the new " +
					"or empty folder, which must be named",
			},
			p.urlFlag("the server that the requests are for; it can be changed in the collection, where it is baseUrl"),
			p.apisFlag(),
		},
		Action: p.collection,
	}
}

func (p program) collection(_ context.Context, c *cli.Command) error {
	var formats []string
	for _, format := range mock.CollectionFormats() {
		formats = append(formats, string(format))
	}
	if err := oneArgument(c, "a format: "+strings.Join(formats, ", ")); err != nil {
		return err
	}
	url, err := serverURL(c)
	if err != nil {
		return err
	}
	format, out := mock.CollectionFormat(c.Args().First()), c.String("out")
	if format == mock.CollectionBruno && out == "" {
		return usage("a collection of Bruno is a folder: name a new one with --out DIR")
	}
	if c.IsSet("out") && out == "" {
		return usage("--out is empty; give it a value, or leave it out")
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	files, err := catalog.Collection(format, url)
	if err != nil {
		return err
	}
	if format == mock.CollectionBruno {
		if err := writeNewFolder(out, files); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s holds requests to %d APIs; open it with Open Collection in Bruno\n", out,
			len(catalog.APIs(p.clock())))
		return err
	}
	names, err := fs.Glob(files, "*")
	if err != nil || len(names) != 1 {
		return fmt.Errorf("the collection has the files %q: %w", names, err)
	}
	text, err := fs.ReadFile(files, names[0])
	if err != nil {
		return err
	}
	if out == "" {
		_, err = p.stdout.Write(text)
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return usage("--out is %q, and its folder cannot be made", out)
	}
	if err := os.WriteFile(out, text, 0o666); err != nil {
		return usage("--out is %q, and no file can be written there", out)
	}
	_, err = fmt.Fprintf(p.stdout, "%s holds requests to %d APIs\n", out, len(catalog.APIs(p.clock())))
	return err
}
