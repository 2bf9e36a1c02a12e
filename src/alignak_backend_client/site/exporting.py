"""Exporting a backend as site files: deterministic, with only values that differ from defaults and templates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files.dumpfile import safe_file_name
from alignak_backend_client.items.names.references import SERVICES
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.model.start_documents import ROOT, START_NAMES, TEMPLATE_HOST
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, RIGHTS, secret_variable
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.folder import site_types
from alignak_backend_client.site.files.writing import File, ordered, write_files
from alignak_backend_client.site.inheriting import Bases, defaults, first_right, own_fields
from alignak_backend_client.site.model import service_templates_by_host, services_from_templates
from alignak_backend_client.site.progress import Progress, no_progress
from alignak_backend_client.site.reading import BackendItems, read

#: Names that start with a dot are ignored in a folder; Windows has no files with the others, with any extension.
_RESERVED: Final = re.compile(r"\.|(?:con|prn|aux|nul|(?:com|lpt)[1-9¹²³]) *(?:\.|$)", re.IGNORECASE)


class Exported(NamedTuple):
    """The result of an export.

    Attributes:
        written: the changed files, relative to the folder.
        unchanged: the number of unchanged files.
        counts: the number of items by type.
        unnamed: by type, the number of skipped items without a name, and of services without a host.
        ambiguous: by type, the names that several items share, which were skipped.
        dangling: the number of skipped links to items that are missing or not readable.
        lacks_rights: True if the rights of users could not be read.
        left: files of the folder whose items are not in the backend, if everything was exported.
        removed: labels of items that were removed from files, since they are missing or not readable.
    """

    written: list[str]
    unchanged: int
    counts: dict[str, int]
    unnamed: dict[str, int]
    ambiguous: dict[str, list[str]]
    dangling: int
    lacks_rights: bool
    left: list[str]
    removed: list[str]


def export(
    backend: Backend,
    folder: Path,
    types: Collection[str] = (),
    realm: str | None = None,
    progress: Progress = no_progress,
) -> Exported:
    """Write the items of a backend to a folder.

    Files with the same content are not changed, and keep their comments.

    Args:
        backend: the backend.
        folder: a folder that is new, empty, or the result of an earlier export.
        types: only these types; all by default. Hosts include their services.
        realm: only items of this realm and its sub-realms.
        progress: called with the number of items read, and 0, then with the number of files written, and their number.

    Raises:
        ItemError: there is no such realm, the folder holds other files, or it cannot be written.
        BackendException: the request failed.
    """
    documents.check_installed()
    wanted = set(types or site_types())
    wanted |= {"service"} if "host" in wanted else set()
    needed = wanted | ({"host"} if "service" in wanted else set()) | ({"realm"} if realm else set())
    there = read(backend, needed, progress)
    files, counts = files_of(there, wanted, _below(there, realm))
    if not files:
        raise ItemError("The backend has nothing to export except the items of a new backend")
    written = write_files(folder, files, progress, types=wanted, partial=realm is not None)
    return Exported(
        written.files,
        written.unchanged,
        counts,
        {name: number for name, number in there.unnamed.items() if name in wanted},
        {name: sorted(names) for name, names in there.ambiguous.items() if name in wanted},
        there.dangling,
        "user" in wanted and there.rights is None,
        written.left if not types and realm is None else [],
        written.removed,
    )


def files_of(
    there: BackendItems, wanted: Collection[str], realms: set[str] | None = None
) -> tuple[dict[str, File], dict[str, int]]:
    """Return the files of a site by their paths within the folder, and the number of items by type.

    Args:
        there: the items; missing fields have their defaults. Secrets are replaced by references.
        wanted: only these types.
        realms: only items of these realms; None for all.
    """
    return _Export(there, wanted, realms).files()


def _below(there: BackendItems, realm: str | None) -> set[str] | None:
    """Return a realm and its sub-realms; None for all."""
    if realm is None:
        return None
    realms = there.items["realm"]
    if realm not in realms:
        raise ItemError(f"There is no realm {realm!r}")
    found, last = {realm}, 0
    while len(found) > last:
        last = len(found)
        found |= {name for name, item in realms.items() if item.get("_parent") in found}
    return found


class _Export:
    def __init__(self, there: BackendItems, wanted: Collection[str], realms: set[str] | None) -> None:
        self._there = there
        self._wanted = wanted
        self._realms = realms
        self._on_templates = service_templates_by_host(there.items.get("service", {}).items())
        self._bases = {name: Bases(resources_by_name()[name]) for name in there.items}
        self._names: dict[tuple[str, str], str] = {}
        self._services_from_templates: dict[str, dict[str, str]] = {}
        self._hosted: dict[str, dict[str, dict[str, Any]]] = {}
        for item in there.items.get("service", {}).values():
            self._hosted.setdefault(item["host"], {})[item["name"]] = item

    def files(self) -> tuple[dict[str, File], dict[str, int]]:
        """Return the files, and the number of items by type."""
        files: dict[str, File] = {}
        counts: dict[str, int] = {}
        for name in CREATION_ORDER:
            if name not in self._wanted:
                continue
            resource = resources_by_name()[name]
            for full, item in self._with_own_entry(name):
                if not self._is_in_realms(resource, full, item):
                    continue
                entry = self._entry(resource, full, item)
                if name == "service":
                    if entry is None:
                        continue
                    entry = {"name": entry.pop("name"), "host": item["host"], **entry}
                elif set(entry or ()) == {"name"} and full in START_NAMES.get(name, ()):
                    continue
                assert entry is not None  # noqa: S101 - services alone may need none
                files.setdefault(self._file(resource, full, item), {}).setdefault(name, []).append(entry)
                counts[name] = counts.get(name, 0) + 1
                counts["service"] = counts.get("service", 0) + len(entry.get(SERVICES, ()))
        return files, {name: number for name, number in counts.items() if number}

    def _file(self, resource: Resource, full: str, item: dict[str, Any]) -> str:
        """Return the file of an item: one file per host or template, and one per type for other items."""
        if resource.has_templates and item.get("_is_template") is True:
            folder, name = f"template/{resource.name}", item["name"] if item.get("host") == TEMPLATE_HOST else full
        elif resource.name in ("host", "service"):
            folder, name = resource.name, item.get("host", full)
        else:
            return f"{resource.name}.yml"
        file = safe_file_name(name)
        # Some file systems do not distinguish upper and lower case, nor the encodings of an accent.
        alike = folder, unicodedata.normalize("NFC", file).casefold()
        if _RESERVED.match(name) or self._names.setdefault(alike, name) != name:
            file = safe_file_name(f"/{name}")
        return f"{folder}/{file}.yml"

    def _is_in_realms(self, resource: Resource, full: str, item: dict[str, Any]) -> bool:
        realm = full if resource.name == "realm" else item.get("_realm", ROOT)
        return self._realms is None or realm in self._realms

    def _with_own_entry(self, resource: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the items of a type by name, without the services that are part of the entry of their host."""
        if resource != "service":
            return sorted(self._there.items[resource].items())
        apart = [services for host, services in self._hosted.items() if not self._includes_services(host)]
        return sorted((f"{item['host']}/{name}", item) for services in apart for name, item in services.items())

    def _includes_services(self, name: str) -> bool:
        """Return True if a host has an entry, which includes its services."""
        host = self._there.items["host"].get(name)
        return (
            "host" in self._wanted
            and host is not None
            and name != TEMPLATE_HOST
            and self._is_in_realms(resources_by_name()["host"], name, host)
        )

    def _entry(self, resource: Resource, full: str, item: dict[str, Any]) -> dict[str, Any] | None:
        """Return the entry of an item in a file; None for a service that only has the values of its template."""
        names = item.get("_templates") or []
        realm, template = None, None
        if resource.name == "service":
            host = self._there.items["host"].get(item["host"], {})
            realm = host.get("_realm")
            template = self._given(host).get(item["name"]) if item.get("_is_template") is not True else None
        from_host_templates = template is not None and names == [template]
        base = self._bases[resource.name].of(
            item["name"],
            tuple(names),
            lambda: self._templates(resource.name, names),
            realm,
            from_host_templates=from_host_templates,
        )
        different = own_fields(resource, item, base, templates=bool(names))
        if from_host_templates and not different:
            return None
        if different.get("_parent", "") is None:
            del different["_parent"]  # a link that cannot be read: only the root has no parent
        if template is not None and not from_host_templates:
            # Without its templates, the entry would mean the service of the host's templates.
            different["_templates"] = names
        first = {name: different[name] for name in ("_is_template", "_templates") if name in different}
        found: dict[str, Any] = {"name": item["name"]}
        for name, value in (first | different).items():
            found[name] = ordered(resource, name, value)
        for name in resource.secrets:
            if name in resource.required or name in item:
                found[name] = f"${{env:{secret_variable(full, name)}}}"
        if resource.name == "host":
            self._add_services(found, item)
        elif resource.name == "user" and self._there.rights is not None:
            rights = [_right(one) for one in self._there.rights.get(full, ())]
            if rights != [_right(first_right({**defaults("user"), **item}))]:
                found[RIGHTS] = sorted(rights, key=repr)
        return found

    def _templates(self, resource: str, names: Iterable[str]) -> list[dict[str, Any]]:
        """Return templates with all their values."""
        there = self._there.items[resource]
        return [{**defaults(resource), **there[name]} for name in names if name in there]

    def _given(self, host: dict[str, Any]) -> dict[str, str]:
        name = host.get("name", "")
        if name not in self._services_from_templates:
            self._services_from_templates[name] = services_from_templates(
                host, self._there.items["host"].get, lambda name: self._on_templates.get(name, ())
            )
        return self._services_from_templates[name]

    def _add_services(self, entry: dict[str, Any], host: dict[str, Any]) -> None:
        hosted = self._hosted.get(host["name"], {})
        ambiguous = self._there.ambiguous.get("service", ())
        missing = self._given(host).keys() - hosted.keys()
        if without := sorted(name for name in missing if f"{host['name']}/{name}" not in ambiguous):
            entry[EXCLUDED_SERVICES] = without
        if host["name"] == TEMPLATE_HOST:
            return
        service = resources_by_name()["service"]
        entries = [self._entry(service, f"{host['name']}/{name}", one) for name, one in sorted(hosted.items())]
        if services := [one for one in entries if one is not None]:
            entry[SERVICES] = services


def _right(right: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a right in a file."""
    found: dict[str, Any] = {"realm": right.get("realm")}
    if right.get("sub_realm"):
        found["sub_realm"] = True
    if right.get("resource", "*") != "*":
        found["resource"] = right["resource"]
    if (crud := sorted(right.get("crud") or ["read"])) != ["read"]:
        found["crud"] = crud
    return found
