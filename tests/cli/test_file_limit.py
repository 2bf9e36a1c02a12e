"""A database that cannot grow: no traceback, and what was there stays."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path

from cli.running import COMMAND, environment, run


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    url = f"embedded:{tmp_path}/site.db"
    assert run("-b", url, "add", "before").code == 0
    (tmp_path / "hosts.json").write_text(json.dumps([{"name": "large", "notes": "x" * 300_000}]), encoding="utf-8")
    limit = 100 * 1024
    done = subprocess.run(
        [*COMMAND, "-b", url, "-d", "hosts.json", "-f", str(tmp_path), "add"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    message, summary = done.stderr.splitlines()
    assert message.startswith(f"Host 'large' is not added: {tmp_path}/site.db: cannot be written (disk I/O error)")
    assert summary == "0 hosts added, 1 failed"
    assert run("-b", url, "-o", "name", "list").out == "before\n"
