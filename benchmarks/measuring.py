"""Measuring several contenders at the same work, in turns, so that a busy machine is unfair to all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.workbench import Workbench

Contenders = Mapping[str, Callable[[], float]]
"""How to measure each contender once, in seconds or bytes; the first is the one that is judged."""

Unit = Literal["s", "ms", "MB", "KB"]
Table = Literal["client", "growth", "output", "site", "site-growth", "memory", "backend", "scaling"]


@dataclass(frozen=True)
class Target:
    """What a measured value must reach.

    Attributes:
        against: the contender to compare with; empty for a limit of the value itself.
        limit: a ratio, or a value in seconds or bytes.
        kind: `times faster` judges other / own, at least; `at most` judges own / other, or own.
    """

    against: str
    limit: float
    kind: Literal["times faster", "at most"]

    def met(self, ratio: float) -> bool:
        """Whether a ratio, or a value, is good enough."""
        return ratio >= self.limit if self.kind == "times faster" else ratio <= self.limit


def times_faster(against: str, limit: float) -> Target:
    """At least so many times as fast as another; or needing that many times less memory."""
    return Target(against, limit, "times faster")


def at_most(against: str, limit: float) -> Target:
    """At most so many times what another needs."""
    return Target(against, limit, "at most")


@dataclass(frozen=True)
class Row:
    """Work to measure.

    Attributes:
        key: its short name, for the command line.
        table: where it is shown.
        work: what is done, in words.
        unit: to show the values in.
        targets: what must be reached.
        prepare: makes all ready, and yields the contenders.
        rounds: how often each contender does it.
    """

    key: str
    table: Table
    work: str
    unit: Unit
    targets: tuple[Target, ...]
    prepare: Callable[[Workbench], AbstractContextManager[Contenders]]
    rounds: int = 5


@dataclass(frozen=True)
class Judged:
    """A target, what was reached, and whether that is enough."""

    target: Target
    ratio: float

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        return self.target.met(self.ratio)


@dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes:
        row: the work.
        values: the median of each contender, in seconds or bytes.
        judged: the targets.
    """

    row: Row
    values: Mapping[str, float]
    judged: tuple[Judged, ...]


def measure(row: Row, bench: Workbench) -> Result:
    """Let each contender do the work, one after the other, round after round.

    A ratio is the median of the ratios of the rounds: both of its values come from the same moment.
    """
    measured: dict[str, list[float]] = {}
    with row.prepare(bench) as contenders:
        for _ in range(bench.rounds(row.rounds)):
            for name, run in contenders.items():
                measured.setdefault(name, []).append(run())
    own = next(iter(measured.values()))
    return Result(
        row,
        {name: statistics.median(values) for name, values in measured.items()},
        tuple(_judge(target, own, measured) for target in row.targets),
    )


def _judge(target: Target, own: list[float], measured: Mapping[str, list[float]]) -> Judged:
    if not target.against:
        return Judged(target, statistics.median(own))
    pairs = zip(own, measured[target.against], strict=True)
    if target.kind == "times faster":
        return Judged(target, statistics.median(other / mine for mine, other in pairs))
    return Judged(target, statistics.median(mine / other for mine, other in pairs))
