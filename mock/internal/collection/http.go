package collection

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// variableForm matches a variable in a text of a request.
var variableForm = regexp.MustCompile(`\{\{([A-Za-z0-9$]+)\}\}`)

// head begins a file of HTTP requests.
const head = `# Requests to all APIs of Sandkasse, made with: sandkasse collection %s
# %s
# In each section send the token first, and then the requests in their order. "Answer" says which status, and
# which code, the answer has.

@baseUrl = %s
`

// vscode returns a file of HTTP requests for REST Client of VS Code, in which a request refers to the
// answers of named ones before it.
func vscode(folders []folder, base string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, head, "http", "For REST Client in VS Code. For the IDEs of JetBrains: sandkasse "+
		"collection jetbrains.", base)
	source := map[string]string{} // reference to an answer, by variable
	for _, folder := range folders {
		for _, one := range folder.requests {
			for _, kept := range one.keep {
				source[kept.variable] = one.id + ".response.body.*"
				if kept.from != "" {
					source[kept.variable] = one.id + ".response.body.$" + memberPath(kept.from)
				}
			}
		}
	}
	filled := func(text string) string {
		return variableForm.ReplaceAllStringFunc(text, func(variable string) string {
			if from := source[strings.Trim(variable, "{}")]; from != "" {
				return "{{" + from + "}}"
			}
			return variable
		})
	}
	for _, folder := range folders {
		section(&b, folder)
		for _, one := range folder.requests {
			if one.grant != "" { // which is to be made by a script
				fmt.Fprintf(
					&b,
					"\n### %s: %s\n# A grant is signed by a program: REST Client cannot make one.\n",
					folder.name,
					one.name,
				)
				continue
			}
			writeRequest(&b, folder, one, filled)
		}
	}
	return b.Bytes()
}

// jetbrains returns a file of HTTP requests for the HTTP Client of JetBrains' IDEs, in which scripts
// keep what later requests need.
func jetbrains(folders []folder, base string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(
		&b,
		head,
		"jetbrains",
		"For the HTTP Client of JetBrains' IDEs. For VS Code: sandkasse collection http.",
		base,
	)
	filled := func(text string) string { return strings.ReplaceAll(text, "{{$guid}}", "{{$uuid}}") }
	for _, folder := range folders {
		section(&b, folder)
		for _, one := range folder.requests {
			writeRequest(&b, folder, one, filled)
			b.WriteString("\n> {%\n")
			fmt.Fprintf(&b, "  client.test(\"%d\", () => client.assert(response.status === %[1]d))\n", one.status)
			for _, kept := range one.keep {
				from := "response.body"
				if kept.from != "" {
					from += memberPath(kept.from)
				}
				fmt.Fprintf(&b, "  client.global.set(%q, %s)\n", kept.variable, from)
			}
			b.WriteString("%}\n")
		}
	}
	return b.Bytes()
}

// memberPath returns a place of an answer as JavaScript writes it: 0/id gives [0].id.
func memberPath(from string) string {
	path := ""
	for name := range strings.SplitSeq(from, "/") {
		if name[0] >= '0' && name[0] <= '9' {
			path += "[" + name + "]"
		} else {
			path += "." + name
		}
	}
	return path
}

// section begins the requests of an API.
func section(b *bytes.Buffer, folder folder) {
	fmt.Fprintf(b, "\n\n%s\n# %s: %s\n%[1]s\n", "# "+strings.Repeat("-", 100), folder.name, oneLine(folder.title))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// writeRequest writes a request with its name and its answer.
func writeRequest(b *bytes.Buffer, folder folder, one request, filled func(string) string) {
	fmt.Fprintf(b, "\n### %s: %s\n# @name %s\n# Answer: %s\n", folder.name, one.name, one.id,
		strings.TrimSpace(fmt.Sprintf("%d %s", one.status, one.code)))
	if one.grant != "" {
		b.WriteString("< {%\n" + grantScript("request.variables.set(\""+one.grant+"\", ") + "%}\n")
	}
	fmt.Fprintf(b, "%s {{baseUrl}}%s\n", one.method, filled(one.path))
	for _, header := range one.headers {
		fmt.Fprintf(b, "%s: %s\n", header[0], filled(header[1]))
	}
	if one.body != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(filled(one.body)))
	}
}

// grantScript returns a script that calls set, which begins a call, with a new grant.
func grantScript(set string) string {
	return `  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  const base64url = (value) => {
    const text = JSON.stringify(value)
    let out = ""
    for (let i = 0; i < text.length; i += 3) {
      const bits = (text.charCodeAt(i) << 16) | ((text.charCodeAt(i + 1) || 0) << 8) | (text.charCodeAt(i + 2) || 0)
      const count = Math.min(3, text.length - i) + 1
      for (let n = 0; n < count; n++) out += letters[(bits >> (18 - 6 * n)) & 63]
    }
    return out
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: "` + grantAudience + `", iss: "6f0c0a0e-0000-4000-8000-000000000001",
    scope: "skatteetaten:innrapporteringboligsparingungdom", iat: now, exp: now + 100,
    jti: now + "-" + Math.random()
  }
  ` + set + `base64url({alg: "RS256", kid: "none"}) + "." + base64url(claims) + ".c2ln")
`
}
