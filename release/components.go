package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licencesName is the file of the licences of others in archives, packages and the image.
const licencesName = "THIRD_PARTY_LICENSES.txt"

// listComponents returns the list of the modules in a binary (SBOM), as CycloneDX JSON.
func listComponents(binary []byte, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "sandkasse-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "sandkasse")
	if err := os.WriteFile(file, binary, 0o755); err != nil {
		return nil, err
	}
	// -noserial and -notimestamp: the same binary gives the same list
	command := exec.Command("go", "run", "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0",
		"bin", "-json", "-std", "-noserial", "-notimestamp", "-version", "v"+version, file)
	command.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	return output(command)
}

var licenceFile = regexp.MustCompile(`(?i)^(LICEN[CS]E|COPYING|NOTICE|PATENTS)([.-].*)?$`)

// licences returns the licences of Go and of all modules in the binaries, as their terms want it. A
// module without one is an error.
func licences(root string) ([]byte, error) {
	folders := map[string]string{}
	for _, t := range targets() {
		list := exec.Command("go", "list", "-deps", "-f",
			"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/sandkasse")
		list.Dir, list.Env = root, t.environ()
		modules, err := output(list)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(modules)) {
			if module, dir, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
				folders[module] = dir
			}
		}
	}
	goroot, err := output(exec.Command("go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	folders["The Go standard library"] = strings.TrimSpace(string(goroot))

	names := []string{}
	for name := range folders {
		names = append(names, name)
	}
	slices.Sort(names)
	var text bytes.Buffer
	text.WriteString("Sandkasse's binary contains the following modules.\n")
	for _, name := range names {
		files, err := os.ReadDir(folders[name])
		if err != nil {
			return nil, err
		}
		found := false
		for _, file := range files {
			if file.IsDir() || !licenceFile.MatchString(file.Name()) || strings.HasSuffix(file.Name(), ".go") {
				continue
			}
			found = true
			licence, err := os.ReadFile(filepath.Join(folders[name], file.Name()))
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&text, "\n==== %s: %s ====\n\n%s\n", name, file.Name(), bytes.TrimSpace(licence))
		}
		if !found {
			return nil, fmt.Errorf("no licence was found in %s", folders[name])
		}
	}
	return text.Bytes(), nil
}
