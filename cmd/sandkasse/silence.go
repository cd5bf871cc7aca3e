package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// repeatedFlag refuses a flag that a command line gives twice, of which the last would win. Flags
// that take a list may stand several times: nothing of it is lost.
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
		if at < 0 { // the library tells it
			continue
		}
		switch command.Flags[at].(type) {
		case *cli.StringSliceFlag:
			i++
			continue
		case *cli.BoolFlag:
		default:
			if !withValue {
				i++
			}
		}
		if given[name] {
			return fmt.Errorf("--%s is given twice; give it once", name)
		}
		given[name] = true
	}
	return nil
}

const variablePrefix = "SANDKASSE_"

// warnOfVariables logs every variable of the environment that looks like one of ours and is none,
// such as a misspelt one, with the nearest that there is.
func warnOfVariables(log *slog.Logger, environ []string, root *cli.Command) {
	known := variables(root)
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) || isInjected(name) {
			continue
		}
		log.Warn("a variable that no command knows is passed over", "variable", name, "nearest",
			nearestVariable(name, known))
	}
}

// isInjected reports whether Kubernetes puts a variable of that name into every container beside a
// service called sandkasse or sandkasse-something.
func isInjected(name string) bool {
	rest := "_" + strings.TrimPrefix(name, variablePrefix)
	return strings.Contains(rest, "_SERVICE_") || strings.Contains(rest, "_PORT_") || strings.HasSuffix(rest, "_PORT")
}

// variables returns the variables of a command's flags, and of those of the commands below it,
// sorted.
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

// nearestVariable returns the variable that a misspelt name is most like.
func nearestVariable(name string, known []string) string {
	flags := make([]cli.Flag, len(known))
	for i, one := range known {
		flags[i] = &cli.StringFlag{Name: one}
	}
	return strings.TrimLeft(cli.SuggestFlag(flags, strings.ToUpper(name), true), "-")
}
