"""Computing a plan from a folder and a backend."""

from __future__ import annotations

import functools

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import enumeration, show
from alignak_backend_client.items.writing.writer import is_embedded
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.files.folder import site_types
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.plan import Options, Plan
from alignak_backend_client.site.planning.planner import make_plan
from alignak_backend_client.site.progress import Progress, no_progress
from alignak_backend_client.site.reading import read


def compute_plan(
    backend: Backend,
    site: Site,
    options: Options,
    progress: Progress = no_progress,
) -> Plan:
    """Return the plan that makes a backend match a site.

    Args:
        backend: the backend, which is only read.
        site: the items of a folder without problems.
        options: the options.
        progress: called with the number of items read, and 0.

    Raises:
        ItemError: the site has no name, which ``prune`` needs; or several items of the backend share a name that
            the site uses.
        BackendException: the request failed.
    """
    if options.prune and site.name is None:
        raise ItemError(
            "--prune needs the name of the site, to know what it owns: create a file site.yml with "
            "'name: NAME' in the folder, and apply it"
        )
    removes_keys = functools.cache(functools.partial(is_embedded, backend))
    there = read(backend, site_types(), progress, exact=True)
    for kind, names in there.ambiguous.items():
        if several := sorted(names & site.items[kind].keys()):
            shown = enumeration([show(name) for name in several])
            raise ItemError(
                f"The backend has several {resources_by_name()[kind].plural} called {shown}: "
                "rename or delete all but one"
            )
    return make_plan(site, there, options, removes_keys)
