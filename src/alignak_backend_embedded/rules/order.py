"""The rules of each event, in their order.

Values from templates come before other defaults, and services are checked before they are stored. An item is counted
before rules that write further items because of it, since the first live synthesis of a realm counts stored items.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

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
    return [name for name, resource in resources_by_name().items() if condition(resource)]


_WITH_TEMPLATES: Final = _where(lambda resource: resource.has_templates)


@functools.cache
def rules() -> Rules:
    """Return the rules of all resources."""
    registry = Rules()
    _add_creation_rules(registry)
    _add_change_rules(registry)
    _add_deletion_rules(registry)
    return registry


def _add_creation_rules(registry: Rules) -> None:
    # New items as sent: fill in missing fields.
    registry.on("prepare", _WITH_TEMPLATES, templates.fill_in_inherited)
    registry.on("prepare", ["service"], services.drop_null_host)
    registry.on("prepare", ["user"], users.default_periods)
    # Trees and users have separate rules for this.
    plain = _where(lambda resource: resource.default_items and not resource.is_tree and resource.name != "user")
    registry.on("prepare", plain, defaults.fill_links)
    registry.on("prepare", _where(lambda resource: resource.callers_realm), defaults.fill_realm)
    registry.on("prepare", groups.MEMBERS, groups.default_parent)
    registry.on("prepare", ["realm"], realms.default_parent)
    registry.on("prepare", ["logcheckresult"], checkresults.require_host)

    # New items that match the data model: further checks.
    registry.on("check", ["service"], services.check_bulk)
    registry.on("check", ["logcheckresult"], checkresults.resolve_targets)
    registry.on("check", ["history"], history.complete)
    registry.on("check", references.CHECKED_LINKS, references.check_new)
    registry.on("check", ACTIONS, actions.check_new)
    registry.on("check", ["realm"], references.check_reused_ids)

    # New items, including those created by rules, before they are stored.
    registry.on("insert", ["service"], services.check_place)
    registry.on("insert", ["user"], users.secure_credentials)
    registry.on("insert", groups.MEMBERS, groups.compute_tree_fields)
    registry.on("insert", _where(lambda resource: resource.alias_is_name), defaults.fill_alias)
    registry.on("insert", ["realm"], realms.compute_tree_fields)
    registry.on("insert", ["host"], livestate.set_state_of_new_hosts)
    registry.on("insert", ["service"], livestate.set_state_of_new_services)
    registry.on("insert", ACTIONS, actions.set_realm)
    registry.on("insert", time_series.TIME_SERIES_DATABASES, time_series.check_grafana)

    # Side effects of new items.
    registry.on("inserted", _WITH_TEMPLATES, templates.save_new_own_parts, templates.update_existing_followers)
    registry.on("inserted", ["user"], users.grant_default_rights)
    registry.on("inserted", ["realm"], realms.settle)
    registry.on("inserted", groups.MEMBERS, trees.settle_new)
    registry.on("inserted", ["service"], livestate.update_hosts_of_new_services)
    registry.on("inserted", ["host", "service"], livesynthesis.count_new)
    registry.on("inserted", ["host"], host_templates.create_services)
    registry.on("inserted", ["service"], host_templates.create_on_existing_hosts)
    registry.on("inserted", ACTIONS, actions.write_history)
    registry.on("inserted", ["logcheckresult"], checkresults.apply_results)


def _add_change_rules(registry: Rules) -> None:
    # Changes before they are stored.
    registry.on_change(
        "update", _WITH_TEMPLATES, templates.check_templates, templates.release_posted_fields, templates.merge_fields
    )
    registry.on_change("update", ["service"], services.check_change)
    registry.on_change("update", ["user"], users.change_user)
    registry.on_change("update", groups.MEMBERS, groups.change_group)
    registry.on_change("update", ["realm"], realms.move)
    registry.on_change("update", ["service"], livestate.update_service_state)
    registry.on_changes("update", ["host"], livestate.update_host_states)
    registry.on_change("update", ["host"], host_templates.check_templates)
    registry.on_change("update", references.CHECKED_LINKS, references.check_change)
    registry.on_change("update", ACTIONS, actions.check_change)
    registry.on_change("update", ["alignak"], livestate.keep_date_on_heartbeat)

    # Side effects of changes.
    registry.on_change("updated", _WITH_TEMPLATES, templates.propagate)
    registry.on_change("updated", [*groups.MEMBERS, "realm"], trees.settle_moved)
    registry.on_changes("updated", ["service"], livestate.update_hosts_of_changed_services)
    registry.on_changes("updated", ["host", "service"], livesynthesis.count_changed)
    registry.on_change("updated", ["host"], services.move_services, host_templates.replace_services)
    registry.on_change("updated", ACTIONS, actions.write_processed_history)


def _add_deletion_rules(registry: Rules) -> None:
    registry.on("remove", START_NAMES, protected.check_deletion)
    registry.on("remove", ["realm"], realms.check_children)
    registry.on("deleted", ["host", "service"], livesynthesis.count_removed)
    registry.on("removed", ["host"], host_templates.remove_services)
    registry.on("removed", ["service"], host_templates.remove_generated)
    registry.on("removed", ["realm"], realms.settle)
    registry.on("removed", _WITH_TEMPLATES, templates.delete_own_parts, templates.withdraw_parts)
