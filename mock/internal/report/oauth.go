package report

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"sandkasse/mock/internal/token"
)

// tokenBehaviour is the behaviour of Maskinporten's token endpoint. A token that the control API made
// is no conduct of a client.
const tokenBehaviour = "maskinporten-token"

// tokenID identifies a token by its last bytes, which are of its signature.
type tokenID [32]byte

// idOf returns the id of a token; the zero id for a text that is too short.
func idOf(text string) (id tokenID) {
	if len(text) >= len(id) {
		copy(id[:], text[len(text)-len(id):])
	}
	return id
}

// issued returns the token that a call got at Maskinporten, and for how long it is valid; the zero id
// for none, and where the client does not get it.
func (c *Call) issued() (id tokenID, life time.Duration) {
	if c.Behaviour() != tokenBehaviour || c.Status != http.StatusOK || !c.Reached {
		return id, 0
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if json.Unmarshal(c.Answer, &answer) != nil { // a scenario changed it
		return id, 0
	}
	return idOf(answer.AccessToken), time.Duration(answer.ExpiresIn) * time.Second
}

// usedToken returns the id of the token that a call carries; the zero id for none.
func (c *Call) usedToken() tokenID { return idOf(token.Bearer(c.HTTP.Header.Get("Authorization"))) }

// grant returns the claims of the grant that a call sends to Maskinporten, none of it verified; nil for
// none.
func (c *Call) grant() token.Claims {
	if c.Behaviour() != tokenBehaviour {
		return nil
	}
	assertion := c.Query.Get("assertion")
	if form, _ := url.ParseQuery(string(c.Body)); form.Has("assertion") {
		assertion = form.Get("assertion")
	}
	_, claims, err := token.Format{Name: "grant", MaxBytes: maxContent}.Parse(assertion)
	if err != nil {
		return nil
	}
	return claims
}
