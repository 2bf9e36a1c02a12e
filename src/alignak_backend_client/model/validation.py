"""Validating items by the data model: by the client before sending, by the embedded backend before storing.

A validator is independent of the store: the caller looks up linked items and unique values (:class:`Lookups`). It
accepts the same values as the Alignak backend 1.4.16, which ``tests/conformance`` verifies.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from alignak_backend_client.model.coercion import UNCONVERTED, Ids, converter, expand_dotted
from alignak_backend_client.model.fields import META
from alignak_backend_client.model.issues import Issue, Path
from alignak_backend_client.model.resources import Resource, resources_by_name
from alignak_backend_client.model.storable import find_unstorable, is_invalid_key
from alignak_backend_client.model.strict import FIELD_RULES, ITEM_RULES

_ADDED_BY_BACKEND: Final = META - {"_status"}


class Lookups(Protocol):
    """Lookups in the store."""

    def exists(self, resource: str, identity: Any) -> bool:
        """Return True if a resource has an item with this id."""

    def is_taken(self, field: str, value: Any) -> bool:
        """Return True if another item has this value in a unique field."""


class Validator:
    """Validates items of one resource, after :meth:`coerce` has converted their values.

    Attributes:
        free_texts: the fields that accept every storable text (see :func:`.storable.find_unstorable`).
    """

    def __init__(self, resource: Resource, ids: Ids) -> None:
        self._resource = resource
        self._fields: dict[str, _Field] = {name: _field(rules, ids) for name, rules in resource.fields.items()}
        self._fields["_id"] = _Id({"type": "objectid"}, ids)
        #: By field, the class whose values need no conversion, and the conversion.
        self._converted = {
            name: (UNCONVERTED.get(field.kind), field.convert)
            for name, field in self._fields.items()
            if field.convert is not None
        }
        self._converted_beside_links = {k: convert for k, convert in self._converted.items() if k not in resource.links}
        self._numbers = {name: field for name, field in self._fields.items() if isinstance(field, _Number)}
        self._strict_rules = {
            name: [(rule, schema[key]) for key, rule in FIELD_RULES.items() if key in schema]
            for name, schema in resource.fields.items()
        }
        strict = {name for name, rules in self._strict_rules.items() if rules}
        self.free_texts = frozenset(
            name for name, field in self._fields.items() if isinstance(field, _Text) and field.is_free
        ).difference(strict)
        self._item_rule = ITEM_RULES.get(resource.name)
        self._dependencies = {
            name: rules["dependencies"] for name, rules in resource.fields.items() if "dependencies" in rules
        }

    def coerce(self, item: dict[str, Any], *, links: bool = True) -> None:
        """Convert the values of an item to the types of their fields, in place; names with dots become objects.

        Values that cannot be converted are left unchanged, and are issues when validated.

        Args:
            item: its fields.
            links: False for links that are names: some look like ids.
        """
        expand_dotted(item)
        converted = self._converted if links else self._converted_beside_links
        for name, value in item.items():
            if value is not None and name in converted:
                unconverted, convert = converted[name]
                if value.__class__ is not unconverted:
                    item[name] = convert(value)

    def validate_new(self, item: Mapping[str, Any], lookups: Lookups | None = None) -> list[Issue]:
        """Return the issues of a new item; an empty list if it is valid.

        Args:
            item: its fields, coerced and completed with the values that the backend fills in.
            lookups: None to check neither links nor unique values.
        """
        issues = self._all_issues(item, lookups)
        issues += [Issue((name,), "required") for name in self._resource.required if name not in item]
        for name, others in self._dependencies.items():
            if name in item and not any(issue.path[0] == name for issue in issues):
                issues += [Issue((name,), "dependency", rule=other) for other in others if other not in item]
        return _merge_strict_issues(issues, self.validate_new_strictly(item))

    def validate_change(
        self, changes: Mapping[str, Any], before: Mapping[str, Any], lookups: Lookups | None = None
    ) -> list[Issue]:
        """Return the issues of a change to an item; an empty list if it is valid.

        Args:
            changes: the new values, coerced.
            before: the item before the change.
            lookups: None to check neither links nor unique values.
        """
        return _merge_strict_issues(self._all_issues(changes, lookups), self.validate_change_strictly(changes, before))

    def validate_new_strictly(self, item: Mapping[str, Any]) -> Iterator[Issue]:
        """Yield the issues of a new item that the Alignak backend does not detect: see :mod:`.strict`."""
        yield from self._strict_field_issues(item)
        if self._item_rule is not None:
            yield from self._item_rule[1](item)

    def validate_change_strictly(self, changes: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Issue]:
        """Yield the issues of a change that the Alignak backend does not detect: see :mod:`.strict`."""
        yield from self._strict_field_issues(changes)
        if self._item_rule is not None and not self._item_rule[0].isdisjoint(changes):
            yield from self._item_rule[1]({**before, **changes})

    def _strict_field_issues(self, item: Mapping[str, Any]) -> Iterator[Issue]:
        for name, value in item.items():
            # A text that could not be coerced, such as an integer of more than 64 bits.
            stored = self._numbers[name].parse(value) if isinstance(value, str) and name in self._numbers else value
            if found := find_unstorable(stored):
                yield Issue((name,), *found)
            for rule, parameter in self._strict_rules.get(name, ()):
                yield from rule((name,), value, parameter)

    def _all_issues(self, item: Mapping[str, Any], lookups: Lookups | None) -> list[Issue]:
        issues: list[Issue] = []
        fields = self._fields
        for name, value in item.items():
            field = fields.get(name)
            if field is None:
                if not self._resource.allow_unknown or name in _ADDED_BY_BACKEND:
                    issues.append(Issue((name,), "unknown"))
                elif "." in name or is_invalid_key(name):
                    issues.append(Issue((name,), "key", name))
            elif value is not None:
                field.validate(value, (name,), issues, lookups)
            elif not field.nullable:
                issues += (Issue((name,), "null"), field.wrong_type((name,), value))
        return issues


def _merge_strict_issues(issues: list[Issue], strict: Iterable[Issue]) -> list[Issue]:
    """Return issues, and the strict issues of fields that have no other issue."""
    wrong = {issue.path[0] for issue in issues if issue.code != "dependency"}
    return issues + [issue for issue in strict if issue.path[0] not in wrong]


class _Field:
    """Validates the values of a field. The schema is in the terms of Cerberus."""

    type: type | tuple[type, ...] = object

    def __init__(self, schema: dict[str, Any], ids: Ids) -> None:
        self.kind: str = schema["type"]
        self.nullable = bool(schema.get("nullable"))
        self.convert = converter(self.kind, ids)
        self._unique = bool(schema.get("unique"))
        self._allowed = schema.get("allowed")
        self.is_free = not {"allowed", "unique", *self.rules} & schema.keys()
        self._schema = schema

    rules: tuple[str, ...] = ()

    def validate(self, value: Any, path: Path, issues: list[Issue], lookups: Lookups | None) -> None:
        """Add the issues of a value that is not null."""
        if not isinstance(value, self.type):
            issues.append(self.wrong_type(path, value))
            return
        before = len(issues)
        self.check_value(value, path, issues)
        if self.is_free:
            return
        if self._allowed is not None and value not in self._allowed:
            issues.append(Issue(path, "allowed", value, self._allowed))
        if self._unique and lookups is not None and len(issues) == before and lookups.is_taken(str(path[0]), value):
            issues.append(Issue(path, "not_unique", value))

    def check_value(self, value: Any, path: Path, issues: list[Issue]) -> None:
        """Add the issues of a value of the right type."""

    def wrong_type(self, path: Path, value: Any) -> Issue:
        """Return the issue of a value of the wrong type."""
        return Issue(path, "type", value, self.kind)


class _Text(_Field):
    type = str
    rules = ("empty", "regex", "minlength", "maxlength")

    def __init__(self, schema: dict[str, Any], ids: Ids) -> None:
        super().__init__(schema, ids)
        self._may_be_empty = schema.get("empty", True)
        self._regex: str = schema.get("regex", "")
        # The Alignak backend anchors both ends.
        self._matches = re.compile(self._regex.removesuffix("$") + "$").match if self._regex else None

    def check_value(self, value: str, path: Path, issues: list[Issue]) -> None:
        if self.is_free:
            return
        if not value and not self._may_be_empty:
            issues.append(Issue(path, "empty"))
        if self._matches is not None and not self._matches(value):
            issues.append(Issue(path, "regex", value, self._regex))
        if len(value) < self._schema.get("minlength", 0):
            issues.append(Issue(path, "minlength", value, self._schema["minlength"]))
        if len(value) > self._schema.get("maxlength", math.inf):
            issues.append(Issue(path, "maxlength", value, self._schema["maxlength"]))


class _Number(_Field):
    rules = ("min", "max")

    def check_value(self, value: float, path: Path, issues: list[Issue]) -> None:
        if self.is_free:
            return
        if value < self._schema.get("min", -math.inf):
            issues.append(Issue(path, "min", value, self._schema["min"]))
        if value > self._schema.get("max", math.inf):
            issues.append(Issue(path, "max", value, self._schema["max"]))

    def parse(self, text: str) -> Any:
        """Parse a number of any size; return the text if it is not a number."""
        try:
            return self.number(text)
        except ValueError:
            return text

    number: Callable[[str], float] = int


class _Integer(_Number):
    type = int


class _Float(_Number):
    type = (float, int)
    number = float


class _Boolean(_Field):
    type = bool


class _Id(_Field):
    def __init__(self, schema: dict[str, Any], ids: Ids) -> None:
        super().__init__(schema, ids)
        self.type = ids.type
        self._target: str | None = schema.get("data_relation", {}).get("resource")

    def validate(self, value: Any, path: Path, issues: list[Issue], lookups: Lookups | None) -> None:
        if not isinstance(value, self.type):
            issues.append(self.wrong_type(path, value))
        elif self._target is not None and lookups is not None and not lookups.exists(self._target, value):
            issues.append(Issue(path, "no_item", value, self._target))

    def wrong_type(self, path: Path, value: Any) -> Issue:
        return Issue(path, "id", value)


class _List(_Field):
    type = list

    def __init__(self, schema: dict[str, Any], ids: Ids) -> None:
        super().__init__(schema, ids)
        self._elements = _field(schema["schema"], ids) if "schema" in schema else None
        if self._elements is not None and self._elements.convert is not None:
            convert_value = self._elements.convert

            def convert(value: Any) -> Any:
                return (
                    [None if one is None else convert_value(one) for one in value] if isinstance(value, list) else value
                )

            self.convert = convert

    def validate(self, value: Any, path: Path, issues: list[Issue], lookups: Lookups | None) -> None:
        if not isinstance(value, list):
            issues.append(self.wrong_type(path, value))
            return
        if self._allowed is not None and (wrong := [one for one in value if one not in self._allowed]):
            issues.append(Issue(path, "allowed_items", wrong, self._allowed))
        elements = self._elements
        if elements is None:
            return
        for index, one in enumerate(value):
            if one is not None:
                elements.validate(one, (*path, index), issues, lookups)
            elif not elements.nullable:
                issues += (Issue((*path, index), "null"), elements.wrong_type((*path, index), one))


class _Object(_Field):
    type = dict


class _Point(_Field):
    """Validates a GeoJSON point."""

    def check_value(self, value: Any, path: Path, issues: list[Issue]) -> None:
        if not isinstance(value, dict) or value.keys() != {"type", "coordinates"} or value["type"] != "Point":
            issues.append(self.wrong_type(path, value))
        elif not isinstance(value["coordinates"], list) or not all(
            isinstance(number, int | float) for number in value["coordinates"]
        ):
            issues.append(Issue(path, "coordinates", value))

    def wrong_type(self, path: Path, value: Any) -> Issue:
        return Issue(path, "point", value)


_CLASSES: Final[dict[str, Callable[[dict[str, Any], Ids], _Field]]] = {
    "string": _Text,
    "integer": _Integer,
    "float": _Float,
    "boolean": _Boolean,
    "objectid": _Id,
    "list": _List,
    "dict": _Object,
    "point": _Point,
}


def _field(schema: dict[str, Any], ids: Ids) -> _Field:
    return _CLASSES[schema["type"]](schema, ids)


@functools.cache
def validator(resource: str, ids: Ids) -> Validator:
    """Return the validator of a resource, created once per process."""
    return Validator(resources_by_name()[resource], ids)
