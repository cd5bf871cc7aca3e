package main

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// accessToken exchanges a grant for a token that may deliver for an organisation and read its
// dialogs. In production the key is the one that you registered at Maskinporten; Sandkasse accepts
// any.
func accessToken(organisation string) (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key},
		(&jose.SignerOptions{}).WithHeader("kid", "my-key"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	grant, err := jwt.Signed(signer).Claims(map[string]any{
		"iss":   "6f0c0a0e-0000-4000-8000-000000000001",
		"aud":   base + "/maskinporten/",
		"scope": "skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten",
		"iat":   now.Unix(),
		"exp":   now.Add(100 * time.Second).Unix(),
		"jti":   uuid.NewString(),
		"authorization_details": []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]string{"authority": "iso6523-actorid-upis", "ID": "0192:" + organisation},
		}},
	}).Serialize()
	if err != nil {
		return "", err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant}}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	err = call("POST", base+"/maskinporten/token", header, []byte(form.Encode()), &answer)
	return answer.AccessToken, err
}
