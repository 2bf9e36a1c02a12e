"""Random sequences of requests: the embedded backend must answer as the released one does.

Runs with `--backend real`, and always when `ALIGNAK_SEQUENCES` says how many sequences to play. The default plays the
same few each time; with the variable, new ones are made up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conformance.sequences import Game, Side, Step, openings, steps
from servers.in_process import InProcess
from servers.running import Kind, RunningBackend, fast_backend

_ASKED = os.environ.get("ALIGNAK_SEQUENCES")
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


@pytest.fixture(scope="module")
def sides(backend_kind: Kind, request: pytest.FixtureRequest) -> Iterator[tuple[Side, Side]]:
    if not backend_kind.startswith("real") and not _ASKED:
        pytest.skip("needs the released backend: --backend real, or ALIGNAK_SEQUENCES")
    real: RunningBackend = request.getfixturevalue("real_backend")
    with fast_backend("embedded") as embedded:
        yield Side(real.admin), Side(embedded.admin)


@settings(
    max_examples=int(_ASKED or 4),
    derandomize=not _ASKED,
    phases=_PHASES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(opening=openings(), sequence=st.lists(steps(), min_size=10, max_size=40))
def test_both_backends_answer_the_same(sides: tuple[Side, Side], opening: list[Step], sequence: list[Step]) -> None:
    game = Game(*sides)
    try:
        for step in opening + sequence:
            game.play(step)
        game.compare_everything()
    finally:
        game.clean()


def test_backends_are_reached_in_their_own_ways(sides: tuple[Side, Side]) -> None:
    real, embedded = sides
    assert isinstance(embedded.caller.client._transport, InProcess)
    assert not isinstance(real.caller.client._transport, InProcess)
