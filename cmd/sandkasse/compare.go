package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) compareCommand() *cli.Command {
	return &cli.Command{
		Name: "compare",
		Usage: "tell where Sandkasse differs from a recording of the real APIs or from an official OpenAPI document, " +
			"without a server",
		ArgsUsage: "FILE",
		Description: "FILE is a recording in the form HAR, as a proxy, a browser or an HTTP tool writes it; - is " +
			"standard input.\nIt is replayed on a fresh sandbox in memory. Nothing is stored, and nothing is sent anywhere.\n" +
			"Or FILE is an official OpenAPI document of version 3.0 or 3.1 in JSON or YAML, which is held against the " +
			"catalogue.\n" +
			"Exit status: 0 when there is no difference, 1 when there is one, 2 when the command line is wrong or the " +
			"file\ncannot be used.",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name: "format", Value: "text", Validator: among("text", "json", "junit"),
				Usage: "text: a line for each difference; json; junit: XML, a test case for each operation",
			},
			&cli.StringFlag{
				Name: "api", Validator: printable,
				Usage: "the API that an OpenAPI document is of, by `NAME` (default: the one of its servers, paths or " +
					"title)",
			},
			p.apisFlag(),
		},
		Action: p.compare,
	}
}

func (p program) compare(ctx context.Context, c *cli.Command) error {
	if err := oneArgument(c, "one file, or - for standard input"); err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	file := c.Args().First()
	text, err := p.readDocument(file, mock.MaxRecording)
	if err != nil {
		return err
	}
	file = filepath.ToSlash(file)
	var found *mock.Comparison
	if api := c.String("api"); api != "" {
		found, err = catalog.CompareDocument(file, text, api)
	} else {
		found, err = catalog.Compare(ctx, file, text)
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	writeComparison(&out, c.String("format"), file, found)
	if _, err := p.stdout.Write(out.Bytes()); err != nil {
		return err
	}
	if n := len(found.Differences); n > 0 {
		return fmt.Errorf("%s differs from Sandkasse in %s", inOneLine(file), counted(n, "way"))
	}
	return nil
}

// counted returns a number with a noun, in the plural where it is not one.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
