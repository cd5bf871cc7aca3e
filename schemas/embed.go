// Package schemas holds the JSON Schemas of the imitated APIs, one file an API, and in files those of
// the files that users write. Each file stands by itself, so that a vendor can give it to any other
// validator.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed innrapportering kobo
var embedded embed.FS

// Embedded returns the schemas that come with the program, by names such as
// "innrapportering/bsu.json".
func Embedded() fs.FS { return embedded }

//go:embed files
var files embed.FS

// Files returns the JSON Schemas of the files that users write, by names such as
// "files/config.schema.json".
func Files() fs.FS { return files }
