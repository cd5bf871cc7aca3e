"""Deliver to BSU: survive a lost answer, poll the dialog, read the feedback.

Run in a clone, with Python 3.9 or newer and nothing else:
    sandkasse serve
    python3 examples/python/delivery.py fixtures/examples/bsu.json
SANDKASSE_URL names a server elsewhere. The library of Python cannot sign, so the token comes from the control API; in
production, sign a grant for Maskinporten with PyJWT.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from http.client import HTTPException
from pathlib import Path

BASE = os.environ.get("SANDKASSE_URL", "http://127.0.0.1:8080")
SCOPES = "skatteetaten:innrapporteringboligsparingungdom%20digdir:dialogporten"


def call(url, body=None, **headers):
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()


def deliver(document, token):
    key = str(uuid.uuid4())  # one key for one delivery, however often it is sent
    for attempt in range(1, 6):
        try:
            return json.loads(call(f"{BASE}/innrapporteringbsu/v1/2023", document, Authorization=f"Bearer {token}",
                                   idempotencyKey=key, **{"Content-Type": "application/json"}))
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise  # sending it again changes nothing
            print(f"attempt {attempt}: status {error.code}")
        except (OSError, HTTPException):
            print(f"attempt {attempt}: no answer")
        time.sleep(attempt / 5)
    raise SystemExit("given up; send the same document with the same key later")


def feedback(receipt, token, patience=60):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        dialog = json.loads(call(f"{BASE}/dialogporten/api/v1/enduser/dialogs/{receipt['dialogId']}",
                                 Authorization=f"Bearer {token}"))
        for transmission in dialog["transmissions"]:
            if transmission.get("relatedTransmissionId") == receipt["forsendelseId"]:
                address = next(url["url"] for attachment in transmission["attachments"] for url in attachment["urls"]
                               if url["mediaType"] == "application/json")
                return json.loads(call(address, Authorization=f"Bearer {token}", Accept="application/json"))
        time.sleep(2)
    raise SystemExit("there is no feedback yet")


def main():
    document = Path(sys.argv[1]).read_bytes()
    organisation = json.loads(document)["leveranse"]["oppgavegiver"]["organisasjonsnummer"]
    token = call(f"{BASE}/_sandkasse/token?api=bsu&org={organisation}&scope={SCOPES}").decode()
    call(f"{BASE}/_sandkasse/plays", b'{"scenario": "lost-answer"}')  # only here: the first answer gets lost
    receipt = deliver(document, token)
    print("delivered:", receipt["forsendelseId"])
    for file in feedback(receipt, token)["tilbakemelding"]["fil"]:
        for delivery in file["leveranse"]:
            print("feedback:", delivery["leveransestatus"], delivery["oppgaveoppsummering"]["antallOppgaver"])


if __name__ == "__main__":
    main()
