package gateway

import (
	"slices"
	"strings"
)

// aspNetPath is a template with its segments.
type aspNetPath struct {
	template string
	segments []string
}

// aspNetPaths returns templates in the order in which ASP.NET's routing prefers them: from the
// left, a word before a parameter.
func aspNetPaths(templates []string) []aspNetPath {
	paths := make([]aspNetPath, 0, len(templates))
	for _, template := range templates {
		paths = append(paths, aspNetPath{template, strings.Split(strings.Trim(template, "/"), "/")})
	}
	slices.SortFunc(paths, func(a, b aspNetPath) int {
		return slices.CompareFunc(a.segments, b.segments, func(x, y string) int {
			return strings.Compare(strings.Replace(x, "{", "~", 1), strings.Replace(y, "{", "~", 1))
		})
	})
	return paths
}

// matchAspNet returns every template that a path fits, the preferred one first. As in ASP.NET, the
// letter case of words makes no difference, nor does one slash at the end; a parameter is never
// empty, so neither two slashes in a row nor two at the end fit anything.
func matchAspNet(paths []aspNetPath, path string) (matches []pathMatch) {
	given := strings.Split(strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"), "/")
	for _, p := range paths {
		if params, ok := p.match(given); ok {
			matches = append(matches, pathMatch{p.template, params})
		}
	}
	return matches
}

// match compares the segments of a path with the template's, and returns the parameters in their
// letter case.
func (p aspNetPath) match(given []string) (params map[string]string, ok bool) {
	if len(given) != len(p.segments) {
		return nil, false
	}
	for i, segment := range p.segments {
		name, isParam := strings.CutPrefix(segment, "{")
		switch {
		case !isParam && (len(segment) != len(given[i]) || !strings.EqualFold(segment, given[i])), given[i] == "":
			return nil, false
		case isParam:
			if params == nil {
				params = map[string]string{}
			}
			params[strings.TrimSuffix(name, "}")] = given[i]
		}
	}
	return params, true
}
