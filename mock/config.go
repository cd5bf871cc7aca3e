package mock

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/readfile"
	"sandkasse/mock/internal/yamlfile"
)

// ConfigFile is the name of the config file that the program reads where it is in the folder that the program was
// started in, and no other is named.
const ConfigFile = "sandkasse.yaml"

// Config is a config file as ReadConfig has read it: YAML with the settings of a server by the names of the flags of
// `sandkasse serve`. docs/flags.md describes it, and FileSchema has its JSON Schema.
type Config struct {
	Options Options // what the file sets of them; the rest is zero
	Addr    string  // to listen on, for Server.Start; empty where the file does not set it
	Restore string  // path of a checkpoint file, for Server.ReadCheckpoint; empty where the file does not set it

	settings configSettings
	given    func(name string) bool
}

// configSettings is the content of a config file.
type configSettings struct {
	Addr               string   `yaml:"addr"`
	Hosts              []string `yaml:"hosts"`
	BaseURL            string   `yaml:"base-url"`
	BehindProxy        []string `yaml:"behind-proxy"`
	TLS                string   `yaml:"tls"`
	CACert             string   `yaml:"ca-cert"`
	CAKey              string   `yaml:"ca-key"`
	TLSCert            string   `yaml:"tls-cert"`
	TLSKey             string   `yaml:"tls-key"`
	ProxyAuth          bool     `yaml:"proxy-auth"`
	APIs               string   `yaml:"apis"`
	Clients            string   `yaml:"clients"`
	Control            string   `yaml:"control"`
	KoboSystems        []string `yaml:"kobo-systems"`
	KoboConflictStatus int      `yaml:"kobo-conflict-status"`
	KoboEcho           bool     `yaml:"kobo-echo"`
	UnknownMembers     string   `yaml:"unknown-members"`
	ProcessingDelay    string   `yaml:"processing-delay"`
	Data               string   `yaml:"data"`
	Restore            string   `yaml:"restore"`
	Durability         string   `yaml:"durability"`
	Auth               string   `yaml:"auth"`
	Maskinporten       string   `yaml:"maskinporten"`
	Scenarios          string   `yaml:"scenarios"`
	SessionTTL         string   `yaml:"session-ttl"`
	JournalRaw         bool     `yaml:"journal-raw"`
	Seed               uint64   `yaml:"seed"`
	LogLevel           string   `yaml:"log-level"`
	LogFormat          string   `yaml:"log-format"`
}

// paths returns the settings that are paths, by name.
func (s *configSettings) paths() map[string]*string {
	return map[string]*string{
		"data": &s.Data, "apis": &s.APIs, "scenarios": &s.Scenarios, "clients": &s.Clients,
		"restore": &s.Restore, "ca-cert": &s.CACert, "ca-key": &s.CAKey, "tls-cert": &s.TLSCert, "tls-key": &s.TLSKey,
	}
}

// ReadConfig reads a config file. Relative paths in it are relative to its folder (K680). The error is a *FaultsError
// with everything that is wrong in the file, by line, files and folders that it names and that are not there among it;
// or an *ArgumentError where the file cannot be read.
func ReadConfig(path string) (*Config, error) {
	text, err := readfile.ReadPath(path, readfile.MaxYAML)
	if err != nil {
		return nil, argument(fmt.Errorf("the config file %s cannot be read: %w", path, readfile.Reason(err)))
	}
	c := &Config{}
	file := yamlfile.ReadEmptyable(path, text, &c.settings)
	c.given = func(name string) bool { return file.Has("$." + name) }
	c.resolvePaths(filepath.Dir(path))
	c.fill(file)
	if len(file.Faults) > 0 {
		file.Faults.Sort()
		return nil, public(file.Faults)
	}
	return c, nil
}

