package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

// initialConfig is the config file that init writes: every setting, commented out, with its default.
//
//go:embed init.yaml
var initialConfig []byte

func (p program) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a config file, sandkasse.yaml, with every setting explained and commented out",
		ArgsUsage: "[DIR]",
		Action:    p.init,
	}
}

// init writes the config file into a folder; where there is one, it is left as it is.
func (p program) init(_ context.Context, c *cli.Command) error {
	if c.Args().Len() > 1 {
		return usage("%q is too much; init wants one folder, or none for this one", c.Args().Get(1))
	}
	path := filepath.Join(c.Args().First(), mock.ConfigFile)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usage("%s is there already; it is left as it is", path)
	}
	if in, ok := errors.AsType[*fs.PathError](err); ok {
		return usage("%s cannot be written: %w", path, in.Err)
	}
	if err == nil {
		_, err = file.Write(initialConfig)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is written; sandkasse serve reads it when it is started in that folder\n", path)
	return err
}
