package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/readfile"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// Vocabulary holds the names that files may use: checks, behaviours, response members that the
// behaviours know, and forms of error bodies.
type Vocabulary struct {
	Checks      map[string]Part
	Behaviours  map[string]Part
	Svar        []string
	ErrorBodies []string
}

// Part describes a check or behaviour: the offences that it can answer, the checks that must run
// before it and, for a behaviour with codes of its own, those codes.
type Part struct {
	Offences []feil.Offence
	Requires []string
	Codes    []string
}

// Load reads all families and APIs, with their schemas and examples, and merges them. The error is
// a yamlfile.Faults with everything that is wrong with the files.
func Load(files Files, known Vocabulary) (*Catalog, error) {
	folders, err := listFiles(files.APIs)
	if err != nil {
		return nil, yamlfile.Faults{{File: rootOf(files.APIs), Text: err.Error()}}
	}
	names := slices.Sorted(maps.Keys(folders))
	families := make([]loader, len(names))
	var reading sync.WaitGroup // parsing YAML is most of the time to start, and families are independent
	atOnce := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, folder := range names {
		families[i] = loader{
			files: files, known: known, fileOf: map[*API]*yamlfile.File{},
			schemas: map[string]func() *schema.Schema{},
		}
		atOnce <- struct{}{}
		reading.Go(func() {
			families[i].folder(folder, folders[folder])
			<-atOnce
		})
	}
	reading.Wait()
	l := loader{files: files, known: known, fileOf: map[*API]*yamlfile.File{}}
	for _, read := range families {
		l.apis = append(l.apis, read.apis...)
		l.faults = append(l.faults, read.faults...)
		maps.Copy(l.fileOf, read.fileOf)
	}
	l.unique()
	l.uniqueHosts()
	l.unusedFiles()
	if len(l.faults) > 0 && files.Proved && files.parse == nil { // something in a folder over what is built in
		if files.parse = withoutLines(files.APIs, folders, l.faults); len(files.parse) > 0 {
			return Load(files, known)
		}
	}
	if len(l.faults) > 0 {
		l.faults.Sort()
		return nil, slices.Compact(l.faults) // two APIs may have named one file
	}
	slices.SortFunc(l.apis, func(a, b *API) int { return strings.Compare(a.Name, b.Name) })
	return &Catalog{APIs: l.apis}, nil
}

// withoutLines returns the names of embedded files with faults, which have no lines as long as the
// files are not parsed; of a family whose own file is on disk all, since a fault there is one of every API.
func withoutLines(apis fs.FS, folders map[string][]string, faults yamlfile.Faults) map[string]bool {
	faulty, found := map[string]bool{}, map[string]bool{}
	for _, fault := range faults {
		faulty[fault.File] = true
	}
	for folder, names := range folders {
		all := !isEmbedded(apis, path.Join(folder, "family.yaml"))
		for _, name := range names {
			if isEmbedded(apis, name) && (all || faulty[name]) {
				found[name] = true
			}
		}
	}
	return found
}

type loader struct {
	files   Files
	known   Vocabulary
	apis    []*API
	fileOf  map[*API]*yamlfile.File
	schemas map[string]func() *schema.Schema // named by routes
	tables  []madeTable                      // of embedded APIs

	familyProved bool // the family file is embedded, and files.Proved
	faults       yamlfile.Faults
}

// folder reads a folder of the catalogue.
func (l *loader) folder(name string, files []string) {
	if strings.Contains(name, "/") || name == "." {
		l.misplaced(files)
		return
	}
	l.family(name, files)
}

// misplaced adds a fault for each file outside a family folder.
func (l *loader) misplaced(names []string) {
	for _, name := range names {
		l.faults = append(l.faults, yamlfile.Fault{
			File: onDisk(l.files.APIs, name),
			Text: "an API file stands in the folder of its family, such as innrapportering/" + path.Base(name),
		})
	}
}

// family reads the family.yaml of a folder, and then the API files beside it.
func (l *loader) family(folder string, names []string) {
	var family familyFile
	src := l.readFamily(path.Join(folder, "family.yaml"), &family)
	if src.Unreadable { // its APIs cannot be checked without it
		l.faults = append(l.faults, src.Faults...)
		return
	}
	l.checkFamily(src, family)
	at := felter(src, family.Felter)
	l.faults = append(l.faults, src.Faults...)
	listed := map[string]bool{}
	for _, name := range names {
		if path.Ext(name) == ".yml" {
			l.faults = append(l.faults, yamlfile.Fault{
				File: onDisk(l.files.APIs, name),
				Text: "the files of a catalogue end in .yaml",
			})
			continue
		}
		if path.Base(name) != "family.yaml" {
			for spesifisering := range l.api(name, family, at).Spesifiseringer {
				listed[spesifisering] = true
			}
		}
	}
	src.Faults = nil
	for _, offence := range slices.Sorted(maps.Keys(family.Offences)) {
		for i, spesifisering := range family.Offences[offence].Spesifisering {
			if !listed[spesifisering] {
				src.Fault(fmt.Sprintf("$.offences.%s.spesifisering[%d]", offence, i), "no API of the family lists %s",
					spesifisering)
			}
		}
	}
	l.faults = append(l.faults, src.Faults...)
}

