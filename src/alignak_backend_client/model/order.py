"""The order of creation of items of several types, so that linked items exist before the links."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.model.resources import Resource

CREATION_ORDER: Final = (
    "realm",
    "timeperiod",
    "command",
    "user",
    "usergroup",
    "host",
    "hostgroup",
    "service",
    "servicegroup",
    "hostescalation",
    "serviceescalation",
    "hostdependency",
    "servicedependency",
    "userrestrictrole",
    "statsd",
    "grafana",
    "graphite",
    "influxdb",
    "alignak",
    "alignakdaemon",
    "alignakretention",
    "livesynthesis",
    "logcheckresult",
    "history",
    "actionacknowledge",
    "actiondowntime",
    "actionforcecheck",
)
"""All types with a URL. Items of the same type may link to each other, too: parents, templates, dependencies."""

_PLACES: Final = {name: place for place, name in enumerate(CREATION_ORDER)}


def deferred_links(resource: Resource) -> frozenset[str]:
    """Return the links to types that are created later. They must be set after those exist.

    These are rights of single users (such as ``_users_read``), and the escalations of hosts and services, which link
    back.
    """
    own = _PLACES[resource.name]
    return frozenset(name for name, link in resource.links.items() if _PLACES[link.resource] > own)
