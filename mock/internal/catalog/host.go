package catalog

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/yamlfile"
)

// Environment says which hosts belong together: a link from one API to another stays in the
// environment of the call.
type Environment string

// The environments of hosts.
const (
	Production Environment = "production"
	Test       Environment = "test"
	Mapped     Environment = "mapped" // hosts that the user maps to APIs: see WithHosts
)

// Host is a host of the real API. Below Path everything belongs to the API, without its Label.
type Host struct {
	Name        string // in lower case, without port
	Path        string // the first segment with a slash before it, such as /dialogporten; empty for the whole host
	Environment Environment
	// Skyporten says that Maskinporten's host is one of Skyporten: its issuer has no slash at its
	// end, and there is an OpenID configuration.
	Skyporten bool

	place string // in the file that names it
}

// Base returns the address of the API at the host's default port, without a slash at its end.
func (h Host) Base() string { return "https://" + h.Name + h.Path }

// HasHost reports whether a name is that of a real host. The name is in lower case, without port
// and trailing full stop.
func (c *Catalog) HasHost(name string) bool {
	for _, api := range c.APIs { // in each call, so without functions that would have to be made for it
		for i := range api.Hosts {
			if api.Hosts[i].Name == name {
				return true
			}
		}
	}
	return false
}

// HostNames returns the names of all real hosts, sorted.
func (c *Catalog) HostNames() []string {
	var names []string
	for _, api := range c.APIs {
		for _, host := range api.Hosts {
			names = append(names, host.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// HostIn returns the first host of the API in an environment, or nil.
func (a *API) HostIn(environment Environment) *Host {
	i := slices.IndexFunc(a.Hosts, func(h Host) bool { return h.Environment == environment })
	if i < 0 {
		return nil
	}
	return &a.Hosts[i]
}

// WithHosts returns a copy of the catalogue in which the APIs have further hosts, of the
// environment Mapped: the keys are names as SplitHost of package address returns them, the values
// names of APIs. The error has a line for each name and API that cannot be; the copy lacks those.
func (c *Catalog) WithHosts(apiOf map[string]string) (*Catalog, error) {
	changed := &Catalog{}
	for _, api := range c.APIs {
		other := *api
		other.Hosts = slices.Clone(api.Hosts)
		changed.APIs = append(changed.APIs, &other)
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(apiOf)) {
		api := changed.ByName(apiOf[name])
		if api == nil {
			meant := ""
			if nearest, ok := suggest.Nearest(apiOf[name], c.Names()); ok {
				meant = "did you mean " + nearest + "? "
			}
			faults = append(faults, fmt.Errorf("the host %s is mapped to %q, which is no API; %sthere are %s", name,
				apiOf[name], meant, strings.Join(c.Names(), ", ")))
			continue
		}
		if c.HasHost(name) {
			faults = append(faults, fmt.Errorf(
				"the host %s is that of an imitated API already; it cannot be mapped to %s", name, api.Name))
			continue
		}
		api.Hosts = append(api.Hosts, Host{Name: name, Environment: Mapped})
	}
	return changed, errors.Join(faults...)
}

var (
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	hostPath = regexp.MustCompile(`^/[A-Za-z0-9-]+$`)
)

// ownLabel begins the name of a host in a family's file, in place of the label of each API.
const ownLabel = "LABEL."

// hosts returns the hosts of an API: those of its file, then those of its family's. Faults in the
// former are added to src, and in the latter by checkHosts.
func hosts(src *yamlfile.File, family familyFile, own apiFile) (list []Host) {
	for _, from := range []struct {
		member      string
		texts       []string
		environment Environment
	}{
		{"hosts", own.Hosts, Production},
		{"testHosts", own.TestHosts, Test},
		{"", family.Hosts, Production},
		{"", family.TestHosts, Test},
	} {
		for i, text := range from.texts {
			host := newHost(text, own, from.environment)
			if host.place = labelPlace; from.member != "" {
				host.place = fmt.Sprintf("$.%s[%d]", from.member, i)
			}
			list = append(list, host)
		}
	}
	checkHosts(src, "hosts", own.Hosts)
	checkHosts(src, "testHosts", own.TestHosts)
	for i, name := range own.Skyporten {
		if !slices.ContainsFunc(list, func(h Host) bool { return h.Name == name }) {
			src.Fault(fmt.Sprintf("$.skyporten[%d]", i), "%q is none of the hosts and testHosts", name)
		}
	}
	return list
}

// newHost returns the host that a text such as platform.altinn.no/dialogporten names.
func newHost(text string, own apiFile, environment Environment) Host {
	name, _, found := strings.Cut(text, "/")
	path := ""
	if found {
		path = text[len(name):]
	}
	if rest, ok := strings.CutPrefix(name, ownLabel); ok {
		name = own.Label + "." + rest
	}
	return Host{Name: name, Path: path, Environment: environment, Skyporten: slices.Contains(own.Skyporten, name)}
}

// labelPlace is the place of a host that an API has by its label and its family's file.
const labelPlace = "$.label"

// checkHosts adds a fault for each text of a list that names no host.
func checkHosts(src *yamlfile.File, member string, texts []string) {
	for i, text := range texts {
		name, _, found := strings.Cut(text, "/")
		if !hostName.MatchString(strings.TrimPrefix(name, ownLabel)) ||
			found && !hostPath.MatchString(text[len(name):]) {
			src.Fault(fmt.Sprintf("$.%s[%d]", member, i),
				"%q is not a host's name; it must be lower-case labels with full stops between them, such as "+
					"api.example.no, or with the first segment of its paths, such as api.example.no/name", text)
		}
	}
}

// uniqueHosts adds a fault for each host that is named twice; two APIs may share one only where
// each has a first segment of its own.
func (l *loader) uniqueHosts() {
	type named struct {
		Host
		file string
	}
	var all []named
	for _, api := range l.apis {
		for _, host := range api.Hosts {
			src := *l.fileOf[api]
			i := slices.IndexFunc(all, func(other named) bool {
				sameLabel := other.place == labelPlace && host.place == labelPlace // which unique has told
				return other.Name == host.Name && !sameLabel &&
					(other.Path == "" || host.Path == "" || strings.EqualFold(other.Path, host.Path))
			})
			if i >= 0 {
				src.Faults = nil
				src.Fault(host.place, "the host %q is taken by %s", host.Name+host.Path, all[i].file)
				l.faults = append(l.faults, src.Faults...)
			}
			all = append(all, named{host, src.Name})
		}
	}
}
