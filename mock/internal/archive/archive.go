// Package archive holds files that were made as a file system in memory.
package archive

import (
	"archive/zip"
	"bytes"
	"io/fs"
)

// File is a file that was made.
type File struct {
	Name string // with slashes
	Text []byte
}

// FS returns files as a file system: an archive in memory. The error is that of a name that no file
// can have.
func FS(files []File) (fs.FS, error) {
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for _, file := range files {
		if !fs.ValidPath(file.Name) {
			return nil, &fs.PathError{Op: "create", Path: file.Name, Err: fs.ErrInvalid}
		}
		header := &zip.FileHeader{Name: file.Name, Method: zip.Store}
		header.SetMode(0o644)
		part, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(file.Text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(buffer.Bytes()), int64(buffer.Len()))
}
