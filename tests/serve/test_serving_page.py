"""docs/serving.md: its commands do what it says, and nginx and systemd take its files, where they are installed."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from alignak_backend_client import Backend
from cli.running import environment
from servers.serve import COMMAND, Serve

PAGE = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
NAME = "backend.example.com"
PASSWORD = "s3cret-Passw0rd"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _options(command: str) -> list[str]:
    """Return the options that a command gives to ``serve``, without those of place."""
    words = shlex.split(command)
    return words[words.index("serve") + 1 :]


def _first_line(line: str) -> str:
    """Return the first line of a server without the port and the database."""
    return re.sub(r"\(database [^)]*\)", "(database ...)", re.sub(r":\d+\b", ":5000", line))


def _started(beginning: str) -> tuple[str, str]:
    """Return the command of the page that begins so, and the line that it prints."""
    command, line = re.findall(rf"^\$ ({re.escape(beginning)}.*)\n(.*)$", PAGE, re.MULTILINE)[0]
    return command, line


def _certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Return a new certificate with its key, and that of its authority."""
    authority = trustme.CA()
    issued = authority.issue_cert(NAME, "localhost", "127.0.0.1")
    certificate, key, trusted = (folder / name for name in ("backend.pem", "backend.key", "authority.pem"))
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    return certificate, key, trusted


def test_the_first_server_prints_the_line_of_the_page(tmp_path: Path) -> None:
    command, line = _started("alignak-backend-cli serve")
    assert _options(command) == []
    with Serve(*_options(command), XDG_DATA_HOME=str(tmp_path)) as served:
        printed = served.wait_for("^Alignak backend on ")
        assert _first_line(printed) == _first_line(line)
        database = Path(re.findall(r"database ([^)]*)", line)[0])
        assert f"(database {tmp_path}/{database.relative_to('/home/me/.local/share')})" in printed


def test_the_first_password_is_asked_for_and_opens_the_server_to_others() -> None:
    command, _ = _started("alignak-backend-cli serve --host '*' --admin-password")
    options = _options(command)
    with (
        Serve("--database=:memory:", *options, stdin=f"{PASSWORD}\n") as served,
        Backend(f"http://127.0.0.1:{served.port}") as backend,
    ):
        assert backend.login("admin", PASSWORD)


