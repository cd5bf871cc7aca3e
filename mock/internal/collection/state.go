package collection

import (
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
)

// municipality is the owner of the homes, as in the documents (K447).
const municipality = "313367002"

// Bodies of the requests to Kobo. Nobody in them exists.
const (
	bolig = `{
  "leverandorBoligId": "FDV-{{$guid}}",
  "adresse": {"gatenavn": "Prøvegata", "husnummer": 12, "husbokstav": "B", "postnummer": "0155", "poststed": "OSLO"},
  "boligtype": "ORDINAR_BOLIG",
  "status": "KLAR_FOR_INNFLYTTING",
  "antallSoverom": 2,
  "bruksareal": 55.5,
  "bruksenhetsnummer": "H0201",
  "eier": {"boligeiersNavn": "Prøve kommune", "boligeiersOrganisasjonsnummer": "313367002"},
  "leiekostnad": {"manedsleie": 9500}
}`
	nySak = `{
  "husstand": {
    "antallBarn": 1,
    "beboere": [
      {
        "fornavn": "Prøve", "etternavn": "Person", "personidentifikator": "01810112345",
        "adresse": {"gatenavn": "Prøvegata", "husnummer": 3, "postnummer": "0155"}
      }
    ]
  }
}`
	tildeling    = `{"koboSaksreferanse": "{{koboSaksreferanse}}"}`
	leiekontrakt = `{
  "kontraktStartdato": "2026-04-01", "kontraktUtlopsdato": "2029-03-31", "erTidsubegrenset": false,
  "manedsleie": 9500, "depositum": 28500
}`
	oppsigelse = `{
  "oppsagtAktor": "LEIETAKER", "oppsigelsestid": "ANNET", "annenOppsigelsestid": "14 dager",
  "oppsigelseMottattDato": "2026-05-01", "oppsagtFraDato": "2026-05-02", "planlagtUtflyttingsdato": "2026-05-16"
}`
	avslutning = `{
  "utflyttetdato": "2026-05-16", "boligstatus": "VEDLIKEHOLD", "avslutningsgrunn": "FUNNET_BOLIG_PA_EGENHAND"
}`
)

// homes returns the requests to Kobo: a home from its registration to its end.
func homes(api *catalog.API) []request {
	unchanged := strings.Replace(bolig, `"antallSoverom": 2`, `"antallSoverom": 3`, 1)
	unchanged = strings.Replace(unchanged, "FDV-{{$guid}}", "{{koboLeverandorBoligId}}", 1)
	type step struct {
		route  string
		body   string
		status int
	}
	steps := []step{
		{route: "opprettBolig", body: bolig, status: 201},
		{route: "hentBolig", status: 200},
		{route: "oppdaterBolig", body: unchanged, status: 200},
		{route: "reserverBolig", status: 201},
		{route: "fjernReservasjon", status: 200},
		{route: "tildelBolig", body: tildeling, status: 201},
		{route: "fjernTildeling", body: tildeling, status: 200},
		{
			route: "opprettLeieforhold", status: 201,
			body: "{\"koboSaksreferanse\": \"{{koboSaksreferanse}}\", \"leieforhold\": " + leiekontrakt + "}",
		},
		{route: "oppdaterEksisterendeLeieforhold", body: leiekontrakt, status: 200},
		{route: "registrerOppsigelseLeieforhold", body: oppsigelse, status: 201},
		{route: "endreOppsigelseLeieforhold", body: oppsigelse, status: 200},
		{route: "opphevOppsigelseLeieforhold", status: 200},
		{route: "avsluttLeieforhold", body: avslutning, status: 200},
		{route: "registrerApiKey", body: `{"apiKey": "prove"}`, status: 204},
		{route: "slettBolig", status: 204},
	}
	list := []request{
		tokenRequest(api, municipality, "koboToken"),
		{
			name: "A case (by the case worker)", id: "koboCase", method: "POST", path: "/_sandkasse/kobo/saker",
			body:   nySak,
			status: 200, keep: []kept{{"koboSaksreferanse", "koboSaksreferanse"}},
		},
	}
	list[1] = list[1].with("Content-Type", "application/json")
	var create, read request
	for _, step := range steps {
		for _, route := range api.Routes {
			if route.Name != step.route {
				continue
			}
			one := request{
				name: route.Name, id: "kobo" + strings.ToUpper(route.Name[:1]) + route.Name[1:], method: route.Method,
				path: "/" + api.Label + strings.NewReplacer("{koboBoligId}", "{{koboBoligId}}", "{saksreferanse}",
					"{{koboSaksreferanse}}").Replace(route.Paths[0]),
				body: step.body, status: step.status,
			}.with("Authorization", "Bearer {{koboToken}}").with("x-kobo-systemid", "fdvu-1")
			if step.body != "" {
				one = one.with("Content-Type", "application/json")
			}
			switch route.Name {
			case "opprettBolig":
				one.keep = []kept{{"koboBoligId", "koboId"}, {"koboLeverandorBoligId", "leverandorBoligId"}}
				create = one
			case "hentBolig":
				read = one
			}
			list = append(list, one)
		}
	}
	refused := func(id, title string, offence feil.Offence, call request) {
		if row, found := api.Feil[offence]; found {
			list = append(list, call.failing(id, title, row.Status, row.Kode))
		}
	}
	refused("koboNoToken", "Without a token", feil.MissingToken, create.without("Authorization"))
	refused("koboNoSystem", "Without x-kobo-systemid", feil.MissingHeader, create.without("x-kobo-systemid"))
	empty := create
	empty.body = "{}"
	refused("koboWrongSchema", "A home without what is required", feil.SchemaViolation, empty)
	unknown := read
	unknown.path = strings.Replace(read.path, "{{koboBoligId}}", "{{$guid}}", 1)
	refused("koboUnknownHome", "A home that does not exist", feil.UnknownHome, unknown)
	for _, offence := range []feil.Offence{feil.BackendFailure, feil.UnspecifiedFailure} {
		if one, ok := create.onDemand(api, offence); ok {
			list = append(list, one)
		}
	}
	return list
}

