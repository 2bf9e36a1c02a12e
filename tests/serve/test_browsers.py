"""Pages of other sites in a browser of this machine, which reaches what listens for this machine alone."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve.wire import Wire, login
from servers.serve import Serve

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
_SECONDS = 60

#: What a page does to a backend at `url`; it reports the results.
_SCRIPT = """
async function attempt(name, work) {
  try { told[name] = await work(); } catch (error) { told[name] = "refused by the browser"; }
}
async function read(path, options) {
  const answer = await fetch(url + path, options);
  return [answer.type === "opaque" ? "not readable" : answer.status, await answer.text()];
}
function element(kind, path) {
  return new Promise(done => {
    const made = document.createElement(kind);
    made.onload = () => done("loaded");
    made.onerror = () => done("not loaded");
    made.src = url + path;
    document.body.append(made);
  });
}
function form(path, type, fields) {
  return new Promise(done => {
    const frame = document.createElement("iframe"), made = document.createElement("form");
    frame.name = "target" + document.forms.length;
    document.body.append(frame);
    made.target = frame.name; made.method = "POST"; made.action = url + path; made.enctype = type;
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement("input");
      field.name = name; field.value = value; made.append(field);
    }
    document.body.append(made);
    frame.onload = () => done("sent");
    made.submit();
  });
}
const told = {};
(async () => {
  const body = JSON.stringify({username: "admin", password: "admin"});
  const json = {"Content-Type": "application/json"};
  await attempt("image", () => element("img", "/cron_livesynthesis_history"));
  await attempt("frame", () => element("iframe", "/cron_livesynthesis_history"));
  const who = {username: "admin", password: "admin"};
  await attempt("form", () => form("/login", "application/x-www-form-urlencoded", who));
  await attempt("blind", () => read("/cron_livesynthesis_history", {mode: "no-cors"}));
  await attempt("blind login", () => read("/login", {mode: "no-cors", method: "POST", body}));
  await attempt("version", () => read("/version"));
  await attempt("cron", () => read("/cron_livesynthesis_history"));
  await attempt("login", () => read("/login", {method: "POST", headers: json, body}));
  await fetch("/told", {method: "POST", body: JSON.stringify(told)});
})();
"""


class Site(http.server.ThreadingHTTPServer):
    """Another site: a page, and what it reports.

    Args:
        url: of the backend, for the page.
        address: where the site listens.
        rebound: port of the backend, when the name of the site leads there once the page is loaded.
    """

    def __init__(self, url: str, address: tuple[str, int] = ("127.0.0.1", 0), rebound: int | None = None) -> None:
        super().__init__(address, _Page)
        self.rebound = rebound
        self.page = f"<!doctype html><body><script>const url = {json.dumps(url)};{_SCRIPT}</script>".encode()
        self.told: Any = None
        self.done = threading.Event()


class _Page(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path == "/" or self.server.rebound is None:
            self._answer(self.server.page)
        else:
            self._pass_on(self.server.rebound)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/told" and self.server.rebound is not None:
            self._pass_on(self.server.rebound, body)
            return
        self.server.told = json.loads(body)
        self._answer(b"")
        self.server.done.set()

    def _pass_on(self, port: int, body: bytes | None = None) -> None:
        """Do as if the browser had reached the backend: it gets what was sent, the name of the site included."""
        self.close_connection = True
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def visit(address: str, profile: Path, done: threading.Event, leads_to: str = "127.0.0.1") -> None:
    """Open a page in a browser for which every name is this machine, until the page has reported."""
    assert BROWSER is not None
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        f"--user-data-dir={profile}",
        f"--host-resolver-rules=MAP * {leads_to}",
        # What browsers do of themselves about servers of this machine is not asked here.
        "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
        "--remote-debugging-port=0",
        address,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            assert done.wait(_SECONDS), "the page has reported nothing"
        finally:
            browser.kill()


@pytest.fixture(scope="module")
def backend() -> Iterator[Serve]:
    with Serve("--database=:memory:", "-v") as running:
        yield running


def copies(served: Serve) -> int:
    """How often the livesynthesis was kept."""
    with Wire(served) as wire:
        token = login(served).json["token"]
        page = wire.request("GET", "/livesynthesis?history=1", Authorization=token).json["_items"]
        item = wire.request("GET", f"/livesynthesis/{page[0]['_id']}?history=1", Authorization=token).json
        return len(item.get("history", []))


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no browser: install chromium to have this tested")


@needs_browser
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_of_another_site_can_do_nothing(backend: Serve, tmp_path: Path, name: str) -> None:
    before = copies(backend)
    with Site(f"http://{name}:{backend.port}") as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        visit(f"http://attacker.example:{site.server_port}/", tmp_path, site.done)
        site.shutdown()
    assert site.told == {
        "image": "not loaded",
        "frame": "loaded",  # the refusal
        "form": "sent",
        "blind": ["not readable", ""],
        "blind login": ["not readable", ""],
        "version": "refused by the browser",
        "cron": "refused by the browser",
        "login": "refused by the browser",
    }
    assert copies(backend) == before
    # Of `login` the browser asks first.
    asked = [line.split()[3:6] for line in backend.lines if "cron_" in line or "POST /login" in line]
    assert ["GET", "/cron_livesynthesis_history", "403"] in asked
    assert ["POST", "/login", "403"] in asked
    assert ["GET", "/cron_livesynthesis_history", "200"] not in asked


@pytest.fixture
def rebound(backend: Serve) -> Iterator[Site]:
    """A site at the port of the backend, whose name leads to the backend once its page is loaded: of the same origin.

    A browser keeps the address that it was given for a name, so the site passes on what would reach the backend.
    """
    with Site("", ("127.0.0.2", backend.port), rebound=backend.port) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


@needs_browser
def test_a_name_that_is_led_to_this_machine_is_refused(backend: Serve, rebound: Site, tmp_path: Path) -> None:
    # Of a name over plain HTTP, a browser does not say where its requests come from.
    before, told = copies(backend), len(backend.lines)
    visit(f"http://rebound.example:{backend.port}/", tmp_path, rebound.done, leads_to="127.0.0.2")
    assert {name: rebound.told[name][0] for name in ("version", "cron", "login")} == dict.fromkeys(
        ("version", "cron", "login"), 403
    )
    asked = [line.split() for line in backend.lines[told:] if " GET /" in line or " POST /" in line]
    statuses = {words[5] for words in asked if words[4] in ("/version", "/cron_livesynthesis_history")}
    assert statuses == {"403"}
    assert copies(backend) == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/version"), ("POST", "/login"), ("GET", "/host")])
def test_requests_of_a_rebound_page_are_refused(backend: Serve, rebound: Site, method: str, path: str) -> None:
    """As the browser sends it: its own name as the host, of the port of the backend, and no word about its origin."""
    connection = http.client.HTTPConnection("127.0.0.2", backend.port)
    body = b'{"username": "admin", "password": "admin"}' if method == "POST" else None
    headers = {"Host": f"rebound.example:{backend.port}", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    assert (answer.status, b"Unknown host name" in answer.read()) == (403, True)
    assert rebound.told is None
    connection.close()


NAMES = [
    ("evil.example", 403),
    ("evil.example:5000", 403),
    ("127.0.0.1.evil.example", 403),
    ("localhost.evil.example", 403),
    ("[", 403),
    ("", 200),
    ("127.0.0.1", 200),
    ("127.0.0.1:5000", 200),
    ("192.0.2.1", 200),
    ("[::1]:5000", 200),
    ("LOCALHOST:5000", 200),
    ("localhost.", 200),
    ("my.localhost", 200),
]


@pytest.mark.parametrize(("name", "status"), NAMES)
def test_a_local_server_accepts_only_its_names(backend: Serve, name: str, status: int) -> None:
    assert of_name(backend, name) == status


def of_name(served: Serve, name: str) -> int:
    with Wire(served) as wire:
        wire.send(f"GET /version HTTP/1.1\r\nHost: {name}\r\n\r\n")
        return wire.reply().status


def test_further_names_are_configurable() -> None:
    with Serve("--database=:memory:", "--server-name=backend.example.com, b2") as served:
        names = ("Backend.Example.com", "b2:80", "localhost", "evil.example", "x.b2")
        assert [of_name(served, name) for name in names] == [200, 200, 200, 403, 403]
    with Serve("--database=:memory:", "--allow-default-password", host="0.0.0.0") as served:  # noqa: S104 - what is tested
        served.url = f"http://127.0.0.1:{served.port}"
        assert of_name(served, "whatever.example") == 200
