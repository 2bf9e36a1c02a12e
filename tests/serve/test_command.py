"""Starting and stopping, workers, refusals, the first password."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alignak_backend_client.cli import main
from serve.wire import Wire, login
from servers.serve import COMMAND, Serve, environment

_SECRET = "s3cret-Passw0rd"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - what these tests are about


def run(*options: str, stdin: str = "", **variables: str) -> tuple[int, str]:
    """Run a command that ends by itself; exit code and output."""
    ran = subprocess.run(
        [COMMAND, *options],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        env=environment(**variables),
        check=False,
    )
    return ran.returncode, ran.stdout


def children(served: Serve) -> set[int]:
    """The processes that a server has started."""
    path = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
    return {int(pid) for pid in path.read_text().split()}


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "site.db")


# --- start and stop ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workers", "number"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("2", signal.SIGTERM)], ids=str
)
def test_a_signal_stops_it_when_the_requests_under_way_are_answered(
    database: str, workers: str, number: signal.Signals
) -> None:
    with Serve("--database", database, "--workers", workers) as served:
        token = login(served).json["token"]
        processes = children(served)
        assert len(processes) == (0 if workers == "1" else 2)
        with Wire(served) as begun, Wire(served) as idle:
            assert idle.request("GET", "/version").headers["connection"] == "keep-alive"
            body = json.dumps([{"name": f"h{n}"} for n in range(200)]).encode()
            head = f"POST /host HTTP/1.1\r\nHost: [::1]\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
            begun.send(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n")
            assert begun.reply().status == 100
            begun.send(body[:-1])
            if number is signal.SIGINT:
                os.killpg(served.process.pid, number)  # Ctrl-C reaches all processes of a terminal
            else:
                served.process.send_signal(number)
            assert idle.is_closed()
            begun.send(body[-1:])
            reply = begun.reply()
            assert (reply.status, reply.headers["connection"], len(reply.json["_items"])) == (201, "close", 200)
            assert begun.is_closed()
        assert served.ended() == 0
    assert served.lines[1:] == [
        f"Alignak backend on {served.url} (database {database}), log in as admin; stop with Ctrl-C"
    ]
    assert not any(Path(f"/proc/{pid}").exists() for pid in processes)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port))
    assert not Path(f"{database}-wal").exists()
    with contextlib.closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT count(*) FROM host WHERE doc LIKE '%h199%'").fetchone() == (1,)


def test_a_second_signal_does_not_wait(database: str) -> None:
    with Serve("--database", database) as served, Wire(served) as wire:
        wire.send("POST /login HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        login(served)
        served.process.send_signal(signal.SIGINT)
        until(lambda: _refuses(served))
        assert served.stop(signal.SIGINT) == 2  # 0, had it waited
    assert served.lines[1:] == [
        f"Alignak backend on {served.url} (database {database}), log in as admin; stop with Ctrl-C"
    ]


def _refuses(served: Serve) -> bool:
    try:
        socket.create_connection(("127.0.0.1", served.port)).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it was taken into the queue just before that was closed
    return False


def test_ipv6() -> None:
    with Serve("--database=:memory:", host="[::1]") as served:
        assert served.url.startswith("http://[::1]:")
        assert login(served).status == 200


def test_a_name_listens_on_all_its_addresses() -> None:
    with Serve("--database=:memory:", host="localhost") as served:
        assert login(served).status == 200
        found = {family for family, *_ in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)}
        assert served.lines[-1].count("http://") == len(found)


# --- workers -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    path = tmp_path_factory.mktemp("team") / "site.db"
    with Serve("--database", str(path), "--workers=3") as served:
        yield served


def test_all_workers_write_to_the_same_database(team: Serve) -> None:
    token = login(team).json["token"]
    with Wire(team) as wire:
        realm = wire.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
    statuses: list[int] = []

    def write(number: int) -> None:
        for turn in range(5):
            with Wire(team) as wire:
                body = json.dumps({"name": f"h{number}-{turn}", "_realm": realm}).encode()
                reply = wire.request("POST", "/host", body, Authorization=token, Content_Type="application/json")
                statuses.append(reply.status)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 30
    with Wire(team) as wire:
        found = wire.request("GET", "/livesynthesis", Authorization=token).json["_items"][0]
    assert found["hosts_total"] == 30


def test_a_worker_that_dies_is_replaced_and_the_others_go_on(team: Serve) -> None:
    before = children(team)
    for victim in list(before)[:2]:
        os.kill(victim, signal.SIGKILL)
        team.wait_for(rf"Worker {victim} was killed \(SIGKILL\); starting another one")
        for _ in range(10):
            assert login(team).status == 200
    until(lambda: len(children(team)) == 3)
    assert len(children(team) - before) == 2


def test_workers_end_when_the_process_that_looks_after_them_is_killed(database: str) -> None:
    with Serve("--database", database, "--workers=2") as served:
        workers = children(served)
        assert len(workers) == 2
        served.process.kill()
        until(lambda: not any(_alive(pid) for pid in workers))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_workers_that_do_not_start_end_it(tmp_path: Path) -> None:
    database = tmp_path / "site.db"
    with Serve("--database", str(database), "--workers=2") as served:
        for path in tmp_path.iterdir():
            path.unlink()
        database.write_bytes(b"no database at all, no database at all" * 100)
        for pid in children(served):
            os.kill(pid, signal.SIGKILL)
        assert served.ended() == 2
    assert "not a SQLite database" in served.output
    assert served.lines[-1].startswith("The workers do not start")
    assert "Traceback" not in served.output


def test_a_second_server_on_the_same_file(database: str) -> None:
    with Serve("--database", database) as first, Serve("--database", database) as second:
        token = login(first).json["token"]
        with Wire(first) as one, Wire(second) as two:
            realm = one.request("GET", "/realm", Authorization=token).json["_items"][0]["_id"]
            body = json.dumps({"name": "seen by both", "_realm": realm}).encode()
            made = one.request("POST", "/host", body, Authorization=token, Content_Type="application/json")
            assert two.request("GET", f"/host/{made.json['_id']}", Authorization=token).json["name"] == "seen by both"


# --- the first password --------------------------------------------------------------------------------------------


def test_the_first_password_replaces_the_default_one_and_no_other(database: str) -> None:
    with Serve("--database", database, "--allow-default-password", host=_EVERYWHERE) as served:
        assert served.lines[0] == "Warning: the password of admin is 'admin': set another one (--admin-password -)"
        old = login(served).json["token"]
    with Serve("--database", database, "-v", "--admin-password=-", stdin=f"{_SECRET}\n", host="*") as served:
        assert len(served.lines) == 1
        served.url = served.url.replace(_EVERYWHERE, "127.0.0.1")
        assert login(served, _SECRET).status == 200
        assert login(served).status == 401
        with Wire(served) as wire:
            assert wire.request("GET", "/host", Authorization=old).status == 401
    assert _SECRET not in served.output
    with Serve("--database", database, ALIGNAK_BACKEND_ADMIN_PASSWORD="another") as served:
        assert served.lines[0].startswith("admin already has a password, which is kept")
        assert login(served, _SECRET).status == 200


@pytest.mark.parametrize("way", ["environment", "option"])
def test_a_new_database_gets_the_first_password_at_once(database: str, way: str) -> None:
    options = [f"--admin-password={_SECRET}"] if way == "option" else ["--workers=2"]
    variables = {"ALIGNAK_BACKEND_ADMIN_PASSWORD": _SECRET} if way == "environment" else {}
    with Serve("--database", database, *options, host=_EVERYWHERE, **variables) as served:
        assert login(served, _SECRET).status == 200
        assert login(served).status == 401
        assert len(served.lines) == 1


# --- refusals ------------------------------------------------------------------------------------------------------

_REFUSALS: list[tuple[list[str], int, str]] = [
    (["--port=80000"], 64, "Invalid value for '--port': '80000' is not a number from 0 to 65535"),
    (["--port=-1"], 64, "Invalid value for '--port': '"),
    (["--port=http"], 64, "Invalid value for '--port': '"),
    (["--workers=0"], 64, "Invalid value for '--workers': '"),
    (["--workers=2", "--database=:memory:"], 64, "A database in memory supports only one worker"),
    (["--database=x", "--mongo-uri=mongodb://x"], 64, "Use either --database or --mongo-uri"),
    (["--page-limit=10", "--page-default=20"], 64, "--page-default must not exceed --page-limit"),
    (["--cors-origin=webui.example.com"], 64, "--cors-origin takes origins"),
    (["--cors-origin=https://webui.example.com/path"], 64, "--cors-origin takes origins"),
    (["--cors-origin=https://webui.example.com/"], 64, "--cors-origin takes origins"),
    (["--database=embedded:x.db"], 64, "--database takes a file"),
    (["--trusted-proxy=proxy.example.com"], 64, "--trusted-proxy takes the IP address"),
    (["--server-name=http://b.example.com"], 64, "--server-name takes names"),
    (["--server-name=b.example.com:80"], 64, "--server-name takes names"),
    (["--trusted-proxy=10.0.0.0/8"], 64, "--trusted-proxy takes the IP address"),
    (["--trusted-proxy=10.0.0.1,10.0.0.2"], 64, "--trusted-proxy takes the IP address"),
    (["--database=:memory"], 64, "--database takes a file"),
    (["--database="], 64, "Invalid value for '--database': it is empty"),
    (["--admin-password=-"], 64, "No password was given"),
    (["--prot=1"], 64, "Unknown option --prot: did you mean --port?"),
    (["--prt", "1"], 64, "Unknown option --prt: did you mean --port?"),
    (["--workers"], 64, "Option '--workers' requires an argument"),
    (["more", "words"], 64, "Unexpected arguments: more words"),
    (["-d", "x.json"], 64, "serve has no option -d; to add an item with this name: add serve"),
    (["--host=nowhere.invalid"], 2, "There is no host 'nowhere.invalid'"),
    (["--host=" + "x" * 70], 2, "There is no host"),
    (["--host=192.0.2.1"], 2, "192.0.2.1 is not an address of this machine"),
    (["--port=USED"], 2, "127.0.0.1:USED is in use"),
    (["--database=/proc/x.db"], 2, "/proc/x.db: cannot be written"),
    (["--database=/proc/x.db", "--workers=2"], 2, "/proc/x.db: cannot be written"),
    (["--database=/"], 2, "/: is a directory"),
    (["--database=NEWER"], 2, "NEWER: made by a newer version"),
    (["--database=NEWER", "--workers=2"], 2, "NEWER: made by a newer version"),
    (["--database=FRESH", "--host=0.0.0.0"], 64, "The password of admin is 'admin', and other machines could log in"),
    (["--database=FRESH", "--host=*", "--workers=2"], 64, "The password of admin is 'admin', and other machines"),
    (["--database=FRESH", "--host=*", "--admin-password=admin"], 64, "The password of admin is 'admin', and other"),
    (["--mongo-uri=mongodb://u:" + _SECRET + "@127.0.0.1:1/x"], 2, "No MongoDB responds at 127.0.0.1:1/x"),
    (["--mongo-uri=mongodb://u:" + _SECRET + ":more@h/x"], 2, "The MongoDB URI is wrong"),
    (["--mongo-uri=mongodb://u:" + _SECRET + "@h:port/x"], 2, "The MongoDB URI is wrong"),
    (["--mongo-uri=" + _SECRET], 64, "The MongoDB URI must start with"),
]

# One process runs them all: most of the time of a run is that of the start.
_RUN_ALL = """
import contextlib, io, json, sys
from alignak_backend_client.cli import main
for options in json.load(sys.stdin):
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        code = main(["serve", "--port=0", *options])
    print(json.dumps([code, text.getvalue()]), flush=True)
