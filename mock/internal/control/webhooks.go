package control

import (
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
)

// webhookLimit bounds the body of a system, in bytes.
const webhookLimit = 4 << 10

// handleWebhooks registers the operations on Kobo's webhook messages and their receivers.
func (c *Control) handleWebhooks() {
	c.handle("GET kobo/events", (*request).events)
	c.handle("POST kobo/events/{id}/redeliver", (*request).redeliver)
	c.handle("GET kobo/systems", (*request).listSystems)
	c.handle("GET kobo/systems/{id}", (*request).system)
	c.handle("PUT kobo/systems/{id}", (*request).setSystem)
}

// events lists the outbox of the session, oldest event first, narrowed by system, key and state.
func (c *request) events(r *http.Request) (any, error) {
	values, err := filters(r, "system", "key", "state", "limit")
	if err != nil {
		return nil, err
	}
	query := webhook.Query{
		System: values.Get("system"), Key: values.Get("key"), State: webhook.State(values.Get("state")),
	}
	if query.State != "" && !slices.Contains(webhook.States(), query.State) {
		return nil, badRequest("state is %q; it must be one of %s", query.State, joined(webhook.States()))
	}
	limit, err := wholeNumber(values, "limit", 1, maxListed)
	if err != nil {
		return nil, err
	}
	query.Limit = int(limit)
	var list []webhook.Record
	err = c.view(func(tx *store.Tx) (err error) {
		list, err = webhook.List(tx, query)
		return err
	})
	return map[string][]webhook.Record{"events": list}, err
}

// joined lists the values of an enumeration, separated by commas.
func joined[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, ", ")
}

// redeliver sends the event whose ID stands in the path again.
func (c *request) redeliver(r *http.Request) (any, error) {
	id := r.PathValue("id")
	var record webhook.Record
	found := false
	err := c.update(func(tx *store.Tx) (err error) {
		record, found, err = webhook.Redeliver(tx, id)
		return err
	})
	if err == nil && !found {
		return nil, &apiError{http.StatusNotFound, "there is no event " + id + "; GET " +
			c.prefix() + "kobo/events lists those there are"}
	}
	return record, err
}

// systemView describes a system that Kobo knows, or that is so far only a receiver of messages.
type systemView struct {
	kobo.System
	Webhook *webhook.System `json:"webhook"` // where its messages are sent; null while that is not known
}

// listSystems lists the systems that Kobo knows and the receivers of messages.
func (c *request) listSystems(*http.Request) (any, error) {
	list := []systemView{}
	err := c.view(func(tx *store.Tx) error {
		known, err := c.Kobo.KnownSystems(tx)
		if err != nil {
			return err
		}
		receivers, err := webhook.Systems(tx)
		for _, system := range known {
			list = append(list, systemView{System: system})
		}
		for _, receiver := range receivers {
			i := slices.IndexFunc(list, func(v systemView) bool { return v.ID == receiver.ID })
			if i < 0 {
				i = len(list)
				list = append(list, systemView{System: kobo.System{ID: receiver.ID}})
			}
			list[i].Webhook = &receiver
		}
		return err
	})
	return map[string][]systemView{"systems": list}, err
}

// system shows where messages to the system whose ID stands in the path are sent.
func (c *request) system(r *http.Request) (any, error) {
	id := r.PathValue("id")
	var system webhook.System
	found := false
	err := c.view(func(tx *store.Tx) (err error) {
		system, found, err = webhook.GetSystem(tx, id)
		return err
	})
	if err == nil && !found {
		return nil, &apiError{http.StatusNotFound, "there is no system " + id + "; PUT makes it"}
	}
	return system, err
}

// setSystem stores where messages to a system are sent. A body without an apiKey, or with the mask
// for one, keeps the key.
func (c *request) setSystem(r *http.Request) (any, error) {
	var body struct {
		ID     string `json:"id"`
		URL    string `json:"url"`
		Header string `json:"header"`
		APIKey string `json:"apiKey"`
	}
	if err := decode(r, webhookLimit, &body); err != nil {
		return nil, badRequest(`the body is not a system (%v): it must be such as {"url": `+
			`"http://127.0.0.1:9000/webhook", "header": "x-api-key"}, with apiKey or without`, err)
	}
	id := r.PathValue("id")
	if body.ID != "" && body.ID != id {
		return nil, badRequest("the body is of the system %s and the address of %s; they must be the same", body.ID, id)
	}
	system := webhook.System{ID: id, URL: body.URL, Header: body.Header, APIKey: webhook.NewAPIKey(body.APIKey)}
	keep := body.APIKey == "" || body.APIKey == webhook.Mask
	if keep {
		system.APIKey = webhook.APIKey{}
	}
	if err := system.Check(); err != nil {
		return nil, badRequest("%v", err)
	}
	err := c.update(func(tx *store.Tx) error {
		if keep {
			has, _, err := webhook.GetSystem(tx, id)
			if err != nil {
				return err
			}
			system.APIKey = has.APIKey
		}
		if err := webhook.SetSystem(tx, system); err != nil {
			return err
		}
		stored, _, err := webhook.GetSystem(tx, id)
		system = stored
		return err
	})
	return system, err
}
