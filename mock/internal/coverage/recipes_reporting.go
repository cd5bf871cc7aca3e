package coverage

import (
	"fmt"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/generation"
)

// order returns the order for test documents of the customer that nobody else makes.
func order(unique string) string { return fmt.Sprintf(`'{"org":"%s","seed":'%s'}'`, customer, unique) }

// reporting returns what a call to a reporting API needs.
func (r recipes) reporting(route *catalog.Route, unique string) (recipe, bool) {
	made := recipe{token: "org=" + customer, params: map[string]string{"inntektsaar": fmt.Sprint(r.year())}}
	switch route.Behaviour {
	case "innsending":
		made.body = `"$(` + r.control("generate/"+r.api.Name, order(unique)) + `)"`
	case "dokument":
		made.before = r.deliver("f", r.api.Name, unique)
		made.params["forsendelseId"], made.params["dokumentId"] = "$f", "$f"
	default:
		return recipe{}, false
	}
	return made, true
}

// year returns the year of generated documents.
func (r recipes) year() int { return max(generation.DefaultYear, r.api.Inntektsaar.First) }

// deliver returns the command that has a document delivered to an API, not as the client's call, and
// sets a variable to the forsendelseId.
func (r recipes) deliver(variable, api, unique string) string {
	return set(variable, r.control("generate/"+api+"/send", order(unique)), "id")
}

// dialogporten returns what a call to Dialogporten needs.
func (r recipes) dialogporten(route *catalog.Route, unique string) (recipe, bool) {
	made := recipe{token: "org=" + customer, params: map[string]string{"dialogId": "$d", "transmissionId": "$f"}}
	switch route.Name {
	case "search":
		made.query = "?party=urn:altinn:organization:identifier-no:" + customer
		return made, true
	case "limits", "metadata", "jwks":
		return made, true
	}
	made.before = r.deliver("f", "bsu", unique) + " " + set("d", r.control("forsendelser/$f", ""), "dialogId")
	of := fmt.Sprintf(`curl -s "%s/%s/api/v1/enduser/dialogs/$d`, r.base, r.api.Label)
	switch route.Name {
	case "activity":
		made.before += " " + set("a", of+`/activities" `+r.bearer(made.token), "id")
		made.params["activityId"] = "$a"
	case "seenlog-entry":
		made.before += " " + of + `" ` + r.bearer(made.token) + " >/dev/null; " +
			set("s", of+`/seenlog" `+r.bearer(made.token), "id")
		made.params["seenLogId"] = "$s"
	case "dialog", "transmissions", "transmission", "activities", "seenlog":
	default:
		return recipe{}, false
	}
	return made, true
}

// maskinporten returns what a call to Maskinporten needs. The grant has a signature that is none: no
// key is known of a client that is not registered. Its time is that of the session.
func (r recipes) maskinporten(route *catalog.Route, unique string) (recipe, bool) {
	switch route.Name {
	case "metadata", "keys":
		return recipe{}, true
	case "explanation":
		return recipe{params: map[string]string{"page": "MP-110"}}, true
	case "token":
	default:
		return recipe{}, false
	}
	minted := fmt.Sprintf(`"{\"token\":\"$(curl -s '%s/_sandkasse/token?api=bsu&org=%s')\"}"`, r.base, customer)
	return recipe{
		before: "t=$(" + r.control("token/decode", minted) +
			` | grep -o '"iat": *[0-9]*' | head -1 | grep -o '[0-9]*'); e() { printf %s "$1" | base64 | tr '/+' '_-' | tr -d '=\n'; };`,
		body: `"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=` +
			`$(e '{"alg":"RS256","kid":"k"}').$(e '{"aud":"https://test.maskinporten.no/","iss":"6f0c0a0e-0000-4000-8000-000000000000",` +
			`"scope":"skatteetaten:innrapporteringboligsparingungdom","iat":'$t',"exp":'$((t+100))',` +
			`"jti":"'` + unique + `'"}').c2ln"`,
	}, true
}
