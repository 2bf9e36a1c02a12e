"""Plain waitress with an application that does nothing: the limit of a server in Python. `empty_app.py SOCKET`."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

import waitress


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]


waitress.serve(_nothing, sockets=[socket.socket(fileno=int(sys.argv[1]))], threads=8)
