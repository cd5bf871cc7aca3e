package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// lockFiles are the names of the files in which package managers of Node write what they installed.
var lockFiles = []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"}

// fetchedFrom matches the address in a lock file at which a package was fetched.
var fetchedFrom = regexp.MustCompile(`(?i)\bresolved"?:? *"?https?://[^/"]+|\btarball: *https?://[^/]+`)

// TestLockFiles: no lock file says from which registry a package came, since not everybody has the
// same.
func TestLockFiles(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && slices.Contains([]string{".git", "node_modules"}, entry.Name()) {
			if err == nil {
				return fs.SkipDir
			}
			return err
		}
		if !slices.Contains(lockFiles, entry.Name()) {
			return nil
		}
		text, err := os.ReadFile(name)
		if found := fetchedFrom.FindString(string(text)); found != "" {
			t.Errorf("%s says %q: npm leaves it out with omit-lockfile-registry-resolved=true in .npmrc", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
