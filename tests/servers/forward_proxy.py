"""An HTTP proxy that keeps a record of what it was asked for, tunnels included.

with ForwardProxy() as proxy:
    ...  # requests by proxy.url
    assert proxy.lines == ["CONNECT 127.0.0.1:443 HTTP/1.1"]
"""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
import threading
import urllib.parse
from typing import Self


class ForwardProxy:
    """The proxy.

    Args:
        refusal: what it answers to each request instead of passing it on, such as ``407 Who Are You``.
        context: speak TLS to clients.
        hosts: addresses in the place of names.

    Attributes:
        lines: the first line of each request.
        headers: the headers of each request.
        port: where it listens.
    """

    def __init__(
        self, refusal: str = "", *, context: ssl.SSLContext | None = None, hosts: dict[str, str] | None = None
    ) -> None:
        self.lines: list[str] = []
        self.headers: list[http.client.HTTPMessage] = []
        self._refusal = refusal
        self._context = context
        self._hosts = hosts or {}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True, name="proxy")

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
                if self._context is not None:
                    connection = self._context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            line = reader.readline().decode().strip()
            self.lines.append(line)
            method, target, _ = line.split()
            headers = http.client.parse_headers(reader)
            self.headers.append(headers)
            if self._refusal:
                connection.sendall(f"HTTP/1.1 {self._refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            elif method == "CONNECT":
                self._tunnel(connection, target)
            else:
                self._forward(connection, method, target, headers, reader.read(int(headers.get("Content-Length", 0))))

    def _tunnel(self, connection: socket.socket, target: str) -> None:
        name, _, port = target.rpartition(":")
        with socket.create_connection((self._hosts.get(name, name), int(port))) as far:
            connection.sendall(b"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n")
            while ready := select.select([connection, far], [], [], 5)[0]:
                for one in ready:
                    if not (data := one.recv(65536)):
                        return
                    (far if one is connection else connection).sendall(data)

    def _forward(
        self, connection: socket.socket, method: str, target: str, headers: http.client.HTTPMessage, body: bytes
    ) -> None:
        url = urllib.parse.urlsplit(target)
        host = self._hosts.get(str(url.hostname), str(url.hostname))
        with contextlib.closing(http.client.HTTPConnection(host, url.port or 80, timeout=10)) as far:
            passed = {name: value for name, value in headers.items() if name not in ("Host", "Proxy-Authorization")}
            far.request(method, target.removeprefix(f"http://{url.netloc}"), body, passed)
            answer = far.getresponse()
            content = answer.read()
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in answer.getheaders() if name == "Location"]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
