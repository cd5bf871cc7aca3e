package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) importCommand() *cli.Command {
	return &cli.Command{
		Name: "import",
		Usage: "make a folder of API files from an OpenAPI document, as SwaggerHub exports it, and tell what " +
			"could not be taken",
		ArgsUsage: "FILE",
		Description: "FILE is an OpenAPI document of version 3.0 or 3.1 in JSON or YAML; - is standard input.\n" +
			"The folder is for --apis. Other files and addresses that the document refers to are never read.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write to the folder `DIR`, which must be new or empty (default: the " +
				"API's name)"},
		},
		Action: p.importAPI,
	}
}

func (p program) importAPI(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "one OpenAPI document"); err != nil {
		return err
	}
	if c.IsSet("out") && c.String("out") == "" {
		return usage("--out is empty; give it a value, or leave it out")
	}
	file := c.Args().First()
	document, err := p.readDocument(file, mock.MaxOpenAPI)
	if err != nil {
		return err
	}
	made, err := mock.ImportAPI(file, document)
	if err != nil {
		p.printFaults("Not taken from "+file+":", made.NotTaken, "")
		return err
	}
	dir := cmp.Or(c.String("out"), made.Name)
	if err := writeNewFolder(dir, made.Files); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s holds the API %s, which answers below /%s. Serve it:\n\n  sandkasse serve --apis %s\n",
		dir, made.Name, made.Label, dir)
	p.printFaults("Not taken from "+file+":", made.NotTaken, "")
	p.printFaults("Assumed, because the document does not say it:", made.Assumed, dir)
	return nil
}

// printFaults prints a heading, and below it each fault with the path of its file in a folder. It prints
// nothing where there are none.
func (p program) printFaults(heading string, faults []mock.Fault, dir string) {
	if len(faults) == 0 {
		return
	}
	fmt.Fprintf(p.stdout, "\n%s\n", heading)
	for _, fault := range faults {
		fault.File = filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(fault.File)))
		fmt.Fprintln(p.stdout, fault)
	}
}

// writeNewFolder writes files to a folder that is new or empty.
func writeNewFolder(dir string, files fs.FS) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return usage("%s is no folder that files can be written to", dir)
	case len(entries) > 0:
		return usage("the folder %s has files already; name a new one with --out DIR", dir)
	}
	return os.CopyFS(dir, files)
}

// readDocument reads a plain file, or standard input for -, of at most limit bytes.
func (p program) readDocument(file string, limit int) ([]byte, error) {
	in := p.stdin
	if file != "-" {
		opened, err := openPlain(file)
		if err != nil {
			return nil, unreadable(file, err)
		}
		defer opened.Close()
		in = opened
	}
	document, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err != nil {
		return nil, unreadable(file, err)
	}
	if len(document) > limit {
		return nil, usage("%s is larger than %d MiB, the most that is read", file, limit>>20)
	}
	return document, nil
}
