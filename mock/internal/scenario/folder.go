package scenario

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sandkasse/mock/internal/readfile"
	"sandkasse/mock/internal/yamlfile"
)

// fileStamp is the size and the time of change of a file; a file with the same stamp is not read
// again.
type fileStamp struct {
	size    int64
	changed int64 // its time of change, in nanoseconds
}

// refresh reads the files of the folder that have changed since it was last read.
//
// A broken file leaves its last good version in use; a deleted one takes its script away. Of two
// scripts with one organisation number the first by name is used.
func (l *Library) refresh() {
	if l.folder == nil {
		return
	}
	before := l.faults
	defer func() {
		if l.onFaults != nil && !slices.Equal(before, l.faults) {
			l.onFaults(l.faults)
		}
	}()
	now, faults := l.scan()
	if l.lastScan != nil && now != nil && len(faults) == 0 && maps.Equal(now, l.lastScan) {
		return
	}
	if now == nil { // the folder cannot be read: what there is stays
		l.faults, l.lastScan = faults, map[string]fileStamp{}
		return
	}
	own, numbers := map[string]Script{}, maps.Clone(l.builtIn().numbers)
	for _, file := range slices.Sorted(maps.Keys(now)) {
		script, there := l.userDefined[file]
		unchanged := now[file] == l.lastScan[file]
		if wrong := l.rejected[file]; !there && unchanged && len(wrong) > 0 {
			faults = append(faults, wrong...)
			continue
		}
		if !there || !unchanged {
			delete(l.rejected, file)
			newer, wrong := l.load(file)
			if len(wrong) == 0 {
				script, there = newer, true
			}
			script.Faults = wrong
			faults = append(faults, wrong...)
		} else {
			faults = append(faults, script.Faults...)
		}
		if other := numbers[script.Organisation]; there && other != "" {
			faults = append(faults, yamlfile.Fault{File: l.path(file), Text: fmt.Sprintf(
				"the name %s has the same reserved organisation number as %s, %s; it needs another",
				script.Name, other, script.Organisation)})
			continue
		}
		if there {
			own[file], numbers[script.Organisation] = script, script.Name
		}
	}
	maps.DeleteFunc(l.rejected, func(file string, _ yamlfile.Faults) bool { return now[file] == fileStamp{} })
	l.userDefined, l.lastScan, l.faults = own, now, faults
}

// scan returns the stamps of the folder's scripts; nil where it cannot be read.
func (l *Library) scan() (found map[string]fileStamp, faults yamlfile.Faults) {
	entries, err := fs.ReadDir(l.folder, ".")
	if err != nil {
		text := fmt.Sprintf("the folder of scripts cannot be read: %v", readfile.Reason(err))
		return nil, yamlfile.Faults{{File: filepath.ToSlash(l.dir), Text: text}}
	}
	found = map[string]fileStamp{}
	total := int64(0)
	for _, entry := range entries {
		name := entry.Name()
		ext := filepath.Ext(name)
		if entry.IsDir() || strings.HasPrefix(name, ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if ext == ".yml" {
			faults = append(faults, yamlfile.Fault{File: l.path(name), Text: "a script's name ends in .yaml"})
			continue
		}
		info, err := fs.Stat(l.folder, name) // through a link, as a mounted folder may be made of them
		if err != nil {
			continue // it went away just now
		}
		found[name] = fileStamp{size: info.Size(), changed: info.ModTime().UnixNano()}
		if info.Size() <= maxScript { // a larger one is not read
			total += info.Size()
		}
		if len(found) == maxFiles || total > maxScripts {
			text := fmt.Sprintf("only the first %d scripts are read: a folder may have %d, and %d MiB of them",
				len(found), maxFiles, maxScripts>>20)
			faults = append(faults, yamlfile.Fault{File: filepath.ToSlash(l.dir), Text: text})
			break
		}
	}
	return found, faults
}

// load reads one script of the folder, and checks it against the built-in ones.
func (l *Library) load(file string) (Script, yamlfile.Faults) {
	path := l.path(file)
	fault := func(format string, args ...any) (Script, yamlfile.Faults) {
		return Script{}, yamlfile.Faults{{File: path, Text: fmt.Sprintf(format, args...)}}
	}
	text, err := readfile.Read(l.folder, file, maxScript)
	if err != nil {
		return fault("the file cannot be read: %v", readfile.Reason(err))
	}
	script, faults := l.readScript(path, text)
	if len(faults) > 0 {
		l.rejected[file] = faults
		return Script{}, faults
	}
	script.UserDefined = true
	if _, there := l.builtIn().scripts[script.Name]; there {
		return fault("there is a built-in scenario %s already; give this one another name", script.Name)
	}
	return script, nil
}

// path returns a file of the folder with the folder's name.
func (l *Library) path(file string) string { return path.Join(filepath.ToSlash(l.dir), file) }

// broken returns what is wrong with the file of the script of that name, in one line; empty for
// nothing.
func (l *Library) broken(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wrong []string
	for _, fault := range l.faults {
		if fault.File == l.path(name+".yaml") {
			wrong = append(wrong, fault.String())
		}
	}
	return strings.Join(wrong, "; ")
}
