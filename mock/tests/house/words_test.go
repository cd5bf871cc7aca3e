package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// excepted names the file that the rules of language do not hold for: this one lists the words.
const excepted = "mock/tests/house/words_test.go"

// retired maps words of a dialect that the code once had to what to write instead. No part of a
// name may be one of them. Comments may have those of plain, which are English too.
var retired = map[string]string{
	"world": "session", "era": "epoch", "fence": "lock", "cast": "select", "curtain": "answer scenarios",
	"twin": "duplicate",
	"told": "returned, rendered, reported", "room": "space, request", "shelf": "view of a collection", "turn": "call",
	"stage": "scenario", "perform": "run", "performance": "run", "moment": "point", "lane": "queue key",
	"telling": "setting",
	"garbage": "compaction", "imitate": "serve", "most": "max", "least": "min", "tell": "render, apply, report",
	"tidy": "compact",
}

// plain lists the retired words that are refused in names only.
var plain = []string{
	"cast", "most", "least", "turn", "room", "stage", "perform", "performance", "moment", "lane", "tell", "told",
	"twin", "tidy",
	"garbage", "era", "imitate",
}

// allowed are names that have a retired word as a part and mean something else.
var allowed = regexp.MustCompile(`^(AtLeast|AtMost|atLeast|atMost|Broadcast.*|Returned?.*)$`)

// dialect matches what only the dialect says in comments.
var dialect = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\b(is|are|be) told\b`), "say what is returned, rendered or reported"},
	{
		regexp.MustCompile(`^\w+ (is|are) (what|how|where|who|which|whether) `),
		"say what the thing holds, does or limits instead of paraphrasing its name",
	},
	{regexp.MustCompile(`\b(world|fence|curtain|shelf|twin)s?\b`), "say session, lock, scenario, view or duplicate"},
	{regexp.MustCompile(`\bhow (much|many|long) .* (at the most)\b`), "say at most"},
	{regexp.MustCompile(`\b(lives|live) for ever\b`), "say does not expire"},
}

// toBe matches the doc comment of a function, after its name, that lacks a verb of doing.
var toBe = regexp.MustCompile(`^\s+(is|are|was|were)\s`)

// citations matches citations of what is not in the repository.
var citations = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{
		regexp.MustCompile(
			`\b(bsu|gaver|aandsverk|åndsverk|boligsameie|kobo) seed\b|` +
				`\bthe seed's (own )?(page|boligsameie)\b|\bseed, [A-ZÆØÅ]`), "name the page: (BSU page, Feilkoder)",
	},
	{regexp.MustCompile(`\breference (skatteetaten|kobo|testdata|maskinporten|systembruker)\b`), "cite docs/sources"},
	{
		regexp.MustCompile(`\bdesign, (section|settled)|\bthe design\b.*\bsection\b|` +
			`plain-words|CHOICES\.md|\bREADME, `),
		"cite docs/architecture.md or docs/choices.md",
	},
}

// documentPath matches a document that a comment cites, and the heading or number after it.
var documentPath = regexp.MustCompile(
	`docs/(?:sources/)?[a-z-]+\.md(?:(?:#|, section |, | )"?([A-Za-zÆØÅæøå0-9](?:[^;:()."]|\.[0-9])*))?`)

