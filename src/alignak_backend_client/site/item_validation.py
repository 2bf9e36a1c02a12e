"""Validating the items of a site without a backend: all errors, each with a suggestion."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator
from typing import Any, Final

from alignak_backend_client.items.names.references import SERVICES, full_name, service_splits, show
from alignak_backend_client.items.writing.wording import format_issues
from alignak_backend_client.model import Link, Resource, resources_by_name
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import Issue, to_messages
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.model.strict import ITEM_RULES
from alignak_backend_client.model.validation import validator
from alignak_backend_client.output.suggestions import nearest
from alignak_backend_client.site import fields
from alignak_backend_client.site.cycles import cycle_problems
from alignak_backend_client.site.files.folder import Folder, Item, Problem
from alignak_backend_client.site.model import Site

ON_TEMPLATE: Final = "its host is a template, which can only have service templates"

_MAX_COMPARISONS: Final = 300_000
"""Maximum number of comparisons for suggestions; they take some seconds."""


@functools.cache
def _independent_fields(resource: str) -> frozenset[str]:
    """Return the fields of a resource whose validity depends only on their value, if no field is missing."""
    together = ITEM_RULES[resource][0] if resource in ITEM_RULES else frozenset()
    return fields.managed(resource) - together


@functools.cache
def _free_texts(resource: str) -> frozenset[str]:
    """Return the independent fields of a resource that may hold any text."""
    return validator(resource, TEXT_IDS).free_texts & _independent_fields(resource)


@functools.cache
def _prerequisites(resource: str) -> frozenset[str]:
    """Return the fields that items of a resource, or other fields of them, require; names are checked separately."""
    known = resources_by_name()[resource]
    needed = set(known.required).union(*(schema.get("dependencies", ()) for schema in known.fields.values()))
    return frozenset(needed - {"_realm", "name"})


def _missing_fields(item: Item) -> frozenset[str]:
    """Return the required fields that neither the item nor the backend sets."""
    lacking = _prerequisites(item.resource.name) - item.data.keys()
    return lacking - item.resource.auto_filled(item.data) if lacking else lacking


_TEXT: Final = {str}

_MAX_CACHED_LENGTH: Final = 64
"""Longer lists and objects are validated each time, since they rarely repeat."""


def _cache_key(field: str, value: Any) -> tuple[Any, ...] | None:
    """Return a hashable key for a value that is no text; None if it is not worthwhile."""
    kind = value.__class__
    if kind is bool or kind is int or kind is float:
        return field, value, kind
    if kind is list and len(value) < _MAX_CACHED_LENGTH and _TEXT.issuperset(map(type, value)):
        return field, tuple(value), list
    if kind is dict and len(value) < _MAX_CACHED_LENGTH and _TEXT.issuperset(map(type, (*value, *value.values()))):
        return field, tuple(value.items()), dict
    return None


def validate_items(folder: Folder, *, partial: bool = False) -> Site:
    """Validate the items of a folder and return the site; errors are added to the problems of the folder.

    Args:
        folder: the content of the folder.
        partial: True if links may refer to items that are not in the folder.
    """
    site = Site(folder.name, [item for item in folder.items if item.name])
    validation = _Validation(folder, site, partial=partial)
    for item in folder.items:
        folder.problems += validation.problems(item)
    folder.problems += cycle_problems(site)
    return site


class _Validation:
    def __init__(self, folder: Folder, site: Site, *, partial: bool) -> None:
        self._folder = folder
        self._site = site
        self._partial = partial
        self._ids: dict[tuple[str, str], str] = {}
        self._renamed: dict[tuple[str, str], Item] = {}
        self._nearest: dict[tuple[str, str], str | None] = {}
        self._compared = 0
        #: Valid values by resource: most occur in many items.
        self._good: dict[str, set[tuple[Any, ...]]] = {resource: set() for resource in site.items}

    def problems(self, item: Item) -> Iterator[Problem]:
        """Yield the problems of an item."""
        data, resource = item.data, item.resource
        if not _TEXT.issuperset(map(type, data)):
            odd = next(key for key in data if not isinstance(key, str))
            yield Problem(item.place, f"{show(odd)} is not a field: field names must be strings", item)
            return
        if data.get("name", "") == "":
            yield Problem(item.place.at("name"), "it has no name", item)
        elif (first := self._site.items[resource.name].get(item.name)) is not None and first is not item:
            where = self._folder.lines.text(first.place)
            yield Problem(item.place, f"duplicate: it is first defined in {where}", item)
        yield from self._value_problems(item)
        if resource.name == "service" and data.get("_is_template") is not True:
            host = self._site.data("host", str(data.get("host")))
            if host is not None and host.get("_is_template") is True:
                yield Problem(item.place, ON_TEMPLATE, item)

    def _value_problems(self, item: Item) -> Iterator[Problem]:
        """Yield the problems of the values of an item, and its missing fields."""
        resource, lone = item.resource, _independent_fields(item.resource.name)
        good, free = self._good[resource.name], _free_texts(resource.name)
        is_whole = not _missing_fields(item)
        new: list[tuple[Any, ...]] = []
        sent: dict[str, Any] = {}
        found: list[Problem] = []
        for field, value in item.data.items():
            # The first two are not only quick to check, but also most values.
            if value.__class__ is str:
                if field in free and value.isascii():
                    continue
                mark: tuple[Any, ...] | None = (field, value)
            else:
                mark = _cache_key(field, value)
            if is_whole and mark in good:
                continue
            found += self._field_problems(item, field, value, sent)
            if mark is not None and field in lone:
                new.append(mark)
        if sent or not is_whole:
            found += self._issue_problems(item, sent)
        if not found:
            good.update(new)
        yield from found

    def _field_problems(self, item: Item, field: str, value: Any, sent: dict[str, Any]) -> Iterator[Problem]:
        """Yield the problems of a field, except for those of its value, which is added to ``sent`` for validation."""
        resource = item.resource
        if reason := fields.why_not_allowed(resource, field):
            yield Problem(item.place.at(field), f"{field}: {reason}", item)
        elif field in fields.additional_keys(resource):
            yield from self._additional_key_problems(item, field, value)
        elif field in resource.secrets:
            sent[field] = "-"
            if fields.secret_reference(value) is None:
                reason = "secrets do not belong in files; refer to them: ${env:NAME} or ${file:PATH}"
                yield Problem(item.place.at(field), f"{field}: {reason}", item)
        elif field in resource.links:
            ids, found = self._link(item, resource.links[field], value)
            yield from found
            if not found:
                sent[field] = ids
        elif wrong := _invalid_key_error(value):
            yield Problem(item.place.at(field), f"{field}: {wrong}", item)
        else:
            sent[field] = value

    def _issue_problems(self, item: Item, sent: dict[str, Any]) -> Iterator[Problem]:
        resource, rules = item.resource, validator(item.resource.name, TEXT_IDS)
        filled = resource.auto_filled(item.data) | {"_realm", "name"}
        rules.coerce(sent)
        for issue in rules.validate_new(sent):
            field = str(issue.path[0])
            if issue.code == "required" and (field in filled or field in item.data):
                continue
            if issue.code == "dependency" and (issue.rule in filled or issue.rule in item.data):
                continue
            if issue.code == "unknown" and field == "<<":
                reason = "<<: merge keys are not part of YAML 1.2: write the fields out"
            elif issue.code == "unknown":
                reason = f"{field}: unknown field{self._did_you_mean(resource, field)}"
            else:
                reason = format_issues(resource, to_messages([issue]))
                if issue.code == "type" and issue.rule == "string" and isinstance(issue.value, int | float):
                    reason += ": put it in quotes"
                elif issue.code == "type" and issue.rule == "boolean":
                    reason += ": use true or false"
            yield Problem(item.place.at(*issue.path), reason, item)

    def _did_you_mean(self, resource: Resource, field: str) -> str:
        known = (*fields.managed(resource.name), *fields.additional_keys(resource), *resource.hidden - {"token"})
        near = self._nearest_name(f"field of {resource.name}", field, known)
        return f"; did you mean {show(near)}?" if near else ""

    def _link(self, item: Item, link: Link, value: Any) -> tuple[Any, list[Problem]]:
        """Return placeholder ids for the names in a link, and the problems of the link."""
        place = item.place
        if value is None and (link.nullable or item.name in START_NAMES.get(item.resource.name, ())):
            return None, []
        if link.many and not isinstance(value, list):
            return None, [Problem(place.at(link.field), f"{link.field}: a list of names is needed", item)]
        ids: list[str] = []
        problems: list[Problem] = []
        for position, name in enumerate(value if link.many else [value]):
            if not isinstance(name, str) or not name:
                reason: str | None = f"{show(name, 60)} is not the name of a {link.resource}"
            else:
                reason = self._unknown(link, name)
            if reason:
                here = place.at(link.field, position) if link.many else place.at(link.field)
                problems.append(Problem(here, f"{link.field}: {reason}", item))
            else:
                ids.append(self._ids.setdefault((link.resource, name), f"{len(self._ids):024x}"))
        return (ids if link.many else next(iter(ids), None)), problems

    def _unknown(self, link: Link, name: str) -> str | None:
        """Return the error for an unknown name; None if the item exists."""
        known = self._site.items[link.resource]
        target = known.get(name)
        if target is not None:
            if link.field == "_templates" and target.data.get("_is_template") is not True:
                return f"{target.label} is not a template"
            return None
        always = START_NAMES.get(link.resource, ())
        if name in always or self._partial or (link.resource == "service" and self._is_given(name)):
            return None
        if (new := self._site.new_name(link.resource, name)) is not None:
            hint = f"it is now {show(new)}"
        else:
            near = self._nearest_name(link.resource, name, known, always)
            hint = f"did you mean {show(near)}?" if near else "use --partial to allow links to other items"
        return f"the folder has no {link.resource} {show(name)}; {hint}"

    def _nearest_name(self, kind: str, name: str, *known: Collection[str]) -> str | None:
        """Return the nearest known name; None if there is none, or after too many comparisons."""
        if (kind, name) not in self._nearest:
            self._compared += sum(map(len, known))
            if self._compared > _MAX_COMPARISONS:
                return None
            self._nearest[kind, name] = nearest(name, itertools.chain(*known))
        return self._nearest[kind, name]

    def _is_given(self, name: str) -> bool:
        """Return True if the host in a full name gets the service from its templates."""
        for split in service_splits(name):
            host = self._site.data("host", split.host)
            if host is not None and split.service in self._site.services_from_templates(host):
                return split.service not in (host.get(fields.EXCLUDED_SERVICES) or ())
        return False

    def _additional_key_problems(self, item: Item, field: str, value: Any) -> Iterator[Problem]:
        place = item.place.at(field)
        if field == fields.RIGHTS:
            yield from self._rights_problems(item, value)
        elif field == fields.OLD_NAME:
            yield from self._previous_name_problems(item, value)
        elif not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            yield Problem(place, f"{field}: a list of names is needed", item)
        elif field == fields.EXCLUDED_SERVICES:
            given = self._site.services_from_templates(item.data)
            own = {one.data.get("name") for one in self._hosted.get(item.name, ())}
            for position, name in enumerate(value):
                if name in own:
                    yield Problem(place.at(position), f"{field}: {show(name)} is among its {SERVICES}, too", item)
                elif name not in given and not self._partial:
                    yield Problem(place.at(position), unknown_exclusion(name, given), item)
        else:
            for position, name in enumerate(value):
                if name not in item.resource.cumulative or name not in item.data:
                    several = ", ".join(item.resource.cumulative)
                    reason = f"{field}: it must be a list of fields that are merged with templates: {several}"
                    yield Problem(place.at(position), reason, item)

    def _previous_name_problems(self, item: Item, value: Any) -> Iterator[Problem]:
        """Yield the problems of the previous name of an item."""
        place = item.place.at(fields.OLD_NAME)
        if not isinstance(value, str) or not value:
            yield Problem(place, f"{fields.OLD_NAME}: the previous name is needed", item)
            return
        full = full_name(item.resource, {**item.data, "name": value})
        if item.name in START_NAMES.get(item.resource.name, ()) or value in START_NAMES.get(item.resource.name, ()):
            yield Problem(place, f"{fields.OLD_NAME}: items of a new backend cannot be renamed", item)
        elif full in self._site.items[item.resource.name]:
            yield Problem(place, f"{fields.OLD_NAME}: {show(value)} is also in the folder", item)
        elif self._renamed.setdefault((item.resource.name, full), item) is not item:
            yield Problem(place, f"{fields.OLD_NAME}: two items cannot have the same previous name {show(value)}", item)

    @functools.cached_property
    def _hosted(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for service in self._site.items["service"].values():
            found.setdefault(str(service.data.get("host")), []).append(service)
        return found

    def _rights_problems(self, item: Item, value: Any) -> Iterator[Problem]:
        resource = resources_by_name()["userrestrictrole"]
        place = item.place.at(fields.RIGHTS)
        if not isinstance(value, list):
            yield Problem(place, f"{fields.RIGHTS}: a list of rights is needed", item)
            return
        for position, right in enumerate(value):
            here = place.at(position)
            if not isinstance(right, dict) or not all(isinstance(key, str) for key in right):
                yield Problem(here, f"{fields.RIGHTS}: a mapping with realm, resource and crud is needed", item)
                continue
            sent = {**right, "user": "0" * 24}
            if "user" in right:
                yield Problem(here.at("user"), f"{fields.RIGHTS}: they belong to this user: omit user", item)
            if isinstance(right.get("realm"), str):
                sent["realm"] = "0" * 24
                if reason := self._unknown(resource.links["realm"], right["realm"]):
                    yield Problem(here.at("realm"), f"{fields.RIGHTS}: realm: {reason}", item)
            rules = validator("userrestrictrole", TEXT_IDS)
            rules.coerce(sent)
            for issue in rules.validate_new(sent):
                reason = format_issues(resource, to_messages([_with_names(issue)]))
                yield Problem(here.at(*issue.path), f"{fields.RIGHTS}: {reason}", item)


def unknown_exclusion(name: str, given: Collection[str]) -> str:
    """Return the error for an excluded service that is not among those of the templates."""
    near = nearest(name, given)
    hint = f"; did you mean {show(near)}?" if near else ""
    return f"{fields.EXCLUDED_SERVICES}: no template gives it a service {show(name)}{hint}"


def _with_names(issue: Issue) -> Issue:
    """Return an issue with names instead of ids in links."""
    return issue._replace(rule="text") if issue.code == "type" and issue.rule == "objectid" else issue


def _invalid_key_error(value: Any) -> str | None:
    """Return the error for keys inside a value that are not strings, which YAML allows."""
    level = [value] if isinstance(value, dict | list) else []
    while level:
        below: list[Any] = []
        for outer in level:
            if isinstance(outer, dict) and (odd := [key for key in outer if not isinstance(key, str)]):
                return f"the key {show(odd[0])} is not text: put it in quotes"
            inner = outer.values() if isinstance(outer, dict) else outer
            below += [one for one in inner if isinstance(one, dict | list)]
        level = below
    return None
