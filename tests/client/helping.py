"""What several tests of the library need."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_client.client import Backend, BackendException
from servers.misbehaving import MisbehavingServer

_numbers = itertools.count(1)

TOKEN = "1500000000000-5ecre7-t0ken"


class Records(logging.Handler):
    """Keeps the text of each log record, with its arguments and all other attributes."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {record.args!r} {record.__dict__!r}")


def unique(prefix: str = "item") -> str:
    """A name nobody else uses, in this run and in other processes."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


def at(server: MisbehavingServer, **options: Any) -> Backend:
    """A client of a misbehaving server, with a token, that tries once."""
    client = Backend(server.url, **{"retries": 0, "timeout": 5, **options})
    client.set_token(TOKEN)
    return client


def a_realm(client: Backend) -> str:
    """The id of the realm that every backend has."""
    identity: str = client.get("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    return identity


def a_command(client: Backend, **fields: Any) -> dict[str, Any]:
    """A new command, as the backend has it."""
    made = client.post("command", {"name": unique("command"), "_realm": a_realm(client), **fields})
    return client.get(f"command/{made['_id']}")


def failure(call: Any, *arguments: Any, **options: Any) -> BackendException:
    """The exception of a call that must fail."""
    with pytest.raises(BackendException) as caught:
        call(*arguments, **options)
    return caught.value


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)
