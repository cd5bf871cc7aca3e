package collection

import (
	"bytes"
	"fmt"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/plainjson"
)

// bruno returns the files of a folder that Bruno opens as a collection.
func bruno(folders []folder, base string) []archive.File {
	files := []archive.File{
		{Name: "bruno.json", Text: append(plainjson.MustMarshal(map[string]any{
			"version": "1", "name": "Sandkasse", "type": "collection", "ignore": []string{"node_modules", ".git"},
		}), '\n')},
		{Name: "collection.bru", Text: fmt.Appendf(nil, "vars:pre-request {\n  baseUrl: %s\n}\n", base)},
	}
	for number, folder := range folders {
		files = append(files, archive.File{
			Name: folder.name + "/folder.bru",
			Text: fmt.Appendf(nil, "meta {\n  name: %s\n  seq: %d\n}\n", folder.name, number+1),
		})
		for i, one := range folder.requests {
			name := fmt.Sprintf("%s/%02d %s.bru", folder.name, i+1, fileName(one.name))
			files = append(files, archive.File{Name: name, Text: bru(one, i+1)})
		}
	}
	return files
}

// fileName returns a name without what a file's name cannot have.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) || r < ' ' {
			return '-'
		}
		return r
	}, name)
}

// bru returns a request in the language of Bruno.
func bru(one request, number int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "meta {\n  name: %s\n  type: http\n  seq: %d\n}\n\n", one.name, number)
	kind, isForm := "none", false
	if one.body != "" {
		kind = "json"
		for _, header := range one.headers {
			isForm = isForm || header[1] == "application/x-www-form-urlencoded"
		}
		if isForm {
			kind = "formUrlEncoded"
		}
	}
	fmt.Fprintf(
		&b,
		"%s {\n  url: {{baseUrl}}%s\n  body: %s\n  auth: none\n}\n\n",
		strings.ToLower(one.method),
		one.path,
		kind,
	)
	if len(one.headers) > 0 {
		b.WriteString("headers {\n")
		for _, header := range one.headers {
			fmt.Fprintf(&b, "  %s: %s\n", header[0], header[1])
		}
		b.WriteString("}\n\n")
	}
	switch {
	case isForm:
		b.WriteString("body:form-urlencoded {\n")
		for field := range strings.SplitSeq(one.body, "&") {
			name, value, _ := strings.Cut(field, "=")
			fmt.Fprintf(&b, "  %s: %s\n", name, value)
		}
		b.WriteString("}\n\n")
	case one.body != "":
		fmt.Fprintf(&b, "body:json {\n%s\n}\n\n", indented(strings.TrimSpace(one.body), "  "))
	}
	fmt.Fprintf(&b, "assert {\n  res.status: eq %d\n}\n", one.status)
	if one.grant != "" {
		fmt.Fprintf(&b, "\nscript:pre-request {\n%s}\n", grantScript("bru.setVar(\""+one.grant+"\", "))
	}
	if len(one.keep) > 0 {
		b.WriteString("\nscript:post-response {\n")
		for _, kept := range one.keep {
			from := "res.getBody()"
			if kept.from != "" {
				from += memberPath(kept.from)
			}
			fmt.Fprintf(&b, "  bru.setVar(%q, %s);\n", kept.variable, from)
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// indented returns a text with every line indented.
func indented(text, indent string) string {
	return indent + strings.ReplaceAll(text, "\n", "\n"+indent)
}
