package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) generateCommand() *cli.Command {
	return &cli.Command{
		Name: "generate",
		Usage: "print or write test data: deliveries, homes, households, and documents that are wrong in " +
			"exactly one way",
		ArgsUsage: "KIND [RULE]",
		Description: "KIND is an API that takes deliveries (bsu, gavertilfrivillige, …, those of --apis too), or " +
			"kobobolig, sak or husstand; for --broken also kobo.\n" +
			"The same seed gives the same bytes on any day; the first documents of a longer run are those of a " +
			"shorter one.\n" +
			"--broken makes a document for each rule, --broken RULE the one that breaks it, --broken list names " +
			"the rules.",
		Flags: append(targetFlags(),
			&cli.IntFlag{Name: "count", Value: 1, Usage: "so many `DOCUMENTS`"},
			&cli.StringFlag{
				Name: "oppgaver", Value: "10",
				Validator: matching(`^([0-9]{1,9}|max)$`, "a whole number from 0, or max"),
				Usage: "`HOW MANY` in each delivery: a number, 0 for a delivery that says that there are none, max " +
					"for as many as the API takes",
			},
			&cli.IntFlag{
				Name: "year", Validator: notZero[int]("a year such as 2024"),
				DefaultText: "2024, or the API's first", Usage: "the `INNTEKTSÅR`; homes are as at its end",
			},
			&cli.StringFlag{
				Name: "today", Validator: isDay,
				Usage: "the `DAY` on which homes and households are so, such as 2024-12-31 (default: the year's last)",
			},
			&cli.Uint64Flag{Name: "seed", Usage: "another `SEED`, other data"},
			&cli.StringFlag{Name: "org", Usage: "the `ORGANISASJONSNUMMER` of the oppgavegiver, any nine digits; " +
				"the seed's own when left out"},
			&cli.StringFlag{
				Name: "control", Value: "format", Validator: among("format", "modulus", "strict"),
				Usage: "the `LEVEL` of the server that the data are for; at modulus and strict the control digit " +
					"of --org must be right",
			},
			&cli.StringFlag{Name: "out", Value: "-", Usage: "the folder `DIR` that files are written to; - is " +
				"standard output"},
			&cli.StringFlag{
				Name: "format", Validator: among("json", "ndjson"),
				Usage: "json: a document is a file; ndjson: a document is a line (default: ndjson for several on " +
					"standard output, else json)",
			},
			&cli.BoolFlag{Name: "broken", Usage: "documents that are wrong in exactly one way, with the answers " +
				"that they must get"},
			&cli.StringFlag{Name: "load", Usage: "post deliveries, homes or cases to the server at `URL`, or a " +
				"session of it, instead, and print what the " +
				"answers call each: forsendelseId, koboId, koboSaksreferanse"},
			p.unknownMembersFlag(),
			p.apisFlag(),
		),
		Action: p.generate,
	}
}

// withBrokenArgument splits --broken=RULE into two arguments: the flag takes no value, since it may come without one.
func withBrokenArgument(args []string) []string {
	var split []string
	for i, arg := range args {
		if arg == "--" {
			return append(split, args[i:]...)
		}
		if rule, ok := strings.CutPrefix(arg, "--broken="); ok {
			split = append(split, "--broken", rule)
			continue
		}
		split = append(split, arg)
	}
	return split
}

func (p program) generate(ctx context.Context, c *cli.Command) error {
	kind, rule := c.Args().Get(0), c.Args().Get(1)
	if kind == "" {
		catalog, err := loadCatalog(c)
		if err != nil {
			return err
		}
		return usage("generate wants a kind; there are %s", strings.Join(catalog.Kinds(), ", "))
	}
	maxArgs := 1
	if c.Bool("broken") {
		maxArgs = 2
	}
	if c.Args().Len() > maxArgs {
		return usage("%q is too much; generate wants one kind, and after --broken one rule at the "+
			"most", c.Args().Get(maxArgs))
	}
	if c.Args().Len() == 2 && rule == "" {
		return usage("the rule after --broken is empty; --broken list names those there are")
	}
	wanted := mock.GenerateOptions{
		Kind: kind, Count: c.Int("count"), Year: c.Int("year"), Seed: c.Uint64("seed"), Org: c.String("org"),
		Feedback: mock.FeedbackLevel(c.String("control")), Today: c.String("today"),
	}
	if err := fitTogether(c, kind); err != nil {
		return err
	}
	if c.IsSet("municipality") {
		wanted.Org = cmp.Or(wanted.Org, c.String("municipality"))
	}
	if wanted.Count == 0 {
		return usage("the count is 0; it must be 1 to %d", mock.MaxDocuments)
	}
	if given := c.String("oppgaver"); given == "max" {
		wanted.Oppgaver = mock.AsManyAsFit
	} else {
		wanted.Oppgaver, _ = strconv.Atoi(given) // the flag let only numbers through
	}
	switch {
	case c.Bool("broken"):
		return p.generateInvalid(c, mock.InvalidOptions{
			Kind: kind, Rule: rule, Year: wanted.Year, Seed: wanted.Seed, Org: wanted.Org, Feedback: wanted.Feedback,
			Today: wanted.Today, System: c.String("system"),
		})
	case c.String("load") != "":
		return p.load(ctx, c, wanted)
	}
	return p.generateValid(c, wanted)
}

