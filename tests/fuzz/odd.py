"""Strategies for input as odd as it can be, and what must hold whatever it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from alignak_backend_client.model import public_resources
from cli.running import Ran

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "40"))
"""Cases of each test; 2,000 in the long run."""

SETTINGS: Final = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)

RESOURCES: Final = sorted(public_resources())

NAMES: Final = st.one_of(
    st.sampled_from(
        [
            *["a/b", "../../etc/passwd", "..", ".", "/", "//", "/etc/passwd", "a/*", "*", "*/*", "nul\0l", "a\nb"],
            *["\x1b[31mred\x1b[0m", "\x9b31m", "\u202egnp.exe", "\u200b", "x" * 10_000, "é" * 3000, "CON", "NUL.txt"],
            *["COM1", " ", "\t", "-", "--", "-q", "'", '"', "$where", "{}", "[]", "null", "admin", "All", "_dummy"],
            *[
                "ab" * 12,
                "AB" * 12,
                "\ud800",
                "😀" * 100,
                "Tue, 01 Jan 2019 00:00:00 GMT",
                "%00",
                "%2e%2e%2f",
                "\u2028",
            ],
        ]
    ),
    st.text(max_size=30),
)

LEAVES: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 2**64, -(2**70), 10**400, 1e308, -0.0, 5e-324]),
    st.floats(allow_nan=False, allow_infinity=False),
    NAMES,
)

ANYTHING: Final = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def nested(depth: int) -> Any:
    """A list within a list, so many times."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


DEEP: Final = st.sampled_from([100, 253, 255, 480, 900, 1020]).map(nested)


def check(ran: Ran, folder: Path, outside: Path, *, json_too: bool = False) -> None:
    """Hold what holds for every run: a known exit code, no trace of a defect, nothing that a terminal obeys."""
    assert ran.code in (0, 1, 2, 64, 130), ran
    assert "Traceback" not in ran.text, ran
    assert "Internal error" not in ran.text, ran
    for char in ran.text:
        assert char == "\n" or char.isprintable(), (char, ran)
    assert sorted(path.name for path in outside.iterdir()) == [folder.name]
    assert json_too or len(ran.text) < 200_000