// resolvePaths makes the relative paths of the file relative to the folder of the process.
func (c *Config) resolvePaths(folder string) {
	for _, path := range c.settings.paths() {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
}

// fill sets Addr and Options from the settings, and adds a fault to the file for each that cannot be (K681).
func (c *Config) fill(file *yamlfile.File) {
	s := &c.settings
	fault := func(name string, err error) {
		for line := range strings.Lines(err.Error()) {
			text := strings.TrimSpace(line)
			if !strings.Contains(text, name) { // it speaks of the option, by another name
				text = name + ": " + text
			}
			file.Fault("$."+name, "%s", text)
		}
	}
	c.checkTexts(fault)
	c.checkFiles(fault)
	c.Addr, c.Restore = s.Addr, s.Restore
	c.Options = Options{
		Data: s.Data, Durability: Durability(s.Durability), APIs: Dir(s.APIs), Scenarios: Dir(s.Scenarios),
		Clients: s.Clients, Auth: Auth(s.Auth), Maskinporten: Maskinporten(s.Maskinporten),
		Feedback: FeedbackLevel(s.Control), UnknownMembers: UnknownMembers(s.UnknownMembers),
		ProcessingDelay: c.duration("processing-delay", s.ProcessingDelay, fault),
		SessionTTL:      c.duration("session-ttl", s.SessionTTL, fault),
		Kobo:            KoboOptions{Systems: s.KoboSystems, ConflictStatus: s.KoboConflictStatus, Echo: s.KoboEcho},
		JournalRaw:      s.JournalRaw, Hosts: s.Hosts, BaseURL: s.BaseURL, BehindProxy: s.BehindProxy,
		TLS: TLSOptions{
			Off: s.TLS == "off", CACert: s.CACert, CAKey: s.CAKey, Cert: s.TLSCert, Key: s.TLSKey,
		},
		ProxyAuth: s.ProxyAuth, Seed: s.Seed,
	}
	_, err := c.Options.withDefaults()
	for _, wrong := range settingErrors(err) {
		fault(wrong.setting, wrong.error)
	}
	if err == nil && slices.ContainsFunc(s.Hosts, func(host string) bool { return strings.Contains(host, "=") }) {
		if known, err := loadCatalog(c.Options.APIs); err == nil { // else New says what is wrong with the files
			_, apiOf, _ := c.Options.hosts()
			if _, err := known.WithHosts(apiOf); err != nil {
				fault("hosts", err)
			}
		}
	}
}

// checkTexts adds a fault for each text that is none of the possible ones, and is no option; and for each empty text,
// which would count as none.
func (c *Config) checkTexts(fault func(string, error)) {
	s := reflect.ValueOf(c.settings)
	for i := range s.NumField() {
		name := s.Type().Field(i).Tag.Get("yaml")
		switch value := s.Field(i).Interface().(type) {
		case string:
			if value == "" && c.given(name) {
				fault(name, fmt.Errorf("%s is empty; give it a value, or leave it out", name))
			}
		case []string:
			for _, one := range value {
				if strings.Contains(one, ",") || strings.TrimSpace(one) == "" {
					fault(name, fmt.Errorf("%s has %q; each value stands alone in the list", name, one))
				}
			}
		}
	}
	for _, one := range []struct {
		name, given string
		values      []string
	}{
		{"tls", c.settings.TLS, []string{"on", "off"}},
		{"log-level", c.settings.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"log-format", c.settings.LogFormat, []string{"text", "json"}},
	} {
		choice(func(_, format string, args ...any) { fault(one.name, fmt.Errorf(format, args...)) }, one.name, one.name,
			one.given, one.values...)
	}
	if c.given("kobo-conflict-status") && c.settings.KoboConflictStatus == 0 {
		fault("kobo-conflict-status", errors.New("the Kobo conflict status is 0; it must be 400, 404, 409 or 502"))
	}
}

// checkFiles adds a fault for each file and folder that the settings name and that cannot be used.
func (c *Config) checkFiles(fault func(string, error)) {
	for name, path := range c.settings.paths() {
		if *path == "" {
			continue
		}
		info, err := os.Stat(*path)
		wanted := "file"
		switch name {
		case "data": // which is made
			info, err = os.Stat(filepath.Dir(*path))
			wanted = "folder"
		case "apis", "scenarios":
			wanted = "folder"
		}
		if err != nil || info.IsDir() != (wanted == "folder") {
			shown := *path
			if name == "data" {
				shown = filepath.Dir(*path)
			}
			fault(name, fmt.Errorf("%s names %s; there is no %s of that name", name, shown, wanted))
		}
	}
}

// duration returns a setting that is a duration.
func (c *Config) duration(name, text string, fault func(string, error)) time.Duration {
	length, err := time.ParseDuration(cmp.Or(text, "0"))
	if err != nil {
		fault(name, fmt.Errorf("%s is %q; it must be a duration such as 30s, 5m or 24h", name, text))
	}
	return length
}

// Lookup returns what the file has for the flag of that name of `sandkasse serve`, as it would be given to the flag:
// the values of a list separated by commas. given is false where the file does not set it.
func (c *Config) Lookup(name string) (text string, given bool) {
	s := reflect.ValueOf(c.settings)
	for i := range s.NumField() {
		if s.Type().Field(i).Tag.Get("yaml") != name || !c.given(name) {
			continue
		}
		if list, ok := s.Field(i).Interface().([]string); ok {
			return strings.Join(list, ","), true
		}
		return fmt.Sprint(s.Field(i).Interface()), true
	}
	return "", false
}

// ConfigNames returns the names of the settings that a config file can have.
func ConfigNames() (names []string) {
	for i := range reflect.TypeFor[configSettings]().NumField() {
		names = append(names, reflect.TypeFor[configSettings]().Field(i).Tag.Get("yaml"))
	}
	return names
}
