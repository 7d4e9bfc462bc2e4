"""How long refused logins take, of an account that is there and of one that is not, in turns."""

import json
import statistics
import sys
import time
import urllib.error
import urllib.request

PAIRS = 200


def refused(api: str, login: str) -> float:
    """Milliseconds until a wrong password is refused."""
    body = json.dumps({"login": login, "password": "not the passphrase"}).encode()
    request = urllib.request.Request(f"{api}/auth/login", body, {"content-type": "application/json"})
    began = time.perf_counter()
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        error.read()
    return (time.perf_counter() - began) * 1000


api = sys.argv[1]
pairs = [(refused(api, "bench"), refused(api, f"nobody-{index}")) for index in range(PAIRS)]
there, absent = zip(*pairs)
differences = [one - other for one, other in pairs]
error = statistics.stdev(differences) / PAIRS**0.5
print(f"refused login: there {statistics.median(there):.2f} ms, not there {statistics.median(absent):.2f} ms (medians)")
print(f"mean difference {statistics.mean(differences):+.3f} ms, standard error {error:.3f} ms, {PAIRS} pairs")