// TestWords: no name and no comment has a retired word, no comment cites what is not in docs, and
// everything exported has a sentence.
func TestWords(t *testing.T) {
	t.Parallel()
	headings := sourceHeadings(t)
	files := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		file := strings.TrimPrefix(filepath.ToSlash(name), root+"/")
		if filepath.Ext(name) != ".go" || file == excepted {
			return nil
		}
		files++
		for _, fault := range faultsOfWords(t, name, headings) {
			t.Errorf("%s", strings.TrimPrefix(fault, root+"/"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("%d files read", files)
	}
}

// sourceHeadings returns the headings of the documents that comments cite, without their numbers,
// and the numbers by themselves.
func sourceHeadings(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	number := regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*) +`)
	for name, text := range markdown(t) {
		for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(withoutBlocks(text), -1) {
			heading := match[1]
			if n := number.FindStringSubmatch(heading); n != nil {
				found[name] = append(found[name], n[1])
				heading = strings.TrimPrefix(heading, n[0])
			}
			found[name] = append(found[name], strings.ToLower(heading))
		}
	}
	return found
}

// faultsOfWords returns what is wrong with the language of a file, each with its line.
func faultsOfWords(t *testing.T, name string, headings map[string][]string) (faults []string) {
	t.Helper()
	set := token.NewFileSet()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	at := func(pos token.Pos, fault string) { faults = append(faults, set.Position(pos).String()+": "+fault) }
	reported := map[string]bool{}
	ast.Inspect(tree, func(node ast.Node) bool {
		if ident, ok := node.(*ast.Ident); ok && !allowed.MatchString(ident.Name) && !reported[ident.Name] {
			reported[ident.Name] = true
			for _, part := range nameParts(ident.Name) {
				if instead, is := retired[part]; is {
					at(ident.Pos(), "the name "+ident.Name+" has the retired word "+part+"; better: "+instead)
				}
			}
		}
		return true
	})
	for _, group := range tree.Comments {
		comment := strings.Join(strings.Fields(group.Text()), " ")
		for word, instead := range retired {
			if !slices.Contains(plain, word) && regexp.MustCompile(`(?i)\b`+word+`s?\b`).MatchString(comment) {
				at(group.Pos(), "the comment has the retired word "+word+"; better: "+instead)
			}
		}
		for _, d := range dialect {
			if found := d.pattern.FindString(comment); found != "" {
				at(group.Pos(), "the comment says "+found+"; "+d.instead)
			}
		}
		for _, fault := range faultsOfCitations(comment, headings) {
			at(group.Pos(), "the comment "+fault)
		}
	}
	for _, declaration := range tree.Decls {
		if d, ok := declaration.(*ast.FuncDecl); ok && toBe.MatchString(strings.TrimPrefix(d.Doc.Text(), d.Name.Name)) {
			at(d.Doc.Pos(), "the comment of "+d.Name.Name+" says what the function is; say what it does or returns")
		}
	}
	if !strings.HasSuffix(name, "_test.go") {
		for _, ident := range undocumented(tree) {
			at(ident.Pos(), ident.Name+" is exported without a sentence")
		}
	}
	return faults
}

// faultsOfCitations returns what a comment cites and should not, or what is not there.
func faultsOfCitations(comment string, headings map[string][]string) (faults []string) {
	for _, c := range citations {
		if found := c.pattern.FindString(comment); found != "" {
			faults = append(faults, "cites "+found+"; "+c.instead)
		}
	}
	for _, match := range documentPath.FindAllStringSubmatch(comment, -1) {
		document := regexp.MustCompile(`^docs/[a-z/-]+\.md`).FindString(match[0])
		if _, known := headings[document]; !known {
			faults = append(faults, "cites "+document+", which is not there")
		} else if strings.Contains(document, "/sources/") && match[1] != "" &&
			!isHeading(headings[document], match[1]) {
			faults = append(faults, "cites "+match[1]+", which is no heading of "+document)
		}
	}
	return faults
}

// TestCitationsOfData: the comments of API files and scripts cite what is there.
func TestCitationsOfData(t *testing.T) {
	t.Parallel()
	headings, count := sourceHeadings(t), 0
	for _, pattern := range []string{"mock/internal/catalog/apis/*/*.yaml", "scenarios/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			comment := ""
			for line := range strings.Lines(string(text)) {
				if _, after, is := strings.Cut(line, "#"); is {
					comment += after
				} else {
					comment += "\n"
				}
			}
			count++
			for _, fault := range faultsOfCitations(strings.Join(strings.Fields(comment), " "), headings) {
				t.Errorf("%s %s", strings.TrimPrefix(name, root+"/"), fault)
			}
		}
	}
	if count < 20 {
		t.Errorf("%d files read", count)
	}
}

// isHeading reports whether a citation begins with a heading, or the number of one, or an id such
// as V3 that stands in a table.
func isHeading(headings []string, cited string) bool {
	cited = strings.ToLower(strings.TrimSpace(cited))
	if regexp.MustCompile(`^[a-z][0-9]+\b`).MatchString(cited) {
		return true
	}
	if n := regexp.MustCompile(`^[0-9.]+[0-9]|^[0-9]`).FindString(cited); n != "" {
		return slices.Contains(headings, n)
	}
	return slices.ContainsFunc(headings, func(heading string) bool { return strings.HasPrefix(cited, heading) })
}

// nameParts returns the words of a name in camel case, in lower case.
func nameParts(name string) (parts []string) {
	start := 0
	runes := []rune(name)
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || unicode.IsUpper(runes[i]) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) || runes[i] == '_' {
			parts = append(parts, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
			start = i
		}
	}
	return parts
}

// undocumented returns the exported names of a file that have no comment: functions and methods,
// types, and variables and constants that stand alone or whose group has none.
func undocumented(tree *ast.File) (found []*ast.Ident) {
	for _, declaration := range tree.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && isOfExported(d) {
				found = append(found, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
						found = append(found, s.Name)
					}
				case *ast.ValueSpec:
					if s.Names[0].IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
						found = append(found, s.Names[0])
					}
				}
			}
		}
	}
	return found
}

// isOfExported reports whether a function is no method, or one of an exported type.
func isOfExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return false
		}
	}
}
