"""Authentication by the token in the ``Authorization`` header.

HTTP Basic with the token as user name (any password), ``<token>``, ``Token <token>`` and ``Bearer <token>`` work.
"""

from __future__ import annotations

import base64
import binascii

from alignak_backend_embedded.api.call import Call
from alignak_backend_embedded.api.errors import UnauthenticatedError
from alignak_backend_embedded.domain.rights import OF_USERS, Caller


def _sent_token(header: str) -> str:
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
    if scheme.lower() in ("token", "bearer"):
        return rest
    return "" if rest else scheme


def authenticate(call: Call) -> Caller:
    """Find the user of the request, and store it in the context.

    Raises:
        UnauthenticatedError: the token is missing or invalid.
    """
    token = _sent_token(call.request.headers.get("authorization", ""))
    user = call.context.store.find_one("user", {"token": token}, OF_USERS) if token else None
    if user is None:
        raise UnauthenticatedError
    call.context.caller = Caller(user, call.context.store)
    return call.context.caller
