package journal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Curl is one line for a POSIX shell that repeats the call: against the URL it was made to, with its method, its headers
// and its body, and without the headers that curl would add by itself. Headers that belong to the connection or follow
// from the body are curl's own.
//
// What the journal does not have, the line has not either: where the body was cut, or something is masked, it begins by
// saying so. It says so as an argument of the command ":", which does nothing, since an interactive zsh takes no comment
// (K334). A body with control characters, line ends among them, goes through printf.
func Curl(e Entry) string {
	var line strings.Builder
	if note := missingNote(e); note != "" {
		line.WriteString(": " + quote(note) + "; ")
	}
	if body := requestBody(e); !isPlain(body) {
		line.WriteString("printf " + printfFormat(body) + " | ")
	}
	line.WriteString("curl")
	for _, argument := range curlArguments(e) {
		line.WriteString(" " + argument)
	}
	return line.String()
}

// curlArguments are the arguments of curl, as the shell is to read them.
func curlArguments(e Entry) []string {
	list := []string{argument(address(e))}
	if strings.ContainsAny(e.Host+e.Path, "[]{}") {
		list = append(list, "--globoff")
	}
	if strings.Contains(e.Path, "/.") {
		list = append(list, "--path-as-is")
	}
	if !strings.HasPrefix(e.Path, "/") {
		list = append(list, "--request-target", argument(e.Path))
	}
	if e.Method == "HEAD" { // under -X curl would wait for a body
		list = append(list, "--head")
	} else {
		list = append(list, "-X", argument(e.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Request.Header)) {
		if slices.ContainsFunc(curlsOwn, func(own string) bool { return strings.EqualFold(own, name) }) {
			continue
		}
		for _, value := range e.Request.Header[name] {
			list = append(list, "-H", argument(headerLine(name, value)))
		}
	}
	for _, name := range []string{"Accept", "User-Agent", "Content-Type"} { // curl would add them
		if len(e.Request.Header.Values(name)) == 0 && (name != "Content-Type" || requestBody(e) != "") {
			list = append(list, "-H", quote(name+":"))
		}
	}
	switch body := requestBody(e); {
	case body == "":
	case isPlain(body):
		list = append(list, "--data-raw", quote(body))
	default:
		list = append(list, "--data-binary", "@-")
	}
	return list
}

// requestBody is the body as far as it can be sent again: curl sends none with HEAD.
func requestBody(e Entry) string {
	if e.Method == "HEAD" {
		return ""
	}
	return string(e.Request.Body)
}

// curlsOwn are the headers that tell of the connection, or are counted from the body.
var curlsOwn = []string{
	"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Expect", "Te", "Trailer", "Upgrade",
}

// headerLine is a header as curl's -H takes it. A header that ends with its colon would be left out; one that is to be
// requestBody without a value ends with a semicolon.
func headerLine(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return name + ";"
	}
	return name + ": " + value
}

// address is the URL that the call was made to.
func address(e Entry) string {
	host := e.Host
	if host == "" {
		host = "localhost" // HTTP/1.0 needs none
	}
	scheme := e.Scheme
	if scheme == "" {
		scheme = "http"
	}
	if !strings.HasPrefix(e.Path, "/") { // the path of OPTIONS * is no part of a URL
		return scheme + "://" + host
	}
	return scheme + "://" + host + e.Path
}

// missingNote says what of the request the journal does not have; empty when it has all.
func missingNote(e Entry) string {
	var list []string
	if e.Method == "HEAD" && e.Request.BodyBytes > 0 {
		list = append(list, "the body is left out, since curl sends none with HEAD")
	} else if e.Request.Cut {
		list = append(list, fmt.Sprintf("the body was cut after %d of %d bytes", len(e.Request.Body), e.Request.BodyBytes))
	}
	shown := strings.Contains(e.Path, hidden) || strings.Contains(string(e.Request.Body), hidden)
	for _, values := range e.Request.Header {
		shown = shown || slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, hidden) })
	}
	if shown {
		list = append(list, hidden+" stands where the journal masked a secret or an identity number")
	}
	return strings.Join(list, "; ")
}

// isPlain is true for a text that can be pasted as it is: all of it can be seen, and stands on one line.
func isPlain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// argument is a text as one argument. In a text that is not plain a NUL is left out, since no argument can hold it, and
// so are line ends at its end; no call that came over HTTP has either outside its body.
func argument(text string) string {
	if isPlain(text) {
		return quote(text)
	}
	return `"$(printf ` + printfFormat(strings.ReplaceAll(text, "\x00", "")) + `)"`
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// printfFormat is a format, quoted, that makes printf write exactly this text. Bytes that cannot be pasted are written in
// octal, and so is a hyphen at the beginning, which would make an option of it.
func printfFormat(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '%':
			b.WriteString("%%")
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\'', r == '-' && i == 0, r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for _, c := range []byte(text[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	b.WriteByte('\'')
	return b.String()
}
