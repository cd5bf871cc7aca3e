package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/yamlfile"
	"sandkasse/scenarios"
)

// Script is a script with what lists show of it.
type Script struct {
	Scenario
	Organisation string // its reserved organisation number
	File         string
	UserDefined  bool            // from the caller's folder, not built in
	Text         string          // the file's
	Faults       yamlfile.Faults // of a newer version of the file, which is not used until they are gone

	version string // of the text
}

// Library holds the built-in scripts and those of the caller's folder, which it reads again when it
// has changed and a script is looked up. It is safe for concurrent use.
type Library struct {
	grammar
	builtIn func() builtIns // read when a script is first looked up; most servers never need one
	folder  fs.FS           // nil for none
	dir     string          // path of the folder, for the names of its files in faults

	mu          sync.Mutex
	userDefined map[string]Script
	lastScan    map[string]fileStamp       // by file name
	rejected    map[string]yamlfile.Faults // by file name: faults in a text that did not change since
	faults      yamlfile.Faults
	onFaults    func(yamlfile.Faults)
	selected    map[string]Scenario // scripts with parameters, by Selection.key
}

// Load reads the scripts of a folder, the files NAME.yaml directly in it; nil for none.
// The error is a yamlfile.Faults with everything that is wrong. A script with the name of a
// built-in one is refused (K301).
//
// The folder may change afterwards: a new or changed file is read when a script is next looked up,
// a deleted file takes its script away, and where a file is broken its last good version stays in
// use and Faults returns what is wrong (K309).
func Load(folder fs.FS, dir string, known Known) (*Library, error) {
	return load(folder, dir, grammar{known, faultKinds()})
}

// load does what Load does, with a given grammar.
func load(folder fs.FS, dir string, g grammar) (*Library, error) {
	l := &Library{
		grammar: g, builtIn: sync.OnceValue(g.readBuiltIns), folder: folder, dir: dir,
		userDefined: map[string]Script{}, selected: map[string]Scenario{}, rejected: map[string]yamlfile.Faults{},
	}
	if l.refresh(); len(l.faults) > 0 {
		return nil, l.faults
	}
	return l, nil
}

// OnFaults sets a function that is called whenever what is wrong with the folder has changed, with
// nothing when all is sound again. It may not call the library. It must be set before the library
// is used.
func (l *Library) OnFaults(report func(yamlfile.Faults)) { l.onFaults = report }

// builtIns holds the built-in scripts.
type builtIns struct {
	scripts map[string]Script
	numbers map[string]string // the reserved organisation numbers of the scripts and of codes, with their names
	faults  yamlfile.Faults   // where a caller's catalogue lacks what a script speaks of
}

// readBuiltIns reads the built-in scripts.
func (g grammar) readBuiltIns() builtIns {
	b := builtIns{scripts: map[string]Script{}, numbers: map[string]string{}}
	for _, code := range g.known.Codes {
		b.numbers[Organisation(code)] = code
	}
	entries, err := fs.ReadDir(scenarios.Embedded(), ".")
	if err != nil {
		panic(err) // they are compiled in
	}
	for _, entry := range entries {
		text, err := fs.ReadFile(scenarios.Embedded(), entry.Name())
		if err != nil {
			panic(err)
		}
		s, wrong := g.readScript(entry.Name(), text)
		if len(wrong) > 0 {
			b.faults = append(b.faults, wrong...)
			continue
		}
		b.scripts[s.Name], b.numbers[s.Organisation] = s, s.Name
	}
	return b
}

// Check returns everything that is wrong with the scripts of a folder; nil where they can be used.
func Check(folder fs.FS, dir string, known Known) yamlfile.Faults {
	_, err := Load(folder, dir, known)
	if err == nil {
		return nil
	}
	if faults, ok := errors.AsType[yamlfile.Faults](err); ok {
		return faults
	}
	return yamlfile.Faults{{File: dir, Text: err.Error()}}
}

// readScript reads a script and computes what lists show of it.
func (g grammar) readScript(file string, text []byte) (Script, yamlfile.Faults) {
	s, faults := g.read(file, text)
	sum := sha256.Sum256(text)
	return Script{
		Scenario: s, Organisation: Organisation(s.Name), File: file, Text: string(text),
		version: hex.EncodeToString(sum[:8]),
	}, faults
}

// Find returns the scenario for NAME or NAME;parameter=value;…: a script, or one of the codes
// given, those of the API that is called. The error for an unknown name is a *NotFound; any other
// says what is wrong with a parameter and what there is.
func (l *Library) Find(ask string, codes []string) (Selection, error) {
	name, given, err := parseAsk(ask)
	if err != nil {
		return Selection{}, err
	}
	scripts := l.scripts()
	if script, there := scripts[name]; there {
		decode := func(key string, values map[string]float64) (Scenario, error) {
			return l.withValues(script, key, values)
		}
		return newSelection(script.Scenario, script.version, given, decode)
	}
	if slices.Contains(codes, name) {
		a, err := newSelection(code(name), "", given, nil)
		a.Code = true
		return a, err
	}
	return Selection{}, &NotFound{
		Name: name, Elsewhere: slices.Contains(l.known.Codes, name),
		Codes: suggest.NearestFirst(name, codes), Broken: l.broken(name),
		Scripts: suggest.NearestFirst(name, slices.Collect(maps.Keys(scripts))),
	}
}

// withValues returns a script with the values given for its parameters. It remembers what it has
// read, up to maxSelected, by key.
func (l *Library) withValues(script Script, key string, values map[string]float64) (Scenario, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.selected[key]; ok {
		return s, nil
	}
	s, faults := l.readWith(script.File, []byte(script.Text), values)
	if len(faults) > 0 {
		return Scenario{}, faults
	}
	if len(l.selected) >= maxSelected {
		clear(l.selected)
	}
	l.selected[key] = s
	return s, nil
}

// FindAll finds several scenarios, separated by commas as in the header Sandkasse-Scenario, and
// returns them in that order. More than MaxAsked are an error.
func (l *Library) FindAll(asks string, codes []string) ([]Selection, error) {
	parts := strings.Split(asks, ",")
	if len(parts) > MaxAsked {
		return nil, fmt.Errorf("%d scenarios are asked for at once; there may be %d", len(parts), MaxAsked)
	}
	all := make([]Selection, 0, len(parts))
	for _, part := range parts {
		a, err := l.Find(part, codes)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// All returns the scripts, sorted by name.
func (l *Library) All() []Script {
	scripts := l.scripts()
	var all []Script
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		all = append(all, scripts[name])
	}
	return all
}

// Faults returns what is wrong with the folder as it is now, and with built-in scripts that name
// what the caller's catalogue lacks; nil where nothing is.
func (l *Library) Faults() yamlfile.Faults {
	l.scripts()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Concat(l.builtIn().faults, l.faults)
}

// scripts returns all scripts by name, as the folder is now. The map may not be changed.
func (l *Library) scripts() map[string]Script {
	if l.folder == nil {
		return l.builtIn().scripts
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refresh()
	all := maps.Clone(l.builtIn().scripts)
	for _, script := range l.userDefined {
		all[script.Name] = script
	}
	return all
}
