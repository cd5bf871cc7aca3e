package kobo

import (
	"fmt"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// operation reads what one operation of the API asks for: from its path parameters, and its body decoded.
type operation func(params map[string]string, document any) (Handling, error)

// operations are those that do something to a home, by the names that the family file uses for them, which are the page's operationIds with
// "kobo-" before them.
func operations() map[string]operation {
	return map[string]operation{
		"kobo-opprettBolig":  readSent(Opprett),
		"kobo-oppdaterBolig": readSent(Endre),
		"kobo-slettBolig":    readSlett,

		"kobo-reserverBolig":    readNothing(Reserver),
		"kobo-fjernReservasjon": readNothing(FjernReservasjon),
		"kobo-tildelBolig":      readTildeling(Tildel),
		"kobo-fjernTildeling":   readTildeling(FjernTildeling),

		"kobo-opprettLeieforhold":              readLeieforhold,
		"kobo-oppdaterEksisterendeLeieforhold": readEndretKontrakt,
		"kobo-avsluttLeieforhold":              readEnding,
		"kobo-registrerOppsigelseLeieforhold":  readNotice(SiOpp),
		"kobo-endreOppsigelseLeieforhold":      readNotice(EndreOppsigelse),
		"kobo-opphevOppsigelseLeieforhold":     readNothing(OpphevOppsigelse),
	}
}

// Read is what an operation asks for, by the name of its behaviour; ok is false for one that does nothing to a home. The document is the
// body decoded, which fits the operation's schema.
func Read(behaviour string, params map[string]string, document any) (h Handling, ok bool, err error) {
	op, ok := operations()[behaviour]
	if !ok {
		return Handling{}, false, nil
	}
	h, err = op(params, document)
	return h, true, err
}

// ByCaseWorker tells whether a behaviour is something that is also done inside Kobo: all that is done to a home that is there.
func ByCaseWorker(behaviour string) bool {
	_, ok := operations()[behaviour]
	return ok && behaviour != "kobo-opprettBolig"
}

// ReadSak is the household of a new case: the document fits the schema kobo/NySak.json. Cases have no API; they come from the case worker's
// side, or from a tenancy without one (K209).
func ReadSak(document any) (Husstand, error) {
	h, err := readHusstand(object(document)["husstand"])
	return *h, err
}

func at(act Act, params map[string]string) Handling {
	return Handling{Act: act, KoboID: params["koboBoligId"], Saksreferanse: params["saksreferanse"]}
}

func readNothing(act Act) operation {
	return func(params map[string]string, _ any) (Handling, error) { return at(act, params), nil }
}

func readSent(act Act) operation {
	return func(params map[string]string, document any) (Handling, error) {
		h := at(act, params)
		sent, err := readBolig(object(document))
		h.Bolig = &sent
		return h, err
	}
}

func readSlett(params map[string]string, document any) (Handling, error) {
	h := at(Slett, params)
	h.LeverandorBoligID, _ = object(document)["leverandorBoligId"].(string)
	return h, nil
}

func readTildeling(act Act) operation {
	return func(params map[string]string, document any) (Handling, error) {
		h := at(act, params)
		h.Saksreferanse, _ = object(document)["koboSaksreferanse"].(string)
		return h, nil
	}
}

// readLeieforhold: with a reference the household is not looked at; without, a new case is made of it (reference kobo 3.4).
func readLeieforhold(params map[string]string, document any) (h Handling, err error) {
	h, sent := at(LeiUt, params), object(document)
	if h.Kontrakt, err = readKontrakt(sent["leieforhold"], "/leieforhold"); err != nil {
		return h, err
	}
	if h.Saksreferanse, _ = sent["koboSaksreferanse"].(string); h.Saksreferanse == "" {
		h.Act = LeiUtNySak
		h.Husstand, err = readHusstand(sent["husstand"])
	}
	return h, err
}

func readEndretKontrakt(params map[string]string, document any) (h Handling, err error) {
	h = at(EndreLeieforhold, params)
	h.Kontrakt, err = readKontrakt(document, "")
	return h, err
}

func readNotice(act Act) operation {
	return func(params map[string]string, document any) (h Handling, err error) {
		h = at(act, params)
		h.Oppsigelse, err = readOppsigelse(document)
		return h, err
	}
}

func readEnding(params map[string]string, document any) (h Handling, err error) {
	h = at(Avslutt, params)
	h.Avslutning, err = readAvslutning(document)
	return h, err
}

func object(document any) map[string]any {
	members, _ := document.(map[string]any)
	return members
}

// Behaviours are the operations of the API, by the names that the family file uses. What they tell is what the table of transitions tells.
func (r Register) Behaviours() wire.Behaviours {
	all := wire.Behaviours{
		"kobo-hentBolig":       {Do: r.hent, Tells: []feil.Offence{feil.UnknownHome}, After: []string{"consumer", "kobo-system", "kobo-bolig-id"}},
		"kobo-registrerApiKey": {Do: r.registrer, After: []string{"kobo-system", "schema"}},
	}
	for name := range operations() {
		after := []string{"consumer", "kobo-system"}
		if name != "kobo-opprettBolig" {
			after = append(after, "kobo-bolig-id")
		}
		all[name] = wire.Part[wire.Behaviour]{Do: r.do(name), Tells: offences(name), After: after, Messages: r.Echo}
	}
	return all
}

// offences are those that the table has for an operation, and the one of a rent that is sent twice.
func offences(behaviour string) []feil.Offence {
	list := map[string][]feil.Offence{
		"kobo-opprettBolig":                    {feil.SchemaViolation, feil.OtherAddress},
		"kobo-oppdaterBolig":                   {feil.SchemaViolation, feil.UnknownHome},
		"kobo-slettBolig":                      {feil.UnknownHome},
		"kobo-reserverBolig":                   {feil.UnknownHome, feil.UnknownCase},
		"kobo-fjernReservasjon":                {feil.UnknownHome, feil.UnknownCase, feil.NoReservation},
		"kobo-tildelBolig":                     {feil.UnknownHome, feil.UnknownCase, feil.AssignedOtherwise},
		"kobo-fjernTildeling":                  {feil.UnknownHome, feil.NoAssignment},
		"kobo-opprettLeieforhold":              {feil.SchemaViolation, feil.UnknownHome, feil.UnknownCase, feil.TenancyExists, feil.HomeLinked, feil.AssignedOtherwise, feil.CaseReservesOthers},
		"kobo-oppdaterEksisterendeLeieforhold": {feil.SchemaViolation, feil.UnknownHome, feil.NoTenancy},
		"kobo-avsluttLeieforhold":              {feil.UnknownHome, feil.NoTenancy},
		"kobo-registrerOppsigelseLeieforhold":  {feil.UnknownHome, feil.NoTenancy, feil.NoticeExists},
		"kobo-endreOppsigelseLeieforhold":      {feil.UnknownHome, feil.NoTenancy, feil.NoNotice},
		"kobo-opphevOppsigelseLeieforhold":     {feil.UnknownHome, feil.NoTenancy, feil.NoNotice},
	}
	return list[behaviour]
}

func caller(q *wire.Request) Aktor { return Aktor{Kommune: q.Principal.Org, System: q.SystemID} }

// hent: "En bolig kan kun leses ut fra Kobo ved å bruke Kobos unike nøkkel for boligen" (kobo seed, Hente bolig).
func (r Register) hent(tx *store.Tx, q *wire.Request) (wire.Response, error) {
	b, found, err := Hent(tx, caller(q), q.Params["koboBoligId"])
	if err != nil {
		return wire.Response{}, err
	}
	if !found {
		return wire.Response{}, feil.New(feil.UnknownHome,
			fmt.Sprintf("there is no home of this id that municipality %q sent through the system %q, or it is deleted", q.Principal.Org, q.SystemID),
			feil.Detalj{Melding: "Boligen finnes ikke i Kobo for dette systemet."})
	}
	shown, err := b.Vis(tx, q.Now)
	return answer(200, shown), err
}

// do is the behaviour of an operation on a home: 201 when something was created, else 200; a deletion is 200 (K203, K244), but that of the
// home itself 204.
func (r Register) do(name string) wire.Behaviour {
	return func(tx *store.Tx, q *wire.Request) (wire.Response, error) {
		h, _, err := Read(name, q.Params, q.Document)
		if err != nil {
			return wire.Response{}, err
		}
		done, err := r.Utfor(tx, Moment{Now: q.Now, IDs: q.IDs, Webhook: q.Staged.Webhook}, caller(q), h)
		switch {
		case err != nil:
			return wire.Response{}, err
		case h.Act == Slett: // "true hvis boligen ble slettet" (kobo seed, Soft delete av bolig)
			header := map[string]string{"x-kobo-behandlet": fmt.Sprint(done.Endret)}
			remarks := append(done.Merknader, notTaken(h.Act, q.Document, KoboboligTO{})...)
			return wire.Response{Status: 204, Header: header, Remarks: remarks}, nil
		}
		status := 200
		if done.Ny {
			status = 201
		}
		shown, err := done.Bolig.Vis(tx, q.Now)
		if err != nil {
			return wire.Response{}, err
		}
		response := answer(status, shown)
		response.Remarks = append(done.Merknader, notTaken(h.Act, q.Document, shown)...)
		if len(q.Body) > 0 && q.Document == nil {
			response.Remarks = append(response.Remarks, "the body was passed over: the operation has none")
		}
		return response, nil
	}
}

// registrer: "Melding er mottatt Ok. API hemmelighet er oppdatert" (kobo seed, Registrere Webhook API key). The body's members are our own
// (K229).
func (r Register) registrer(tx *store.Tx, q *wire.Request) (wire.Response, error) {
	sent := object(q.Document)
	apiKey, _ := sent["apiKey"].(string)
	url, _ := sent["webhookUrl"].(string)
	if err := enterSystem(tx, Moment{Now: q.Now, IDs: q.IDs}, q.SystemID); err != nil {
		return wire.Response{}, err
	}
	if err := setReceiver(tx, q.SystemID, url, apiKey); err != nil {
		return wire.Response{}, err
	}
	unknown := 0
	for name := range sent {
		if name != "apiKey" && name != "webhookUrl" {
			unknown++
		}
	}
	remarks := unknownMembers(unknown)
	receiver, _, err := webhook.GetSystem(tx, q.SystemID)
	if receiver.URL == "" {
		remarks = append(remarks, "messages have nowhere to go yet: the registration has no webhookUrl, "+
			"and no PUT /_sandkasse/kobo/systems/ID gave a url (K229)")
	}
	return wire.Response{Status: 204, Remarks: remarks}, err
}

func answer(status int, shown KoboboligTO) wire.Response {
	return wire.Response{Status: status, ContentType: "application/json", Document: wire.Encode(shown)}
}
