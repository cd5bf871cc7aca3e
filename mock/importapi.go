package mock

import (
	"fmt"
	"io/fs"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/apiimport"
	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/backend"
)

// MaxOpenAPI is the size of an OpenAPI document in JSON that ImportAPI reads, in bytes. One in YAML has at most 1 MiB.
const MaxOpenAPI = apidocument.MaxSize

// ImportedAPI is an API that was made from an OpenAPI document.
type ImportedAPI struct {
	Name  string // such as boligselskap
	Title string // such as Innrapportering boligselskap API
	Label string // the first element of its paths, and of its host names

	// Files are the files of the API: a folder as Options.APIs and LoadCatalog take it.
	Files fs.FS
	// NotTaken says what of the document is not in the files, or is otherwise there, by line of the document.
	NotTaken []Fault
	// Assumed says what of the files is not in the document, by file and line of Files.
	Assumed []Fault
}

// ImportAPI makes a reporting API from an OpenAPI document of version 3.0 or 3.1, in JSON or YAML, such as SwaggerHub
// exports. The file is its name, for messages. Other files and addresses that the document refers to are not read. A
// document of a built-in API makes one that replaces it.
//
// The error is a *FaultsError where the document is not well-formed, or says why no API can be made of it; then the
// ImportedAPI has nothing but NotTaken. What is returned without an error is sound: LoadCatalog takes its Files.
func ImportAPI(file string, document []byte) (*ImportedAPI, error) {
	builtIn, err := backend.BuiltIn()
	if err != nil {
		return &ImportedAPI{}, public(err)
	}
	made, err := apiimport.Import(file, document, builtIn)
	shown := &ImportedAPI{Name: made.Name, Title: made.Title, Label: made.Label}
	for _, note := range made.Notes {
		text := note.Place + ": " + note.Text
		if note.More > 0 {
			text += fmt.Sprintf(" (and in %d more places)", note.More)
		}
		shown.NotTaken = append(shown.NotTaken, Fault{File: file, Line: note.Line, Text: text})
	}
	if made.Untold > 0 {
		shown.NotTaken = append(
			shown.NotTaken,
			Fault{File: file, Text: fmt.Sprintf("%d more are not listed", made.Untold)},
		)
	}
	for _, one := range made.Assumed {
		shown.Assumed = append(shown.Assumed, Fault(one))
	}
	if err != nil {
		return &ImportedAPI{NotTaken: shown.NotTaken}, public(err)
	}
	if shown.Files, err = archive.FS(made.Files); err != nil {
		return &ImportedAPI{NotTaken: shown.NotTaken}, err
	}
	if _, err := backend.Over(shown.Files, ""); err != nil {
		return &ImportedAPI{NotTaken: shown.NotTaken}, fmt.Errorf("the API made of the document is not sound: %w",
			public(err))
	}
	return shown, nil
}
