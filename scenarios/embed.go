// Package scenarios holds the scripts that come with the program, one YAML file a scenario.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var scripts embed.FS

// Embedded returns the scripts that come with the program, by names such as "lost-answer.yaml".
func Embedded() fs.FS { return scripts }
