package control

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"sync"

	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/plainjson"
)

// stream is a result that is written bit by bit, until write returns or the caller is gone. Of its
// reader who stops reading bounds.Writer takes care (K376).
type stream struct {
	contentType string
	write       func(ctx context.Context, write func([]byte) error)
}

// writeTo writes the stream.
func (s stream) writeTo(ctx context.Context, w http.ResponseWriter, memory *bounds.Memory) {
	out := memory.Writer(ctx, w)
	w.Header().Set("Content-Type", s.contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out.Flush()
	s.write(ctx, func(text []byte) error {
		if _, err := out.Write(text); err != nil {
			return err
		}
		return out.Flush()
	})
}

// export is a result that is written as it is made. The error of write is that of the writer.
type export struct {
	contentType string
	write       func(w io.Writer) error
}

// asJSON returns an export of JSON.
func asJSON(write func(w io.Writer) error) export { return export{"application/json", write} }

// writeTo writes the export. Few pieces are made at the same time, so that many exports
// leave time for those who call. Where its reader does not read, the connection is broken, so that
// nobody takes the beginning for the whole. A server that closes lets it end. The error is an
// apiError where no piece could be made in time; then nothing is written.
func (e export) writeTo(w http.ResponseWriter, memory *bounds.Memory) error {
	one, err := memory.Lists.Reserve(context.Background(), 1)
	if err != nil {
		return &apiError{http.StatusServiceUnavailable, err.Error()}
	}
	defer func() { one.Release() }()
	w.Header().Set("Content-Type", e.contentType)
	out, end := memory.Writer(context.Background(), w), func() {}
	defer func() { end() }()
	large := sync.OnceFunc(func() { end = memory.Large() })
	chunks := &chunkWriter{ctx: context.Background(), write: func(text []byte) error {
		if len(text) >= chunkSize {
			large()
		}
		one.Release() // while it waits for its reader
		if _, err := out.Write(text); err != nil {
			return err
		}
		one, err = memory.Lists.Reserve(context.Background(), 1)
		return err
	}}
	if err = e.write(chunks); err == nil {
		err = chunks.flush()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// listCalls returns an export of calls as an indented object: first the given members, each with a
// comma and a newline after it, then the calls.
func listCalls[T journal.Entry | journal.Short](members string, calls iter.Seq[T]) export {
	return asJSON(func(w io.Writer) error {
		_, err := io.WriteString(w, "{\n"+members+`  "calls": [`)
		before, after := "\n    ", "]\n}\n"
		for call := range calls {
			if err != nil {
				return err
			}
			var text bytes.Buffer
			text.WriteString(before)
			json.Indent(&text, plainjson.MustMarshal(call), "    ", "  ") // cannot fail: it was just written
			_, err = w.Write(text.Bytes())
			before, after = ",\n    ", "\n  ]\n}\n"
		}
		if err == nil {
			_, err = io.WriteString(w, after)
		}
		return err
	})
}
