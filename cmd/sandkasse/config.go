package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/urfave/cli/v3"

	"sandkasse/mock"
)

// configFile is the config file of a run: that of --config, else of SANDKASSE_CONFIG, else
// sandkasse.yaml in the folder. It is read when a flag first asks for it.
type configFile struct {
	read func() (*mock.Config, error) // nil without an error where there is none
	path string
}

// newConfigFile returns the config file of a command line.
func newConfigFile(args []string) *configFile {
	named := cmp.Or(flagValue(args, "config"), os.Getenv(variable("config")))
	f := &configFile{path: cmp.Or(named, mock.ConfigFile)}
	f.read = sync.OnceValues(func() (*mock.Config, error) {
		if _, err := os.Stat(f.path); named == "" && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return mock.ReadConfig(f.path)
	})
	return f
}

// flagValue returns the value of a flag on a command line; empty where it has none.
func flagValue(args []string, name string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		flag, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		switch {
		case flag != name || !strings.HasPrefix(arg, "-"):
		case given:
			return value
		case i+1 < len(args):
			return args[i+1]
		}
	}
	return ""
}

// fault returns why the config file cannot be used by a command, or nil. A command whose flags
// cannot be set by the file does not need it.
func (f *configFile) fault(c *cli.Command) error {
	for _, flag := range c.Flags {
		if described, ok := flag.(cli.DocGenerationFlag); ok && len(described.GetEnvVars()) > 0 {
			_, err := f.read()
			return err
		}
	}
	return nil
}

// lookup returns what the file sets a flag to.
func (f *configFile) lookup(flag string) (string, bool) {
	config, err := f.read()
	if err != nil || config == nil {
		return "", false
	}
	return config.Lookup(flag)
}

// variable returns the environment variable of a flag: SANDKASSE_SESSION_TTL for session-ttl.
func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// env returns the sources of a flag that is not on the command line: its environment variable, then the config file.
func (p program) env(flag string) cli.ValueSourceChain {
	return cli.NewValueSourceChain(environment(variable(flag)), setting{p.config, flag})
}

// environment is an environment variable as the source of a flag. An empty one is as none.
type environment string

// Lookup returns the value of the variable.
func (e environment) Lookup() (string, bool) {
	value := os.Getenv(string(e))
	return value, value != ""
}

// IsFromEnv says that the help shows the source.
func (e environment) IsFromEnv() bool { return true }

// Key returns the name of the variable.
func (e environment) Key() string { return string(e) }

// String returns what an error about the value says of its source.
func (e environment) String() string { return cli.EnvVar(string(e)).String() }

// GoString returns the same as String.
func (e environment) GoString() string { return e.String() }

// setting is a setting of the config file as the source of a flag.
type setting struct {
	file *configFile
	flag string
}

// Lookup returns the value of the setting.
func (s setting) Lookup() (string, bool) { return s.file.lookup(s.flag) }

// String returns what an error about the value says of its source.
func (s setting) String() string { return s.file.path }

// GoString returns the same as String.
func (s setting) GoString() string { return s.String() }
