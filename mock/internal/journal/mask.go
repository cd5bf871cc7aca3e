package journal

import (
	"net/http"
	"strings"
)

// hidden replaces a credential.
const hidden = "***"

// masked returns the entry as a reader may see it, with copies of what differs; see Entry for what
// is hidden. In bodies the values of the JSON members of these names are hidden too.
func (e Entry) masked(members []string) Entry {
	m := &masker{members: members}
	e.Request = m.message(e.Request)
	m.echoes = m.found // an answer may repeat what it refuses
	e.Answer = m.message(e.Answer)
	e.Host = m.text(e.Host)
	e.Path = m.text(e.Path)
	e.Why = m.text(e.Why)
	e.IdempotencyKey = m.text(e.IdempotencyKey)
	return e
}

// message returns the message with its credentials and identity numbers hidden.
func (m *masker) message(message Message) Message {
	message.Body = m.mask(message.Body, isForm(message.Header), message.Cut)
	message.Header = maskHeader(message.Header)
	return message
}

// Mask returns an address, or any other text, with its credentials and identity numbers hidden as
// in an Entry.
func Mask(text string) string { return (&masker{}).text(text) }

// text returns a text that is not cut with its credentials and identity numbers hidden.
func (m *masker) text(text string) string {
	path, query, found := strings.Cut(text, "?")
	if !found {
		return string(m.mask([]byte(text), false, false))
	}
	edits := m.find([]byte(text), scope{})
	edits = append(edits, moved(m.parameters([]byte(query)), len(path)+1)...)
	return string(apply([]byte(text), edits))
}

// maskHeader returns a copy of a header with its credentials and identity numbers hidden.
func maskHeader(header http.Header) http.Header {
	masked := header.Clone()
	for name, values := range masked {
		for i, value := range values {
			values[i] = maskHeaderValue(name, value)
		}
	}
	return masked
}

// maskHeaderValue hides a header value, or the credentials and identity numbers in it.
func maskHeaderValue(name, value string) string {
	name = strings.ToLower(name)
	switch {
	case value == "":
		return ""
	case name == "authorization", name == "proxy-authorization":
		return maskCredentials(value)
	case name == "cookie", name == "set-cookie", strings.Contains(name, "token"), isSecret([]byte(name)):
		return hidden
	}
	return Mask(value)
}

// maskCredentials hides what follows the scheme of an Authorization header. An unknown first word
// may be the credential itself, so it is hidden with the rest.
func maskCredentials(value string) string {
	scheme, credentials, _ := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "bearer", "basic", "dpop", "digest":
		if credentials == "" {
			return value
		}
		return scheme + " " + hidden
	}
	return hidden
}

// isForm reports whether the body below a header is a form.
func isForm(header http.Header) bool {
	return strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "application/x-www-form-urlencoded")
}
