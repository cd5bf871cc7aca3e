package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

func (p program) validateCommand() *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "tell every violation of documents with its place, without a server",
		ArgsUsage: "FILE…",
		Description: "A FILE may be a folder, for all files below it whose names end in .json; a pattern such as " +
			"'out/*.json';\n" +
			"or - for standard input. Exit status: 0 when all documents fit, 1 when one does not, 2 when the " +
			"command line\n" +
			"is wrong or a file cannot be read.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "api", Usage: "the API the documents are for, by `NAME`: bsu"},
			&cli.StringFlag{
				Name: "format", Value: "text", Validator: among("text", "json", "github", "junit"),
				Usage: "text: a line for each violation; json; github: annotations of a GitHub workflow; " +
					"junit: XML, a test case for each file",
			},
			p.unknownMembersFlag(),
			p.apisFlag(),
		},
		Action: p.validate,
	}
}

// Limits of one run.
const (
	maxDocument  = 64 << 20 // bytes
	maxDocuments = 10_000
	maxEntries   = 100_000 // files and folders that are looked at in a folder
	maxPlaces    = 200_000 // violations of all documents
)

// validated is a document with its violations.
type validated struct {
	file       string
	violations []mock.Violation
}

// validate validates all documents before it prints, so that standard output is empty where a file cannot be read.
func (p program) validate(_ context.Context, c *cli.Command) error {
	if err := apiGiven(c); err != nil {
		return err
	}
	if !c.Args().Present() {
		return usage("validate wants one file or several, or - for standard input")
	}
	api := c.String("api")
	catalog, err := loadCatalog(c)
	if err != nil {
		return err
	}
	strict := catalog.RefusingUnknown()
	if unknownMembers(c) == mock.RefuseUnknown {
		catalog = strict
	}
	if _, err := catalog.Validate(api, nil); err != nil { // the API, before any file is read
		return err
	}
	files, err := documentFiles(c.Args().Slice())
	if err != nil {
		return err
	}
	var all []validated
	places := 0
	for _, file := range files {
		document, err := p.document(file)
		if err != nil {
			return err
		}
		found, err := catalog.Validate(api, document)
		if err != nil {
			return err
		}
		unknown, err := strict.Validate(api, document)
		if err != nil {
			return err
		}
		p.noteUnknown(filepath.ToSlash(file), found, unknown)
		if places += len(found); places > maxPlaces {
			return usage("the documents break the rules in more than %d places; validate fewer at a time", maxPlaces)
		}
		all = append(all, validated{filepath.ToSlash(file), found})
	}
	var out bytes.Buffer
	writeValidated(&out, c.String("format"), api, all)
	if _, err := p.stdout.Write(out.Bytes()); err != nil {
		return err
	}
	return broken(api, all)
}

// noteUnknown prints to standard error the members of a document that are accepted though the schema does not name
// them: the violations of the strict schema only.
func (p program) noteUnknown(file string, violations, strict []mock.Violation) {
	for _, v := range strict {
		if !slices.Contains(violations, v) {
			fmt.Fprintf(p.stderr, "%s:%d:%d: note: %s is not in the schema; it is taken and has no effect\n",
				file, v.Line, v.Column, v.Sti)
		}
	}
}

// document reads a file, or standard input for -.
func (p program) document(file string) ([]byte, error) {
	in := p.stdin
	if file != "-" {
		opened, err := openPlain(file)
		if err != nil {
			return nil, unreadable(file, err)
		}
		defer opened.Close()
		in = opened
	}
	document, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return nil, unreadable(file, err)
	}
	if len(document) > maxDocument {
		return nil, usage("%s is larger than %d MiB, and no API takes more than 10", file, maxDocument>>20)
	}
	return document, nil
}

// openPlain opens a file, but no pipe or device, which might be read for ever.
func openPlain(file string) (fs.File, error) {
	folder, name := filepath.Split(file)
	if folder == "" {
		folder = "."
	}
	return mock.Dir(folder).Open(name)
}

// unreadable returns the error of a file that cannot be read.
func unreadable(file string, err error) error {
	var in *fs.PathError
	if errors.As(err, &in) {
		err = in.Err
	}
	return usage("%s cannot be read: %w", file, err)
}

// documentFiles returns the files that the arguments of validate name, each once, in their order; those of a folder or
// a pattern sorted.
func documentFiles(arguments []string) ([]string, error) {
	var files []string
	add := func(file string) error {
		if slices.Contains(files, file) {
			return nil
		}
		if len(files) == maxDocuments {
			return usage("there are more than %d files; validate fewer at a time", maxDocuments)
		}
		files = append(files, file)
		return nil
	}
	for _, argument := range arguments {
		named := []string{argument}
		if _, err := os.Stat(argument); err != nil && argument != "-" && strings.ContainsAny(argument, "*?[") {
			if named, _ = filepath.Glob(argument); len(named) == 0 { // the error is that the pattern is none
				return nil, usage("no file is called %s, or fits it as a pattern", argument)
			}
		}
		for _, name := range named {
			if info, err := os.Stat(name); err != nil || !info.IsDir() || argument == "-" {
				if err := add(name); err != nil {
					return nil, err
				}
				continue
			}
			found, entries := false, 0
			err := filepath.WalkDir(name, func(file string, entry fs.DirEntry, err error) error {
				if err != nil {
					return unreadable(file, err)
				}
				if entries++; entries > maxEntries {
					return usage("the folder %s has more than %d files and folders; validate fewer at a time", name,
						maxEntries)
				}
				if entry.IsDir() || !strings.EqualFold(filepath.Ext(file), ".json") {
					return nil
				}
				found = true
				return add(file)
			})
			if err != nil {
				return nil, err
			}
			if !found {
				return nil, usage("the folder %s has no file whose name ends in .json", name)
			}
		}
	}
	return files, nil
}

// broken returns an error with the number of documents that have violations; nil where none has.
func broken(api string, all []validated) error {
	files, places, file := 0, 0, ""
	for _, v := range all {
		if n := len(v.violations); n > 0 {
			files, places, file = files+1, places+n, inOneLine(v.file)
		}
	}
	in := fmt.Sprintf("%d places", places)
	if places == 1 {
		in = "1 place"
	}
	switch {
	case files == 0:
		return nil
	case len(all) == 1:
		return fmt.Errorf("%s breaks the rules of %s in %s", file, api, in)
	}
	return fmt.Errorf("%d of %d documents break the rules of %s, in %s", files, len(all), api, in)
}
