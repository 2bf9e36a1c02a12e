"""Applying a site, for the tests of ``apply``."""

from __future__ import annotations

from typing import Any

from cli.running import Desk, Ran, run
from site_files.test_diff import SITE

SECRETS = {"OPS": "hush-hush"}


def applied(desk: Desk, folder: str, *options: str, code: int = 0, **variables: str) -> Ran:
    ran = run("apply", "-b", desk.url, folder, "--yes", *options, variables=SECRETS | variables)
    assert ran.code == code, ran
    return ran


def with_host(**fields: Any) -> dict[str, Any]:
    """The site with other fields of web1; None takes one away."""
    web1 = {key: value for key, value in {**SITE["host"][1], **fields}.items() if value is not None}
    return {**SITE, "host": [SITE["host"][0], web1]}
