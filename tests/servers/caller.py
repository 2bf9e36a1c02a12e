"""Raw HTTP requests to a backend, for tests that look at what the backend itself does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class Answer:
    """What the backend answered."""

    status: int
    headers: httpx2.Headers
    text: str

    @property
    def json(self) -> Any:
        """The decoded body; fails the test when it is not JSON."""
        assert self.headers.get("content-type", "").startswith("application/json"), f"not JSON: {self!r}"
        return json.loads(self.text)

    @property
    def is_json(self) -> bool:
        return self.text != "" and self.headers.get("content-type", "").startswith("application/json")


class Caller:
    """Sends requests as one user, or as nobody.

    Args:
        client: Where the requests go; its base URL is the backend.
        token: Sent as the user name of HTTP Basic authentication; none when empty.
    """

    def __init__(self, client: httpx2.Client, token: str = "") -> None:
        self.client = client
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: str | bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, with `body` as JSON, or `content` or `form` as they are.

        Parameters that are not text go as JSON.
        """
        query = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (params or {}).items()}
        response = self.client.request(
            method,
            path,
            json=body,
            params=query or None,
            headers=headers,
            content=content,
            data=form,
            auth=(self.token, "") if self.token else None,
        )
        return Answer(response.status_code, response.headers, response.text)

    def get(self, path: str, /, **params: Any) -> Answer:
        """GET, with query parameters (`where={...}` goes as JSON)."""
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, body)

    def created(self, resource: str, **fields: Any) -> str:
        """The id of a new item; the request must succeed."""
        answer = self.post(resource, fields)
        assert answer.status == httpx2.codes.CREATED, answer
        return str(answer.json["_id"])

    def patch(self, path: str, body: Any, etag: str | None = None) -> Answer:
        """PATCH; reads the item first for its `_etag` when none is given."""
        etag = self._etag(path) if etag is None else etag
        return self.call("PATCH", path, body, headers={"If-Match": etag})

    def delete(self, path: str, etag: str | None = None) -> Answer:
        """DELETE of an item; reads it first for its `_etag` when none is given."""
        etag = self._etag(path) if etag is None else etag
        return self.call("DELETE", path, headers={"If-Match": etag})

    def _etag(self, path: str) -> str:
        answer = self.get(path)
        return str(answer.json.get("_etag", "none")) if answer.status == httpx2.codes.OK else "none"

    def items(self, resource: str, /, **params: Any) -> list[dict[str, Any]]:
        """The items of one page; the request must succeed."""
        answer = self.get(resource, **params)
        assert answer.status == httpx2.codes.OK, answer
        items: list[dict[str, Any]] = answer.json["_items"]
        return items

    def login(self, username: str, password: str) -> Caller:
        """A caller that is that user; the login must succeed."""
        answer = self.call("POST", "login", {"username": username, "password": password})
        assert answer.status == httpx2.codes.OK, answer
        return Caller(self.client, answer.json["token"])

    def nobody(self) -> Caller:
        """A caller without credentials."""
        return Caller(self.client)
