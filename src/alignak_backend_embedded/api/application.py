"""The application: one call per request."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from alignak_backend_embedded.api.admission import PATIENCE, NoPlaceError
from alignak_backend_embedded.api.authentication import authenticate
from alignak_backend_embedded.api.backend import Backend
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import (
    INTERNAL_ERROR,
    RETRY_AFTER,
    CrowdedError,
    UnauthenticatedError,
    error_body,
    response_for,
)
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.api.options import Options
from alignak_backend_embedded.api.origins import add_headers, is_writing, reject_cross_site
from alignak_backend_embedded.api.rendering import refuse, respond
from alignak_backend_embedded.api.routing import respond_to
from alignak_backend_embedded.domain.errors import RequestError
from alignak_backend_embedded.store.access import Store
from alignak_backend_embedded.store.errors import BusyError, DatabaseError, StoreError, UnreachableError

if TYPE_CHECKING:
    from logging import Logger

_LOGGED_SECONDS: Final = 60.0
_OVERRIDE: Final = "x-http-method-override"


def _logger() -> Logger:
    import logging

    return logging.getLogger(__name__)


class Application(Backend):
    """The backend; thread-safe."""

    def __init__(self, store: Store, options: Options) -> None:
        super().__init__(store, options)
        self._logged: dict[str, float] = {}

    def handle(self, request: Request, patience: float = PATIENCE) -> Response:
        """Return the response to a request.

        Args:
            request: the request.
            patience: how many seconds it may wait for other costly requests; 0 for not at all.

        Raises:
            NoPlaceError: it is costly, all places are taken, and it may not wait. Nothing was done.
        """
        method = request.method
        if method == "POST":
            # Only for POST: a GET must not delete.
            method = request.headers.get(_OVERRIDE, method).upper()
        call = Call(self, request, method, patience)
        try:
            response = self._response(call)
        finally:
            call.admission.leave()
        add_headers(request, response, self.options.cors_origins)
        if method == "HEAD":
            response.headers.append(("Content-Length", str(len(response.body))))
            response.body = b""
        return response

    def challenge(self, request: Request) -> Response | None:
        """Return the response to a request without a valid token, ignoring its body; None if it has one."""
        call = Call(self, request, request.method)
        try:
            authenticate(call)
        except UnauthenticatedError as error:
            return refuse(call, error)
        except StoreError:
            pass  # `handle` reports the error
        return None

    def _response(self, call: Call) -> Response:
        try:
            if call.method != "OPTIONS":  # CORS preflight requests have no token
                reject_cross_site(call.request, self.options.cors_origins, writes=is_writing(call.method))
            answer = respond_to(call)
            return answer if isinstance(answer, Response) else respond(call, answer)
        except NoPlaceError:
            raise
        except RequestError as error:
            return refuse(call, error)
        except StoreError as error:
            status, message = response_for(error)
            if isinstance(error, DatabaseError) and self.options.is_own:  # its message has the path and a suggestion
                message = str(error)
            elif isinstance(error, DatabaseError):
                self._log_once(call, str(error))
            elif status == 500:
                return self._failure(call, error)
            passing = isinstance(error, (BusyError, UnreachableError))
            return respond(call, Answer(error_body(status, message), status, headers=(RETRY_AFTER,) if passing else ()))
        except MemoryError:  # of Python, or of SQLite: what this request has taken is free again
            self._log_once(call, "out of memory")
            return refuse(call, CrowdedError())
        except Exception as error:  # noqa: BLE001 - every request gets a response
            return self._failure(call, error)

    def _log_once(self, call: Call, text: str) -> None:
        """Log an error that many requests cause, at most once per minute."""
        now = time.monotonic()
        if now - self._logged.get(text, -math.inf) < _LOGGED_SECONDS:
            return
        self._logged = {text: now}
        _logger().error("%s %s failed: %s", call.method, call.request.path, text)

    def _failure(self, call: Call, error: Exception) -> Response:
        # Body and headers of the request are not logged: they may contain passwords and tokens.
        _logger().error("%s %s failed", call.method, call.request.path, exc_info=error)
        return respond(call, Answer(error_body(500, INTERNAL_ERROR), 500))
