"""The results as Markdown tables, and their place in the documentation."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Judged, Result, Table, Target, Unit

_TITLES: dict[Table, str] = {
    "client": "The client",
    "growth": "Long lists",
    "output": "Output",
    "site": "A site as files",
    "site-growth": "Large sites as files",
    "memory": "Memory",
    "backend": "The embedded backend beside the real one",
    "scaling": "The embedded backend with many services in it",
}
_FACTORS: dict[Unit, float] = {"s": 1, "ms": 1e3, "MB": 1e-6, "KB": 1e-3}
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def markdown(results: Sequence[Result], *, judged: bool = True) -> str:
    """All results, a table for each kind of work, and what they were measured on; with or without the targets."""
    parts = [machine(), _at_a_glance(results)] if judged else [machine()]
    for kind, title in _TITLES.items():
        own = [result for result in results if result.row.table == kind]
        if own:
            parts += [f"### {title}", _table(own) if judged else _values_alone(own)]
    return "\n\n".join(parts) + "\n"


def write(page: Path, text: str) -> None:
    """Put the tables between the markers of a page.

    Raises:
        ValueError: the page has no markers.
    """
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for the tables: {_BEGIN} and {_END}")
    page.write_text(f"{before}{_BEGIN}\n{text}{_END}{after}")


def _table(results: Sequence[Result]) -> str:
    """One table: the values of all contenders, then what they were judged by."""
    contenders = _distinct(name for result in results for name in result.values)
    judgements = _distinct(_heading(judged.target) for result in results for judged in result.judged)
    if not judgements:
        return _values_alone(results)
    lines = [["Work", *contenders, *judgements, "Targets met"]]
    lines.append(["---", *["---:"] * (len(contenders) + len(judgements)), "---"])
    for result in results:
        by_heading = {_heading(judged.target): judged for judged in result.judged}
        lines.append(
            [
                result.row.work,
                *(_value(result, name) for name in contenders),
                *(_verdict(by_heading.get(heading)) for heading in judgements),
                "yes" if all(judged.met for judged in result.judged) else "**no**",
            ]
        )
    return _markdown(lines)


def _at_a_glance(results: Sequence[Result]) -> str:
    """How far apart all are, how many targets are met, and which are not."""
    judged = [(result.row.work, one) for result in results for one in result.judged]
    missed = [(work, one) for work, one in judged if not one.met]
    summary = [f"**{_met([one for _, one in judged])} targets are met.**" + (" Not yet:" if missed else "")]
    summary += [
        f"- {work}: {_heading(one.target)} {_verdict(one) if one.target.against else _limit(one)}"
        for work, one in missed
    ]
    return "\n".join([_ranges([one for _, one in judged]), "", summary[0], "", *summary[1:]]).strip()


def _ranges(judged: Sequence[Judged]) -> str:
    """A table with a line for each comparison: the range of its ratios."""
    lines = [["Comparison", "Rows", "least", "median", "most", "Targets met"], ["---", *["---:"] * 5]]
    for heading in _distinct(_heading(one.target) for one in judged if one.target.against):
        own = [one for one in judged if _heading(one.target) == heading]
        ratios = [one.ratio for one in own]
        shown = [f"{value:.3g} x" for value in (min(ratios), statistics.median(ratios), max(ratios))]
        lines.append([heading, str(len(own)), *shown, _met(own)])
    return _markdown(lines) if len(lines) > 2 else ""


def _met(judged: Sequence[Judged]) -> str:
    return f"{sum(one.met for one in judged)} of {len(judged)}"


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _limit(one: Judged) -> str:
    return f"{one.target.limit:g} s, and it takes {one.ratio:.3g} s"


def _values_alone(results: Sequence[Result]) -> str:
    contenders = _distinct(name for result in results for name in result.values)
    lines = [["Work", *contenders], ["---", *["---:"] * len(contenders)]]
    lines += [[result.row.work, *(_value(result, name) for name in contenders)] for result in results]
    return _markdown(lines)


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _heading(target: Target) -> str:
    if not target.against:
        return "at most"
    return f"{'better than' if target.kind == 'times faster' else 'times'} {target.against}"


def _verdict(judged: Judged | None) -> str:
    if judged is None:
        return ""
    target = judged.target
    text = f"{judged.ratio:.3g}" if judged.ratio < 1000 else f"{judged.ratio:.0f}"
    if not target.against:
        return f"{target.limit:g} s"
    text = f"{text} x"
    goal = f"{'≥' if target.kind == 'times faster' else '≤'} {target.limit:g}"
    return f"{text} ({goal})" if judged.met else f"**{text}** ({goal})"


def _value(result: Result, contender: str) -> str:
    value = result.values.get(contender)
    if value is None:
        return ""
    shown = value * _FACTORS[result.row.unit]
    digits = 0 if shown >= 100 else 1 if shown >= 10 else 2
    return f"{shown:,.{digits}f} {result.row.unit}"


def machine() -> str:
    """What this was measured on."""
    memory = "memory unknown"
    try:
        found = re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    if found:
        memory = f"{int(found[1]) / 2**20:.0f} GiB of memory"
    system = f"{platform.system()} on {platform.machine()}"
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {memory}, {system}, "
        f"Python {platform.python_version()}."
    )
