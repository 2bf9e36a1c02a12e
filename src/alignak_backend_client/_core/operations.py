"""The operations of the client, written once for both clients and without I/O.

The operations are generators, see :mod:`alignak_backend_client._core.protocol`. Drivers run them:
:mod:`alignak_backend_client._http.sync_driver` with blocking calls,
:mod:`alignak_backend_client._http.async_driver` under asyncio.
"""

from __future__ import annotations

import base64
import functools
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from alignak_backend_client._core import urls
from alignak_backend_client._core.protocol import Operation, Request, TransportFailure
from alignak_backend_client._core.responses import Response, reason_of
from alignak_backend_client._core.retry import Settle, deliver, resend
from alignak_backend_client._core.session import BackendConfig, Session, check_proxies
from alignak_backend_client._text import plain_text
from alignak_backend_client._version import __version__
from alignak_backend_client.exceptions import (
    BACKEND_ERROR,
    BackendException,
    connection_failed,
    http_error,
    misuse,
)

BACKEND_PAGINATION_LIMIT: Final = 50
"""Page size for a backend that does not return its limit."""


_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_LOGGER: Final = "alignak_backend_client.client"
_DEBUG, _INFO = 10, 20

Body: TypeAlias = dict[str, Any]


def request(
    session: Session,
    method: str,
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    params: urls.Params = None,
    data: Any = None,
    settle: Settle | None = None,
    expect_json: bool = False,
) -> Operation[Response]:
    """Send a request and return the response, regardless of its status. See :func:`deliver` for the last two arguments.

    If the backend no longer accepts the token, and name and password are known, log in again once.
    """
    sent = build(session, method, endpoint, headers=headers, json=json, params=params, data=data)
    own = session.token and sent.headers.get("Authorization") == _authorization(session.token)
    try:
        renew = functools.partial(_renew_token, session) if own else None
        response = yield from deliver(session, sent, settle, renew=renew, expect_json=expect_json)
    except TransportFailure as failure:
        _log(_DEBUG, "%s %s: %s", sent.method, sent.url, failure)
        raise connection_failed(f"{failure} ({sent.method} {urls.without_query(sent.url)})") from failure
    _log(_DEBUG, "%s %s: %d", sent.method, sent.url, response.status_code)
    return response


