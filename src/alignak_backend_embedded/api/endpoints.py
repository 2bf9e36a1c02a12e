"""What is no resource: login, logout, settings, version, the periodic job, the documentation of the API."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, Response, current_app, request

from alignak_backend_embedded.api.auth import authenticate
from alignak_backend_embedded.api.body import json_body
from alignak_backend_embedded.api.deleting import MOST_ITEMS
from alignak_backend_embedded.api.errors import PROVIDE_CREDENTIALS, TooManyLoginsError
from alignak_backend_embedded.api.login_throttle import Attempts, is_local
from alignak_backend_embedded.api.settings import BACKEND_VERSION
from alignak_backend_embedded.api.views import respond
from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.domain.passwords import Proven, hash_password, is_outdated, new_token

#: Where the application keeps what it knows about failed logins.
ATTEMPTS: Final = "alignak_backend_login_attempts"

#: Where it keeps which passwords were right a moment ago.
PROVEN: Final = "alignak_backend_proven_passwords"


def _credentials() -> tuple[str, str, str | None]:
    """Return name, password and action of a login request.

    Raises:
        NotAllowedError: they are not there.
    """
    sent: Any = None
    if request.mimetype == "application/json" and request.get_data():
        sent = json_body()
    elif request.form:
        sent = request.form.to_dict()
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


def login() -> Response:
    """Answer ``POST /login``: the user's token.

    The token stays the same from login to login until ``action`` is ``generate``. Neither ``_etag`` nor ``_updated``
    of the user change. A hash that an older backend made is replaced by a current one.

    Raises:
        NotAllowedError: name or password are wrong.
        TooManyLoginsError: there were too many wrong ones.
    """
    name, password, action = _credentials()
    address = request.remote_addr or ""
    attempts: Attempts = current_app.extensions[ATTEMPTS]
    wait = attempts.take(name, address)
    if wait:
        raise TooManyLoginsError(wait)
    user = store().find_one("user", {"name": name})
    stored = None if user is None else str(user.get("password") or "")
    proven: Proven = current_app.extensions[PROVEN]
    if not proven.opens(stored, password) or user is None or stored is None:
        raise NotAllowedError(PROVIDE_CREDENTIALS)
    attempts.succeeded(name, address)
    token = user.get("token")
    fields = {}
    if action == "generate" or not token:
        token = fields["token"] = new_token()
    if is_outdated(stored):
        fields["password"] = hash_password(password)
    # The hash in the filter: a password that was changed meanwhile must not come back.
    if fields and not store().update_fields("user", {"_id": user["_id"], "password": stored}, fields):
        raise NotAllowedError(PROVIDE_CREDENTIALS)
    return respond("", ({"token": token}, None, None, 200, [("Cache-Control", "no-store")]))


def logout() -> Response:
    """Answer ``POST /logout``. The token stays valid: other programs of the user hold the same one."""
    return Response("ok", mimetype="text/html")


def version() -> Response:
    """Answer ``GET /version``."""
    return respond("", ({"version": BACKEND_VERSION}, None, None, 200, None))


def cron_livesynthesis_history() -> Response:
    """Answer ``GET /cron_livesynthesis_history``: keep a copy of every livesynthesis.

    Programs of this machine need no login for it. Others must be super administrators: each request fills the disk.

    Raises:
        NotAllowedError: it comes from elsewhere, from somebody else.
    """
    if not is_local(request.remote_addr or "") and not authenticate().is_super_admin:
        raise NotAllowedError
    from alignak_backend_embedded.rules.livesynthesis import keep_history

    with store().transaction():
        keep_history()
    return respond("", ({}, None, None, 200, None))


def nothing_to_do() -> Response:
    """Answer the jobs for what this backend does not have: Grafana, time series, notifications of an arbiter."""
    return respond("", ({}, None, None, 200, None))


def install(app: Flask, *, pagination_limit: int, pagination_default: int) -> None:
    """Add the endpoints to the application."""
    app.extensions[ATTEMPTS] = Attempts()
    app.extensions[PROVEN] = Proven()
    told = {
        "PAGINATION_LIMIT": pagination_limit,
        "PAGINATION_DEFAULT": pagination_default,
        "DELETION_LIMIT": MOST_ITEMS,
    }

    def backendconfig() -> Response:
        return respond("", (told, None, None, 200, None))

    app.add_url_rule("/login", "login", login, methods=["POST"])
    app.add_url_rule("/logout", "logout", logout, methods=["POST"])
    app.add_url_rule("/backendconfig", "backendconfig", backendconfig, methods=["GET"])
    for job in ("cron_alignak", "cron_timeseries", "cron_grafana"):
        app.add_url_rule(f"/{job}", job, nothing_to_do, methods=["GET"])
    app.add_url_rule("/version", "version", version, methods=["GET"])
    app.add_url_rule(
        "/cron_livesynthesis_history", "cron_livesynthesis_history", cron_livesynthesis_history, methods=["GET"]
    )
