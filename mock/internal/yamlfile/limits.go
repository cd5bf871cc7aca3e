package yamlfile

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Limits of a file (K590). The YAML library takes time and memory by the square of the depth and of
// the members of a mapping, so they are checked before it parses.
const (
	maxSize    = 1 << 20 // bytes
	maxSigns   = 50_000  // characters that can begin something
	maxTokens  = 60_000  // names, values and signs
	maxDepth   = 32      // mappings and lists within each other
	maxMembers = 1_000   // of a mapping
	maxName    = 200     // characters of a member's name
	maxValues  = 100_000 // that are decoded
	maxFaults  = 100     // that are listed
	maxFault   = 1_000   // characters of a fault
)

// tokensOf splits a text into the tokens of YAML. problem says, with its line, which limit the text
// breaks; otherwise it is empty.
func tokensOf(text []byte) (tokens token.Tokens, problem string, line int) {
	if len(text) > maxSize {
		return nil, fmt.Sprintf("the file is larger than %d KiB, the most that is read", maxSize>>10), 0
	}
	signs := 0
	for at, b := range text {
		if bytes.IndexByte([]byte("[]{},:-?&*!|>#\"'%"), b) < 0 {
			continue
		}
		if signs++; signs > maxSigns {
			return nil, fmt.Sprintf("more than %d characters that mean something in YAML stand in the file, such as : "+
				"and -; split it", maxSigns), bytes.Count(text[:at], []byte("\n")) + 1
		}
	}
	tokens = lexer.Tokenize(string(text))
	if len(tokens) > maxTokens {
		return nil, fmt.Sprintf("more than %d names, values and signs stand in the file; split it", maxTokens),
			tokens[maxTokens].Position.Line
	}
	problem, line = checkNesting(tokens)
	return tokens, problem, line
}

// level is a mapping or list that is open at a token.
type level struct {
	column  int // of the members or elements; 0 in brackets and braces
	members int
}

// checkNesting returns which limit the mappings and lists of a file break, and its line; an empty
// text for none. What is no YAML may be counted wrongly, but never as less deep than it is.
func checkNesting(tokens token.Tokens) (problem string, line int) {
	open, brackets := []level{{}}, 0
	for _, t := range tokens {
		column := 0
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open = append(open, level{})
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			if brackets > 0 {
				open = open[:len(open)-1]
				brackets--
			}
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			column = t.Position.Column
		case token.MappingValueType:
			if t.Prev != nil {
				column = t.Prev.Position.Column
				if len(t.Prev.Value) > maxName {
					return fmt.Sprintf("the name of a member has more than %d characters", maxName), t.Position.Line
				}
			}
		}
		if column > 0 && brackets == 0 {
			for open[len(open)-1].column > column {
				open = open[:len(open)-1]
			}
			if open[len(open)-1].column < column {
				open = append(open, level{column: column})
			}
		}
		top := &open[len(open)-1]
		if t.Type == token.MappingValueType {
			top.members++
		}
		switch {
		case len(open)-1 > maxDepth:
			return fmt.Sprintf("more than %d mappings and lists stand within each other", maxDepth), t.Position.Line
		case top.members > maxMembers:
			return fmt.Sprintf("a mapping has more than %d members", maxMembers), t.Position.Line
		}
	}
	return "", 0
}
