"""The rules of the backend, one module a subject. Importing this package registers them all.

A rule reaches documents through :class:`alignak_backend_embedded.store.access.Access` alone, so it holds over SQLite
and over MongoDB.
"""

# Rules run in the order of registration: what templates give comes before what is filled in otherwise, and services are
# checked before they are stored anywhere. An item is counted before the rules that write further items because of it: a
# realm's first synthesis counts what is stored.
from alignak_backend_embedded.rules import protected, templates, services, users  # isort: skip
from alignak_backend_embedded.rules import defaults, groups, names, realms  # isort: skip
from alignak_backend_embedded.rules import livestate, livesynthesis, hosts, host_templates  # isort: skip
from alignak_backend_embedded.rules import actions, checkresults, history, reach, targets  # isort: skip
from alignak_backend_embedded.rules import heartbeat  # isort: skip
from alignak_backend_embedded.rules.start import start

__all__ = [
    "actions",
    "checkresults",
    "defaults",
    "groups",
    "heartbeat",
    "history",
    "host_templates",
    "hosts",
    "livestate",
    "livesynthesis",
    "names",
    "protected",
    "reach",
    "realms",
    "services",
    "start",
    "targets",
    "templates",
    "users",
]
