"""The client's own time for one GET of a page: processor time, without that of the server.

Run by its path in the environment of a client: `python probe.py client URL ITEMS TIMES` with its library,
`python probe.py minimum URL ITEMS TIMES` with http.client and the fastest JSON decoder only. Prints seconds a GET.
"""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Callable
from typing import Any

Get = Callable[[], Any]


def with_library(url: str, items: int) -> Get:
    """A GET as programs do it."""
    from alignak_backend_client.client import Backend

    backend = Backend(url)
    if not backend.login("admin", "admin"):
        raise SystemExit("the login is refused")
    return lambda: backend.get("service", {"max_results": items})


def bare(url: str, items: int) -> Get:
    """A GET with nothing around it."""
    import http.client

    import msgspec.json

    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    headers = {"Authorization": "Basic " + base64.b64encode(b"token:").decode()}

    def get() -> Any:
        connection.request("GET", f"/service?max_results={items}", headers=headers)
        return msgspec.json.decode(connection.getresponse().read())

    return get


def main() -> None:
    """Do some GETs to warm up, then measure."""
    kind, url, items, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    get = {"client": with_library, "minimum": bare}[kind](url, items)
    for _ in range(3):
        found = len(get()["_items"])
        if found != items:
            raise SystemExit(f"{found} items instead of {items}")
    begin = time.process_time()
    for _ in range(times):
        get()
    sys.stdout.write(f"{(time.process_time() - begin) / times}\n")


if __name__ == "__main__":
    main()
