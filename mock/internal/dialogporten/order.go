package dialogporten

import (
	"slices"
	"strings"
	"time"
)

// What a search can be ordered by, in the spelling of orderBy in an answer. The id comes last whatever was asked for, so that no two dialogs
// are in the same place.
const (
	byCreatedAt        = "createdat"
	byUpdatedAt        = "updatedat"
	byContentUpdatedAt = "contentupdatedat"
	byDueAt            = "dueat"
	byID               = "id"
)

// place is where a dialog stands in any ordering. Its instants are cut to the resolution of the answers.
type place struct {
	created, updated, contentUpdated, due time.Time // zero for none
	id                                    string
}

// at is the instant that an ordering looks at, or nil.
func (p *place) at(key string) *time.Time {
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

// ordering is by what the found dialogs are ordered, the first key first.
type ordering []orderKey

type orderKey struct {
	name       string
	descending bool
}

// newestFirst is the ordering of who asks for none (reference maskinporten-dialogporten 3.2).
func newestFirst() ordering { return ordering{{byContentUpdatedAt, true}, {byID, true}} }

// parseOrdering reads what orderBy may be: names with or without _asc or _desc (which is also meant by neither), separated by commas, in
// any case, none of them twice. What is left out: K085.
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
		case (&place{}).at(name) != nil:
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

// String is the ordering as an answer tells it.
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

// compare is negative when a comes before b.
func (o ordering) compare(a, b *place) int {
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

// token leads to what comes behind a place, whatever is added before it: it holds the place itself, written as Dialogporten does (K085).
func (o ordering) token(p *place) string {
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

// parseToken reads a continuation token; names is what it holds of a place.
func parseToken(text string) (p place, names []string, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "_")
		name = strings.ToLower(name)
		if slices.Contains(names, name) {
			return place{}, nil, false
		}
		names = append(names, name)
		at := p.at(name)
		switch {
		case name == byID:
			id, ok := parseGUID(value)
			if !ok {
				return place{}, nil, false
			}
			p.id = id.String()
		case at == nil:
			return place{}, nil, false
		case value != "":
			parsed, err := time.Parse(time.RFC3339Nano, value)
			if err != nil {
				return place{}, nil, false
			}
			*at = stamp(parsed)
		}
	}
	return p, names, true
}

// missing is what a token holding those names lacks to lead through this ordering.
func (o ordering) missing(names []string) (lacking []string) {
	for _, key := range o {
		if !slices.Contains(names, key.name) {
			lacking = append(lacking, key.name)
		}
	}
	return lacking
}
