"""Command ``profile``: manage profiles, which are named connection settings."""

from __future__ import annotations

from typing import Any, Final

import click

from alignak_backend_client.cli.access import DEFAULT_URL, VARIABLES, Access
from alignak_backend_client.cli.command import access_arguments, command, option
from alignak_backend_client.cli.options.output import output_options
from alignak_backend_client.cli.profiles.config import KEYS, Config
from alignak_backend_client.cli.profiles.logins import has_token
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import display_url
from alignak_backend_client.model.start_documents import ADMINISTRATOR
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.suggestions import suggestion
from alignak_backend_client.output.writing import write

_EPILOG: Final = f"""\
Actions:
  list                      list the profiles (default)
  show [NAME]               show the current settings and where they come from;
                            with NAME: the settings with this profile
  use NAME                  set the default profile; --none: unset it
  set NAME KEY=VALUE...     create or change a profile; KEY= removes a setting
  delete NAME               delete a profile

Settings: {", ".join(KEYS)}.
Options take precedence over the environment, and the environment over profiles.
The default profile is ignored when another URL is given. Profiles hold no
passwords: use 'alignak-backend-cli login'.

Exit codes:
  0   success
  2   the output or the profile file could not be written
  64  wrong usage, an invalid profile file, or there is no such profile

Examples:
  alignak-backend-cli profile set paris url=https://paris.example username=bob
  alignak-backend-cli profile set test url=embedded:test.db
  alignak-backend-cli profile use paris
  alignak-backend-cli profile list
  alignak-backend-cli profile show --profile test
"""

ACTIONS: Final = {
    "list": "profile list takes no name",
    "show": "profile show takes one name, or none",
    "use": "profile use needs a name: 'profile use NAME', or 'profile use --none'",
    "set": "profile set needs a name and a setting, such as 'profile set paris url=https://paris.example'",
    "delete": "profile delete needs a name: 'profile delete NAME'",
}
"""The subcommands and their arguments."""

_MASK: Final = "********"
_LIST: Final = (
    Column("name"),
    Column("used", kind="boolean"),
    Column("url"),
    Column("username"),
    Column("logged_in", "logged in", kind="boolean"),
    *(Column(key, key.replace("_", " "), wide=True) for key in KEYS[2:]),
)
_SHOW: Final = (Column("setting"), Column("value"), Column("source"))


@command(epilog=_EPILOG)
@click.argument("action", metavar="ACTION", default="list")
@click.argument("words", metavar="[NAME] [KEY=VALUE]...", nargs=-1)
@option("--none", "none", is_flag=True, help="use: unset the default profile")
@output_options
@access_arguments
def profile(
    console: Console, given: dict[str, Any], layout: Layout, action: str, words: tuple[str, ...], none: bool
) -> None:
    """Manage profiles: named connection settings such as URL and user, in your configuration file."""
    if none and action != "use":
        raise click.UsageError("The option --none works with 'use' only")
    match action, words:
        case "list", ():
            _list(console, layout)
        case "show", () | (_,):
            _show(console, layout, Access(**given | ({"profile": words[0]} if words else {})))
        case "use", () | (_,) if none != bool(words):
            Config().use(words[0] if words else None)
            console.note(f"Profile {words[0]!r} is in use" if words else "No profile is in use")
        case "set", (name, _, *_):
            _set(console, name, words[1:])
        case "delete", (name,):
            Config().delete(name)
            console.note(f"Profile {name!r} is deleted")
        case _:
            raise click.UsageError(_usage(action))


def _usage(action: str) -> str:
    """Return the right arguments of an action, or the error if there is no such action."""
    return ACTIONS.get(action) or f"Unknown action {action!r}: {suggestion(action, ACTIONS, 'actions')}"


def _list(console: Console, layout: Layout) -> None:
    layout.select_columns(_LIST)
    config = Config()
    used = Access().profile
    rows = []
    for name, settings in config.profiles.items():
        values = {key: settings.get(key) for key in KEYS}
        kept = has_token(settings.get("url", DEFAULT_URL), settings.get("username", ADMINISTRATOR))
        rows.append({"name": name, "used": name == used, **values, "logged_in": kept})
    console.results(lambda stream: write(rows, _LIST, layout, stream))
    if not rows:
        console.note("No profiles: create one with 'alignak-backend-cli profile set NAME url=URL'")


def _show(console: Console, layout: Layout, access: Access) -> None:
    layout.select_columns(_SHOW)
    token = _MASK if access.is_logged_in() else None
    url = display_url(access.backend_url).strip("'") if "@" in access.backend_url else access.backend_url
    values = {"profile": access.profile, "url": url, "username": access.username, "password": _MASK, "token": token}
    values |= {key: getattr(access, key) for key in KEYS if key not in values}
    rows = [
        {"setting": key, "value": value, "source": _source(access, key, login="login" if token else "default")}
        for key, value in values.items()
    ]
    console.results(lambda stream: write(rows, _SHOW, layout, stream, name=lambda row: str(row["setting"])))


def _source(access: Access, key: str, login: str) -> str:
    """Return the source of a setting's value, for people."""
    source = access.sources.get(key, login)
    return {"environment": VARIABLES.get(key, ""), "profile": f"profile {access.profile}"}.get(source, source)


def _set(console: Console, name: str, words: tuple[str, ...]) -> None:
    values: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise click.UsageError(f"{word!r} is not a setting: use KEY=VALUE, such as 'url=https://paris.example'")
        values[key] = value or None
    config = Config()
    new = name not in config.profiles
    config.change(name, values)
    hint = f": use it with --profile {name}, or always with 'alignak-backend-cli profile use {name}'" if new else ""
    console.note(f"Profile {name!r} is {'created' if new else 'changed'}{hint}")
