"""Texts for the findings of ``check``: a description and a fix for each."""

from __future__ import annotations

import shlex

from alignak_backend_client.items.names.references import enumeration, label, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.text import escape_unprintable
from alignak_backend_client.site.checking.findings import Delete, Finding

_PROGRAM = "alignak-backend-cli"
_SHOWN = 3


def item_label(finding: Finding) -> str:
    """Return a label for the item, with its id if its name is missing or not sufficient."""
    if finding.name and (finding.type, finding.kind) != ("service", "orphan"):
        return label(finding.type, finding.name)
    name = f" {show(finding.name)}" if finding.name else ""
    return f"{finding.type}{name} ({finding.id})"


def describe_finding(finding: Finding) -> str:
    """Describe a finding, without the name of the item."""
    secret = resources_by_name()[finding.type].secrets
    match finding.kind:
        case "dangling":
            link = resources_by_name()[finding.type].links[finding.field].resource
            number = len(finding.values)
            what = f"{resources_by_name()[link].format_count(number)} that {'does' if number == 1 else 'do'} not exist"
            return f"{finding.field} links to {what}: {enumeration(finding.values, _SHOWN)}"
        case "orphan" if finding.type == "service":
            return f"its host does not exist: {finding.values[0]}"
        case "orphan" | "useless right":
            what = "right" if finding.type == "userrestrictrole" else finding.type
            return f"the {finding.field.removeprefix('_')} of this {what} does not exist: {finding.values[0]}"
        case "cycle":
            circle = " → ".join(show(name) for name in finding.values)
            return f"{finding.field} is a cycle: {circle}"
        case "duplicate":
            return f"{len(finding.values)} items have this name: {enumeration(finding.values, len(finding.values))}"
        case "outdated":
            shown = [
                name if name in secret else f"{name} is {show(value, 40)}, the template says {show(right, 40)}"
                for name, value, right in finding.values[:_SHOWN]
            ]
            return f"differs from its template: {'; '.join(shown)}{_more(finding.values)}"
        case "counters":
            shown = [f"{name} is {value} instead of {right}" for name, value, right in finding.values[:_SHOWN]]
            return f"wrong counters: {'; '.join(shown)}{_more(finding.values)}"
        case "no rights":
            return "has no rights, and sees nothing"
        case "nobody notified":
            return "nobody is notified of its problems"


def fix_command(finding: Finding) -> str:
    """Return the command that fixes a finding."""
    if finding.repair is not None:
        return f"{_PROGRAM} check --repair"
    name = escape_unprintable(shlex.quote(finding.name or finding.id))
    typed = f"-t {finding.type}"
    match finding.kind:
        case "cycle":
            return _update(typed, f'{{"{finding.field}": ...}}', name)
        case "duplicate":
            return f"{_PROGRAM} {typed} delete ID  (of the surplus item)"
        case "no rights":
            right = f'{{"user": "{finding.name}", "realm": "All"}}'
            return f"echo {shlex.quote(escape_unprintable(right))} | {_PROGRAM} -t userrestrictrole -d stdin add"
        case "nobody notified":
            return _update(typed, '{"users": [...]}', name)
        case _:
            return _update(typed, f'{{"{finding.field}": ...}}', name)


def deletion_question(findings: list[Finding]) -> str:
    """Return the confirmation question before a deletion."""
    doomed = [finding for finding in findings if isinstance(finding.repair, Delete)]
    model = resources_by_name()
    counts = [
        model[name].format_count(sum(one.type == name for one in doomed))
        for name in dict.fromkeys(one.type for one in doomed)
    ]
    return f"Delete {', '.join(counts)} whose host, user or realm does not exist?"


def _update(typed: str, data: str, name: str) -> str:
    return f"echo '{data}' | {_PROGRAM} {typed} -d stdin update {name}"


def _more(values: tuple[object, ...]) -> str:
    return f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
