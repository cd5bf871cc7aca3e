package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

// The exit statuses beside 0.
const (
	exitFailed = 1 // something was found that is wrong, or the work failed
	exitUsage  = 2 // the command line is wrong: nothing was done
)

// exitStatuses describes them in the help.
const exitStatuses = `Exit status:
0  all is well
1  something is wrong, as validate, verify, report or a check of files finds, or the work fails: a port that is
   taken, a file that is locked, a server that does not answer
2  the command line is wrong: an unknown command, flag or name, a value that cannot be, a file that cannot be read`

// usageError is the error of a wrong command line.
type usageError struct{ error }

// Unwrap returns the error itself.
func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// actionError is an error that the action of a command returned. Other errors come from parsing the command line.
type actionError struct{ error }

func (e actionError) Unwrap() error { return e.error }

// exitStatus returns the exit status for the error of a run.
func exitStatus(err error) int {
	var wrongUsage usageError
	var wrongArgument *mock.ArgumentError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, new(actionError)), errors.As(err, &wrongUsage), errors.As(err, &wrongArgument):
		return exitUsage
	}
	return exitFailed
}

// prepare lets a command and those below it answer a wrong flag with one sentence instead of a page, and adds the
// command help to each.
func (p program) prepare(c *cli.Command) {
	for _, sub := range c.Commands {
		p.prepare(sub)
	}
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%s; see %s --help", plainFlagError(err), c.FullName())
	}
	action := c.Action
	c.Action = func(ctx context.Context, c *cli.Command) error {
		err := p.config.fault(c)
		if err == nil {
			err = action(ctx, c)
		}
		if err != nil {
			return actionError{err}
		}
		return nil
	}
	if c.Name != "help" {
		c.Commands = append(c.Commands, p.helpCommand())
	}
}

// prepareCompletion does for the command completion, which the library adds, what prepare does for
// ours.
func (p program) prepareCompletion(c *cli.Command) {
	c.Hidden, c.Category = false, "Without a server"
	c.Usage = "print the completion script of a shell (bash, zsh, fish or pwsh)"
	c.Action = func(_ context.Context, c *cli.Command) error {
		if c.Args().Present() {
			return usage("there is no completion for %q; there is one for bash, zsh, fish and pwsh", c.Args().First())
		}
		return usage("completion wants a shell: bash, zsh, fish or pwsh")
	}
	for _, shell := range c.Commands {
		script := shell.Action
		shell.Action = func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return script(ctx, c)
		}
	}
	p.prepare(c)
}

// helpCommand returns a command that shows the help of its parent, or of a command below that.
func (p program) helpCommand() *cli.Command {
	help := &cli.Command{
		Name: "help", Aliases: []string{"h"}, Usage: "show the help of a command", ArgsUsage: "[COMMAND]",
		HideHelpCommand: true, Hidden: true,
		Action: func(ctx context.Context, c *cli.Command) error {
			path := slices.Clone(c.Lineage()[1:])
			for _, name := range c.Args().Slice() {
				next := path[0].Command(name)
				if next == nil {
					return usage("%q is not a command of %s; see %s "+
						"--help", name, path[0].FullName(), path[0].FullName())
				}
				path = slices.Insert(path, 0, next)
			}
			if len(path) == 1 {
				return cli.ShowRootCommandHelp(path[0])
			}
			return cli.ShowCommandHelp(ctx, path[1], path[0].Name)
		},
	}
	p.prepare(help)
	return help
}

// notZero returns a validator that refuses zero, which the program would take for a flag that was not given. Its error
// says what the value must be.
func notZero[T comparable](must string) func(T) error {
	return func(given T) error {
		if given == *new(T) {
			return errors.New(must)
		}
		return nil
	}
}

// matching returns a validator for values that match a pattern. Its error says what the value must be.
func matching(pattern, must string) func(string) error {
	return func(given string) error {
		if !regexp.MustCompile(pattern).MatchString(given) {
			return errors.New(must)
		}
		return nil
	}
}

// Patterns of the library's errors about flags.
var (
	wrongFlag = regexp.MustCompile(`(?s)^invalid value (".*") for flag -([^:]*): (.*)$`)
	wrongEnv  = regexp.MustCompile(
		`(?s)^could not parse (".*") as \S+ value from environment variable "(\w+)"[^:]*: (.*)$`)
	unknownFlag  = regexp.MustCompile(`^flag provided but not defined: -(.*)$`)
	withoutValue = regexp.MustCompile(`^flag needs an argument: (.*)$`)
	unknownTopic = regexp.MustCompile(`(?s)^No help topic for '(.*)'$`)
	uintError    = regexp.MustCompile(`^strconv\.ParseUint: `)
	intError     = regexp.MustCompile(`^strconv\.ParseInt: `)
	floatError   = regexp.MustCompile(`^strconv\.ParseFloat: `)
	timeError    = regexp.MustCompile(`^time: `)
)

// plainFlagError returns the text of a library's error about a flag, in plain words.
func plainFlagError(err error) string {
	text := err.Error()
	if m := wrongFlag.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("--%s is %s; it must be %s", m[2], m[1], requirement(m[3]))
	}
	if m := wrongEnv.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%s is %s; it must be %s", m[2], m[1], requirement(m[3]))
	}
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("there is no flag --%s", m[1])
	}
	if m := withoutValue.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("--%s needs a value", strings.TrimLeft(m[1], "-"))
	}
	if m := unknownTopic.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%q is not a command here; sandkasse --help lists them", m[1])
	}
	return text
}

// requirement returns what a value must be, from the reason for which the library or a validator refused it.
func requirement(reason string) string {
	switch {
	case uintError.MatchString(reason):
		return "a whole number from 0 to 18446744073709551615"
	case intError.MatchString(reason):
		return "a whole number of at most 18 digits"
	case floatError.MatchString(reason):
		return "a number, such as 0.5"
	case timeError.MatchString(reason):
		return "a duration such as 30s, 5m or 24h"
	case reason == "parse error":
		return "true or false"
	}
	return reason
}
