package compare

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of bodies after decompression, in bytes.
const (
	maxAnswer       = 16 << 20  // one that is compared
	maxDecompressed = 512 << 20 // all of a recording that were compressed
)

// bodyText is a body as a recording has it.
type bodyText struct {
	text     string
	base64   bool
	declared float64 // length in bytes that the recording names; at most 0 for none
	coding   string  // Content-Encoding
	lacks    string  // why the recording lacks the body, or a part of it; empty where it has all
	budget   *int    // bytes that may still be decompressed; of an answer
}

// cutComment is the comment of Sandkasse's own recordings on a body that was cut.
var cutComment = regexp.MustCompile(`^cut after [0-9]+ of [0-9]+ bytes|(?i)truncated|not included|discarded`)

// Reasons why a body cannot be compared.
const (
	bodyCut     = "was cut"
	bodyMissing = "is not in the recording"
	tooLarge    = "is larger than 16 MiB"
)

// requestText returns the body of a request.
func requestText(r *harRequest, header http.Header) bodyText {
	b := bodyText{declared: r.BodySize, coding: coding(header)}
	if length, err := strconv.ParseFloat(header.Get("Content-Length"), 64); err == nil {
		b.declared = max(b.declared, length)
	}
	data := r.PostData
	if data == nil {
		data = &harPostData{}
	}
	switch {
	case cutComment.MatchString(data.Comment):
		b.lacks = bodyCut
	case data.Text != nil && *data.Text != "":
		b.text = *data.Text
	case len(data.Params) > 0 && isForm(data.MIMEType):
		form := make([]string, len(data.Params))
		for i, pair := range data.Params {
			form[i] = url.QueryEscape(pair.Name) + "=" + url.QueryEscape(pair.Value)
		}
		b.text = strings.Join(form, "&")
		b.declared = 0 // it may be encoded otherwise
	case b.declared > 0 || len(data.Params) > 0 || data.File != "":
		b.lacks = bodyMissing
	}
	b.base64 = data.Encoding == "base64" || data.Encoding2 == "base64" ||
		strings.HasSuffix(data.Comment, "the text is base64, since the body is not UTF-8")
	return b
}

// responseText returns the body of the answer to a call.
func responseText(content *harContent, transferred float64, c Call) bodyText {
	b := bodyText{declared: content.Size, base64: content.Encoding == "base64", coding: coding(c.AnswerHeader)}
	isEmpty := c.Method == http.MethodHead || c.Status == http.StatusNoContent || c.Status == http.StatusNotModified
	switch {
	case isEmpty:
		b.declared = 0 // HEAD tells the length of what it leaves out
	case cutComment.MatchString(content.Comment):
		b.lacks = bodyCut
	case content.Text != nil && *content.Text != "":
		b.text = *content.Text
	case content.Size < 0 && content.Text != nil && transferred <= 0: // an empty text, of no known size
	case content.Size != 0 || transferred > 0 || content.File != "":
		b.lacks = bodyMissing
	}
	return b
}

// isForm reports whether a content type is that of a form.
func isForm(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded")
}

func coding(header http.Header) string {
	return strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
}

// Request returns the body of the request. lacks says why it is not whole; empty where it is.
func (c *Call) Request() (body []byte, lacks string) { return c.request.decode(true) }

// Answer returns the body of the answer, as Request does.
func (c *Call) Answer() (body []byte, lacks string) { return c.response.decode(false) }

// decode returns the body. That of a request stays compressed where it was recorded so, since
// Sandkasse is to get what the real API got.
func (b bodyText) decode(isRequest bool) (body []byte, lacks string) {
	if b.lacks != "" {
		return nil, b.lacks
	}
	body = []byte(b.text)
	if b.base64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(strings.TrimSpace(b.text)); err != nil {
			return nil, "is said to be base64, and is not"
		}
	}
	if !isRequest {
		body, lacks = b.decompressed(body)
		body = bytes.TrimPrefix(body, []byte("\ufeff"))
	}
	if lacks == "" && b.coding == "" && float64(len(body)) < b.declared && !json.Valid(body) && !hasLengthOf(body, b) {
		lacks = bodyCut
	}
	if lacks == "" && !isRequest && len(body) > maxAnswer {
		lacks = tooLarge
	}
	if lacks != "" {
		return nil, lacks
	}
	return body, ""
}

// hasLengthOf reports whether a body has the declared length in another encoding of its characters:
// a recording has text, whatever the charset of the body was.
func hasLengthOf(body []byte, b bodyText) bool {
	if b.base64 {
		return false
	}
	const mark = 3 // bytes of a byte order mark in UTF-8
	characters := float64(utf8.RuneCount(body))
	return b.declared == float64(len(body)+mark) || b.declared == 2*characters || b.declared == 2*characters+2
}

// decompressed returns a body without its Content-Encoding, which most tools have removed already.
func (b bodyText) decompressed(body []byte) (plain []byte, lacks string) {
	coding := b.coding
	var from io.Reader
	var err error
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		from, err = gzip.NewReader(bytes.NewReader(body))
	case coding == "deflate" && !utf8.Valid(body):
		from, err = zlib.NewReader(bytes.NewReader(body))
	case coding == "br" || coding == "zstd":
		if utf8.Valid(body) {
			return body, ""
		}
		return nil, fmt.Sprintf("is compressed with %s", coding)
	default:
		return body, ""
	}
	if err == nil {
		plain, err = io.ReadAll(io.LimitReader(from, min(maxAnswer, int64(*b.budget))+1))
	}
	*b.budget = max(0, *b.budget-len(plain))
	switch {
	case err != nil:
		return nil, "is compressed, and damaged"
	case *b.budget == 0:
		return nil, "is compressed, and so are too many before it"
	}
	return plain, ""
}
