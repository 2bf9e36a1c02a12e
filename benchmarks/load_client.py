"""Many clients of one server, in a process of their own: `load_client.py JOB`, JSON; prints what they measured.

It needs nothing but the standard library, so that it costs as little as it can.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any


def main() -> None:
    """Send requests from all clients for some seconds, each the next as soon as it has the answer to the last."""
    job = json.loads(sys.argv[1])
    latencies: list[float] = []
    failures: list[str] = []
    start = threading.Barrier(job["clients"])
    threads = [
        threading.Thread(target=_client, args=(job, number, start, latencies, failures))
        for number in range(job["clients"])
    ]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin  # the last answers come later than the time is up
    failure = failures[0] if failures else ""
    print(json.dumps({"latencies": latencies, "seconds": seconds, "failures": len(failures), "failure": failure}))


def _client(
    job: dict[str, Any], number: int, start: threading.Barrier, latencies: list[float], failures: list[str]
) -> None:
    connection = http.client.HTTPConnection(job["host"], job["port"], timeout=60)
    own: list[float] = []
    start.wait()
    end = time.perf_counter() + job["seconds"]
    count = 0
    while (begin := time.perf_counter()) < end:
        text = job["body"].replace("@CLIENT@", str(number)).replace("@COUNT@", str(count))
        count += 1
        try:
            connection.request(job["method"], job["path"], text or None, job["headers"])
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            failures.append(repr(error))
            connection.close()
            continue
        own.append(time.perf_counter() - begin)
        if not job["keep"]:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            failures.append(f"{answer.status} {content[:200]!r}")
    connection.close()
    latencies += own


if __name__ == "__main__":
    main()
