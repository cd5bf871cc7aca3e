// Sandkasse imitates Norwegian reporting APIs on your own machine: see
// docs/getting-started.md, or run `sandkasse --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func main() {
	program := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, clock: time.Now, environ: os.Environ()}
	os.Exit(program.run(context.Background(), os.Args))
}

// run runs a command line, writes its error to standard error, and returns the exit status.
func (p program) run(ctx context.Context, args []string) int {
	p.config = newConfigFile(args)
	root := p.command()
	args = withBrokenArgument(serveByDefault(args))
	err := repeatedFlag(root, args)
	if err == nil {
		err = root.Run(ctx, args)
	}
	if err == nil {
		return 0
	}
	text := err.Error()
	if !errors.As(err, new(actionError)) {
		text = plainFlagError(err) // a wrong environment variable comes without OnUsageError
	}
	for line := range strings.Lines(text) { // several only where several files are at fault
		fmt.Fprintln(p.stderr, "sandkasse: "+strings.TrimSpace(line))
	}
	return exitStatus(err)
}

// program holds what the commands use of their surroundings, so that tests can replace it.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	clock          func() time.Time
	environ        []string    // NAME=value
	config         *configFile // set by run
}

// serveByDefault adds the command serve to a command line without a command.
func serveByDefault(args []string) []string {
	own := []string{"--help", "-h", "--version", "-v", "--generate-shell-completion"}
	if len(args) > 1 && (!strings.HasPrefix(args[1], "-") || slices.Contains(own, args[1])) {
		return args
	}
	return slices.Insert(slices.Clone(args), 1, "serve")
}

// command returns the root command with all others. Each has a file of its own.
func (p program) command() *cli.Command {
	root := &cli.Command{
		Name:                            "sandkasse",
		Usage:                           "imitates Norwegian reporting APIs on your own machine",
		Description:                     exitStatuses,
		Version:                         version(),
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: p.prepareCompletion,
		Action:                          func(_ context.Context, c *cli.Command) error { return noArguments(c) },
		Commands: slices.Concat(
			inCategory("A server", p.serveCommand(), p.initCommand(), p.readyCommand(), p.caCommand()),
			inCategory("In a running server", p.callsCommand(), p.whyCommand(), p.verifyCommand(), p.reportCommand(),
				p.playCommand(), p.disarmCommand(), p.resetCommand(), p.seedCommand()),
			inCategory("Without a server", p.apisCommand(), p.openapiCommand(), p.scenariosCommand(),
				p.tokenCommand(), p.generateCommand(), p.validateCommand(), p.compareCommand(), p.collectionCommand(),
				p.schemaCommand(), p.versionCommand()),
		),
		Reader:         p.stdin,
		Writer:         p.stdout,
		ErrWriter:      p.stderr,
		ExitErrHandler: func(context.Context, *cli.Command, error) {}, // run prints the error
	}
	p.prepare(root)
	return root
}

// inCategory returns commands under one heading of the help, which sorts its headings.
func inCategory(heading string, commands ...*cli.Command) []*cli.Command {
	for _, c := range commands {
		c.Category = heading
	}
	return commands
}

// noArguments returns an error where a command that takes no arguments has some, such as a misspelt subcommand.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return usage("%q is not a command or argument here; see %s --help", c.Args().First(), c.FullName())
	}
	return nil
}

// oneArgument returns an error unless the command has exactly one argument; what describes it.
func oneArgument(c *cli.Command, what string) error {
	if c.Args().Len() != 1 {
		return usage("%s wants %s", strings.TrimPrefix(c.FullName(), "sandkasse "), what)
	}
	return nil
}

// apiGiven returns an error without --api. The check of required flags in the library would also ask help for it.
func apiGiven(c *cli.Command) error {
	if c.String("api") == "" {
		return usage("--api is missing; it is the name of an API, such as bsu: see sandkasse apis list")
	}
	return nil
}

// apisFlag returns the flag --apis, a folder of API files over the built-in ones.
func (p program) apisFlag() cli.Flag {
	return &cli.StringFlag{Name: "apis", Sources: p.env("apis"), Usage: "lay the API files of `DIR` over the " +
		"built-in ones"}
}

// loadCatalog returns the APIs, with those of --apis.
func loadCatalog(c *cli.Command) (*mock.Catalog, error) {
	return mock.LoadCatalog(mock.Dir(c.String("apis")))
}

// unknownMembersFlag returns the flag --unknown-members.
func (p program) unknownMembersFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "unknown-members", Value: "accept", Sources: p.env("unknown-members"),
		Usage: "what becomes of members of a delivery that the API's schema does not name: " +
			"accept: taken, with a remark; refuse: GLD_010",
		Validator: among("accept", "refuse"),
	}
}

func unknownMembers(c *cli.Command) mock.UnknownMembers {
	return mock.UnknownMembers(c.String("unknown-members"))
}
