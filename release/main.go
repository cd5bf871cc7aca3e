// Release makes what a release of Sandkasse consists of: see docs/releasing.md, or run `go run .
// help` in this folder.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

const help = `go run . build -version 1.2.3 -out DIR [-source URL]
	makes all files of a release in a new folder
go run . notes -version 1.2.3
	prints what CHANGELOG.md says about a version
go run . push -image NAME -from DIR
	sends the image of a release to a registry, as REGISTRY_USER with REGISTRY_PASSWORD where these are set
go run . licences
	prints the licences of the modules in the binary

Each takes -root DIR, the repository, which is the folder above by default.
`

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run carries out a command line.
func run(args []string, stdout io.Writer, getenv func(string) string) error {
	if len(args) == 0 || args[0] == "help" {
		_, err := io.WriteString(stdout, help)
		return err
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", "..", "the repository")
	version := flags.String("version", "", "the version, such as 1.2.3")
	out := flags.String("out", "", "the folder to make")
	source := flags.String("source", "", "the public address of the repository")
	image := flags.String("image", "", "the image's name, without a tag")
	from := flags.String("from", "", "the folder that build made")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag; see go run . help", flags.Arg(0))
	}
	switch args[0] {
	case "build":
		if *out == "" {
			return errors.New("-out is missing; it is the folder to make")
		}
		return build(*root, *out, *version, *source)
	case "notes":
		text, err := os.ReadFile(filepath.Join(*root, "CHANGELOG.md"))
		if err != nil {
			return err
		}
		notes, err := changes(string(text), *version)
		if err != nil {
			return err
		}
		_, err = io.WriteString(stdout, notes)
		return err
	case "push":
		if *image == "" || *from == "" {
			return errors.New("-image or -from is missing")
		}
		return push(filepath.Join(*from, "image"), *image, getenv("REGISTRY_USER"), getenv("REGISTRY_PASSWORD"))
	case "licences":
		text, err := licences(*root)
		if err != nil {
			return err
		}
		_, err = stdout.Write(text)
		return err
	}
	return fmt.Errorf("%q is no command; see go run . help", args[0])
}

var versionPattern = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$`)

// build makes the files of a release below out, which must not exist: files/ has the archives, the
// image and the list of modules, with their checksums; image/ is the image as an OCI layout; npm/
// has a folder for each npm package. The same commit and version give the same bytes, with the same
// version of Go.
func build(root, out, version, source string) error {
	if !versionPattern.MatchString(version) {
		return fmt.Errorf("-version %q is no version; it must be like 1.2.3 or 1.2.3-rc.1", version)
	}
	commit, err := headOf(root)
	if err != nil {
		return err
	}
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	third, err := licences(root)
	if err != nil {
		return err
	}
	documents := map[string][]byte{licencesName: third}
	for _, name := range []string{"LICENSE", "CHANGELOG.md"} {
		if documents[name], err = os.ReadFile(filepath.Join(root, name)); err != nil {
			return err
		}
	}
	binaries := map[target][]byte{}
	for _, t := range targets() {
		if binaries[t], err = compile(root, t, version); err != nil {
			return err
		}
	}
	files := filepath.Join(out, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	for t, binary := range binaries {
		if err := writeArchive(files, t, version, binary, documents, commit.time); err != nil {
			return err
		}
	}
	components, err := listComponents(binaries[target{"linux", "amd64"}], version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "sandkasse_"+version+".cdx.json"), components, 0o644); err != nil {
		return err
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		return err
	}
	layout := filepath.Join(out, "image")
	if err := writeImage(layout, string(dockerfile), binaries, documents, version, source, commit); err != nil {
		return err
	}
	archive := filepath.Join(files, "sandkasse_"+version+"_image.tar")
	if err := writeLayoutArchive(layout, archive, commit.time); err != nil {
		return err
	}
	if err := writePackages(filepath.Join(out, "npm"), binaries, documents, version, source); err != nil {
		return err
	}
	return writeChecksums(files)
}
