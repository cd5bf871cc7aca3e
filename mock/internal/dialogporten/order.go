package dialogporten

import (
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/strictjson"
)

// The keys that a search can be ordered by, in the spelling of orderBy in an answer. The id always
// comes last, so that the order is total.
const (
	byCreatedAt        = "createdat"
	byUpdatedAt        = "updatedat"
	byContentUpdatedAt = "contentupdatedat"
	byDueAt            = "dueat"
	byID               = "id"
)

// sortKey holds the values that dialogs are ordered by, with the resolution of the answers.
type sortKey struct {
	created, updated, contentUpdated, due time.Time // zero for none
	id                                    string
}

// at returns the time for a key, or nil if the key is not a time.
func (p *sortKey) at(key string) *time.Time {
	switch key {
	case byCreatedAt:
		return &p.created
	case byUpdatedAt:
		return &p.updated
	case byContentUpdatedAt:
		return &p.contentUpdated
	case byDueAt:
		return &p.due
	}
	return nil
}

// ordering lists the keys that dialogs are ordered by, the most significant first.
type ordering []orderKey

type orderKey struct {
	name       string
	descending bool
}

// newestFirst returns the default ordering (docs/sources/dialogporten.md, Search).
func newestFirst() ordering { return ordering{{byContentUpdatedAt, true}, {byID, true}} }

// parseOrdering parses orderBy: names separated by commas, in any letter case, each at most once,
// with _asc or _desc (the default). Keys that are left out: K085.
func parseOrdering(text string) (ordering, bool) {
	var o ordering
	last := orderKey{byID, true}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		name, direction, directed := strings.Cut(strings.TrimSpace(part), "_")
		if directed && direction != "asc" && direction != "desc" || seen[name] {
			return nil, false
		}
		seen[name] = true
		key := orderKey{name, direction != "asc"}
		switch {
		case name == byID:
			last = key
		case (&sortKey{}).at(name) != nil:
			o = append(o, key)
		default:
			return nil, false
		}
	}
	if len(o) == 0 {
		o = newestFirst()[:1]
	}
	return append(o, last), true
}

// String returns the ordering as it stands in an answer.
func (o ordering) String() string {
	var parts []string
	for _, key := range o {
		direction := "_asc"
		if key.descending {
			direction = "_desc"
		}
		parts = append(parts, key.name+direction)
	}
	return strings.Join(parts, ",")
}

// compare returns a negative number when a comes before b.
func (o ordering) compare(a, b *sortKey) int {
	for _, key := range o {
		c := strings.Compare(a.id, b.id)
		if key.name != byID {
			c = a.at(key.name).Compare(*b.at(key.name))
		}
		if key.descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// token returns the continuation token of a position. It holds the position itself, encoded as
// Dialogporten does, so dialogs that are added before it do not matter (K085).
func (o ordering) token(p *sortKey) string {
	var parts []string
	for _, key := range o {
		value := p.id
		if key.name != byID {
			value = ""
			if at := *p.at(key.name); !at.IsZero() {
				value = timestamp(at).String()
			}
		}
		parts = append(parts, key.name+"_"+value)
	}
	return strings.Join(parts, ",")
}

// parseToken parses a continuation token. names lists the keys that it holds.
func parseToken(text string) (p sortKey, names []string, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "_")
		name = strings.ToLower(name)
		if slices.Contains(names, name) {
			return sortKey{}, nil, false
		}
		names = append(names, name)
		at := p.at(name)
		switch {
		case name == byID:
			id, ok := parseGUID(value)
			if !ok {
				return sortKey{}, nil, false
			}
			p.id = id.String()
		case at == nil:
			return sortKey{}, nil, false
		case value != "":
			parsed, err := strictjson.Time(name, value)
			if err != nil {
				return sortKey{}, nil, false
			}
			*at = stamp(parsed)
		}
	}
	return p, names, true
}

// missingKeys returns the keys of the ordering that are not among the names of a token.
func (o ordering) missingKeys(names []string) (lacking []string) {
	for _, key := range o {
		if !slices.Contains(names, key.name) {
			lacking = append(lacking, key.name)
		}
	}
	return lacking
}