func (l *loader) api(name string, family familyFile, at Felter) apiFile {
	var own apiFile
	src, rules := l.readAPI(name, &own)
	proved := l.familyProved && isEmbedded(l.files.APIs, name) && isEmbedded(l.files.Schemas, own.Schema) &&
		isEmbedded(l.files.Examples, own.Example)
	if src.Unreadable {
		l.faults = append(l.faults, src.Faults...)
		return own
	}
	if own.Felter != (felterFile{}) {
		at = felter(src, own.Felter.over(family.Felter))
	}
	api := l.merge(src, family, own, at, rules, proved)
	api.Felter = at
	l.addTable(src, api, family, own)
	l.apis = append(l.apis, api)
	l.fileOf[api] = src
	l.faults = append(l.faults, src.Faults...)
	return own
}

// madeTable is the table of an API with the page's tables that it was made from.
type madeTable struct {
	koder           map[string]kodeFile
	spesifiseringer map[string]string
	feil            feil.Table
	codes           []Code
}

// addTable adds the table and the codes to an API. Embedded APIs of a family whose pages list the
// same share them: most of the memory of 35 APIs would be equal tables.
func (l *loader) addTable(src *yamlfile.File, api *API, family familyFile, own apiFile) {
	share := l.files.Proved && len(l.files.parse) == 0
	for _, made := range l.tables {
		if share && maps.Equal(made.koder, own.Koder) && maps.Equal(made.spesifiseringer, own.Spesifiseringer) {
			api.Feil, api.codes = made.feil, made.codes
			return
		}
	}
	api.Feil = l.table(src, family, own)
	api.codes = l.codes(api, family, own)
	l.tables = append(l.tables, madeTable{own.Koder, own.Spesifiseringer, api.Feil, api.codes})
}

// readFamily reads a family file.
func (l *loader) readFamily(name string, family *familyFile) *yamlfile.File {
	l.familyProved = l.files.Proved && isEmbedded(l.files.APIs, name)
	if raw, ok := l.decoded(name); ok && json.Unmarshal(raw, family) == nil {
		return &yamlfile.File{Name: onDisk(l.files.APIs, name)}
	}
	return l.read(name, family)
}

// readAPI reads the file of an API. The rules of an embedded one are not parsed, but returned as JSON.
func (l *loader) readAPI(name string, own *apiFile) (src *yamlfile.File, rules json.RawMessage) {
	if raw, ok := l.decoded(name); ok {
		if one, err := decodeAPI(raw); err == nil {
			*own = one.apiFile
			return &yamlfile.File{Name: onDisk(l.files.APIs, name)}, one.Tilbakemelding
		}
	}
	return l.read(name, own), nil
}

// decoded returns the content of an embedded file as it stands in decoded.json; ok is false where
// YAML is to be parsed.
func (l *loader) decoded(name string) (raw json.RawMessage, ok bool) {
	raw, ok = decodedFiles().Files[name]
	return raw, ok && l.files.Proved && !l.files.parse[name] && isEmbedded(l.files.APIs, name)
}

func (l *loader) read(name string, value any) *yamlfile.File {
	shown := onDisk(l.files.APIs, name)
	text, err := readfile.Read(l.files.APIs, name, readfile.MaxYAML)
	if err != nil {
		return &yamlfile.File{
			Name: shown, Unreadable: true,
			Faults: yamlfile.Faults{{File: shown, Text: "cannot be read: " + readfile.Reason(err).Error()}},
		}
	}
	return yamlfile.Read(shown, text, value)
}

// unique adds a fault for each name, label or scope that two APIs have.
func (l *loader) unique() {
	for _, member := range []struct {
		name string
		of   func(*API) string
	}{
		{"name", func(a *API) string { return a.Name }},
		{"label", func(a *API) string { return a.Label }},
		{"scope", func(a *API) string { return a.Scope }},
	} {
		taken := map[string]string{}
		for _, api := range l.apis {
			file, value := l.fileOf[api], member.of(api)
			if other, ok := taken[value]; ok && value != "" {
				src := *file
				src.Faults = nil
				src.Fault("$."+member.name, "the %s %q is taken by %s", member.name, value, other)
				l.faults = append(l.faults, src.Faults...)
			}
			taken[value] = file.Name
		}
	}
}

// unusedFiles adds a fault for each schema and example on disk that nothing names: its name or
// folder is probably misspelt.
func (l *loader) unusedFiles() {
	for what, files := range map[string]fs.FS{"schema": l.files.Schemas, "example": l.files.Examples} {
		all, ok := files.(layeredFS)
		if !ok {
			continue
		}
		named := map[string]bool{}
		var texts bytes.Buffer
		for _, api := range l.apis {
			named[api.SchemaName], named[api.exampleName] = true, true
			for _, route := range api.Routes {
				named[route.SchemaName] = true
			}
		}
		var found []string
		err := walk(all[0].named, func(name string) error {
			if found = append(found, name); len(found) > maxAPIFiles {
				return fmt.Errorf("the folder has more than %d files; move those that are not needed elsewhere",
					maxAPIFiles)
			}
			if what == "schema" { // which may be referred to by another
				text, err := readfile.Read(all[0].named, name, readfile.MaxSchema)
				if texts.Write(text); err == nil && texts.Len() > maxTotal {
					return fmt.Errorf("the folder has more than %d MiB of schemas; move those that are not needed "+
						"elsewhere", maxTotal>>20)
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a missing folder has no files
			l.faults = append(l.faults, yamlfile.Fault{File: rootOf(files), Text: err.Error()})
			continue
		}
		for _, name := range found {
			if !named[name] && !bytes.Contains(texts.Bytes(), []byte(path.Base(name))) {
				l.faults = append(l.faults, yamlfile.Fault{File: onDisk(files, name), Text: "no API names this " +
					what})
			}
		}
	}
}
