package mock

import (
	"io/fs"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/collection"
)

// CollectionFormat is a program that opens a collection of requests.
type CollectionFormat string

const (
	// CollectionHTTP is a file of HTTP requests for REST Client of VS Code.
	CollectionHTTP CollectionFormat = "http"
	// CollectionJetBrains is a file of HTTP requests for the HTTP Client of JetBrains' IDEs.
	CollectionJetBrains CollectionFormat = "jetbrains"
	// CollectionBruno is a folder for Bruno.
	CollectionBruno CollectionFormat = "bruno"
	// CollectionPostman is a collection of Postman, version 2.1.
	CollectionPostman CollectionFormat = "postman"
)

// CollectionFormats returns the formats of collections.
func CollectionFormats() []CollectionFormat {
	var formats []CollectionFormat
	for _, name := range collection.Formats() {
		formats = append(formats, CollectionFormat(name))
	}
	return formats
}

// Collection returns requests to all APIs of the catalogue for a program in which people try an API by hand: for each
// API a token, each operation as it succeeds, and its first failures. It is one file, or for Bruno a folder. The base
// is the address of the server, which is a variable of the collection; empty: http://127.0.0.1:8080. The error is an
// *ArgumentError for an unknown format.
func (c *Catalog) Collection(format CollectionFormat, baseURL string) (fs.FS, error) {
	if baseURL == "" {
		baseURL = defaultBase
	}
	files, err := collection.Files(c.known, string(format), strings.TrimSuffix(baseURL, "/"))
	if err != nil {
		return nil, argument(err)
	}
	return archive.FS(files)
}
