package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) scenariosCommand() *cli.Command {
	flags := []cli.Flag{p.apisFlag(), p.scenariosFlag()}
	return &cli.Command{
		Name:  "scenarios",
		Usage: "list what can go wrong on demand: scripts, and every code that an API documents",
		Commands: []*cli.Command{
			{Name: "list", Usage: "one line a scenario", Flags: flags, Action: p.listScenarios},
			{
				Name: "show", Usage: "one scenario: what it does, what a client should do, its parameters, its " +
					"script", ArgsUsage: "NAME", Flags: flags,
				Action: p.showScenario,
			},
			{
				Name: "check", Usage: "tell everything that is wrong with a folder of scripts, by file and " +
					"line", ArgsUsage: "DIR",
				Flags: []cli.Flag{p.apisFlag()}, Action: p.checkScenarios,
			},
			{Name: "schema", Usage: "print the JSON Schema of a script, for an editor", Action: p.printScenarioSchema},
		},
		Flags:  flags,
		Action: p.listScenarios,
	}
}

// scenariosFlag returns the flag --scenarios, a folder of the caller's own scripts.
func (p program) scenariosFlag() cli.Flag {
	return &cli.StringFlag{Name: "scenarios", Sources: p.env("scenarios"), Usage: "the scripts of `DIR` too, read " +
		"anew when they change"}
}

// scenarios returns all scenarios, with the scripts of a folder; none where its name is empty.
func scenarios(c *cli.Command, scripts string) ([]mock.Scenario, error) {
	catalog, err := loadCatalog(c)
	if err != nil {
		return nil, err
	}
	return catalog.Scenarios(mock.Dir(scripts))
}

func (p program) listScenarios(_ context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	list, err := scenarios(c, c.String("scenarios"))
	if err != nil {
		return err
	}
	scripts, codes := []string{"SCRIPT\tORGANISATION\tWHAT"}, []string{"CODE\tORGANISATION\tAPI\tWHAT"}
	for _, one := range list {
		cells := []string{one.Name, one.Organisation, inLine(one.Description)}
		if one.Text == "" {
			codes = append(codes, strings.Join(slices.Insert(cells, 2, inCell(one.APIs)), "\t"))
		} else {
			scripts = append(scripts, strings.Join(cells, "\t"))
		}
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	// an empty line begins another table
	fmt.Fprintf(table, "%s\n\n%s\n", strings.Join(scripts, "\n"), strings.Join(codes, "\n"))
	return table.Flush()
}

// inLine returns a text in one line of a list, cut where it is too long. `scenarios show` prints all of it.
func inLine(text string) string {
	const maxLength = 66 // characters
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= maxLength {
		return string(line)
	}
	return strings.TrimSpace(string(line[:maxLength-1])) + "…"
}

// inCell returns the name in a list of one, or how many there are.
func inCell(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d APIs", len(names))
}

func (p program) showScenario(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "the name of one scenario; see sandkasse scenarios list"); err != nil {
		return err
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	one, err := catalog.Scenario(mock.Dir(c.String("scenarios")), c.Args().First())
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s\n\n%s\n\nWhat a client should do: %s\n\nReserved organisation: "+
		"%s\n", one.Name, one.Description, one.Client, one.Organisation)
	if len(one.APIs) > 0 {
		fmt.Fprintf(p.stdout, "Documented by: %s\n", strings.Join(one.APIs, ", "))
	}
	for _, parameter := range one.Parameters {
		fmt.Fprintf(p.stdout, "Parameter: %s\n", parameter.Means)
	}
	if one.Text != "" {
		fmt.Fprintf(p.stdout, "\n%s", one.Text)
	}
	return nil
}

func (p program) checkScenarios(_ context.Context, c *cli.Command) error {
	if err := oneArgument(c, "one folder"); err != nil {
		return err
	}
	list, err := scenarios(c, c.Args().First())
	if err != nil {
		return err
	}
	var own []string
	for _, one := range list {
		if one.Own {
			own = append(own, one.Name)
		}
	}
	text := " has no scripts"
	if len(own) > 0 {
		text = " is sound; its scripts are " + strings.Join(own, ", ")
	}
	_, err = fmt.Fprintln(p.stdout, c.Args().First()+text)
	return err
}

func (p program) printScenarioSchema(_ context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	_, err := p.stdout.Write(mock.ScenarioSchema())
	return err
}
