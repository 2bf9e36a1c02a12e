"""Whatever a site is, and was before: after apply, the backend has what the files say, and nothing is left to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignak_backend_client._core.responses import Response
from alignak_backend_client.client import Backend
from alignak_backend_client.site.applying.apply import PlanResult, apply
from alignak_backend_client.site.exporting import export
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.plan import Options, Plan
from alignak_backend_client.site.validating import Validated, validate_folder
from servers.running import Kind, running_backend
from site_files.random_sites import Files, sites

REAL = 2
"""Examples on the real backend, each of which is a new one."""

_FUNCTION_SCOPED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@contextlib.contextmanager
def empty(kind: Kind) -> Iterator[Backend]:
    """A backend with nothing but what each has."""
    with contextlib.ExitStack() as stack:
        url = "embedded::memory:" if kind == "embedded" else stack.enter_context(running_backend(kind)).url
        backend = stack.enter_context(Backend(url))
        assert backend.login("admin", "admin")
        yield backend


def put(folder: Path, files: Files) -> Validated:
    """The files of a site, judged."""
    folder.mkdir()
    (folder / "all.yml").write_text(yaml.safe_dump(files, sort_keys=False, allow_unicode=True))
    (folder / "site.yml").write_text("name: paris\n")
    found = validate_folder(folder)
    assert not found.problems, found.problems
    return found


def run(backend: Backend, found: Validated, **options: Any) -> tuple[Plan, PlanResult]:
    """Apply a site; nothing may fail, and nothing be left."""
    plan = compute_plan(backend, found.site, Options(**options))
    assert (plan.problems, plan.refusals) == ([], [])
    ended = apply(backend, "admin", found.site, plan, {})
    failed = [(one.change.key, one.reason) for one in ended.results if one.status not in _DONE]
    assert not failed, failed
    assert ended.reason == ""
    left = compute_plan(backend, found.site, Options(**options))
    assert not left.changes, [(one.action, one.key, one.fields) for one in left.changes]
    return plan, ended


_DONE = ("created", "updated", "deleted")


def exported(backend: Backend, folder: Path) -> dict[str, str]:
    """What a backend has, as files."""
    from alignak_backend_client.items.errors import ItemError

    with contextlib.suppress(ItemError):  # it has nothing
        export(backend, folder)
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yml"))}


class _Counting:
    """Counts the requests that change something."""

    def __init__(self, backend: Backend) -> None:
        self.writes = 0
        self._send = backend._send
        backend._send = self  # type: ignore[method-assign]

    def __call__(self, request: Any) -> Any:
        self.writes += request.method != "GET"
        return self._send(request)


def test_pages_that_are_not_quite_json_are_read(tmp_path: Path) -> None:
    """Python servers send NaN, if only in live states."""
    with empty("embedded") as backend:
        found = put(tmp_path / "site", {"host": [{"name": "web", "notes": "some"}]})
        run(backend, found)
        send, odd = backend._send, []

        def answer(request: Any) -> Response:
            got = send(request)
            content = got.content.replace(b'"ls_latency":0.0', b'"ls_latency":NaN')
            odd.extend([request] if content != got.content else [])
            return Response(got.status_code, got.reason, got.url, got.headers, content)

        backend._send = answer  # type: ignore[method-assign]
        assert not compute_plan(backend, found.site, Options()).changes
        assert "notes: some" in exported(backend, tmp_path / "again")["host/web.yml"]
        assert len(odd) == 2


def _examples(request: pytest.FixtureRequest) -> int:
    return REAL if str(request.config.getoption("--backend")).startswith("real") else 12


def test_a_random_site_is_applied_and_exported_and_applied_elsewhere(
    request: pytest.FixtureRequest, backend_kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=_examples(request), suppress_health_check=_FUNCTION_SCOPED)
    @given(sites())
    def check(files: Files) -> None:
        folder = tmp_path_factory.mktemp("site")
        found = put(folder / "a", files)
        with empty(backend_kind) as one, empty(backend_kind) as other:
            run(one, found)
            counting = _Counting(one)
            run(one, found)
            assert counting.writes == 0
            first = exported(one, folder / "one")
            if first:
                there = validate_folder(folder / "one")
                assert there.problems == []
                assert [one.key for one in compute_plan(one, there.site, Options()).changes] == []
                run(other, there)
                assert exported(other, folder / "other") == first

    check()


def test_a_random_site_becomes_another_one(
    request: pytest.FixtureRequest, backend_kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever there was before, and whoever made it so, what is there in the end is what the second site says."""
    is_real = backend_kind.startswith("real")

    @settings(max_examples=_examples(request), suppress_health_check=_FUNCTION_SCOPED)
    @given(st.tuples(sites(customs=not is_real), sites(customs=not is_real)))
    def check(pair: tuple[Files, Files]) -> None:
        folder = tmp_path_factory.mktemp("site")
        first, second = (put(folder / name, files) for name, files in zip("ab", pair, strict=True))
        with empty(backend_kind) as one, empty(backend_kind) as other:
            run(one, first)
            run(one, second, prune=True, allow_deletions=True)
            run(other, second)
            assert exported(one, folder / "one") == exported(other, folder / "other")

    check()


def _with_renames(data: st.DataObject, before: Files, after: Files) -> bool:
    """Let some new items be old ones that got another name; return True when any is."""
    found = False
    for kind, items in after.items():
        had, now = ({one["name"] for one in files.get(kind, ())} for files in (before, after))
        gone = sorted(had - now)
        for item in items:
            takes: bool = data.draw(st.booleans())
            if takes and gone and item["name"] not in had:
                item["was"] = gone.pop()
                found = True
    return found


def test_a_random_site_changes_again_and_again(
    request: pytest.FixtureRequest, backend_kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However it was applied before, and under whatever names: after --prune there is what the files say."""
    is_real = backend_kind.startswith("real")

    @settings(max_examples=_examples(request), suppress_health_check=_FUNCTION_SCOPED)
    @given(st.data(), st.lists(sites(customs=not is_real), min_size=2, max_size=3))
    def check(data: st.DataObject, states: list[Files]) -> None:
        folder = tmp_path_factory.mktemp("site")
        with empty(backend_kind) as one, empty(backend_kind) as other:
            before: Files = {}
            for number, files in enumerate(states):
                renames = _with_renames(data, before, files)
                found = put(folder / str(number), files)
                prune, merge = data.draw(st.booleans()), not renames and data.draw(st.booleans())
                if compute_plan(one, found.site, Options(prune=prune, merge=merge, allow_deletions=True)).problems:
                    return  # --merge and a rename may ask for what no backend does
                run(one, found, prune=prune, merge=merge, allow_deletions=True)
                before = files
            run(one, found, prune=True, allow_deletions=True)
            run(other, found)
            assert exported(one, folder / "one") == exported(other, folder / "other")

    check()
