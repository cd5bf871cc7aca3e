package journal

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Curl returns a command for a POSIX shell that repeats the call: to the same URL, with its method,
// headers and body, and without the headers that curl would add by itself. Headers that belong to
// the connection or follow from the body are left to curl. The command is one line, but for the
// line ends of its body. A call for a real host is sent to the sandbox all the same, whose
// certificate is not checked, and never to the agency (K644).
//
// A body that cannot be pasted, because it is not UTF-8 or has control characters other than tabs
// and line feeds, is read from the file body. The command then begins by saying how to get it, and
// likewise what of the call is cut or masked. It says so as an argument of the command ":", which
// does nothing, since an interactive zsh takes no comment (K334).
func Curl(e Entry) string {
	command := "curl " + strings.Join(curlArguments(e), " ")
	if note := missingNote(e); note != "" {
		return ": " + quote(note) + "; " + command
	}
	return command
}

// curlArguments returns the arguments of curl, quoted for the shell.
func curlArguments(e Entry) []string {
	list := []string{quote(address(e))}
	if e.ReachedAt != "" {
		list = append(list, "--connect-to", quote("::"+e.ReachedAt), "--insecure")
	}
	if strings.ContainsAny(address(e), "[]{}") {
		list = append(list, "--globoff")
	}
	if strings.Contains(e.Path, "/.") {
		list = append(list, "--path-as-is")
	}
	if !strings.HasPrefix(e.Path, "/") {
		list = append(list, "--request-target", quote(escapeUnprintable(e.Path)))
	}
	if e.Method == "HEAD" { // under -X curl would wait for a body
		list = append(list, "--head")
	} else {
		list = append(list, "-X", quote(e.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Request.Header)) {
		if slices.ContainsFunc(ownHeaders, func(own string) bool { return strings.EqualFold(own, name) }) {
			continue
		}
		for _, value := range e.Request.Header[name] {
			if line := headerLine(name, value); isPasteable(line) {
				list = append(list, "-H", quote(line))
			}
		}
	}
	for _, name := range []string{"Accept", "User-Agent", "Content-Type"} { // curl would add them
		if len(e.Request.Header.Values(name)) == 0 && (name != "Content-Type" || requestBody(e) != "") {
			list = append(list, "-H", quote(name+":"))
		}
	}
	switch body := requestBody(e); {
	case body == "":
	case isText(body):
		list = append(list, "--data-raw", quote(body))
	default:
		list = append(list, "--data-binary", "@body")
	}
	return list
}

// requestBody returns the body that can be sent again: none with HEAD, since curl sends none.
func requestBody(e Entry) string {
	if e.Method == "HEAD" {
		return ""
	}
	return string(e.Request.Body)
}

// ownHeaders are the headers that curl sets: those of the connection, and those counted from the
// body.
var ownHeaders = []string{
	"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Expect", "Te",
	"Trailer", "Upgrade",
}

// headerLine returns a header as curl's -H takes it. One without a value ends with a semicolon,
// since curl leaves out a header that ends with its colon.
func headerLine(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return name + ";"
	}
	return name + ": " + value
}

// address returns the URL of the call.
func address(e Entry) string {
	host := e.Host
	if host == "" {
		host = "localhost" // HTTP/1.0 needs none
	}
	scheme := e.Scheme
	if scheme == "" {
		scheme = "http"
	}
	server := scheme + "://" + host
	if e.Server != "" {
		server = e.Server
	}
	if !strings.HasPrefix(e.Path, "/") { // the path of OPTIONS * is no part of a URL
		return escapeUnprintable(server)
	}
	return escapeUnprintable(server + e.Path)
}

// missingNote returns which parts of the request the command lacks; empty when it has all.
func missingNote(e Entry) string {
	var list []string
	if e.Method == "HEAD" && e.Request.BodyBytes > 0 {
		list = append(list, "the body is left out, since curl sends none with HEAD")
	} else if e.Request.Cut {
		list = append(list, fmt.Sprintf("the body was cut after %d of %d bytes", len(e.Request.Body),
			e.Request.BodyBytes))
	}
	if body := requestBody(e); !isText(body) {
		member, how := "request.body", ""
		if !utf8.ValidString(body) {
			member, how = "request.bodyBase64", ", decoded,"
		}
		list = append(list, fmt.Sprintf("the body cannot be pasted: save %s of calls/%d%s as the file body", member,
			e.Number, how))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Request.Header)) {
		if !isPasteable(name + strings.Join(e.Request.Header[name], "")) {
			list = append(list, fmt.Sprintf("the header %s is left out, since it cannot be pasted",
				escapeUnprintable(name)))
		}
	}
	masked := strings.Contains(e.Path, hidden) || strings.Contains(string(e.Request.Body), hidden)
	for _, values := range e.Request.Header {
		masked = masked || strings.Contains(strings.Join(values, " "), hidden)
	}
	if masked {
		list = append(list, hidden+" stands where the journal masked a secret or an identity number")
	}
	return strings.Join(list, "; ")
}

// isPasteable reports whether a text can be pasted within quotes on one line.
func isPasteable(text string) bool { return isText(text) && !strings.Contains(text, "\n") }

// isText reports whether a text can be pasted within quotes: printable UTF-8, tabs and line
// feeds.
func isText(text string) bool {
	isUnprintable := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
	return utf8.ValidString(text) && !strings.ContainsFunc(text, isUnprintable)
}

// escapeUnprintable percent-encodes the bytes of an address that cannot be pasted.
func escapeUnprintable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(text[:size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// quote returns a text as one word of a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
