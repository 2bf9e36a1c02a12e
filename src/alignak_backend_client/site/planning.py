"""Computing a plan from a folder and a backend."""

from __future__ import annotations

import functools

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.writer import is_embedded
from alignak_backend_client.site.folder import site_types
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.plan import Options, Plan, plan
from alignak_backend_client.site.reading import read


def planned(backend: Backend, site: Site, options: Options) -> Plan:
    """Return what is to be done so that a backend has what a site says.

    Args:
        backend: it is only read.
        site: the items of a folder without problems.
        options: how.

    Raises:
        ItemError: nothing says what the site owns, and that should be deleted.
        BackendException: the request failed.
    """
    if options.prune and site.name is None:
        raise ItemError(
            "--prune deletes what the site owns, and nothing says what that is: put a file site.yml with "
            "'name: NAME' into the folder, and apply it"
        )
    removes_keys = functools.cache(functools.partial(is_embedded, backend))
    return plan(site, read(backend, site_types(), exact=True), options, removes_keys)
