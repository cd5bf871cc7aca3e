package kobo

import (
	"fmt"
	"maps"
	"slices"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// decoder turns a call of one operation of the API into a command.
type decoder struct {
	acts    []Act // that the operation can perform
	decode  func(params map[string]string, document any) (Command, error)
	fails   bool // decode can return a SchemaViolation
	summary string
}

// decoders returns the operations that change a home, by the names in the family file: the page's
// operationIds after "kobo-".
func decoders() map[string]decoder {
	return map[string]decoder{
		"kobo-opprettBolig":  {[]Act{Opprett}, decodeBolig(Opprett), true, "Register a home"},
		"kobo-oppdaterBolig": {[]Act{Endre}, decodeBolig(Endre), true, "Change a home"},
		"kobo-slettBolig":    {[]Act{Slett}, decodeSlett, false, "Delete a home"},

		"kobo-reserverBolig": {[]Act{Reserver}, decodeNothing(Reserver), false, "Reserve a home for a case"},
		"kobo-fjernReservasjon": {
			[]Act{FjernReservasjon},
			decodeNothing(FjernReservasjon),
			false,
			"Remove a reservation",
		},
		"kobo-tildelBolig": {[]Act{Tildel}, decodeTildeling(Tildel), false, "Assign a home to a case"},
		"kobo-fjernTildeling": {
			[]Act{FjernTildeling},
			decodeTildeling(FjernTildeling),
			false,
			"Remove an assignment",
		},

		"kobo-opprettLeieforhold": {
			[]Act{LeiUt, LeiUtNySak},
			decodeLeieforhold,
			true,
			"Register a tenancy",
		},
		"kobo-oppdaterEksisterendeLeieforhold": {
			[]Act{EndreLeieforhold},
			decodeKontraktChange,
			true,
			"Change a tenancy",
		},
		"kobo-avsluttLeieforhold":             {[]Act{Avslutt}, decodeAvslutning, false, "End a tenancy"},
		"kobo-registrerOppsigelseLeieforhold": {[]Act{SiOpp}, decodeOppsigelse(SiOpp), false, "Give notice"},
		"kobo-endreOppsigelseLeieforhold": {
			[]Act{EndreOppsigelse},
			decodeOppsigelse(EndreOppsigelse),
			false,
			"Change a notice",
		},
		"kobo-opphevOppsigelseLeieforhold": {
			[]Act{OpphevOppsigelse},
			decodeNothing(OpphevOppsigelse),
			false,
			"Lift a notice",
		},
	}
}

// Decode returns the command of an operation, by the name of its behaviour; ok is false if the
// operation changes no home. The document is the decoded body, which fits the operation's schema.
func Decode(behaviour string, params map[string]string, document any) (h Command, ok bool, err error) {
	d, ok := decoders()[behaviour]
	if !ok {
		return Command{}, false, nil
	}
	h, err = d.decode(params, document)
	return h, true, err
}

// ByCaseWorker reports whether a case worker can perform the operation: every change of an existing
// home.
func ByCaseWorker(behaviour string) bool {
	_, ok := decoders()[behaviour]
	return ok && behaviour != "kobo-opprettBolig"
}

// DecodeSak returns the household of a new case. The document fits the schema kobo/NySak.json.
// Cases have no operation in the API; they are made by the case worker, or by a tenancy without a
// case (K209).
func DecodeSak(document any) (Husstand, error) {
	h, err := readHusstand(object(document)["husstand"])
	return *h, err
}

func newCommand(act Act, params map[string]string) Command {
	return Command{Act: act, KoboID: params["koboBoligId"], Saksreferanse: params["saksreferanse"]}
}

func decodeNothing(act Act) func(map[string]string, any) (Command, error) {
	return func(params map[string]string, _ any) (Command, error) { return newCommand(act, params), nil }
}

func decodeBolig(act Act) func(map[string]string, any) (Command, error) {
	return func(params map[string]string, document any) (Command, error) {
		h := newCommand(act, params)
		sent, err := readBolig(object(document))
		h.Bolig = &sent
		return h, err
	}
}

func decodeSlett(params map[string]string, document any) (Command, error) {
	h := newCommand(Slett, params)
	h.LeverandorBoligID, _ = object(document)["leverandorBoligId"].(string)
	return h, nil
}

func decodeTildeling(act Act) func(map[string]string, any) (Command, error) {
	return func(params map[string]string, document any) (Command, error) {
		h := newCommand(act, params)
		h.Saksreferanse, _ = object(document)["koboSaksreferanse"].(string)
		return h, nil
	}
}

// decodeLeieforhold ignores the household if there is a reference; without one a new case is made
// from it (docs/sources/kobo.md, Tenancies).
func decodeLeieforhold(params map[string]string, document any) (h Command, err error) {
	h, sent := newCommand(LeiUt, params), object(document)
	if h.Kontrakt, err = readKontrakt(sent["leieforhold"], "/leieforhold"); err != nil {
		return h, err
	}
	if h.Saksreferanse, _ = sent["koboSaksreferanse"].(string); h.Saksreferanse == "" {
		h.Act = LeiUtNySak
		h.Husstand, err = readHusstand(sent["husstand"])
	}
	return h, err
}

func decodeKontraktChange(params map[string]string, document any) (h Command, err error) {
	h = newCommand(EndreLeieforhold, params)
	h.Kontrakt, err = readKontrakt(document, "")
	return h, err
}

func decodeOppsigelse(act Act) func(map[string]string, any) (Command, error) {
	return func(params map[string]string, document any) (h Command, err error) {
		h = newCommand(act, params)
		h.Oppsigelse, err = readOppsigelse(document)
		return h, err
	}
}

func decodeAvslutning(params map[string]string, document any) (h Command, err error) {
	h = newCommand(Avslutt, params)
	h.Avslutning, err = readAvslutning(document)
	return h, err
}

func object(document any) map[string]any {
	members, _ := document.(map[string]any)
	return members
}

// Behaviours returns the operations of the API, by the names in the family file. Their offences are
// those of the table of transitions.
func (r Register) Behaviours() wire.Behaviours {
	shown := home(200)
	shown.Example = exampleHome
	all := wire.Behaviours{
		"kobo-hentBolig": {
			Do: r.get, Offences: []feil.Offence{feil.UnknownHome},
			Requires: []string{"consumer", "kobo-system", "kobo-bolig-id"},
			Summary:  "Get a home", Answers: []wire.Answer{shown},
		},
		"kobo-registrerApiKey": {
			Do: r.registerKey, Requires: []string{"kobo-system", "schema"},
			Summary: "Register the API key of webhook messages, and perhaps their address",
			Answers: []wire.Answer{{Status: 204, Means: "The key is registered."}},
		},
	}
	for name, d := range decoders() {
		after := []string{"consumer", "kobo-system"}
		if name != "kobo-opprettBolig" {
			after = append(after, "kobo-bolig-id")
		}
		all[name] = wire.Part[wire.Behaviour]{
			Do: r.do(name), Offences: offencesOf(d), Requires: after,
			Messages: r.Echo, Summary: d.summary, Answers: answersOf(d),
		}
	}
	return all
}

// home returns the description of an answer that shows a home.
func home(status int) wire.Answer {
	return wire.Answer{
		Status: status, Means: "The home as it is now.", ContentTypes: []string{"application/json"},
		Schema: "kobo/KoboboligTO.json",
	}
}

// exampleHome returns the answer that shows a new home: one with the id in the path, where that has one.
func exampleHome(q *wire.Request) (wire.Response, error) {
	sent, err := readBolig(object(q.Document))
	if err != nil {
		return wire.Response{}, err
	}
	s := &operation{
		Env: Env{Now: q.Now, IDs: q.IDs}, Command: Command{Act: Opprett, Bolig: &sent}, actor: caller(q),
	}
	s.newHome()
	s.bolig.Endret = s.Now
	status := 201
	if id := q.Params["koboBoligId"]; id != "" {
		s.bolig.KoboID, status = id, 200
	}
	shown, err := s.bolig.Render(nil, q.Now) // no case is looked up for a home that is linked to none
	return answer(status, shown), err
}

// answersOf returns the answers of an operation that are no errors.
func answersOf(d decoder) []wire.Answer {
	switch d.acts[0] {
	case Slett:
		return []wire.Answer{{
			Status: 204, Means: "The home is deleted, or was deleted before.",
			Header: map[string]string{"x-kobo-behandlet": "true if the home was deleted by this call"},
		}}
	case Opprett: // of a home that is known, the same as a change (K203)
		created := home(201)
		created.Example = exampleHome
		return []wire.Answer{created, home(200)}
	case FjernReservasjon, FjernTildeling, Avslutt, OpphevOppsigelse: // K244
		return []wire.Answer{home(200)}
	}
	changed, created := home(200), home(201) // K203
	switch d.acts[0] {
	case Endre, EndreLeieforhold, EndreOppsigelse:
		created.Never = true
	case LeiUt, SiOpp:
		changed.Never = true
	}
	return []wire.Answer{changed, created}
}

// offencesOf returns the offences that an operation can answer: those of its rows in the table of
// transitions.
func offencesOf(d decoder) (list []feil.Offence) {
	if d.fails {
		list = append(list, feil.SchemaViolation)
	}
	for _, act := range d.acts {
		row := transitionFor(act)
		for _, at := range row.in {
			list = append(list, at.offence)
		}
		for _, condition := range slices.Concat(row.named, row.needs) {
			list = append(list, condition.offence)
		}
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(o feil.Offence) bool { return o == "" })
}

func caller(q *wire.Request) Actor { return Actor{Kommune: q.Principal.Org, System: q.SystemID} }

// get: "En bolig kan kun leses ut fra Kobo ved å bruke Kobos unike nøkkel for boligen" (Kobo page,
// Hente bolig).
func (r Register) get(tx *store.Tx, q *wire.Request) (wire.Response, error) {
	b, found, err := Get(tx, caller(q), q.Params["koboBoligId"])
	if err != nil {
		return wire.Response{}, err
	}
	if !found {
		return wire.Response{}, feil.New(
			feil.UnknownHome,
			fmt.Sprintf(
				"there is no home of this id that municipality %q sent through the system %q, or it is deleted",
				q.Principal.Org,
				q.SystemID,
			),
			feil.Detalj{Melding: "Boligen finnes ikke i Kobo for dette systemet."},
		)
	}
	q.Home = &wire.Home{ID: b.KoboID, Before: b.Endringer, After: b.Endringer}
	shown, err := b.Render(tx, q.Now)
	return answer(200, shown), err
}

// do returns the behaviour of an operation on a home: 201 when something was created, else 200; a
// deletion is 200 (K203, K244), but that of the home itself 204.
func (r Register) do(name string) wire.Behaviour {
	return func(tx *store.Tx, q *wire.Request) (wire.Response, error) {
		h, _, err := Decode(name, q.Params, q.Document)
		if err != nil {
			return wire.Response{}, err
		}
		done, err := r.Execute(tx, Env{Now: q.Now, IDs: q.IDs, Webhook: q.Staged.Webhook}, caller(q), h)
		q.Home = homeOf(q.Document, done)
		switch {
		case err != nil:
			return wire.Response{}, err
		case h.Act == Slett: // "true hvis boligen ble slettet" (Kobo page, Soft delete av bolig)
			header := map[string]string{"x-kobo-behandlet": fmt.Sprint(done.Changed)}
			remarks := append(done.Remarks, notTaken(q, h.Act, KoboboligTO{})...)
			return wire.Response{Status: 204, Header: header, Remarks: remarks}, nil
		}
		status := 200
		if done.Created {
			status = 201
		}
		shown, err := done.Bolig.Render(tx, q.Now)
		if err != nil {
			return wire.Response{}, err
		}
		response := answer(status, shown)
		response.Remarks = append(done.Remarks, notTaken(q, h.Act, shown)...)
		if len(q.Body) > 0 && q.Document == nil {
			response.Remarks = append(response.Remarks, "the body was passed over: the operation has none")
		}
		return response, nil
	}
}

// registerKey: "Melding er mottatt Ok. API hemmelighet er oppdatert" (Kobo page, Registrere Webhook
// API key). The body's members are our own (K229).
func (r Register) registerKey(tx *store.Tx, q *wire.Request) (wire.Response, error) {
	sent := object(q.Document)
	apiKey, _ := sent["apiKey"].(string)
	url, _ := sent["webhookUrl"].(string)
	if err := enterSystem(tx, Env{Now: q.Now, IDs: q.IDs}, q.SystemID); err != nil {
		return wire.Response{}, err
	}
	if err := setReceiver(tx, q.SystemID, url, apiKey); err != nil {
		return wire.Response{}, err
	}
	q.Unknown = nil // of a first try
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if name != "apiKey" && name != "webhookUrl" {
			q.Unknown = append(q.Unknown, jsonptr.Pointer{name}.String())
		}
	}
	remarks := unknownMembers(len(q.Unknown))
	receiver, _, err := webhook.GetSystem(tx, q.SystemID)
	if receiver.URL == "" {
		remarks = append(remarks, "messages have nowhere to go yet: the registration has no webhookUrl, "+
			"and no PUT /_sandkasse/kobo/systems/ID gave a url (K229)")
	}
	return wire.Response{Status: 204, Remarks: remarks}, err
}

func answer(status int, shown KoboboligTO) wire.Response {
	return wire.Response{Status: status, ContentType: "application/json", Document: plainjson.MustMarshal(shown)}
}
