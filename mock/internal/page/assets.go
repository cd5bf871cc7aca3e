package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages load, under a name that has its hash: it never changes.
type asset struct {
	contentType string
	body        []byte
	packed      []byte // with gzip
}

// assets returns the files by their names in addresses, and those names by the files' own.
var assets = sync.OnceValues(func() (byName map[string]asset, names map[string]string) {
	byName, names = map[string]asset{}, map[string]string{}
	types := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	files, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		panic(err) // impossible: the pattern is good
	}
	for _, file := range files {
		body, err := assetFiles.ReadFile(file)
		if err != nil {
			panic(err) // impossible: it is embedded
		}
		sum := sha256.Sum256(body)
		own, ext := path.Base(file), path.Ext(file)
		name := strings.TrimSuffix(own, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is a good one
		w.Write(body)                                              // into memory
		w.Close()
		byName[name], names[own] = asset{types[ext], body, packed.Bytes()}, name
	}
	return byName, names
})

// serveAsset answers a file, which a browser may keep for ever.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	files, _ := assets()
	found, ok := files[r.PathValue("name")]
	if !ok {
		http.Error(w, "there is no such file; load the page again", http.StatusNotFound)
		return
	}
	h, body := w.Header(), found.body
	h.Set("Content-Type", found.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = found.packed
	}
	w.Write(body)
}
