"""What all tests share: the choice of the backend they run against, and that backend, started once."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

import servers.mongomock_today  # noqa: F401 - repairs mongomock
from alignak_backend_client._core import retry
from alignak_backend_embedded.domain import passwords
from client.helping import Records
from servers.ferretdb import FerretDB
from servers.ferretdb_failures import failures
from servers.provision import ServerUnavailableError
from servers.running import KINDS, Kind, RunningBackend, running_backend

# Whoever runs the tests gets the same random values each time. `make fuzz` looks for new ones.
# How long that takes says something about the machine only.
UNTIMED: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNTIMED, derandomize=True)
settings.register_profile("new", UNTIMED)
settings.load_profile("same")

# No test may touch the keyring of whoever runs them.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: two tests a processor, since half of them wait for a server, a timeout or another process."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backend",
        choices=KINDS,
        default="embedded",
        help="the backend under test: in this process or our command `serve`, over SQLite or FerretDB (which speaks "
        "MongoDB's protocol), or the released one (waitress or uWSGI)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Profiles and logins of whoever runs the tests are not theirs.
    nowhere = tempfile.TemporaryDirectory()
    config.add_cleanup(nowhere.cleanup)
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = nowhere.name
    config.addinivalue_line("markers", "real_only: only makes sense on the released backend")
    config.addinivalue_line("markers", "embedded_only: only makes sense on the embedded backend, in process or served")
    config.addinivalue_line("markers", "mongo_only: needs FerretDB, which takes minutes to build: --backend mongo")
    # A shell that starts the tests in the background leaves them, and the commands they start, deaf to Ctrl-C.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kind = chosen_kind(config)
    unwanted = ["embedded_only" if kind.startswith("real") else "real_only"]
    if "mongo" not in kind:
        unwanted.append("mongo_only")
    known = failures() if "mongo" in kind else {}
    for item in items:
        for name in unwanted:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"{name}, and this run is --backend {kind}"))
        if reason := known.get(item.nodeid):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def chosen_kind(config: pytest.Config) -> Kind:
    """The backend of this run."""
    kind: Kind = config.getoption("--backend")
    return kind


def _layers(config: pytest.Config) -> list[str]:
    return ["ferretdb"] if "mongo" in chosen_kind(config) else ["sqlite", "mongomock"]


@pytest.fixture(autouse=True, scope="session")
def quick_hashes() -> Iterator[None]:
    """The backends of this process hash with little work: tests make thousands of users and logins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_METHOD", "scrypt:128:8:1")
        yield


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Clients of this process try again at once; how long they would wait is judged in tests/core."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retry, "FIRST_PAUSE", 0.001)
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "layer" in metafunc.fixturenames:
        metafunc.parametrize("layer", _layers(metafunc.config), indirect=True, scope="session")


@pytest.fixture(scope="session")
def layers(request: pytest.FixtureRequest) -> list[str]:
    """The stores of this run. The first is that of tests to which one is as good as another."""
    return _layers(request.config)


@pytest.fixture(scope="session")
def layer(request: pytest.FixtureRequest) -> str:
    """Each store of this run."""
    return str(request.param)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is that of Greenwich."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def log() -> Iterator[Records]:
    """Everything that is logged, from DEBUG."""
    root, handler = logging.getLogger(), Records()
    names = ["", "alignak_backend_client.client", "httpx2", "httpcore2", *logging.root.manager.loggerDict]
    levels = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def ferretdb() -> Iterator[FerretDB]:
    """One server for all; each test takes a database of its own."""
    try:
        with FerretDB() as server:
            yield server
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def backend_kind(request: pytest.FixtureRequest) -> Kind:
    return chosen_kind(request.config)


@pytest.fixture(scope="session")
def backend(backend_kind: Kind) -> Iterator[RunningBackend]:
    """The chosen backend, reachable over HTTP at `.url`; `.call()` sends raw requests as admin."""
    try:
        with running_backend(backend_kind) as running:
            yield running
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def backend_url(backend: RunningBackend) -> str:
    return backend.url


@pytest.fixture(scope="session")
def real_backend() -> Iterator[RunningBackend]:
    """The released backend whatever the run is about, for tests that compare with it."""
    try:
        with running_backend("real") as running:
            yield running
    except ServerUnavailableError as error:
        pytest.skip(str(error))
