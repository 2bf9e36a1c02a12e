"""Messages and exit codes for failed commands."""

from __future__ import annotations

from alignak_backend_client.cli.access import NoAccess
from alignak_backend_client.cli.exit_codes import FAILED, NO_ACCESS, USAGE
from alignak_backend_client.cli.places import ConfigError
from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException, is_logged_out
from alignak_backend_client.items.errors import ItemError


def explain_error(error: Exception) -> tuple[str, int]:
    """Return the message for an error, in one line, and the exit code."""
    if isinstance(error, BackendException) and is_logged_out(error.response):
        hint = "renew it with 'alignak-backend-cli login', or check the password (-p)"
        return f"The backend no longer accepts the login: {hint}", NO_ACCESS
    if isinstance(error, NoAccess):
        return str(error), NO_ACCESS
    if isinstance(error, ItemError):
        return str(error), FAILED
    if isinstance(error, ConfigError):
        return str(error), USAGE
    if isinstance(error, BackendException):
        return (
            error.message if error.code == BACKEND_ERROR else f"The backend rejects the request: {error.reason}",
            FAILED,
        )
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
    return f"Internal error, please report it: {type(error).__name__}: {error} ({place})", FAILED
