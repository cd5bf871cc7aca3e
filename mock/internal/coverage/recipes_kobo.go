package coverage

import (
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// Bodies of calls to Kobo. The variable s is a case.
const (
	tildeling    = `'{"koboSaksreferanse":"'$s'"}'`
	leiekontrakt = `{"kontraktStartdato":"2026-04-01","kontraktUtlopsdato":"2029-03-31","erTidsubegrenset":false,` +
		`"manedsleie":9500,"depositum":28500}`
	leieforhold = `'{"koboSaksreferanse":"'$s'","leieforhold":` + leiekontrakt + `}'`
	oppsigelse  = `'{"oppsagtAktor":"LEIETAKER","oppsigelsestid":"ANNET","annenOppsigelsestid":"14 dager",` +
		`"oppsigelseMottattDato":"2026-05-01","oppsagtFraDato":"2026-05-02","planlagtUtflyttingsdato":"2026-05-16"}'`
	avslutning = `'{"utflyttetdato":"2026-05-16","boligstatus":"VEDLIKEHOLD",` +
		`"avslutningsgrunn":"FUNNET_BOLIG_PA_EGENHAND"}'`
)

// kobo returns what a call to Kobo needs: a home of its own, perhaps a case, and what the case worker
// has done with both before.
func (r recipes) kobo(route *catalog.Route, status int, unique string) (recipe, bool) {
	made := recipe{
		token: "org=" + municipality, params: map[string]string{"koboBoligId": "$h", "saksreferanse": "$s"},
	}
	const seed = `'{"seed":'$n'}'`
	home := "n=" + unique + "; " + set("h", r.control("generate/kobobolig/send", seed), "id")
	document := `"$(` + r.control("generate/kobobolig", seed) + `)"`
	linked := home + " " + set("s", r.control("generate/sak/send", seed), "id")
	again := status == http.StatusOK
	switch route.Name {
	case "registrerApiKey":
		made.body = `'{"apiKey":"prove"}'`
	case "opprettBolig":
		if made.before, made.body = "n="+unique+";", document; again {
			made.before = home
		}
	case "oppdaterBolig":
		made.before, made.body = home, document
	case "hentBolig", "slettBolig":
		made.before = home
	case "reserverBolig":
		if made.before = linked; again {
			made.before += r.caseWorker("PUT", "/sak/$s/reservasjon", "")
		}
	case "fjernReservasjon":
		made.before = linked + r.caseWorker("PUT", "/sak/$s/reservasjon", "")
	case "tildelBolig":
		if made.before, made.body = linked, tildeling; again {
			made.before += r.caseWorker("POST", "/tildeling", tildeling)
		}
	case "fjernTildeling":
		made.before, made.body = linked+r.caseWorker("POST", "/tildeling", tildeling), tildeling
	case "opprettLeieforhold":
		made.before, made.body = linked, leieforhold
	default:
		made.before = linked + r.caseWorker("POST", "/tildeling", tildeling) +
			r.caseWorker("POST", "/leieforhold", leieforhold)
		switch route.Name {
		case "oppdaterEksisterendeLeieforhold":
			made.body = "'" + leiekontrakt + "'"
		case "avsluttLeieforhold":
			made.body = avslutning
		case "registrerOppsigelseLeieforhold":
			made.body = oppsigelse
		case "endreOppsigelseLeieforhold":
			made.before += r.caseWorker("POST", "/leieforhold/oppsigelse", oppsigelse)
			made.body = oppsigelse
		case "opphevOppsigelseLeieforhold":
			made.before += r.caseWorker("POST", "/leieforhold/oppsigelse", oppsigelse)
		default:
			return recipe{}, false
		}
	}
	return made, true
}

// caseWorker returns the command with which the case worker does something with a home, with a blank
// before it.
func (r recipes) caseWorker(method, path, body string) string {
	command := fmt.Sprintf(` curl -s %s"%s/_sandkasse/kobo/kobobolig/$h%s"`, methodFlag(method), r.base, path)
	if body != "" {
		command = strings.Replace(command, methodFlag(http.MethodPost), "", 1) + " -d " + body
	}
	return command + " >/dev/null;"
}
