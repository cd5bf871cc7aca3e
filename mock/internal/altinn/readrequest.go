package altinn

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// page is a page of a list. next is the address of the next one.
type page struct {
	Links struct {
		Next string `json:"next,omitempty"`
	} `json:"links"`
	Data []any `json:"data"`
}

// read returns the operation that answers a request by its id.
func (a Altinn) read(kinds ...Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		id, err := readID("requestId", r.Params["requestId"])
		if err != nil {
			return wire.Response{}, err
		}
		q, err := ownRequest(tx, r, id, kinds...)
		if err != nil {
			return wire.Response{}, err
		}
		return jsonAnswer(200, q.view(r)), nil
	}
}

// ownRequest returns a request of the kinds, which must be the caller's own.
func ownRequest(tx *store.Tx, r *wire.Request, id string, kinds ...Kind) (Request, error) {
	q, found, err := requests.Get(tx, id)
	switch {
	case err != nil:
		return Request{}, err
	case !found || q.Deleted:
		return Request{}, refuse("AUTH-00010", "there is no request of this id, or it was deleted; keep the id that "+
			"POST answered")
	case !slices.Contains(kinds, q.Kind):
		return Request{}, refuse("AUTH-00010", "the request is one of the kind %s; GET %s/%s reads it", q.Kind,
			requestPath(q.Kind), id)
	case q.Vendor != r.Principal.Consumer:
		return Request{}, refuse("AUTH-00011", "the request is of %s, the token of %s", q.Vendor, r.Principal.Consumer)
	}
	return q, nil
}

// readByRef returns the operation that answers a request by the vendor's references.
func (a Altinn) readByRef(kind Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		q, found, err := findByKey(tx, kind, r.Params["systemId"], r.Params["orgNo"], r.Params["externalRef"])
		switch {
		case err != nil:
			return wire.Response{}, err
		case !found:
			return wire.Response{}, refuse("AUTH-00010", "no request of the kind %s has these references; without an "+
				"externalRef of its own it has the customer's number", kind)
		case q.Vendor != r.Principal.Consumer:
			return wire.Response{}, refuse("AUTH-00011", "the request is of %s, the token of %s", q.Vendor,
				r.Principal.Consumer)
		}
		return jsonAnswer(200, q.view(r)), nil
	}
}

// pageSize is the number of entries on a page of a list.
const pageSize = 50

// listBySystem returns the operation that lists the requests for a system.
func (a Altinn) listBySystem(kind Kind, path string) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		system, err := ownSystem(tx, r)
		if err != nil {
			return wire.Response{}, err
		}
		return paged(tx, r, bySystem, key(string(kind), system.ID)+"/", path, func(id string) (any, error) {
			q, _, err := requests.Get(tx, id)
			if q.Deleted {
				return nil, err
			}
			return q.view(r), err
		})
	}
}

// ownSystem returns the system in the path, which must be the caller's own.
func ownSystem(tx *store.Tx, r *wire.Request) (System, error) {
	system, found, err := systems.Get(tx, r.Params["systemId"])
	switch {
	case err != nil:
		return System{}, err
	case !found:
		return System{}, refuse("AUTH-00011", "no system has the id %q", r.Params["systemId"])
	case system.Vendor != r.Principal.Consumer:
		return System{}, refuse("AUTH-00011", "the system is of %s, the token of %s", system.Vendor,
			r.Principal.Consumer)
	}
	return system, nil
}

// paged answers a page of a list, in the order of the ids; the token in the address of the next page
// is the last id (K747). show returns nil for what is not listed.
func paged(
	tx *store.Tx, r *wire.Request, index store.Collection[string], prefix, path string, show func(id string) (any,
		error),
) (wire.Response, error) {
	last := ""
	if given := r.Query.Get("token"); given != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(given)
		if err != nil {
			return wire.Response{}, refuseMembers(map[string][]string{"token": {"The value is not valid."}},
				"token is not one of a next page")
		}
		last = string(decoded)
	}
	answer, next := page{Data: []any{}}, ""
	shownLast := ""
	for entry, err := range index.From(tx, prefix+last) {
		if err != nil {
			return wire.Response{}, err
		}
		id, within := strings.CutPrefix(entry.Key, prefix)
		if !within {
			break
		}
		if id == last {
			continue
		}
		one, err := show(id)
		if err != nil {
			return wire.Response{}, err
		}
		if one == nil {
			continue
		}
		if len(answer.Data) == pageSize {
			next = base64.RawURLEncoding.EncodeToString([]byte(shownLast))
			answer.Links.Next = fmt.Sprintf("%s%s%s?token=%s", r.Base, path, url.PathEscape(r.Params["systemId"]), next)
			break
		}
		answer.Data, shownLast = append(answer.Data, one), id
	}
	result := jsonAnswer(200, answer)
	result.NextPage = next
	return result, nil
}

// withdraw returns the operation that deletes a request. A system user that was made of it stays.
func (a Altinn) withdraw(kinds ...Kind) wire.Behaviour {
	return func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		id, err := readID("requestId", r.Params["requestId"])
		if err != nil {
			return wire.Response{}, err
		}
		q, found, err := requests.Get(tx, id)
		if err != nil {
			return wire.Response{}, err
		}
		switch {
		case !found || q.Deleted || !slices.Contains(kinds, q.Kind):
			return wire.Response{}, refuse("AUTH-00010", "there is no request of this id here, or it was deleted")
		case q.Vendor != r.Principal.Consumer:
			return wire.Response{}, refuse("AUTH-00010", "the request is of %s, the token of %s (K742)", q.Vendor,
				r.Principal.Consumer)
		}
		if q.waits(r.Now) {
			if err := q.dropUser(tx); err != nil {
				return wire.Response{}, err
			}
		}
		if err := q.delete(tx); err != nil {
			return wire.Response{}, err
		}
		return wire.Response{Status: 202, Document: []byte{}}, settle(tx, q.System, q.Customer, q.ExternalRef, r.Now)
	}
}
