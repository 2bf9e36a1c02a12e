"""What words of a command line mean: names, patterns, several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alignak_backend_client import Backend, BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import filters, finding, patterns
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.model import resources_by_name

MODEL = resources_by_name()

HOSTS = ("paris-1", "paris-2", "lyon-1", "web", "web/01", "ab", "a.b")
COMMANDS = ("a*", "ab")
SERVICES = (
    ("paris-1", "cpu"),
    ("paris-1", "disk-a"),
    ("paris-2", "cpu"),
    ("lyon-1", "disk-a"),
    ("web", "01/cpu"),
    ("web/01", "cpu"),
    ("web/01", "disk-b"),
)


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with Backend("embedded::memory:") as found:
        assert found.login("admin", "admin")
        realm = found.get("realm")["_items"][0]["_id"]
        ids = {name: found.post("host", {"name": name, "_realm": realm})["_id"] for name in HOSTS}
        for name in COMMANDS:
            found.post("command", {"name": name, "_realm": realm})
        template = found.post("host", {"name": "paris-linux", "_realm": realm, "_is_template": True})["_id"]
        for host, name in SERVICES:
            found.post("service", {"name": name, "host": ids[host], "_realm": realm})
        found.post("service", {"name": "cpu-load", "host": template, "_realm": realm, "_is_template": True})
        yield found


def listed(backend: Backend, resource: str, *words: str, templates: bool = False) -> list[str]:
    """The names of a list; a service with that of its host."""
    catalog = Catalog(backend)
    found = patterns.selection_filter(backend, catalog, MODEL[resource], words, templates=templates)
    items = [item for page in found.pages(backend, MODEL[resource]) for item in page.items()]
    if resource == "service":
        catalog.load_ids("host", {item["host"] for item in items})
        return sorted(f"{catalog.name('host', item['host'])}/{item['name']}" for item in items)
    return sorted(item["name"] for item in items)


WORDS = [
    ("host", ["paris-*"], ["paris-1", "paris-2"]),
    ("host", ["*-1"], ["lyon-1", "paris-1"]),
    ("host", ["p*-*", "web"], ["paris-1", "paris-2", "web"]),
    ("host", ["web", "lyon-1", "web"], ["lyon-1", "web"]),
    # The name of an item wins over the pattern, and nothing but the star matches other texts.
    ("command", ["a*"], ["a*"]),
    ("command", ["ab", "a*"], ["a*", "ab"]),
    ("command", ["*b"], ["ab"]),
    ("host", ["a.*"], ["a.b"]),
    ("host", ["*"], sorted(HOSTS)),
    ("host", ["web*"], ["web", "web/01"]),
    ("host", ["paris-linux"], ["paris-linux"]),
    ("service", ["paris-1/*"], ["paris-1/cpu", "paris-1/disk-a"]),
    ("service", ["*/cpu"], ["paris-1/cpu", "paris-2/cpu", "web/01/cpu"]),
    ("service", ["paris-*/cpu"], ["paris-1/cpu", "paris-2/cpu"]),
    ("service", ["paris-*/d*", "lyon-1/*"], ["lyon-1/disk-a", "paris-1/disk-a"]),
    ("service", ["disk-*"], ["lyon-1/disk-a", "paris-1/disk-a", "web/01/disk-b"]),
    ("service", ["cpu"], ["paris-1/cpu", "paris-2/cpu", "web/01/cpu"]),
    # Of a host with a slash in its name all services, and no others; a pattern reads the name both ways.
    ("service", ["web/01/*"], ["web/01/cpu", "web/01/disk-b"]),
    ("service", ["web/01/c*"], ["web/01/cpu", "web/01/cpu"]),
    ("service", ["ab/*"], []),
    ("command", ["_*"], ["_echo", "_internal_host_up"]),
]


@pytest.mark.parametrize(("resource", "words", "names"), WORDS)
@pytest.mark.parametrize("room", ["much", "little"])
def test_matching_items(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, room: str, resource: str, words: list[str], names: list[str]
) -> None:
    if room == "little":  # in a URL
        monkeypatch.setattr(filters, "IDS_IN_URL", 1)
        monkeypatch.setattr(filters, "QUERY_LENGTH", 1)
    assert listed(backend, resource, *words) == names


@pytest.mark.parametrize(("resource", "words", "names"), [one for one in WORDS if len(one[1]) == 1])
def test_delete_and_update_select_the_same_items(
    backend: Backend, resource: str, words: list[str], names: list[str]
) -> None:
    catalog = Catalog(backend)
    found = patterns.expand_patterns(backend, catalog, MODEL[resource], words, templates=False)
    if patterns.is_pattern(words[0]) and words != ["a*"]:
        assert sorted(map(str, found)) == names
        items = patterns.find_matching(backend, catalog, MODEL[resource], words[0], templates=False)
        assert items is not None
        assert len(items) == len(names)
        assert all(item["_etag"] for item in items)
    else:
        assert found == words
        assert patterns.find_matching(backend, catalog, MODEL[resource], words[0], templates=False) is None


def test_templates(backend: Backend) -> None:
    assert listed(backend, "host", "paris-*", templates=True) == ["paris-linux"]
    assert listed(backend, "service", "*/cpu*", templates=True) == ["paris-linux/cpu-load"]
    with pytest.raises(ItemError, match=r"^There is no host template 'web'$"):
        listed(backend, "host", "web", templates=True)
    with pytest.raises(ItemError, match=r"^There is no host template 'paris-linx': did you mean 'paris-linux'\?$"):
        listed(backend, "host", "paris-linx", templates=True)


@pytest.mark.parametrize(
    ("resource", "word", "message"),
    [
        ("host", "nobody", "There is no host 'nobody'"),
        ("host", "paris-l*", "'paris-l*': it matches no host; templates are matched with -m"),
        ("command", "x*", "'x*': it matches no command"),
        ("service", "gone/*", "'gone/*': there is no host 'gone'"),
        ("service", "gone-*/cpu", "'gone-*/cpu': there is no host 'gone-*'"),
        ("service", "lyon-1/x*", "'lyon-1/x*': it matches no service; templates are matched with -m"),
        ("service", "lyon-1/cpu", "There is no service 'lyon-1/cpu'"),
        ("service", "lyon-1/disk", "There is no service 'lyon-1/disk': did you mean 'lyon-1/disk-a'?"),
        (
            "service",
            "lyon-2/cpu",
            "There is no service 'lyon-2/cpu': there is no host 'lyon-2', did you mean 'lyon-1'?",
        ),
        ("command", "abb", "There is no command 'abb': did you mean 'ab'?"),
        ("history", "x*", "'x*': no history entry has a name that could match, only an _id"),
    ],
)
def test_patterns_without_matches_are_errors(backend: Backend, resource: str, word: str, message: str) -> None:
    for words in ([word], ["web", word] if resource == "host" else [word]):
        with pytest.raises(ItemError) as raised:
            listed(backend, resource, *words)
        assert str(raised.value) == message


def test_many_hosts_and_their_services_in_few_requests(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    pages = Backend.pages

    def watched(self: Backend, endpoint: str, params: Any = None) -> Any:
        asked.append((endpoint, params["where"]))
        return pages(self, endpoint, params)

    monkeypatch.setattr(Backend, "pages", watched)
    listed(backend, "service", "*/cpu")
    assert asked == [("service", {"_is_template": {"$ne": True}, "name": "cpu"})]


def test_a_suggestion_takes_one_request_and_may_fail(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(finding, "_NAMES_TO_COMPARE", 3)

    def fails(_self: Backend, endpoint: str, params: Any) -> Any:
        asked.append((endpoint, params["max_results"]))
        raise BackendException(503, "busy")

    monkeypatch.setattr(Backend, "get", fails)
    with pytest.raises(ItemError, match=r"^There is no host 'wbe'$"):
        listed(backend, "host", "wbe")
    assert asked == [("host", 3)]
