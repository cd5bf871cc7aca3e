package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// repeatedFlag returns an error where a command line has a flag twice, of which the library would use the last. Flags
// with a list of values may be repeated: all their values count.
func repeatedFlag(root *cli.Command, args []string) error {
	command, given := root, map[string]bool{}
	for i := 1; i < len(args) && args[i] != "--"; i++ {
		name, dashed := strings.CutPrefix(args[i], "-")
		name, _, withValue := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		if !dashed {
			command = cmp.Or(command.Command(name), command)
			continue
		}
		at := slices.IndexFunc(command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
		if at < 0 { // the library reports it
			continue
		}
		switch command.Flags[at].(type) {
		case *cli.BoolFlag:
		default:
			if !withValue {
				i++
			}
		}
		if _, list := command.Flags[at].(*cli.StringSliceFlag); !list && given[name] {
			return fmt.Errorf("--%s is given twice; give it once", name)
		}
		given[name] = true
	}
	return nil
}

const variablePrefix = "SANDKASSE_"

// warnOfVariables logs each environment variable that begins with SANDKASSE_ and is not that of a flag, with the one
// that it is most like.
func warnOfVariables(log *slog.Logger, environ []string, root *cli.Command) {
	known := variables(root)
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) || isInjected(name) {
			continue
		}
		log.Warn("a variable that no command knows is passed "+
			"over", "variable", name, "nearest", nearestVariable(name, known))
	}
}

// isInjected reports whether Kubernetes puts a variable of that name into every container beside a service
// called sandkasse or sandkasse-something.
func isInjected(name string) bool {
	rest := "_" + strings.TrimPrefix(name, variablePrefix)
	return strings.Contains(rest, "_SERVICE_") || strings.Contains(rest, "_PORT_") || strings.HasSuffix(rest, "_PORT")
}

// variables returns the variables of a command's flags, and of those of the commands below it, sorted.
func variables(command *cli.Command) (names []string) {
	for _, flag := range command.Flags {
		if described, ok := flag.(cli.DocGenerationFlag); ok {
			names = append(names, described.GetEnvVars()...)
		}
	}
	for _, sub := range command.Commands {
		names = append(names, variables(sub)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nearestVariable returns the known variable that a name is most like.
func nearestVariable(name string, known []string) string {
	flags := make([]cli.Flag, len(known))
	for i, one := range known {
		flags[i] = &cli.StringFlag{Name: one}
	}
	return strings.TrimLeft(cli.SuggestFlag(flags, strings.ToUpper(name), true), "-")
}
