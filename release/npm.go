package main

import (
	"embed"
	"encoding/json"
	"os"
	"path/filepath"
)

//go:embed npm
var npmFiles embed.FS

// platform returns a target in the words of Node.
func (t target) platform() (system, arch string) {
	system, arch = t.os, t.arch
	if system == "windows" {
		system = "win32"
	}
	if arch == "amd64" {
		arch = "x64"
	}
	return system, arch
}

// writePackages writes the folders of the npm packages: sandkasse, which runs the binary, and one
// with the binary for each platform, of which npm installs the one that fits.
func writePackages(dir string, binaries map[target][]byte, documents map[string][]byte, version, source string) error {
	text, err := npmFiles.ReadFile("npm/package.json")
	if err != nil {
		return err
	}
	main := map[string]any{}
	if err := json.Unmarshal(text, &main); err != nil {
		return err
	}
	main["version"] = version
	main["publishConfig"] = map[string]any{"access": "public"}
	if source != "" {
		main["repository"] = map[string]any{"type": "git", "url": "git+" + source + ".git"}
	}
	optional := map[string]string{}
	for _, t := range targets() {
		system, arch := t.platform()
		name := "@sandkasse/" + system + "-" + arch
		optional[name] = version
		one := map[string]any{
			"name": name, "version": version, "description": "The binary of sandkasse for " + system + " on " + arch,
			"license": main["license"], "publishConfig": main["publishConfig"],
			"os": []string{system}, "cpu": []string{arch}, "files": []string{t.binaryName(), licencesName},
			"preferUnplugged": true, // Yarn must not leave the binary in a zip file
		}
		if main["repository"] != nil {
			one["repository"] = main["repository"]
		}
		err := writePackage(filepath.Join(dir, system+"-"+arch), one, []entry{
			{name: t.binaryName(), mode: 0o755, data: binaries[t]},
			{name: "LICENSE", mode: 0o644, data: documents["LICENSE"]},
			{name: licencesName, mode: 0o644, data: documents[licencesName]},
			{name: "README.md", mode: 0o644, data: []byte("# " + name + "\n\n" + one["description"].(string) +
				", a part of the package `sandkasse`.\n")},
		})
		if err != nil {
			return err
		}
	}
	main["optionalDependencies"] = optional
	script, err := npmFiles.ReadFile("npm/sandkasse.js")
	if err != nil {
		return err
	}
	readme, err := npmFiles.ReadFile("npm/README.md")
	if err != nil {
		return err
	}
	return writePackage(filepath.Join(dir, "sandkasse"), main, []entry{
		{name: "sandkasse.js", mode: 0o755, data: script},
		{name: "README.md", mode: 0o644, data: readme},
		{name: "LICENSE", mode: 0o644, data: documents["LICENSE"]},
		{name: "CHANGELOG.md", mode: 0o644, data: documents["CHANGELOG.md"]},
		{name: licencesName, mode: 0o644, data: documents[licencesName]},
	})
}

// writePackage writes the folder of one package.
func writePackage(dir string, manifest map[string]any, files []entry) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	for _, file := range append(files, entry{name: "package.json", mode: 0o644, data: append(text, '\n')}) {
		if err := os.WriteFile(filepath.Join(dir, file.name), file.data, os.FileMode(file.mode)); err != nil {
			return err
		}
	}
	return nil
}
