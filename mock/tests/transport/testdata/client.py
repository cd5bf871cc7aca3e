"""A client of the reporting API bsu that knows production addresses only.

HTTPS_PROXY and the variables of the CA bring it to Sandkasse. Its argument is the file with the document that it
delivers. The grant's signature is nonsense, since Python itself has no RSA and Sandkasse knows no key of the client.
"""
import base64
import json
import sys
import time
import urllib.parse
import urllib.request
import uuid

import requests

ISSUER = "https://test.maskinporten.no/"


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


now = int(time.time())
assertion = ".".join([
    encode({"alg": "RS256", "kid": "my-key"}),
    encode({
        "iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": ISSUER, "jti": str(uuid.uuid4()), "iat": now,
        "exp": now + 100, "scope": "skatteetaten:innrapporteringboligsparingungdom",
        "authorization_details": [{
            "type": "urn:altinn:systemuser",
            "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:987654321"},
        }],
    }),
    "c2ln",
])

with urllib.request.urlopen(ISSUER + ".well-known/oauth-authorization-server") as answer:
    metadata = json.load(answer)
print("urllib", metadata["issuer"])

token = requests.post(metadata["token_endpoint"], data={
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion,
})
print("requests", token.status_code, token.json()["token_type"])

with open(sys.argv[1], "rb") as file:
    delivery = requests.post(
        "https://innrapporteringbsu.api.skatteetaten-test.no/v1/2023", data=file,
        headers={
            "Authorization": "Bearer " + token.json()["access_token"], "Content-Type": "application/json",
            "idempotencyKey": str(uuid.uuid4()),
        })
print("delivery", delivery.status_code, delivery.text)
