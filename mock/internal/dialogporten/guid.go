package dialogporten

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/wire"
)

// hexGUID is the form {0x00000000,0x0000,0x0000,{0x00,…}} of a GUID, without white space.
var hexGUID = regexp.MustCompile(`^\{0x0*([0-9a-f]{1,8}),0x0*([0-9a-f]{1,4}),0x0*([0-9a-f]{1,4}),` +
	`\{0x0*([0-9a-f]{1,2})` + strings.Repeat(`,0x0*([0-9a-f]{1,2})`, 7) + `\}\}$`)

// parseGUID reads every form of a UUID that .NET's Guid.TryParse takes, in any letter case and with
// white space around it: 32 digits, with hyphens or without; with hyphens also in braces or
// parentheses; and as a list of hexadecimal numbers.
func parseGUID(text string) (uuid.UUID, bool) {
	text = strings.ToLower(strings.TrimFunc(text, unicode.IsSpace))
	if inner, ok := strings.CutPrefix(text, "{0x"); ok && !strings.Contains(inner, "-") {
		return parseHexGUID(text)
	}
	bare := text
	for _, pair := range []string{"{}", "()"} {
		if strings.HasPrefix(text, pair[:1]) && strings.HasSuffix(text, pair[1:]) && len(text) == 38 {
			bare = text[1:37]
		}
	}
	if len(bare) != 36 && len(text) != 32 || bare != text && len(bare) != 36 {
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(bare)
	return id, err == nil
}

func parseHexGUID(text string) (uuid.UUID, bool) {
	text = strings.Join(strings.Fields(text), "")
	numbers := hexGUID.FindStringSubmatch(text)
	if numbers == nil {
		return uuid.UUID{}, false
	}
	var digits strings.Builder
	for i, width := range []int{8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2} {
		digits.WriteString(strings.Repeat("0", width-len(numbers[i+1])) + numbers[i+1])
	}
	id, err := uuid.Parse(digits.String())
	return id, err == nil
}

// bindIDs parses the named parameters of a call as UUIDs, and returns them in Dialogporten's form.
// As in FastEndpoints, which binds Dialogporten's parameters, a query parameter of the same name,
// in any letter case, overrides the one in the path. The error is a
// *feil.Feil with all values that are not UUIDs.
func bindIDs(r *wire.Request, names ...string) (ids map[string]string, err error) {
	ids = map[string]string{}
	var in parameterReader
	read := func(name, spelled, text string) {
		id, ok := parseGUID(text)
		if !ok {
			in.invalid(spelled, text, "Guid", "a UUID, such as 0198c4b1-7a2e-7c1d-9f3a-2b6d5e8f9a01")
		}
		ids[name] = id.String()
	}
	for _, name := range names {
		read(name, name, r.Params[name])
	}
	given := foldNames(r.Query)
	for _, name := range names {
		if values, ok := given[strings.ToLower(name)]; ok {
			read(name, values.spelled, strings.Join(values.all, ","))
		}
	}
	return ids, in.err()
}

// parameter is a query parameter: its name as it was spelled, and its values.
type parameter struct {
	spelled string
	all     []string
}

// foldNames returns query parameters by lower-case name, since ASP.NET ignores letter case. Of
// several spellings of a name it keeps the first in alphabetical order.
func foldNames(query map[string][]string) map[string]parameter {
	folded := map[string]parameter{}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p, known := folded[strings.ToLower(name)]
		if !known {
			p.spelled = name
		}
		p.all = append(p.all, query[name]...)
		folded[strings.ToLower(name)] = p
	}
	return folded
}

// entityFault returns a 404 in the words of Dialogporten's own snapshot tests of its errors.
func entityFault(offence feil.Offence, entity, id, why string) *feil.Feil {
	return feil.New(offence, why, feil.Detalj{
		Sti: entity, AngittVerdi: id,
		Melding: fmt.Sprintf("Entity '%s' with the following key(s) was not found: (%s).", entity, id),
	})
}