// fitTogether returns an error where a flag that was given would have no effect, or is empty.
func fitTogether(c *cli.Command, kind string) error {
	homes, load := slices.Contains([]string{"kobo", "kobobolig", "sak", "husstand"}, kind), c.IsSet("load")
	for _, rule := range []struct {
		flag string
		fits bool
		text string
	}{
		{"out", !load, "--out is not for --load, which writes no documents"},
		{"format", !load, "--format is not for --load, which writes no documents"},
		{"oppgaver", !homes, "--oppgaver is for deliveries; of what is Kobo's nothing has any"},
		{"today", homes, "--today is for homes and households; a delivery is for a year, --year"},
		{"parallel", load, "--parallel is for --load only"},
		{"municipality", homes, "--municipality is for homes; the organisation of a delivery is --org"},
		{"system", homes && (load || c.Bool("broken")), "--system is for calls to Kobo: homes and cases, with " +
			"--load or --broken"},
	} {
		if c.IsSet(rule.flag) && !rule.fits {
			return usage("%s", rule.text)
		}
	}
	for _, flag := range []string{"org", "control", "out", "format", "load", "today"} {
		if c.IsSet(flag) && c.String(flag) == "" {
			return usage("--%s is empty; give it a value, or leave it out", flag)
		}
	}
	return nil
}

// generateValid writes valid documents.
func (p program) generateValid(c *cli.Command, wanted mock.GenerateOptions) error {
	out, format := c.String("out"), c.String("format")
	if format == "" {
		format = "json"
		if out == "-" && wanted.Count > 1 {
			format = "ndjson"
		}
	}
	if out == "-" && format == "json" && wanted.Count > 1 {
		return usage("--format json is one document a file, and there are %d: name a folder with --out DIR, or "+
			"take --format ndjson", wanted.Count)
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	documents, err := catalog.Generate(wanted)
	if err != nil {
		return err
	}
	sink, err := p.sink(out, format, wanted.Kind)
	if err != nil {
		return err
	}
	bar := p.bar(wanted.Kind, wanted.Count)
	for document, err := range documents {
		if err != nil {
			return errors.Join(err, sink.close())
		}
		w, err := sink.begin(document.Name)
		if err == nil {
			_, err = document.WriteTo(bar.counting(w))
		}
		if err == nil {
			err = sink.end()
		}
		if err != nil {
			return errors.Join(err, sink.close())
		}
		bar.step()
	}
	bar.done()
	return sink.close()
}

// sink writes documents: all to one writer, or each to a file.
type sink struct {
	dir    string // of the files; empty for one writer
	file   *os.File
	buffer *bufio.Writer
}

// buffered is the size of the write buffer in bytes.
const buffered = 1 << 16

// sink returns the sink that --out and --format ask for.
func (p program) sink(out, format, kind string) (*sink, error) {
	if out == "-" {
		return &sink{buffer: bufio.NewWriterSize(p.stdout, buffered)}, nil
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, usage("--out is %q, which is no folder, and none can be made there", out)
	}
	if format == "json" {
		return &sink{dir: out, buffer: bufio.NewWriterSize(io.Discard, buffered)}, nil
	}
	file, err := os.Create(filepath.Join(out, kind+".ndjson"))
	return &sink{file: file, buffer: bufio.NewWriterSize(file, buffered)}, err
}

// begin returns the writer of the next document.
func (s *sink) begin(name string) (io.Writer, error) {
	if s.dir == "" {
		return s.buffer, nil
	}
	file, err := os.Create(filepath.Join(s.dir, name+".json"))
	if err != nil {
		return nil, err
	}
	s.file = file
	s.buffer.Reset(file)
	return s.buffer, nil
}

// end ends a document: its file is closed.
func (s *sink) end() error {
	if s.dir == "" {
		return nil
	}
	return s.close()
}

// close flushes the buffer, and closes the open file.
func (s *sink) close() error {
	err := s.buffer.Flush()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
		s.file = nil
	}
	return err
}

// generateInvalid writes documents that are wrong, or lists the rules.
func (p program) generateInvalid(c *cli.Command, wanted mock.InvalidOptions) error {
	for _, flag := range []string{"count", "oppgaver", "load"} {
		if c.IsSet(flag) {
			return usage("--%s is not for --broken, which makes one document for each rule", flag)
		}
	}
	out, format := c.String("out"), c.String("format")
	list := wanted.Rule == "list"
	if list {
		wanted.Rule = ""
	}
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	if unknownMembers(c) == mock.RefuseUnknown {
		catalog = catalog.RefusingUnknown()
	}
	invalid, err := catalog.GenerateInvalid(wanted)
	switch {
	case err != nil:
		return err
	case list:
		return p.listRules(invalid)
	case out != "-":
		if format == "ndjson" {
			return usage("--broken writes its documents as they are, one a file: leave --format ndjson out, or " +
				"write to standard output")
		}
		return invalid.WriteFolder(out)
	case wanted.Rule != "" && format != "ndjson":
		one := invalid.Calls[0]
		if one.Body == nil {
			return usage("%s is wrong without a document; --format ndjson tells the call", wanted.Rule)
		}
		_, err = p.stdout.Write(one.Body)
		return err
	case format == "json":
		return usage("--format json is one document a file, and there are %d: name a folder with --out DIR, or "+
			"take --format ndjson", len(invalid.Calls))
	}
	w := bufio.NewWriterSize(p.stdout, buffered)
	for line, err := range invalid.Lines() {
		if err != nil {
			return err
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// listRules prints a line for each rule: its name, and the answer to the call that breaks it.
func (p program) listRules(invalid mock.InvalidCalls) error {
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, call := range invalid.Calls {
		codes := strings.TrimSpace(call.Expected.Kode + " " + call.Expected.Spesifisering)
		answer := fmt.Sprint(call.Expected.Status, " ", codes)
		if f := call.Expected.Feedback; f != nil {
			answer = "feedback " + f.Avvikskode
		}
		fmt.Fprintf(table, "%s\t%s\n", call.Rule, answer)
	}
	return table.Flush()
}