"""


@pytest.fixture(scope="module", autouse=True)
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process that runs them, beside the other tests, and the values of the words in capitals."""
    from alignak_backend_embedded.store.sqlite.database import Database

    folder = tmp_path_factory.mktemp("refusals")
    Database(folder / "newer.db").close()
    with contextlib.closing(sqlite3.connect(folder / "newer.db")) as raw:
        raw.execute("PRAGMA user_version = 99")
    with socket.create_server(("127.0.0.1", 0)) as used:
        words = {"NEWER": f"{folder}/newer.db", "FRESH": f"{folder}/fresh.db", "USED": str(used.getsockname()[1])}
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN_ALL],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )
        assert process.stdin is not None
        with process.stdin as stdin:
            json.dump([[_put(word, words) for word in options] for options, _, _ in _REFUSALS], stdin)
        yield process, words
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def refusals(refusing: tuple[subprocess.Popen[str], dict[str, str]]) -> list[tuple[int, str]]:
    """Exit code and output of each."""
    output = refusing[0].stdout
    assert output is not None
    lines = list(output)
    assert len(lines) == len(_REFUSALS), lines
    return [(code, text) for code, text in map(json.loads, lines)]


def _put(text: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text


@pytest.mark.parametrize("number", range(len(_REFUSALS)), ids=lambda number: " ".join(_REFUSALS[number][0]))
def test_invalid_options_are_one_line(
    refusals: list[tuple[int, str]], refusing: tuple[subprocess.Popen[str], dict[str, str]], number: int
) -> None:
    _, code, message = _REFUSALS[number]
    found, output = refusals[number]
    assert found == code
    assert output.startswith(_put(message, refusing[1]))
    assert output.count("\n") == (2 if code == 64 else 1)
    assert _SECRET not in output


def test_the_default_database_is_that_of_embedded_urls(tmp_path: Path) -> None:
    code, output = run("-b", "embedded:", "list", XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path))
    assert code == 1
    assert output.startswith(f"There is no database '{tmp_path}/")
    assert output.endswith(": check the URL (-b), or create it with 'add' or 'apply'\n")
    assert list(tmp_path.iterdir()) == []
    with Serve(XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)) as served:
        pass
    made = list(tmp_path.rglob("*.db"))
    assert len(made) == 1
    assert str(made[0]) in served.lines[-1]
    code, output = run("-b", "embedded:", "get", "_dummy", "-c", XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path))
    assert code == 0, output
    assert list(tmp_path.rglob("*.db")) == made


