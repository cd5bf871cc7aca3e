// Package schema validates JSON documents against JSON Schemas, and says in Norwegian what is wrong
// with them.
//
// A document is handled in two steps: Decode reads the bytes strictly, and Schema.Validate lists
// every violation. The schemas are compiled by jsonschema/v5, which decides whatever the package's
// own fast validator is unsure about.
package schema
