package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// grant returns a grant of a client for the oppgavegiver of the examples, with other claims than a good one's; a claim
// that is nil is left out. Nobody has given a key for its kid, so any signature will do.
func (c observed) grant(id string, changes map[string]any) string {
	c.T.Helper()
	claims := map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": c.URL("maskinporten") + "/", "jti": id,
		"scope": "skatteetaten:innrapporteringboligsparingungdom",
		"iat":   c.clock.Now().Unix(), "exp": c.clock.Now().Unix() + 120,
		"authorization_details": []any{map[string]any{
			"type": "urn:altinn:systemuser",
			"systemuser_org": map[string]any{
				"authority": "iso6523-actorid-upis", "ID": "0192:" + testkit.Oppgavegiver,
			},
		}},
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	text := make([]string, 2)
	for i, part := range []any{map[string]any{"alg": "RS256", "kid": "k"}, claims} {
		encoded, err := json.Marshal(part)
		if err != nil {
			c.T.Fatal(err)
		}
		text[i] = base64.RawURLEncoding.EncodeToString(encoded)
	}
	return url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"assertion":  {strings.Join(text, ".") + ".c2ln"},
	}.Encode()
}

// fetch sends a grant, and returns an Authorization header with the token; empty where there is none.
func (c observed) fetch(grant string, headers ...string) string {
	c.T.Helper()
	r, err := http.NewRequest("POST", c.URL("maskinporten")+"/token", strings.NewReader(grant))
	if err != nil {
		c.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.T.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	var got struct {
		Token string `json:"access_token"`
	}
	if err != nil || json.Unmarshal(body, &got) != nil {
		c.T.Fatalf("%d: %s", answer.StatusCode, body)
	}
	if got.Token == "" {
		return ""
	}
	return "Bearer " + got.Token
}

// TestTokenPerCall: five tokens in a row that are each used for one call are found.
func TestTokenPerCall(t *testing.T) {
	each := func(number, calls int, apart time.Duration, changes func(int) map[string]any) func(observed) {
		return func(c observed) {
			for i := range number {
				token := c.fetch(c.grant(fmt.Sprint(i), changes(i)))
				for range calls {
					if status := c.document("Authorization", token); status != http.StatusNotFound {
						c.T.Errorf("answered %d", status)
					}
				}
				c.clock.Advance(apart)
			}
		}
	}
	same := func(int) map[string]any { return nil }
	testConduct(t, "token-for-each-call", mock.Options{}, map[string]conduct{
		"five":               {want: []int64{1, 3, 5, 7, 9}, times: 1, do: each(5, 1, time.Second, same)},
		"six":                {want: []int64{1, 3, 5, 7, 9, 11}, times: 2, do: each(6, 1, time.Second, same)},
		"four":               {do: each(4, 1, time.Second, same)},
		"used for two calls": {do: each(8, 2, time.Second, same)},
		"never used":         {do: each(8, 0, time.Second, same)},
		"when they end":      {do: each(8, 1, 91*time.Second, same)},
		"for other scopes and customers": {do: each(8, 1, time.Second, func(i int) map[string]any {
			return map[string]any{"scope": fmt.Sprintf("skatteetaten:innrapporteringboligsparingungdom other:%d", i)}
		})},
		"of the control API": {do: func(c observed) {
			for range 8 {
				c.document() // with a token of its own
			}
		}},
	})
}

// TestTokenAfterEnd: a token that is used after its end in real time is found.
func TestTokenAfterEnd(t *testing.T) {
	testConduct(t, "token-used-after-end", mock.Options{}, map[string]conduct{
		"twice": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			token := c.fetch(c.grant("1", nil))
			c.clock.Advance(121 * time.Second)
			c.document("Authorization", token)
			c.document("Authorization", token)
		}},
		"before": {do: func(c observed) {
			token := c.fetch(c.grant("1", nil))
			c.clock.Advance(119 * time.Second)
			if status := c.document("Authorization", token); status != http.StatusNotFound {
				c.T.Errorf("answered %d", status)
			}
		}},
		"by the session's clock": {do: func(c observed) {
			token := c.fetch(c.grant("1", nil))
			c.SetClock(`{"advance": "121s"}`)
			if status := c.document("Authorization", token); status != http.StatusUnauthorized {
				c.T.Errorf("answered %d", status)
			}
		}},
		"of the control API": {do: func(c observed) {
			token := c.Bearer("bsu", testkit.Oppgavegiver)
			c.clock.Advance(121 * time.Second)
			c.document("Authorization", token)
		}},
		"on demand": {do: func(c observed) {
			c.document("Authorization", c.fetch(c.grant("1", nil)), "Sandkasse-Scenario", "GLD_004")
		}},
	})
}

// TestGrantLife: a grant that is valid for longer than the page promises is found, whether it gets a token or not.
func TestGrantLife(t *testing.T) {
	valid := func(seconds int64) map[string]any {
		return map[string]any{"exp": testkit.Noon.Unix() + seconds}
	}
	testConduct(t, "grant-life", mock.Options{}, map[string]conduct{
		"accepted and refused": {want: []int64{1, 2}, times: 2, sure: true, do: func(c observed) {
			if c.fetch(c.grant("1", valid(121))) == "" || c.fetch(c.grant("2", valid(3600))) != "" {
				c.T.Error("the first grant is refused, or the second is not")
			}
		}},
		"as promised":     {do: func(c observed) { c.fetch(c.grant("1", valid(120))) }},
		"after its issue": {do: func(c observed) { c.fetch(c.grant("1", valid(-1))) }},
		"without an end":  {do: func(c observed) { c.fetch(c.grant("1", map[string]any{"exp": nil})) }},
		"without a beginning": {do: func(c observed) {
			c.fetch(c.grant("1", map[string]any{"iat": nil}))
		}},
		"no grant": {do: func(c observed) { c.fetch("grant_type=password&assertion=x.y.z") }},
	})
}

// TestGrantReplayed: a grant that got a token and is sent again is found.
func TestGrantReplayed(t *testing.T) {
	testConduct(t, "grant-replayed", mock.Options{}, map[string]conduct{
		"twice": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			for range 3 {
				c.fetch(c.grant("1", nil))
			}
		}},
		"with other claims": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.fetch(c.grant("1", nil))
			c.fetch(c.grant("1", map[string]any{"exp": testkit.Noon.Unix() + 60}))
		}},
		"without a jti": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.fetch(c.grant("1", map[string]any{"jti": nil}))
			c.fetch(c.grant("1", map[string]any{"jti": nil}))
		}},
		"of another client": {do: func(c observed) {
			c.fetch(c.grant("1", nil))
			if c.fetch(c.grant("1", map[string]any{"iss": "6f0c0a0e-0000-4000-8000-000000000002"})) == "" {
				c.T.Error("the second grant is refused")
			}
		}},
		"refused first": {do: func(c observed) {
			c.fetch(c.grant("1", map[string]any{"aud": "https://example.com/"}))
			c.fetch(c.grant("1", nil))
		}},
		"on demand": {do: func(c observed) {
			c.fetch(c.grant("1", nil))
			c.fetch(c.grant("2", nil), "Sandkasse-Scenario", "MP-012")
		}},
	})
}