# --- the command line ----------------------------------------------------------------------------------------------


def test_help_names_every_option_and_the_main_help_names_serve() -> None:
    from alignak_backend_client.cli.commands.serve import serve

    code, output = run("serve", "-h")
    assert code == 0
    for spellings in (spellings for kind in serve.spellings() for spellings in kind.values()):
        assert all(re.search(rf"{spelling}[ ,\n]", output) for spelling in spellings)
    main = run("-h")[1]
    assert "alignak-backend-cli <command> -h" in main
    assert re.search(r"^ +serve ", main, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ["--port", "70000", "serve"],
        ["serve", "--port=70000"],
        ["-v", "serve", "--port", "70000"],
        ["--database", "serve", "--port=70000", "serve"],
    ],
)
def test_options_may_be_anywhere_and_quiet_prints_nothing(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 64
    assert capsys.readouterr().err.startswith("Invalid value for '--port': '")
    assert main([*words, "-q"]) == 64
    assert capsys.readouterr() == ("", "")


def test_a_host_named_serve_can_be_added(database: str) -> None:
    backend = f"embedded:{database}"
    for words in (["add", "serve"], ["-c", "get", "serve"], ["-t", "host", "delete", "serve"]):
        assert main(["-q", "-b", backend, *words]) == 0


@pytest.mark.parametrize("words", [["-h"], ["-V"], ["serve", "-h"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = f"""
import sys
from alignak_backend_client.cli import main
main({words!r})
heavy = {{"httpx2", "granian", "pymongo", "bson", "asyncio"}} & set(sys.modules)
sys.exit(str(heavy) if heavy else 0)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_without_the_extra_the_error_names_it() -> None:
    code = """
import sys
sys.modules["granian"] = None  # as if it were not installed
from alignak_backend_client.cli import main
sys.exit(main(["serve", "--port=0"]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "pip install 'alignak-backend-client[embedded]'" in ran.stderr
