package testkit

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

// Dump returns an answer as text, headers sorted.
func Dump(w *httptest.ResponseRecorder) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %s\n", w.Code, http.StatusText(w.Code))
	w.Header().Write(&b)
	fmt.Fprintf(&b, "\n")
	io.Copy(&b, bytes.NewReader(w.Body.Bytes()))
	fmt.Fprintf(&b, "\n")
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
}
