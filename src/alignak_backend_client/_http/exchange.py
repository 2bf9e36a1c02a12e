"""One request and response with http.client: the request is sent at once, the response is read when needed."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import threading
import zlib
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Final

from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Limits, timeout_suffix
from alignak_backend_client._http.connection_pool import ConnectionPool
from alignak_backend_client._http.content import Pace
from alignak_backend_client._http.headers import sent_headers
from alignak_backend_client._http.reasons import reason_of
from alignak_backend_client._http.response_reader import PacedResponse, read_response

_CHUNK: Final = 256 * 1024
"""Bytes of a request that are sent at a time."""


class Exchange:
    """A sent request. Its response is read when first needed, or abandoned."""

    def __init__(self, pool: ConnectionPool, request: Request, limits: Limits) -> None:
        self._pool = pool
        self._url = request.url
        self._limits = limits
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._result: Response | TransportFailure | None = None
        try:
            self._send(request)
        except TransportFailure as failure:
            self._result = failure

    def response(self) -> Response | None:
        """Return the complete response; None if it was abandoned, and the request must be sent again.

        Raises:
            TransportFailure: there is no complete response.
        """
        self.read()
        if isinstance(self._result, TransportFailure):
            raise self._result
        return self._result

    def read(self, patience: float | None = None) -> None:
        """Read the response, unless it was already read.

        Args:
            patience: abandon it if it is not complete after this many seconds.
        """
        if self._is_inherited():
            return
        with self._lock:
            if self._connection is None:
                return
            try:
                self._result = self._receive(Pace(self._limits[1]) if patience is None else Pace(patience, math.inf))
            except TransportFailure as failure:
                if patience is None or not isinstance(failure.__cause__, TimeoutError):
                    self._result = failure

    def close(self) -> None:
        """Abandon the response, unless it was read."""
        if not self._is_inherited():
            with self._lock:
                self._close()

    def _is_inherited(self) -> bool:
        """Return True in a forked child process; the parent reads the response from the same connection."""
        if self._process == os.getpid():
            return False
        self._close()
        return True

    def _send(self, request: Request) -> None:
        connect_timeout, read_timeout = self._limits
        self._connection = connection = self._pool.take(connect_timeout)
        with self._failures():
            connection.sock.settimeout(read_timeout)
            headers = sent_headers(request, self._pool.headers)
            # A server may respond and close the connection before it has read all of a rejected request.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(request.method, self._pool.target(request.url), _chunks(request.content), headers)

    def _receive(self, pace: Pace) -> Response:
        connection = self._connection
        assert connection is not None  # noqa: S101 - checked by the caller
        # A class is expected, and only called.
        connection.response_class = functools.partial(PacedResponse, pace=pace)  # type: ignore[assignment]
        with self._failures():
            response, reusable = read_response(connection, self._url)
        if reusable:
            self._pool.give_back(connection)
            self._connection = None
        self._close()
        return response

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """On errors, close the connection and raise our exceptions."""
        try:
            yield
        except TimeoutError as error:
            self._close()
            raise TransportFailure(
                f"No response from the backend{timeout_suffix(self._limits[1])}", reached=True
            ) from error
        except (OSError, HTTPException, ValueError, zlib.error) as error:
            self._close()
            raise TransportFailure(f"The connection to the backend broke: {reason_of(error)}", reached=True) from error
        except BaseException:
            self._close()
            raise


def _chunks(content: bytes | None) -> bytes | Iterator[memoryview] | None:
    """Return the body of a request in chunks, so that the timeout applies to each of them."""
    if content is None or len(content) <= _CHUNK:
        return content
    whole = memoryview(content)
    return (whole[start : start + _CHUNK] for start in range(0, len(whole), _CHUNK))
