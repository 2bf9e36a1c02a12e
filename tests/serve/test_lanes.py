"""What is quick is answered whatever else is asked for: it shares no thread with what waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from alignak_backend_embedded.api.admission import LARGE, LONG, NoPlaceError
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.server import lanes
from alignak_backend_embedded.server.lanes import Lanes

MANY = 200


class _Application:
    """Costs much at paths that are kinds of costly requests, and waits for writing and logins, until it is let go."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def handle(self, request: Request, patience: float = 0.0) -> Response:
        kind = request.path.strip("/")
        if kind in (LONG, LARGE) and not patience:
            raise NoPlaceError(kind)
        if kind in (LONG, LARGE, "login") or request.method == "POST":
            assert self.go_on.wait(60)
        return Response(200, [])

    def challenge(self, request: Request) -> Response | None:  # noqa: ARG002 - as the protocol has it
        return None


@pytest.fixture
def application() -> Iterator[_Application]:
    made = _Application()
    yield made
    made.go_on.set()


def _status(response: Response) -> int:
    return response.status


@pytest.mark.parametrize("path", [f"/{LONG}", f"/{LARGE}", "/host", "/login", "/login/"])
def test_others_are_answered_meanwhile(application: _Application, path: str) -> None:
    async def run() -> list[int]:
        served = Lanes(application, 8)
        method = "GET" if path[1:] in (LONG, LARGE) else "POST"
        waiting = [asyncio.ensure_future(served.answer(Request(method, path), _status)) for _ in range(MANY)]
        assert await served.answer(Request("GET", "/version"), _status) == 200
        assert await served.run_quick(application.challenge, Request("POST", "/host")) is None
        assert not any(each.done() for each in waiting)
        application.go_on.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(run()) == [200] * MANY


def test_waiting_too_long_for_a_thread_is_503(application: _Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PATIENCE", -1.0)
    answers: list[Response] = []
    asyncio.run(Lanes(application, 8).answer(Request("GET", f"/{LONG}"), answers.append))
    assert (answers[0].status, ("Retry-After", "5") in answers[0].headers) == (503, True)


def test_requests_like_waiting_ones_are_not_tried(application: _Application) -> None:
    """Of many that cost much, only the first ones take time from what is quick."""
    tried: list[str] = []
    handle = application.handle

    def note(request: Request, patience: float = 0.0) -> Response:
        if not patience:
            tried.append(request.query)
        return handle(request, patience)

    application.handle = note  # type: ignore[method-assign]

    async def run() -> None:
        served = Lanes(application, 8)

        def ask(query: str, who: str = "t") -> asyncio.Future[int]:
            return asyncio.ensure_future(
                served.answer(Request("GET", f"/{LONG}", query, {"authorization": who}), _status)
            )

        waiting = [ask("a=1")]
        while tried != ["a=1"] or served._known.kind(Request("GET", f"/{LONG}", "a=1", {"authorization": "t"})) is None:
            await asyncio.sleep(0)
        waiting += [ask("a=1") for _ in range(MANY)]
        waiting.append(ask("a=2"))
        waiting.append(ask("a=1", "another"))
        while len(tried) < 3:
            await asyncio.sleep(0)
        assert sorted(tried) == ["a=1", "a=1", "a=2"]
        # Queries that differ each time are of one kind, too, after some.
        for number in range(3, 40):
            known = len(served._known._waiting["t", f"/{LONG}"])
            waiting.append(ask(f"a={number}"))
            while len(served._known._waiting["t", f"/{LONG}"]) == known:
                await asyncio.sleep(0)
        application.go_on.set()
        assert set(await asyncio.gather(*waiting)) == {200}
        assert len(tried) == lanes._QUERIES + 2
        assert not served._known._waiting

    asyncio.run(run())