def test_the_server_speaks_https_and_the_command_trusts_its_authority(tmp_path: Path) -> None:
    certificate, key, _ = _certificate(tmp_path)
    command, line = _started("alignak-backend-cli serve --host '*' --certificate")
    paths = {"/etc/ssl/backend.pem": str(certificate), "/etc/ssl/backend.key": str(key)}
    options = [paths.get(word, word) for word in _options(command)]
    database = f"--database={tmp_path}/site.db"
    with Serve(database, *options, ALIGNAK_BACKEND_ADMIN_PASSWORD=PASSWORD) as served:
        # Some machines have no IPv6.
        printed = _first_line(served.wait_for("^Alignak backend on "))
        assert printed in (line, line.replace(" and https://[::]:5000", ""))
        ((listing),) = re.findall(r"^\$ (alignak-backend-cli -b https://.*)$", PAGE, re.MULTILINE)
        words = [word.replace(f"{NAME}:5000", f"localhost:{served.port}") for word in shlex.split(listing)]
        done = subprocess.run(
            [COMMAND, *words[1:]],
            cwd=tmp_path,
            env=environment(ALIGNAK_BACKEND_PASSWORD=PASSWORD),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[Serve, Path, Path, Path]]:
    """nginx with the configuration of the page: the server behind it, its socket, its log, its authority."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    certificate, key, authority = _certificate(tmp_path)
    (block,) = _blocks("nginx")
    # The path of a socket has 108 characters at the most.
    door, log, file = Path(os.path.relpath(tmp_path / "door")), tmp_path / "access.log", tmp_path / "nginx.conf"
    (unit,) = re.findall(r"Start the server with `(.*?)`", PAGE)
    with Serve("--database=:memory:", "-v", *shlex.split(unit)) as served:
        for text, ours in {
            "listen 443 ssl": f"listen unix:{tmp_path}/door ssl",
            "127.0.0.1:5000": f"127.0.0.1:{served.port}",
            "/etc/ssl/backend.example.com.pem": str(certificate),
            "/etc/ssl/backend.example.com.key": str(key),
            "/var/log/nginx/alignak.log": str(log),
        }.items():
            assert block.count(text) == 1
            block = block.replace(text, ours)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        folders = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
        # One process, of the user who runs the test.
        head = f"master_process off;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        file.write_text(f"{head}http {{\n{folders}{block}}}\n")
        nginx = [program, "-p", str(tmp_path), "-e", f"{tmp_path}/error.log", "-c", str(file)]
        checked = subprocess.run([*nginx, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "warn" not in checked.stderr
        subprocess.run(nginx, check=True)  # it returns when it listens
        try:
            yield served, door, log, authority
        finally:
            subprocess.run([*nginx, "-s", "stop"], check=True)


def test_nginx_passes_requests_on_and_logs_no_token(proxied: tuple[Serve, Path, Path, Path]) -> None:
    served, door, log, authority = proxied
    trusting = ssl.create_default_context(cafile=str(authority))

    def ask(method: str, path: str, body: object = None, token: str = "") -> tuple[http.client.HTTPResponse, bytes]:
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(str(door))
        connection = http.client.HTTPConnection(NAME)
        connection.sock = trusting.wrap_socket(raw, server_hostname=NAME)
        basic = base64.b64encode(f"{token}:".encode()).decode()
        headers = {"Content-Type": "application/json", **({"Authorization": f"Basic {basic}"} if token else {})}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    token = json.loads(ask("POST", "/login", {"username": "admin", "password": "admin"})[1])["token"]
    created, _ = ask("POST", "/host", {"name": "web-01"}, token)
    assert created.status == 201
    assert str(created.headers["Location"]).startswith(f"https://{NAME}/host/")
    assert ask("GET", "/host?max_results=1", token=token)[0].status == 200
    assert ask("GET", "/cron_livesynthesis_history")[0].status == 404
    logged = log.read_text()
    assert [line.split('"')[1:] for line in logged.splitlines()][1:3] == [
        ["POST /host", f" 201 {created.headers['Content-Length']}"],
        ["GET /host", logged.splitlines()[2].split('"')[2]],
    ]
    assert token not in logged
    assert token not in served.output


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    (unit,) = _blocks("ini")
    file = tmp_path / Path(unit.splitlines()[0].removeprefix("# ")).name
    file.write_text(unit.replace("/opt/alignak/bin/alignak-backend-cli", str(COMMAND)))
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    # Other units of the machine are not our business.
    assert [line for line in done.stderr.splitlines() if file.name in line] == []
    assert done.returncode == 0, done.stderr


def test_the_command_of_the_unit_starts(tmp_path: Path) -> None:
    ((command),) = re.findall(r"^ExecStart=(.*)$", PAGE, re.MULTILINE)
    options = [word.replace("/var/lib/alignak-backend", str(tmp_path)) for word in _options(command)]
    with Serve(*options) as served:
        assert served.url.startswith("http://127.0.0.1:")
    assert (tmp_path / "site.db").exists()


def test_a_backup_is_whole_is_for_its_owner_alone_and_can_be_restored(tmp_path: Path) -> None:
    site, backups = tmp_path / "alignak-backend", tmp_path / "backup"
    site.mkdir()
    backups.mkdir()
    (block,) = (block for block in _blocks("console") if " backup /backup/" in block)
    script = block.replace("/var/lib/alignak-backend", str(site)).replace(" /backup/", f" {backups}/")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def sh(text: str) -> None:
        subprocess.run(["sh", "-ec", text], env=environment(PATH=path), check=True)

    with Serve(f"--database={site}/site.db") as served, Backend(served.url) as backend:
        backend.login("admin", "admin")
        backend.post("host", {"name": "web-01"})
        sh(f"umask 022\n{re.sub('^[$] ', '', script, flags=re.MULTILINE)}")
    (copy,) = backups.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    (restoring,) = (block for block in _blocks("console") if "\n# chown " in block)
    restoring = re.sub(r"/backup/site-[\d-]+\.db", str(copy), re.sub("^# ", "", restoring, flags=re.MULTILINE))
    if os.getuid() == 0:
        os.chown(site, 12345, 12345)
    sh(restoring.replace("/var/lib/alignak-backend", str(site)))
    restored = site / "site.db"
    assert (restored.stat().st_uid, restored.stat().st_mode & 0o777) == (site.stat().st_uid, 0o600)
    with closing(sqlite3.connect(restored)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Backend(f"embedded:{restored}") as backend:
        backend.login("admin", "admin")
        assert [host["name"] for host in backend.iterate("host", {"where": {"name": "web-01"}})] == ["web-01"]


def test_the_environment_names_the_database_of_mongodb() -> None:
    ((uri),) = re.findall(r"^\$ export ALIGNAK_BACKEND_MONGO_URI='(.*)'$", PAGE, re.MULTILINE)
    ((command),) = re.findall(r"^\$ (alignak-backend-cli serve --workers .*)$", PAGE, re.MULTILINE)
    uri = uri.replace("db1,db2,db3", "127.0.0.1:1") + "&serverSelectionTimeoutMS=100"
    done = subprocess.run(
        [COMMAND, *shlex.split(command)[1:]],
        env=environment(ALIGNAK_BACKEND_MONGO_URI=uri),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done
    assert "MongoDB" in done.stderr
