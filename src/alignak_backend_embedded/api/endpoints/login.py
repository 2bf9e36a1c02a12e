"""Logging in and out."""

from __future__ import annotations

from typing import Any

from alignak_backend_embedded.api.body import KNOWN_TYPES, body, media_type
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import PROVIDE_CREDENTIALS, TooManyLoginsError
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.api.options import Limits
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.domain.passwords import hash_password, is_outdated, new_token


def _credentials(request: Request, limits: Limits) -> tuple[str, str, str | None]:
    """Return name, password and action of a login request.

    Raises:
        NotAllowedError: they are missing.
    """
    sent: Any = None
    if media_type(request) in KNOWN_TYPES and request.body:
        sent = body(request, limits)
    if not sent:
        raise NotAllowedError("No data provided in the login request")
    if not isinstance(sent, dict) or "username" not in sent or "password" not in sent:
        raise NotAllowedError("Missing credentials in posted data (username and password are mandatory)")
    name, password = sent["username"], sent["password"]
    if not name or not password:
        raise NotAllowedError("Username and password must be provided as credentials for login.")
    if not isinstance(name, str) or not isinstance(password, str):
        raise NotAllowedError(PROVIDE_CREDENTIALS)
    action = sent.get("action")
    return name, password, action if isinstance(action, str) else None


def login(call: Call) -> Answer:
    """Answer ``POST /login``: the user's token.

    The token stays the same until ``action`` is ``generate``. ``_etag`` and ``_updated`` of the user do not change. A
    hash of an older backend is replaced by a current one.

    Raises:
        NotAllowedError: name or password is wrong.
        TooManyLoginsError: there were too many failed logins.
    """
    name, password, action = _credentials(call.request, call.backend.options.limits)
    address, throttle, store = call.request.remote_address, call.backend.throttle, call.context.store
    wait = throttle.take(name, address)
    if wait:
        raise TooManyLoginsError(wait)
    user = store.find_one("user", {"name": name})
    stored = None if user is None else str(user.get("password") or "")
    if not call.backend.passwords.check(stored, password) or user is None or stored is None:
        raise NotAllowedError(PROVIDE_CREDENTIALS)
    throttle.succeeded(name, address)
    token = user.get("token")
    fields = {}
    if action == "generate" or not token:
        token = fields["token"] = new_token()
    if is_outdated(stored):
        fields["password"] = hash_password(password)
    # The filter has the old hash, so that a password changed in the meantime is not overwritten.
    if fields and not store.update_fields("user", {"_id": user["_id"], "password": stored}, fields):
        raise NotAllowedError(PROVIDE_CREDENTIALS)
    return Answer({"token": token}, headers=(("Cache-Control", "no-store"),))


def logout(_call: Call) -> Response:
    """Answer ``POST /logout``. The token stays valid, since other programs of the user may use it."""
    return Response(200, [("Content-Type", "text/html; charset=utf-8")], b"ok")
