package page

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"

	"sandkasse/mock/internal/describe"
)

// layout is a body laid out for a reader: lines, and parts of them that can be folded.
type layout struct {
	Empty bool
	Root  []*node
	Marks int // places that are marked
}

// node is a line, or the first of several lines that can be folded, up to Close.
type node struct {
	Line     int
	Key      string // with its quotes and colon, of a member
	Value    string // or the opening bracket
	Kind     string // string, number, word, open or text
	Children []*node
	Close    string // the closing bracket, on a line of its own
	CloseAt  int    // that line
	Count    int    // of the members or elements
	Marks    []describe.PlaceView

	pointer string
}

// layoutText lays out a text that is no JSON.
func layoutText(text string) layout {
	if text == "" {
		return layout{Empty: true}
	}
	var l layout
	for i, line := range strings.Split(strings.TrimSuffix(visible(text), "\n"), "\n") {
		l.Root = append(l.Root, &node{Line: i + 1, Value: line, Kind: "text"})
	}
	return l
}

// visible returns a text with a mark for each character that would not be seen.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) && r != ' ' {
			return '�'
		}
		return r
	}, text)
}

// maxNodes and maxDepth bound what is laid out; a larger or deeper body is shown as text.
const (
	maxNodes = 20_000
	maxDepth = 80
)

// layoutJSON lays out a JSON text, with a mark at each place. A place that is not there is marked at
// the nearest part around it. A text that breaks off is laid out as far as it goes; what is no JSON
// at all is shown as it is.
func layoutJSON(text string, places []describe.PlaceView) layout {
	if strings.TrimSpace(text) == "" {
		return layoutText(text)
	}
	p := &layouter{text: text, decoder: json.NewDecoder(strings.NewReader(text)), nodes: map[string]*node{}}
	p.decoder.UseNumber()
	root, err := p.value("", "", 0)
	if err == nil && strings.TrimSpace(text[p.decoder.InputOffset():]) != "" { // more than one value
		return layoutText(text)
	}
	if root == nil || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return layoutText(text)
	}
	l := layout{Root: []*node{root}}
	for _, place := range places {
		at := place.Sti
		if at != "" && !strings.HasPrefix(at, "/") { // a header or a parameter
			continue
		}
		for p.nodes[at] == nil && at != "" {
			at = at[:strings.LastIndexByte(at, '/')]
		}
		if found := p.nodes[at]; found != nil {
			found.Marks = append(found.Marks, place)
			l.Marks++
		}
	}
	return l
}

// layouter reads a JSON text token by token.
type layouter struct {
	text    string
	decoder *json.Decoder
	line    int
	nodes   map[string]*node // by JSON pointer
	count   int
}

// errTooLarge is the error of a text with more nodes than are laid out.
var errTooLarge = errors.New("too large to lay out")

// value lays out the next value. The error is that of the text, beside the node as far as it goes.
func (p *layouter) value(key, pointer string, depth int) (*node, error) {
	if p.count++; p.count > maxNodes || depth > maxDepth {
		return nil, errTooLarge
	}
	start := p.decoder.InputOffset()
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	p.line++
	n := &node{Line: p.line, Key: key, pointer: pointer, Kind: "word"}
	p.nodes[pointer] = n
	n.Value = visible(strings.TrimLeft(p.text[start:p.decoder.InputOffset()], " \t\r\n,:"))
	switch token := token.(type) {
	case string:
		n.Kind = "string"
	case json.Number:
		n.Kind = "number"
	case json.Delim:
		n.Kind = "open"
		err = p.members(n, token, depth)
	}
	return n, err
}

// members lays out what stands in an object or a list.
func (p *layouter) members(n *node, open json.Delim, depth int) error {
	n.Close = map[json.Delim]string{'{': "}", '[': "]"}[open]
	for p.decoder.More() {
		key, step := "", strconv.Itoa(n.Count)
		if open == '{' {
			start := p.decoder.InputOffset()
			name, err := p.decoder.Token()
			if err != nil {
				return err
			}
			key = visible(strings.TrimLeft(p.text[start:p.decoder.InputOffset()], " \t\r\n,")) + ": "
			text, ok := name.(string)
			if !ok {
				return errTooLarge
			}
			step = strings.NewReplacer("~", "~0", "/", "~1").Replace(text)
		}
		child, err := p.value(key, n.pointer+"/"+step, depth+1)
		if child != nil {
			n.Children = append(n.Children, child)
			n.Count++
		}
		if err != nil {
			n.Close = "…"
			p.line++
			n.CloseAt = p.line
			return err
		}
	}
	_, err := p.decoder.Token()
	if err != nil {
		n.Close = "…"
	}
	if len(n.Children) == 0 && err == nil {
		n.Value += n.Close
		n.Close = ""
		return nil
	}
	p.line++
	n.CloseAt = p.line
	return err
}