def _log(level: int, message: str, *values: object) -> None:
    """Log a message, if the program has imported logging; its import takes long."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(_LOGGER).log(level, message, *values, stacklevel=2)


def build(
    session: Session,
    method: str,
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    params: urls.Params = None,
    data: Any = None,
) -> Request:
    """Return the request for an endpoint of the backend, with the token.

    Raises:
        BackendException: code 1000; it is invalid.
    """
    if not isinstance(method, str) or not _TOKEN.fullmatch(method):
        raise misuse(f"Invalid HTTP method {method!a}")
    sent_headers = {"Accept": "application/json", "User-Agent": f"alignak-backend-client/{__version__}"}
    content = _content(json, data, sent_headers)
    if session.token:
        sent_headers["Authorization"] = _authorization(session.token)
    given = _headers(headers or {})
    named = {name.lower() for name in given}
    sent_headers = {name: value for name, value in sent_headers.items() if name.lower() not in named} | given
    return Request(method.upper(), urls.build(session.root, endpoint, params), sent_headers, content)


def _authorization(token: str) -> str:
    # A token with a lone surrogate is invalid; the error must not quote it.
    return "Basic " + base64.b64encode(f"{token}:".encode(errors="replace")).decode("ascii")


def _renew_token(session: Session, request: Request) -> Operation[Request | None]:
    """Return a request with a new token; None if there is none. Parallel requests may all log in."""
    old = request.headers["Authorization"]
    if session.credentials is not None and session.token and old == _authorization(session.token):
        username, password = session.credentials
        sent = build(session, "POST", "login", json={"username": username, "password": password})
        sent.headers.pop("Authorization")
        answer = yield from deliver(session, sent, resend, expect_json=True)
        body = answer.body() if answer.ok else None
        token = body.get("token") if isinstance(body, dict) else None
        if isinstance(token, str) and token and old != _authorization(token):
            session.token = token
        elif answer.status_code < 500:
            session.credentials = None  # do not try again
    if not session.token or old == _authorization(session.token):
        return None
    return request._replace(headers={**request.headers, "Authorization": _authorization(session.token)})


def _headers(headers: Mapping[str, str | bytes | None]) -> dict[str, str]:
    """Return the caller's headers as text, without those that are None.

    Raises:
        BackendException: code 1000; a name or a value is invalid.
    """
    sent: dict[str, str] = {}
    urls.check_mapping(headers, "Headers are", "If-Match")
    for name, value in headers.items():
        if value is None:
            continue
        text = (value.decode("latin-1") if isinstance(value, bytes) else str(value)).strip(" \t")
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise misuse(f"Invalid header name {name!a}")
        if not (text.isprintable() and text.isascii()):
            raise misuse(f"Invalid characters in the value of the header {name}")
        sent[name] = text
    return sent


def _content(json: Any, data: Any, headers: dict[str, str]) -> bytes | None:
    """Return the body of a request, and set its content type."""
    if data:
        if isinstance(data, Mapping):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return urls.encode(data).encode()
        if hasattr(data, "read"):
            data = data.read()
        return data if isinstance(data, bytes) else str(data).encode()
    if json is None:
        return None
    headers["Content-Type"] = "application/json"
    return encode_json(json)


def encode_json(value: Any) -> bytes:
    """Encode a value as JSON.

    Raises:
        BackendException: code 1000; it has a value that JSON does not support.
    """
    import json

    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise misuse(f"The data cannot be sent as JSON: {error}") from error


def make_response(session: Session, status: int, endpoint: str, body: Any) -> Response:
    """Return the response that the backend would send, or has sent and that was lost."""
    url = f"{session.root}/{endpoint.strip('/')}"
    return Response(status, reason_of(status), url, {"content-type": "application/json"}, encode_json(body))


def decode(response: Any) -> Body:
    """Decode the body of a response.

    Args:
        response: a :class:`Response`, or a response of the `requests` library.

    Raises:
        BackendException: an HTTP error (with its status as code), an error in a response with status 200 (with the
            code of the backend), or a response that is not JSON (1000).
    """
    if response.status_code >= 400:
        raise http_error(response)
    if response.status_code >= 300:
        place = plain_text(response.headers.get("location", "another address"))
        raise connection_failed(
            f"The server at {urls.without_query(response.url)} redirects to {place}: is it the backend's URL?"
        )
    try:
        body: Body = response.json()
    except ValueError:
        what = "an empty response" if not response.content.strip() else "a response that is not JSON"
        raise connection_failed(
            f"{what.capitalize()} from {urls.without_query(response.url)}: is it a backend?"
        ) from None
    if isinstance(body, dict) and isinstance(error := body.get("_error"), dict):
        code = error.get("code")
        message = str(error.get("message", "Unknown error"))
        raise BackendException(code if isinstance(code, int) else BACKEND_ERROR, message, response)
    return body


def decode_object(response: Response) -> Body:
    """Decode the body of a response, which must be a JSON object.

    Raises:
        BackendException: as for :func:`decode`, or the body is another JSON value (1000).
    """
    body = decode(response)
    if not isinstance(body, dict):
        raise connection_failed(f"No object in the response of {urls.without_query(response.url)}: is it a backend?")
    return body


def login(
    session: Session, username: str, password: str, generate: str, proxies: Mapping[str, str] | None
) -> Operation[bool]:
    """Log in and store the token; return False if the backend rejects the credentials."""
    if not username or not password:
        raise misuse("Missing mandatory parameters")
    if proxies:
        session.proxies = check_proxies(proxies)
    credentials = {"username": username, "password": password}
    if generate == "force":
        credentials["action"] = "generate"
    session.token = session.credentials = None
    response = yield from request(session, "POST", "login", json=credentials, settle=resend, expect_json=True)
    if response.status_code == 401:
        # No warning: it would end on the standard error of programs that do not configure logging.
        _log(_INFO, "The backend %s rejects the login of %r", session.root, username)
        return False
    body = decode(response)
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token:
        raise connection_failed(f"No token in the response of {response.url}: is it a backend?")
    session.token, session.credentials = token, (username, password)
    return True


def logout(session: Session) -> Operation[bool]:
    """Log out; nothing is sent if not logged in."""
    if session.token:
        response = yield from request(session, "POST", "logout", settle=resend)
        session.token = session.credentials = None
        if not response.ok:
            raise http_error(response)
    return True


def get_domains(session: Session) -> Operation[list[dict[str, str]]]:
    """Return the resources of the backend, each ``{'href': ..., 'title': ...}``."""
    body = yield from get(session, "")
    links = body.get("_links")
    children = links.get("child") if isinstance(links, dict) else None
    return children if isinstance(children, list) else []


def config(session: Session) -> Operation[BackendConfig]:
    """Return the configuration of the backend, which is requested once."""
    if session.config is None:
        response = yield from request(session, "GET", "backendconfig")
        body = response.body() if response.ok else None
        body = body if isinstance(body, dict) else {}
        page_limit = _number(body.get("PAGINATION_LIMIT")) or BACKEND_PAGINATION_LIMIT
        session.config = BackendConfig(page_limit, _number(body.get("DELETION_LIMIT")))
    return session.config


def _number(value: Any) -> int:
    """Return a positive integer; 0 for other values."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def get(session: Session, endpoint: str, params: urls.Params = None) -> Operation[Body]:
    """Return an item or one page of items, with ``_status``."""
    response = yield from request(session, "GET", endpoint, params=params, expect_json=True)
    body = decode_object(response)
    body.setdefault("_status", "OK")
    return body
