"""Register a home in Kobo: survive a lost answer, poll for a reservation, assign the home and let it.

Run in a clone or anywhere else, with Python 3.9 or newer and nothing else:
    sandkasse serve
    python3 examples/python/kobo.py
SANDKASSE_URL names a server elsewhere. Kobo has no idempotency key: leverandorBoligId tells homes apart.
"""

import datetime
import json
import os
import time
import urllib.error
import urllib.request
from http.client import HTTPException

BASE = os.environ.get("SANDKASSE_URL", "http://127.0.0.1:8080")
HOUSEHOLD = {"antallBarn": 1, "beboere": [{
    "fornavn": "Prøve", "etternavn": "Person", "personidentifikator": "01810112345",
    "adresse": {"gatenavn": "Prøvegata", "husnummer": 3, "postnummer": "0155"}}]}


def call(method, path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()


def register(home, headers):
    for attempt in range(1, 6):
        try:
            return json.loads(call("POST", "/kobo/kobobolig", home, **headers))  # 201, or 200 where it is there already
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise  # sending it again changes nothing
            print(f"attempt {attempt}: status {error.code}")
        except (OSError, HTTPException):
            print(f"attempt {attempt}: no answer")
        time.sleep(attempt / 5)
    raise SystemExit("given up; send the same home later")


def reservation(kobo_id, headers, patience=60):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        home = json.loads(call("GET", f"/kobo/kobobolig/{kobo_id}", **headers))
        if home["reservasjoner"]:
            return home["reservasjoner"][0]
        time.sleep(0.2)
    raise SystemExit("nobody has reserved the home yet")


def main():
    token = call("GET", "/_sandkasse/token?api=kobo&org=313367002").decode()
    headers = {"Authorization": f"Bearer {token}", "x-kobo-systemid": "fdvu-1"}
    call("POST", "/_sandkasse/plays", {"scenario": "lost-answer"})  # only here: the first answer gets lost
    home = register({
        "leverandorBoligId": "FDV-1", "boligtype": "ORDINAR_BOLIG", "status": "KLAR_FOR_INNFLYTTING",
        "adresse": {"gatenavn": "Prøvegata", "husnummer": 12, "husbokstav": "B", "postnummer": "0155"},
    }, headers)
    print("registered:", home["koboId"])
    case = json.loads(call("POST", "/_sandkasse/kobo/saker", {"husstand": HOUSEHOLD}))["koboSaksreferanse"]
    # Only here: the case worker reserves the home in Kobo.
    call("PUT", f"/_sandkasse/kobo/kobobolig/{home['koboId']}/sak/{case}/reservasjon")
    case = reservation(home["koboId"], headers)["koboSaksreferanse"]
    print("reserved for:", case)
    today = datetime.date.today().isoformat()
    call("POST", f"/kobo/kobobolig/{home['koboId']}/tildeling", {"koboSaksreferanse": case}, **headers)
    let = json.loads(call("POST", f"/kobo/kobobolig/{home['koboId']}/leieforhold", {
        "koboSaksreferanse": case, "leieforhold": {"kontraktStartdato": today, "erTidsubegrenset": True},
    }, **headers))
    print("let from:", let["leieforhold"]["kontraktStartdato"])


if __name__ == "__main__":
    main()
