"""What people read: results, findings, plans and descriptions in words."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.cli.text import explanations, findings, messages, plans
from alignak_backend_client.items.writing.deleting import Question
from alignak_backend_client.items.writing.results import INCOMPLETE, Result
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.checking.findings import Delete, Finding, Kind, Set

HOST = resources_by_name()["host"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (Result("add", "host", "web", "", "created"), "Host 'web' is added"),
        (Result("add", "host", "web", "", "created", dry_run=True), "Host 'web' would be added"),
        (Result("update", "host", "web", "", "unchanged"), "Host 'web' is unchanged"),
        (Result("delete", "host", "web", "", "unchanged"), "Host 'web' was already deleted"),
        (Result("delete", "host", "web", "", "unfinished"), "Host 'web' is not deleted, as far as is known"),
        (Result("add", "host", "web", "", "failed", reason="no"), "Host 'web' is not added: no"),
        (Result("add", "host", "web", "", "failed", reason=f"{INCOMPLETE}: no"), f"Host 'web': {INCOMPLETE}: no"),
    ],
)
def test_results(result: Result, text: str) -> None:
    assert messages.describe_result(result) == text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question(HOST, ["a"], 0, ""), "Delete 1 host ('a')?"),
        (Question(HOST, ["d", "c", "b", "a"], 2, ""), "Delete 4 hosts ('a', 'b', 'c', …) and 2 services with them?"),
        (Question(HOST, ["a", "b", "c"], 0, "host 'x'"), "Used by host 'x'. Delete 3 hosts ('a', 'b', 'c')?"),
        (Question(HOST, ["a", ""], 0, ""), "Delete 2 hosts?"),
    ],
)
def test_questions_before_deletions(question: Question, text: str) -> None:
    assert messages.deletion_question(question) == text


@pytest.mark.parametrize(
    ("kind", "field", "values", "text", "fix"),
    [
        ("cycle", "parents", ("a", "b"), "parents is a cycle: 'a' → 'b'",
         """echo '{"parents": ...}' | alignak-backend-cli -t user -d stdin update ops"""),
        ("duplicate", "name", ("1", "2"), "2 items have this name: 1, 2",
         "alignak-backend-cli -t user delete ID  (of the surplus item)"),
        # The value of a secret is nobody's business.
        ("outdated", "", (("email", "a", "b"), ("password", "hush", "hush2")),
         "differs from its template: email is 'a', the template says 'b'; password",
         "alignak-backend-cli check --repair"),
    ],
)  # fmt: skip
def test_findings(kind: Kind, field: str, values: tuple[Any, ...], text: str, fix: str) -> None:
    finding = Finding(kind, "user", "ops", "5", field, values, Set({}) if kind == "outdated" else None)
    assert (findings.describe_finding(finding), findings.fix_command(finding)) == (text, fix)


def test_items_without_a_unique_name_are_told_by_their_id() -> None:
    assert findings.item_label(Finding("orphan", "service", "cpu", "5", repair=Delete())) == "service 'cpu' (5)"
    assert findings.item_label(Finding("useless right", "userrestrictrole", "", "5")) == "userrestrictrole (5)"
    assert findings.item_label(Finding("dangling", "service", "web/cpu", "5")) == "service 'web/cpu'"


def row(action: str, kind: str, name: str, *, reason: str = "", **fields: Any) -> dict[str, Any]:
    changes = [{"field": field, "old": old, "new": new} for field, (old, new) in fields.items()]
    return {"action": action, "type": kind, "name": name, "reason": reason, "fields": changes, "used_by": [],
            "file": "a.yml", "line": 7}  # fmt: skip


def test_plans() -> None:
    told = list(
        plans.lines([
            row("create", "host", "new"),
            row("create", "service", "new/cpu", reason="from service 't/cpu'"),
            row("create", "service", "old/cpu", reason="from service 't/cpu'"),
            row("update", "host", "web", tags=(["a", "b"], ["b", "c"]), alias=("x", "y"), users=(None, ["u"]),
                customs=({"_A": "1", "_B": "2", "_D": "4"}, {"_B": "3", "_C": None, "_D": "4"})),
            row("delete", "host", "gone"),
            row("delete", "service", "gone/cpu", reason="with host 'gone'"),
            row("delete", "service", "left/cpu", reason="with service 't/cpu'"),
        ])
    )  # fmt: skip
    assert told == [
        "+ host 'new'  (a.yml:7)",
        "    with 1 service of its templates",
        "+ service 'old/cpu'  (from service 't/cpu')",
        "~ host 'web'  (a.yml:7)",
        "    tags: +'c' -'a'",
        "    alias: 'x' → 'y'",
        '    users: null → ["u"]',
        "    customs._A: '1' → none",
        "    customs._B: '2' → '3'",
        "    customs._C: none → null",
        "- host 'gone'",
        "    with 1 service",
        "- service 'left/cpu'  (with service 't/cpu')",
    ]


FACTS = {
    "type": "text", "link": None, "unit": None, "minimum": None, "maximum": None, "required": False, "unique": False,
    "nullable": False, "secret": False, "default": None, "set_by": "user", "description": "It is.",
}  # fmt: skip


def test_descriptions_of_types() -> None:
    fields: list[dict[str, Any]] = [
        {"field": "name", "required": True, "default": "x"},
        {"field": "interval", "type": "integer", "unit": "minutes", "minimum": 1, "default": 5},
        {"field": "_realm", "link": "realm", "default": ""},
        {"field": "vrml_image"},
        {"field": "ls_state", "set_by": "monitoring", "default": "UP"},
        {"field": "_etag", "set_by": "backend"},
    ]
    described = [FACTS | field for field in fields]
    whole = {"type": "thing", "description": "A thing.", "plural": "things", "key": ["name"], "example": {"name": "x"},
             "fields": described}  # fmt: skip
    text = explanations.describe_type_fields(whole, None)
    assert text.split("\n\n")[:2] == ["thing: A thing.", "Things are identified by their name."]
    groups = [block.splitlines() for block in text.split("\n\n")[2:]]
    assert [(lines[0], lines[1].split()[0]) for lines in groups] == [
        ("Required:", "name"),
        ("Fields:", "interval"),
        ("Realm, rights and templates:", "_realm"),
        ("Rarely set:", "vrml_image"),
        ("Live state (updated by check results):", "ls_state"),
        ("Set by the backend:", "_etag"),
        ("Example of a data file for 'add -t thing -d FILE':", "{"),
    ]
    assert [explanations.summarize_field(field) for field in described] == [
        "<text> required",
        "<integer> in minutes, 1 or more, default 5",
        "<realm name>",
        "<text>",
        "<text>",
        "<text>",
    ]
