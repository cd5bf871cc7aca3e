package drift

import (
	"slices"
	"strings"
)

// answers compares the answers of an operation.
func (c *comparison) answers(theirs, ours operation) {
	c.isAnswer = true
	defer func() { c.isAnswer, c.isError = false, false }()
	given := theirs.Child("responses")
	own := ours.Child("responses")
	var statuses []string
	for _, one := range own.Children() {
		statuses = append(statuses, one.Name)
	}
	saysErrors := false
	for _, one := range given.Children() {
		saysErrors = saysErrors || !isSuccess(one.Name)
		if one.Name == "default" || isStatusRange(one.Name) || isExtension(one.Name) {
			continue
		}
		if !slices.Contains(statuses, one.Name) {
			c.differ(kindStatus, spotOf("answer", one.Node), one.Name, "")
		}
	}
	if !saysErrors && len(statuses) > 1 {
		c.leave("the document says nothing of errors (K802)", c.words(spotOf("answer", given)))
	}
	for _, status := range statuses {
		answer := own.Child(status)
		there := statusOf(given, status)
		switch {
		case there.Value != nil:
			var problem string
			if there, problem = c.theirs.document.Resolve(there); problem != "" {
				c.theirs.fail(given, "%s", problem)
				return
			}
			c.isError = !isSuccess(status)
			c.headers(status, there, answer)
			c.media(spotOf("answer "+status, there), there.Child("content"), answer.Child("content"))
		case len(given.Children()) > 0 && (isSuccess(status) || saysErrors):
			c.differ(kindStatus, spotOf("answer", given), "", status)
		}
	}
}

// statusOf returns the answer of a document to a status: its own, that of a range such as 4XX, or
// the default.
func statusOf(answers node, status string) node {
	for _, name := range []string{status, status[:1] + "XX", status[:1] + "xx", "default"} {
		if answer := answers.Child(name); answer.Value != nil {
			return answer
		}
	}
	return node{}
}

func isSuccess(status string) bool { return strings.HasPrefix(status, "2") }

func isStatusRange(name string) bool { return strings.HasSuffix(strings.ToUpper(name), "XX") }

func isExtension(name string) bool { return strings.HasPrefix(name, "x-") }

// headers compares the headers of an answer where the document lists some.
func (c *comparison) headers(status string, theirs, ours node) {
	listed := theirs.Child("headers")
	if listed.Value == nil {
		return
	}
	at := func(name string, n node) spot {
		return spotOf("answer "+status+" header "+name, n)
	}
	has := func(n node, name string) bool {
		return slices.ContainsFunc(n.Children(), func(one namedNode) bool { return strings.EqualFold(one.Name, name) })
	}
	for _, one := range listed.Children() {
		if !strings.EqualFold(one.Name, "Content-Type") && !has(ours.Child("headers"), one.Name) {
			c.differ(kindHeader, at(one.Name, one.Node), one.Name, "")
		}
	}
	for _, one := range ours.Child("headers").Children() {
		target, problem := c.ours.document.Resolve(one.Node)
		if problem == "" && !isOwn(target) && !has(listed, one.Name) {
			c.differ(kindHeader, at(one.Name, listed), "", one.Name)
		}
	}
}
