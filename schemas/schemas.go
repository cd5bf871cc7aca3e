// Package schemas holds the JSON Schemas of the imitated APIs and tells, in Norwegian, in what ways a document breaks one.
//
// A document goes through it in two steps: Decode reads the bytes strictly, and Schema.Validate lists every violation.
// The schemas are self-contained, one file an API, so that a vendor can copy one into any other validator.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed innrapportering kobo
var embedded embed.FS

// Embedded returns the schemas that come with the program, by names such as "innrapportering/bsu.json".
func Embedded() fs.FS { return embedded }
