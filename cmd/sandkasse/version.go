package main

import (
	"context"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

// release is set by the linker where the binary is built for a release.
var release string

// version returns the release, else the version of the module in the build information.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versionCommand prints what --version prints.
func (p program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			cli.ShowVersion(c.Root())
			return nil
		},
	}
}
