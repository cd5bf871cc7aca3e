package collection

import (
	"encoding/json"
	"fmt"
	"strings"
)

// postmanSchema names the format of a Postman collection.
const postmanSchema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

// Parts of a Postman collection v2.1.
type (
	postmanCollection struct {
		Info     postmanInfo       `json:"info"`
		Item     []postmanItem     `json:"item"`
		Variable []postmanVariable `json:"variable"`
	}
	postmanInfo struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	}
	postmanVariable struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	postmanItem struct { // a folder or a request
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Item        []postmanItem   `json:"item,omitempty"`
		Event       []postmanEvent  `json:"event,omitempty"`
		Request     *postmanRequest `json:"request,omitempty"`
	}
	postmanEvent struct {
		Listen string        `json:"listen"`
		Script postmanScript `json:"script"`
	}
	postmanScript struct {
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	postmanRequest struct {
		Method string            `json:"method"`
		Header []postmanVariable `json:"header"`
		Body   *postmanBody      `json:"body,omitempty"`
		URL    postmanURL        `json:"url"`
	}
	postmanBody struct {
		Mode       string            `json:"mode"`
		Raw        string            `json:"raw,omitempty"`
		URLEncoded []postmanVariable `json:"urlencoded,omitempty"`
		Options    *postmanOptions   `json:"options,omitempty"`
	}
	postmanOptions struct {
		Raw struct {
			Language string `json:"language"`
		} `json:"raw"`
	}
	postmanURL struct {
		Raw   string            `json:"raw"`
		Host  []string          `json:"host"`
		Path  []string          `json:"path"`
		Query []postmanVariable `json:"query,omitempty"`
	}
)

// postman returns a Postman collection v2.1.
func postman(folders []folder, base string) []byte {
	made := postmanCollection{
		Info: postmanInfo{
			Name: "Sandkasse", Schema: postmanSchema,
			Description: "Requests to all APIs of Sandkasse. In each folder send the token first, and then the " +
				"requests in their order, or run the folder.",
		},
		Variable: []postmanVariable{{"baseUrl", base}},
	}
	for _, folder := range folders {
		item := postmanItem{Name: folder.name, Description: folder.title}
		for _, one := range folder.requests {
			item.Item = append(item.Item, postmanRequestItem(one))
		}
		made.Item = append(made.Item, item)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(made); err != nil {
		panic(err) // impossible: it is made of texts
	}
	return []byte(b.String())
}

// postmanRequestItem returns a request with its scripts.
func postmanRequestItem(one request) postmanItem {
	made := &postmanRequest{Method: one.method, Header: []postmanVariable{}, URL: postmanAddress(one.path)}
	isForm := false
	for _, header := range one.headers {
		isForm = isForm || header[1] == "application/x-www-form-urlencoded"
		made.Header = append(made.Header, postmanVariable{header[0], header[1]})
	}
	switch {
	case isForm:
		made.Body = &postmanBody{Mode: "urlencoded"}
		for field := range strings.SplitSeq(one.body, "&") {
			name, value, _ := strings.Cut(field, "=")
			made.Body.URLEncoded = append(made.Body.URLEncoded, postmanVariable{name, value})
		}
	case one.body != "":
		made.Body = &postmanBody{Mode: "raw", Raw: strings.TrimSpace(one.body), Options: &postmanOptions{}}
		made.Body.Options.Raw.Language = "json"
	}
	test := []string{
		fmt.Sprintf("pm.test(\"status %d\", () => pm.response.to.have.status(%[1]d));", one.status),
	}
	if one.code != "" {
		test = append(test, fmt.Sprintf("pm.test(\"code %s\", () => pm.expect(pm.response.text()).to.include(%q));",
			one.code, one.code))
	}
	for _, kept := range one.keep {
		from := "pm.response.text()"
		if kept.from != "" {
			from = "pm.response.json()" + memberPath(kept.from)
		}
		test = append(test, fmt.Sprintf("pm.collectionVariables.set(%q, %s);", kept.variable, from))
	}
	events := []postmanEvent{{"test", postmanScript{"text/javascript", test}}}
	if one.grant != "" {
		script := strings.Split(strings.TrimSpace(grantScript("pm.collectionVariables.set(\""+one.grant+"\", ")), "\n")
		events = append(events, postmanEvent{"prerequest", postmanScript{"text/javascript", script}})
	}
	return postmanItem{Name: one.name, Event: events, Request: made}
}

// postmanAddress returns an address in Postman's parts.
func postmanAddress(path string) postmanURL {
	address := postmanURL{Raw: "{{baseUrl}}" + path, Host: []string{"{{baseUrl}}"}}
	path, query, found := strings.Cut(path, "?")
	address.Path = strings.Split(strings.TrimPrefix(path, "/"), "/")
	if found {
		for field := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(field, "=")
			address.Query = append(address.Query, postmanVariable{name, value})
		}
	}
	return address
}
