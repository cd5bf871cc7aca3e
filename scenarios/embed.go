// Package scenarios holds the scripts that come with the program, one YAML file a scenario, and the JSON Schema of such a file.
package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var scripts embed.FS

//go:embed scenario.schema.json
var schema []byte

// Embedded returns the scripts that come with the program, by names such as "lost-answer.yaml".
func Embedded() fs.FS { return scripts }

// Schema returns the JSON Schema of a script, as text.
func Schema() string { return string(schema) }
