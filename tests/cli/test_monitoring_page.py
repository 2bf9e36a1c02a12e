"""docs/day.md, monitoring.md and acting.md: their commands print what they say, on a site made for them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from alignak_backend_client.cli.ndjson import line
from alignak_backend_client.client import Backend
from alignak_backend_client.items.writing.results import Result
from cli.monitored import ACKNOWLEDGED, HOUR, SOFT, state
from cli.sessions import printed, sessions

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the site that the pages are about, as an embedded database."""
    folder = tmp_path
    with Backend(f"embedded:{folder / 'site.db'}") as backend:
        backend.login("admin", "admin")
        top = backend.get_all("realm")["_items"][0]["_id"]
        paris = backend.post("realm", {"name": "Paris", "_parent": top})["_id"]
        hard = {"ls_current_attempt": 3, "max_check_attempts": 3}
        ids = {}
        for name, realm, fields in (
            ("router", top, state("router", "DOWN", 2, ls_output="PING CRITICAL: lost 100 %", **hard)),
            ("db-1", paris, state("db-1", "UP", 30)),
            ("web-1", paris, state("web-1", "UP", 30)),
        ):
            ids[name] = backend.post("host", {**fields, "_realm": realm})["_id"]
        slow = {"ls_current_attempt": 4, "max_check_attempts": 4}
        first = {"ls_current_attempt": 1, "max_check_attempts": 4}
        for host, realm, fields in (
            ("router", top, state("ports", "CRITICAL", ls_output="no answer", **hard)),
            ("db-1", paris, state("disk", "CRITICAL", 5, ls_output="/var is 98 % full", **hard)),
            (
                "db-1",
                paris,
                state("backup", "CRITICAL", 8, ls_output="last backup is 26 h old", **hard, **ACKNOWLEDGED),
            ),
            ("web-1", paris, state("http", "WARNING", 72, ls_output="HTTP OK, 4.2 s", **slow)),
            ("web-1", paris, state("load", "WARNING", 1, ls_output="load average: 9.1", **first, **SOFT)),
            ("web-1", paris, {"name": "certificate"}),
        ):
            made = backend.post("service", {**fields, "host": ids[host], "_realm": realm})["_id"]
            if fields["name"] == "http":
                target = {"host": ids[host], "service": made}
                backend.post("history", {**target, "type": "ack.add", "message": "the provider looks into it"})
                types = {"state_type": "HARD", "last_state_type": "HARD", "state_changed": True}
                # Older than what the service knows: its state stays.
                result = {"state": "WARNING", "last_state": "OK", "output": "HTTP OK, 4.2 s", "last_check": 1}
                backend.post("logcheckresult", {**target, **types, **result})
        for kind, number in ("arbiter", 7770), ("poller", 7771):
            daemon = {"name": f"{kind}-1", "type": kind, "address": "127.0.0.1", "port": number, "_realm": top}
            known = {"alive": True, "reachable": True, "passive": False, "spare": False}
            backend.post(
                "alignakdaemon", {**daemon, **known, "last_check": int(time.time()) - 5 * HOUR * (kind == "poller")}
            )
    return folder


@pytest.mark.parametrize("page", ["day.md", "monitoring.md", "acting.md"])
def test_output_of_the_page_is_what_is_printed(folder: Path, page: str) -> None:
    url = "" if page == "day.md" else "embedded:site.db"  # that page uses a profile
    places = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
    variables = {"ALIGNAK_BACKEND_URL": url, "TZ": "Europe/Paris", **places}
    commands = list(sessions(DOCS / page))
    assert commands
    for command, expected in commands:
        found = printed(command, folder, variables).replace(f"{folder}/", "")
        assert _timeless(found) == _timeless(expected), command


def _timeless(text: str) -> str:
    """Return text without dates, the minutes of what lasts, ``5h 1m`` is ``5h``, and the widths of columns."""
    text = re.sub(
        r"\w{3} \d{4}-\d\d-\d\d (\d\d:\d\d) CES?T \(\+0\d:00\)|\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)", r"\1\2", text
    )
    text = re.sub(r"^Last check: .*", "Last check: 1m ago", text, flags=re.MULTILINE)
    return re.sub(r"(\d+[hd]) \d+[mh]\b", r"\1", re.sub(r" +", " ", text))


def test_the_lines_for_programs_have_the_shape_that_the_page_shows() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", (DOCS / "acting.md").read_text(encoding="utf-8"), re.DOTALL)
    result = Result("add", "actiondowntime", "web-1/http", "6b096040cc71200000a8f434", "created")
    assert json.loads(block) == json.loads(line(result))
