"""The rules of each event, in their order.

Values from templates come before other defaults, and services are checked before they are stored. An item is counted
before rules that write further items because of it, since the first live synthesis of a realm counts stored items.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_embedded.domain.events import Rules
from alignak_backend_embedded.domain.rights import ACTIONS
from alignak_backend_embedded.rules import (
    actions,
    checkresults,
    defaults,
    groups,
    history,
    host_templates,
    livestate,
    livesynthesis,
    protected,
    realms,
    references,
    services,
    templates,
    time_series,
    trees,
    users,
)


def _where(condition: Callable[[Resource], object]) -> list[str]:
    return [name for name, found in resources_by_name().items() if condition(found)]


@functools.cache
def rules() -> Rules:
    """Return the rules of all resources."""
    with_templates = _where(lambda found: found.has_templates)
    found = Rules()

    # New items as sent: fill in missing fields.
    found.on("prepare", with_templates, templates.fill)
    found.on("prepare", ["service"], services.drop_null_host)
    found.on("prepare", ["user"], users.default_periods)
    # Trees and users have separate rules for this.
    plain = _where(lambda found: found.default_items and not found.is_tree and found.name != "user")
    found.on("prepare", plain, defaults.fill_links)
    found.on("prepare", _where(lambda found: found.callers_realm), defaults.fill_realm)
    found.on("prepare", groups.MEMBERS, groups.default_parent)
    found.on("prepare", ["realm"], realms.default_parent)
    found.on("prepare", ["logcheckresult"], checkresults.require_host)

    # New items that match the data model: further checks.
    found.on("check", ["service"], services.check_bulk)
    found.on("check", ["logcheckresult"], checkresults.resolve)
    found.on("check", ["history"], history.complete)
    found.on("check", references.REACHING, references.check_new)
    found.on("check", ACTIONS, actions.check_new)
    found.on("check", ["realm"], references.check_fresh_ids)

    # New items, including those created by rules, before they are stored.
    found.on("insert", ["service"], services.check_place)
    found.on("insert", ["user"], users.protect)
    found.on("insert", groups.MEMBERS, groups.place)
    found.on("insert", _where(lambda found: found.alias_is_name), defaults.fill_alias)
    found.on("insert", ["realm"], realms.place)
    found.on("insert", ["host"], livestate.state_of_new_hosts)
    found.on("insert", ["service"], livestate.state_of_new_services)
    found.on("insert", ACTIONS, actions.place)
    found.on("insert", time_series.TIME_SERIES_DATABASES, time_series.check_grafana)

    # Side effects of new items.
    found.on("inserted", with_templates, templates.record_own, templates.take_up)
    found.on("inserted", ["user"], users.give_role)
    found.on("inserted", ["realm"], realms.announce)
    found.on("inserted", ["service"], livestate.tell_hosts)
    found.on("inserted", ["host", "service"], livesynthesis.count_new)
    found.on("inserted", ["host"], host_templates.create_services)
    found.on("inserted", ["service"], host_templates.spread)
    found.on("inserted", ACTIONS, actions.record)
    found.on("inserted", ["logcheckresult"], checkresults.apply)

    # Changes before they are stored.
    found.on_change("update", with_templates, templates.check_templates, templates.release, templates.merge)
    found.on_change("update", ["service"], services.check_change)
    found.on_change("update", ["user"], users.change_user)
    found.on_change("update", groups.MEMBERS, groups.change_group)
    found.on_change("update", ["realm"], realms.move)
    found.on_change("update", ["service"], livestate.state_of_service)
    found.on_changes("update", ["host"], livestate.state_of_host)
    found.on_change("update", ["host"], host_templates.check_templates)
    found.on_change("update", references.REACHING, references.check_change)
    found.on_change("update", ACTIONS, actions.check_change)
    found.on_change("update", ["alignak"], livestate.keep_updated)

    # Side effects of changes.
    found.on_change("updated", with_templates, templates.propagate)
    found.on_change("updated", groups.MEMBERS, trees.move_descendants)
    found.on_change("updated", ["realm"], realms.rebuild)
    found.on_changes("updated", ["service"], livestate.tell_host)
    found.on_changes("updated", ["host", "service"], livesynthesis.count_changed)
    found.on_change("updated", ["host"], services.move_services, host_templates.exchange_services)
    found.on_change("updated", ACTIONS, actions.record_processed)

    # Deletions: checks, and side effects.
    found.on("remove", START_NAMES, protected.check)
    found.on("remove", ["realm"], realms.check_children)
    found.on("deleted", ["host", "service"], livesynthesis.count_removed)
    found.on("removed", ["host"], host_templates.remove_services)
    found.on("removed", ["service"], host_templates.remove_generated)
    found.on("removed", ["realm"], realms.forget)
    found.on("removed", with_templates, templates.forget_own, templates.let_go)
    return found
