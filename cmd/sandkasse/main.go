// Sandkasse imitates Norwegian reporting APIs on your own machine. `sandkasse --help` says how to run it; README.md says what for.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

func main() {
	program := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, clock: time.Now}
	if err := program.command().Run(context.Background(), withBrokenArgument(serveByDefault(os.Args))); err != nil {
		for line := range strings.Lines(err.Error()) { // several only where several files are at fault
			fmt.Fprintln(os.Stderr, "sandkasse: "+strings.TrimSpace(line))
		}
		os.Exit(1)
	}
}

// program is what the commands use of the world.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	clock          func() time.Time
}

// serveByDefault makes plain `sandkasse`, also with flags, `sandkasse serve`.
func serveByDefault(args []string) []string {
	own := []string{"--help", "-h", "--version", "-v", "--generate-shell-completion"}
	if len(args) > 1 && (!strings.HasPrefix(args[1], "-") || slices.Contains(own, args[1])) {
		return args
	}
	return slices.Insert(slices.Clone(args), 1, "serve")
}

// command is the whole command line: one file a subcommand.
func (p program) command() *cli.Command {
	root := &cli.Command{
		Name:                  "sandkasse",
		Usage:                 "imitates Norwegian reporting APIs on your own machine",
		Version:               version(),
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
			c.Usage = "print the completion script of a shell (bash, zsh, fish or pwsh)"
		},
		Action: func(_ context.Context, c *cli.Command) error { return noArguments(c) },
		Commands: []*cli.Command{p.serveCommand(), p.tokenCommand(), p.readyCommand(), p.apisCommand(), p.scenariosCommand(), p.validateCommand(),
			p.generateCommand(), p.seedCommand()},
		Reader:         p.stdin,
		Writer:         p.stdout,
		ErrWriter:      p.stderr,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // main tells errors, once
	}
	tellUsage(root)
	return root
}

// tellUsage makes every command answer a wrong flag or argument with one line instead of a page.
func tellUsage(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%w; see %s --help", err, c.FullName())
	}
	for _, sub := range c.Commands {
		tellUsage(sub)
	}
}

// env is the environment variable of a flag.
func env(flag string) cli.ValueSourceChain {
	return cli.EnvVars("SANDKASSE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")))
}

// noArguments refuses words where a command takes none, such as a misspelt subcommand.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("%q is not a command or argument here; see %s --help", c.Args().First(), c.FullName())
	}
	return nil
}

// apisFlag is the folder of API files over the built-in ones.
func apisFlag() cli.Flag {
	return &cli.StringFlag{Name: "apis", Sources: env("apis"), Usage: "lay the API files of `DIR` over the built-in ones"}
}

// release is set by the linker where the binary is built for a release.
var release string

// version is the release, else the module's version as the Go tool wrote it into the binary.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