// dialogs returns the requests to Dialogporten, on the dialog of a delivery to another API; none
// where there is no such API.
func dialogs(api, reporting *catalog.API) []request {
	var list []request
	if reporting == nil || reporting.Example == nil {
		return nil
	}
	org := textAt(reporting, reporting.Felter.First(reporting.Felter.Oppgavegiver))
	for _, one := range deliveries(reporting)[:2] { // the token and the delivery
		one.id = "dialogporten" + strings.ToUpper(one.id[:1]) + one.id[1:]
		for i := range one.headers {
			one.headers[i][1] = strings.ReplaceAll(one.headers[i][1], "{{bsuToken}}", "{{dialogportenBsuToken}}")
		}
		if one.method == "GET" {
			one.keep = []kept{{"dialogportenBsuToken", ""}}
		} else {
			one.keep = []kept{{"dialogportenDialogId", "dialogId"}, {"dialogportenForsendelseId", "forsendelseId"}}
		}
		list = append(list, one)
	}
	list = append(list, tokenRequest(api, org, "dialogportenToken"))
	var read request
	for _, route := range api.Routes {
		one := request{
			name: route.Name, id: "dialogporten" + identifier("x-" + route.Name)[1:], method: route.Method, status: 200,
			path: "/" + api.Label + strings.NewReplacer("{dialogId}", "{{dialogportenDialogId}}",
				"{transmissionId}", "{{dialogportenForsendelseId}}", "{activityId}", "{{dialogportenActivityId}}",
				"{seenLogId}", "{{dialogportenSeenId}}").Replace(route.Paths[0]),
		}
		if len(route.Checks) > 0 && route.Checks[0] == "token" {
			one = one.with("Authorization", "Bearer {{dialogportenToken}}")
		}
		switch route.Name {
		case "search":
			one.path += "?party=urn:altinn:organization:identifier-no:" + org
		case "dialog":
			read = one
		case "activities":
			one.keep = []kept{{"dialogportenActivityId", "0/id"}}
		case "seenlog":
			one.keep = []kept{{"dialogportenSeenId", "0/id"}}
		}
		list = append(list, one)
	}
	refused := func(id, title string, offence feil.Offence, call request) {
		if row, found := api.Feil[offence]; found {
			list = append(list, call.failing(id, title, row.Status, ""))
		}
	}
	refused("dialogportenNoToken", "Without a token", feil.MissingToken, read.without("Authorization"))
	unknown := read
	unknown.path = strings.Replace(read.path, "{{dialogportenDialogId}}", "{{$guid}}", 1)
	refused("dialogportenUnknownDialog", "A dialog that does not exist", feil.UnknownDialog, unknown)
	for _, offence := range []feil.Offence{feil.DialogGone, feil.BackendFailure} {
		if one, ok := read.onDemand(api, offence); ok {
			one.code = ""
			list = append(list, one)
		}
	}
	return list
}

// grantAudience is an audience that a grant may have at any address of the sandbox (K524).
const grantAudience = "https://test.maskinporten.no/"

// grants returns the requests to Maskinporten. A grant is made by a script, with a signature that is
// none: no key is known of a client that is not registered.
func grants(api *catalog.API) (list []request) {
	for _, route := range api.Routes {
		one := request{
			name: route.Name, id: "maskinporten" + strings.ToUpper(route.Name[:1]) + route.Name[1:],
			method: route.Method,
			path:   "/" + api.Label + strings.Replace(route.Paths[0], "{page}", "MP-110", 1), status: 200,
		}
		if route.Name == "token" {
			one = one.with("Content-Type", "application/x-www-form-urlencoded")
			one.body = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={{maskinportenGrant}}"
			one.grant = "maskinportenGrant"
			list = append(list, one)
			one.grant = ""
			one.body = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x"
			list = append(list, one.failing("maskinportenWrongGrant", "A grant that is no JWT", 400, "invalid_request"))
			continue
		}
		list = append(list, one)
	}
	return list
}
