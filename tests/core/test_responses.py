from __future__ import annotations

import pytest

from alignak_backend_client._core.responses import reason_of


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, "OK"),
        (401, "UNAUTHORIZED"),
        (413, "REQUEST ENTITY TOO LARGE"),
        (422, "UNPROCESSABLE ENTITY"),
        (507, "INSUFFICIENT STORAGE"),
        (599, "ERROR"),
    ],
)
def test_reasons_are_the_same_on_every_python(status: int, reason: str) -> None:
    assert reason_of(status) == reason
