"""Converting time periods."""

from __future__ import annotations

import re
from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.issues import Issue
from alignak_backend_client.model.start_documents import DAYS
from alignak_backend_client.model.strict import FIELD_RULES
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Value
from alignak_backend_client.site.cfg.templates import names

_SPACES: Final = re.compile(r"\s+")
_SLASH: Final = re.compile(r"\s*/\s*")
_ABOUT: Final = re.compile(r"\s*([-,])\s*")
_TEXTS: Final = ("alias", "notes")


def add_periods(items: Items) -> None:
    """Add the time periods."""
    known = items.names.items["timeperiod"]
    for definition in items.registered("timeperiod"):
        name = known.get(definition.text("timeperiod_name"))
        if name is None or name in items.items["timeperiod"]:
            continue
        values = items.values(definition)
        data: dict[str, Any] = {"name": name}
        ranges: list[dict[str, str]] = []
        for attribute, value in values.items():
            if value.text is None or attribute in ("timeperiod_name", "is_active"):
                continue
            if attribute in _TEXTS:
                data[attribute] = value.text
            elif attribute == "definition_order" and value.text.isdigit():
                data[attribute] = int(value.text[:9])
            elif attribute == "exclude":
                data["exclude"] = [known[one] for one in names(value.text) if one in known]
                for one in names(value.text):
                    if one not in known:
                        items.reader.lost(value, f"exclude: there is no timeperiod {show(one)}")
            elif attribute[0] != "_" and (found := _range(items, attribute, value)):
                ranges.append(found)
            elif attribute[0] == "_":
                items.reader.lost(value, f"{show(attribute, 80)}: time periods have no variables in the backend")
        # Weekdays in their order, as the backend has those of its own; then the rest in the order of the file.
        places = {day: place for place, day in enumerate(DAYS)}
        ranges.sort(key=lambda one: places.get(next(iter(one)), len(places)))
        data["dateranges"] = ranges
        items.add("timeperiod", data, definition, values)


def _range(items: Items, days: str, value: Value) -> dict[str, str] | None:
    """Return the times of some days; None when they are none, which is told."""
    text = _SPACES.sub(" ", _SLASH.sub(" / ", days.lower())).strip()
    found = {text: _ABOUT.sub(r"\1", value.text or "").strip(",")}
    issue: Issue | None = next(FIELD_RULES["date_ranges"](("dateranges",), [found], True), None)
    if issue is None:
        return found
    items.reader.lost(value, f"{show(days, 80)}: {show(value.text, 80)}: {_why(issue)}")
    return None


def _why(issue: Issue) -> str:
    return "Alignak does not support these days" if issue.code == "days" else "invalid times of day"
